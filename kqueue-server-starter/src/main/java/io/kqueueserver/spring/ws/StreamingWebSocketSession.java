package io.kqueueserver.spring.ws;

import io.kqueueserver.http.ws.Opcode;
import io.kqueueserver.server.ws.LoopWebSockets;
import io.kqueueserver.server.ws.WebSocket;
import io.kqueueserver.spring.http.AbortedException;
import org.springframework.web.reactive.socket.HandshakeInfo;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketMessage;
import reactor.core.publisher.Flux;
import reactor.util.context.ContextView;

/** A session of a {@link StreamingWebSocketHandler}: it receives pieces in place of messages. */
final class StreamingWebSocketSession extends KqueueWebSocketSession {
  private final Inbound<MessagePiece> pieces;

  // Loop thread.
  private boolean insideMessage;

  StreamingWebSocketSession(
      String id,
      WebSocket socket,
      LoopWebSockets webSockets,
      HandshakeInfo info,
      WebSocketHandler handler,
      ContextView context) {
    super(id, socket, webSockets, info, handler, context);
    pieces = new Inbound<>(socket, loop());
  }

  Flux<MessagePiece> pieces() {
    return pieces;
  }

  @Override
  public Flux<WebSocketMessage> receive() {
    return Flux.error(
        new IllegalStateException("a StreamingWebSocketHandler receives by its pieces"));
  }

  @Override
  public void onPiece(Opcode type, byte[] payload, boolean last) {
    insideMessage = !last;
    pieces.next(new MessagePiece(typeOf(type), bufferFactory().wrap(payload), last));
  }

  @Override
  void endInbound() {
    pieces.end(insideMessage ? endedInside() : null);
  }

  private static Throwable endedInside() {
    return new AbortedException("the session ended inside a message", null);
  }
}

package io.kqueueserver.spring.ws;

import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketSession;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A handler of messages that may be larger than memory: each arrives as the pieces of a {@link
 * Flux}, which ends with the session. {@code windowUntil(MessagePiece::last)} makes one publisher
 * for each message.
 *
 * <p>{@code kqueue.server.websocket.max-message-size} does not hold for its sessions; bounds on
 * frames, fragments, the inflate ratio and time do. The server recognizes the handler by its type,
 * so it must be mapped as it is: behind a decorator, and on another server, each message is
 * gathered, and is one piece.
 */
@FunctionalInterface
public interface StreamingWebSocketHandler extends WebSocketHandler {
  /**
   * Handles a session.
   *
   * @param session is written to as any other; its {@code receive()} fails, since {@code pieces}
   *     takes its place
   * @param pieces of all messages, in order, for one subscriber. A piece is read when it is
   *     requested. Fails if the session ends inside a message
   * @return completes when the session may be closed
   */
  Mono<Void> handle(WebSocketSession session, Flux<MessagePiece> pieces);

  /** Calls {@link #handle(WebSocketSession, Flux)}; this is for the server. */
  @Override
  default Mono<Void> handle(WebSocketSession session) {
    if (session instanceof StreamingWebSocketSession streaming) {
      return handle(session, streaming.pieces());
    }
    return handle(
        session,
        session
            .receive()
            .map(message -> new MessagePiece(message.getType(), message.getPayload(), true)));
  }
}

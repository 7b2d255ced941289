package io.kqueueserver.spring.ws;

import io.kqueueserver.http.ws.CloseCode;
import io.kqueueserver.http.ws.Opcode;
import io.kqueueserver.server.ws.LoopWebSockets;
import io.kqueueserver.server.ws.WebSocket;
import io.kqueueserver.server.ws.WebSocketListener;
import io.kqueueserver.spring.http.AbortedException;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.web.reactive.socket.CloseStatus;
import org.springframework.web.reactive.socket.HandshakeInfo;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketMessage;
import org.springframework.web.reactive.socket.adapter.AbstractWebSocketSession;
import org.springframework.web.util.DisconnectedClientHelper;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * A WebFlux session on a WebSocket of the core. Its methods may be called on any thread; their
 * effects happen on the loop, in the order of the calls. Payloads are unpooled, so they need
 * neither retain nor release. The session outlives the exchange and its filters, and refers to
 * nothing of them but the Reactor context, so that an idle session costs little.
 */
class KqueueWebSocketSession extends AbstractWebSocketSession<WebSocket>
    implements WebSocketListener {
  private static final Log logger = LogFactory.getLog(KqueueWebSocketSession.class);

  private final WebSocketHandler handler;
  private final ContextView context;
  private final LoopOrder loop;
  private final Inbound<WebSocketMessage> inbound;
  private final Sinks.One<CloseStatus> closeStatus = Sinks.one();

  // Loop thread.
  private final List<SendMono.Sending> sending = new ArrayList<>(1);
  private boolean closed;
  private boolean streamEnded;

  /**
   * Makes the session of an exchange that is switched next.
   *
   * @param id names the session, as it named the exchange
   * @param context of the upgrade, for the handler
   */
  KqueueWebSocketSession(
      String id,
      WebSocket socket,
      LoopWebSockets webSockets,
      HandshakeInfo info,
      WebSocketHandler handler,
      ContextView context) {
    super(socket, id, info, DefaultDataBufferFactory.sharedInstance);
    this.handler = handler;
    this.context = context;
    this.loop = new LoopOrder(webSockets);
    this.inbound = new Inbound<>(socket, loop);
  }

  LoopOrder loop() {
    return loop;
  }

  // ---- methods that the handler calls

  @Override
  public Flux<WebSocketMessage> receive() {
    return inbound;
  }

  @Override
  public Mono<Void> send(Publisher<WebSocketMessage> messages) {
    return new SendMono(this, messages);
  }

  @Override
  public boolean isOpen() {
    return getDelegate().isOpen();
  }

  @Override
  public Mono<Void> close(CloseStatus status) {
    return Mono.create(
        sink -> {
          boolean taken =
              loop.run(
                  () -> {
                    try {
                      getDelegate().close(status.getCode(), reason(status));
                      sink.success();
                    } catch (IllegalArgumentException e) {
                      sink.error(e);
                    }
                  });
          if (!taken) {
            sink.success();
          }
        });
  }

  private static String reason(CloseStatus status) {
    String reason = status.getReason();
    return reason == null ? "" : reason;
  }

  @Override
  public Mono<CloseStatus> closeStatus() {
    return closeStatus.asMono();
  }

  // ---- sending, on the loop

  void began(SendMono.Sending one) {
    if (closed) {
      one.sessionEnded(streamEnded ? gone() : null);
    } else {
      sending.add(one);
    }
  }

  void ended(SendMono.Sending one) {
    sending.remove(one);
  }

  void write(WebSocketMessage message) {
    getDelegate()
        .send(
            SendMono.opcode(message.getType()),
            MessageBytes.of(message.getPayload()),
            MessageBytes.release());
  }

  boolean isWritable() {
    return getDelegate().isWritable();
  }

  void whenSent(Runnable callback) {
    getDelegate().whenSent(callback);
  }

  // ---- events of the session, on the loop

  @Override
  public void onOpen() {
    Mono<Void> handling;
    try {
      handling = handler.handle(this);
    } catch (Throwable e) {
      Exceptions.throwIfJvmFatal(e);
      handling = Mono.error(e);
    }
    handling.subscribe(
        nothing -> {},
        cause -> {
          report(cause);
          loop.run(() -> getDelegate().close(CloseCode.INTERNAL_ERROR, ""));
        },
        () -> loop.run(() -> getDelegate().close(CloseCode.NORMAL, "")),
        Context.of(context));
  }

  /** Logs a failure of the handler; one that a client causes by leaving is of no interest. */
  private void report(Throwable cause) {
    if (!DisconnectedClientHelper.isClientDisconnectedException(cause)) {
      logger.error("The handler of WebSocket session " + getId() + " failed", cause);
    } else if (logger.isDebugEnabled()) {
      logger.debug("The client of WebSocket session " + getId() + " has gone", cause);
    }
  }

  @Override
  public void onMessage(Opcode type, byte[] payload) {
    inbound.next(message(typeOf(type), payload));
  }

  static WebSocketMessage.Type typeOf(Opcode type) {
    return type == Opcode.TEXT ? WebSocketMessage.Type.TEXT : WebSocketMessage.Type.BINARY;
  }

  @Override
  public void onPong(byte[] payload) {
    inbound.next(message(WebSocketMessage.Type.PONG, payload));
  }

  private WebSocketMessage message(WebSocketMessage.Type type, byte[] payload) {
    DataBuffer buffer = bufferFactory().wrap(payload);
    return new WebSocketMessage(type, buffer);
  }

  @Override
  public void onWritable() {
    for (SendMono.Sending one : List.copyOf(sending)) {
      one.more();
    }
  }

  @Override
  public void onClose(int code, String reason) {
    closed = true;
    closeStatus.tryEmitValue(new CloseStatus(code, reason.isEmpty() ? null : reason));
    endInbound();
    endSending(code == CloseCode.ABNORMAL ? gone() : null);
  }

  /** Ends what the handler receives. */
  void endInbound() {
    inbound.end(null);
  }

  private void endSending(@Nullable Throwable cause) {
    for (SendMono.Sending one : List.copyOf(sending)) {
      one.sessionEnded(cause);
    }
  }

  private static AbortedException gone() {
    return new AbortedException("the client ended the session without a Close frame", null);
  }

  @Override
  public void onEnd() {
    streamEnded = true;
  }
}

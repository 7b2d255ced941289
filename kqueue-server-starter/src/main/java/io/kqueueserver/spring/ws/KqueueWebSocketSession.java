package io.kqueueserver.spring.ws;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ws.CloseCode;
import io.kqueueserver.http.ws.Opcode;
import io.kqueueserver.server.ws.WebSocket;
import io.kqueueserver.server.ws.WebSocketListener;
import io.kqueueserver.spring.http.AbortedException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.web.reactive.socket.CloseStatus;
import org.springframework.web.reactive.socket.HandshakeInfo;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketMessage;
import org.springframework.web.reactive.socket.adapter.AbstractWebSocketSession;
import reactor.core.Disposable;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Sinks;
import reactor.util.context.Context;

/**
 * A session as WebFlux sees it. Its methods may be called on any thread; what they do happens on
 * the loop, in order. Payloads are unpooled, so they need neither retain nor release.
 */
final class KqueueWebSocketSession extends AbstractWebSocketSession<WebSocket>
    implements WebSocketListener {
  private final WebSocketHandler handler;
  private final MonoSink<Void> result;
  private final LoopOrder loop;
  private final InboundMessages inbound;
  private final Sinks.One<CloseStatus> closeStatus = Sinks.one();

  // Loop thread.
  private final List<SendMono.Sending> sending = new ArrayList<>(1);
  private boolean opened;
  private boolean closed;
  private boolean handled;
  private boolean streamEnded;
  private @Nullable Throwable failure;

  /**
   * Makes the session of an exchange that is switched next.
   *
   * @param result of the upgrade: ends when the handler and the stream have
   */
  KqueueWebSocketSession(
      Exchange exchange,
      WebSocket socket,
      HandshakeInfo info,
      WebSocketHandler handler,
      MonoSink<Void> result) {
    super(socket, exchange.id(), info, DefaultDataBufferFactory.sharedInstance);
    this.handler = handler;
    this.result = result;
    this.loop = new LoopOrder(exchange);
    this.inbound = new InboundMessages(socket, loop);
  }

  LoopOrder loop() {
    return loop;
  }

  // ---- what the handler asks

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

  // ---- what happens to the session, on the loop

  @Override
  public void onOpen() {
    opened = true;
    Mono<Void> handling;
    try {
      handling = handler.handle(this);
    } catch (Throwable e) {
      Exceptions.throwIfJvmFatal(e);
      handling = Mono.error(e);
    }
    Disposable subscription =
        handling.subscribe(
            nothing -> {},
            cause -> loop.run(() -> handled(cause)),
            () -> loop.run(() -> handled(null)),
            Context.of(result.contextView()));
    result.onCancel(
        () -> {
          subscription.dispose();
          loop.run(() -> getDelegate().abort("the upgrade was cancelled"));
        });
  }

  private void handled(@Nullable Throwable cause) {
    handled = true;
    failure = cause;
    if (cause == null) {
      getDelegate().close(CloseCode.NORMAL, "");
    } else {
      getDelegate().close(CloseCode.INTERNAL_ERROR, "");
    }
    endIfBothDid();
  }

  @Override
  public void onMessage(Opcode type, byte[] payload) {
    inbound.next(
        message(
            type == Opcode.TEXT ? WebSocketMessage.Type.TEXT : WebSocketMessage.Type.BINARY,
            payload));
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
    inbound.end();
    endSending(code == CloseCode.ABNORMAL ? gone() : null);
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
    handled |= !opened; // the client has gone under the handshake, and the handler was not called
    endIfBothDid();
  }

  private void endIfBothDid() {
    if (handled && streamEnded) {
      if (failure == null) {
        result.success();
      } else {
        result.error(failure);
      }
    }
  }
}

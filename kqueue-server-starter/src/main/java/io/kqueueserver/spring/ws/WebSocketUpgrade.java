package io.kqueueserver.spring.ws;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.ws.Handshake;
import io.kqueueserver.server.ws.Delivery;
import io.kqueueserver.server.ws.LoopWebSockets;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.web.reactive.socket.HandshakeInfo;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.adapter.ContextWebSocketHandler;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.util.context.ContextView;

/**
 * One handshake, to be accepted or refused. An accepted handshake is answered with the fields and
 * cookies that filters have set on the response, and the stream goes to a session.
 */
public final class WebSocketUpgrade {
  /** Names of the fields that the handshake or the framing of the answer sets. */
  private static final Set<String> OURS =
      Set.of(
          "connection",
          "upgrade",
          "sec-websocket-accept",
          "sec-websocket-protocol",
          "sec-websocket-extensions",
          "content-length",
          "transfer-encoding");

  private final Exchange exchange;
  private final ServerHttpResponse response;
  private final LoopWebSockets webSockets;
  private final Handshake handshake;

  private WebSocketUpgrade(
      Exchange exchange, ServerHttpResponse response, LoopWebSockets webSockets) {
    this.exchange = exchange;
    this.response = response;
    this.webSockets = webSockets;
    this.handshake = Handshake.of(exchange.request(), webSockets.options());
  }

  /**
   * The upgrade of this request.
   *
   * @throws IllegalStateException if another server has the request
   */
  public static WebSocketUpgrade of(ServerWebExchange exchange) {
    Object request = ServerHttpRequestDecorator.getNativeRequest(exchange.getRequest());
    if (!(request instanceof Exchange ours)) {
      throw new IllegalStateException("not a request of the kqueue server: " + request);
    }
    LoopWebSockets webSockets = ours.service(LoopWebSockets.class);
    if (webSockets == null) {
      throw new IllegalStateException("the exchange has no WebSocket: " + ours);
    }
    return new WebSocketUpgrade(ours, exchange.getResponse(), webSockets);
  }

  /**
   * The status with which {@link #refuse} must be called, or null if the handshake may be accepted.
   */
  public @Nullable Integer refusal() {
    if (!handshake.isAccepted()) {
      return handshake.status();
    }
    return webSockets.isFull() ? Integer.valueOf(503) : null;
  }

  /** Answers with this status, the fields that the status needs, and no body. */
  public Mono<Void> refuse(int status) {
    response.setStatusCode(HttpStatusCode.valueOf(status));
    if (handshake.isAccepted()) {
      webSockets.refused();
    } else {
      handshake.fields(null).writeTo((name, value) -> response.getHeaders().add(name, value));
    }
    return response.setComplete();
  }

  /**
   * Commits the response, switches the exchange to WebSocket, and runs the handler. The result ends
   * with the handshake, as it does on other servers: a session may last for days, and must not hold
   * the exchange and its filters meanwhile.
   */
  public Mono<Void> accept(
      WebSocketHandler handler, @Nullable String subProtocol, HandshakeInfo handshakeInfo) {
    HandshakeInfo info = HeadHandshakeInfo.compact(handshakeInfo, exchange.request());
    response.setStatusCode(HttpStatusCode.valueOf(handshake.status())); // for metrics and filters
    return response
        .setComplete()
        .then(
            Mono.deferContextual(
                context -> {
                  WebSocketHandler decorated = ContextWebSocketHandler.decorate(handler, context);
                  Delivery delivery =
                      handler instanceof StreamingWebSocketHandler
                          ? Delivery.PIECES
                          : Delivery.WHOLE;
                  return Mono.<Void>create(
                      sink -> begin(decorated, delivery, subProtocol, info, context, sink));
                }));
  }

  private void begin(
      WebSocketHandler handler,
      Delivery delivery,
      @Nullable String subProtocol,
      HandshakeInfo info,
      ContextView context,
      MonoSink<Void> sink) {
    AtomicBoolean cancelled = new AtomicBoolean();
    sink.onCancel(() -> cancelled.set(true));
    Runnable task =
        () -> {
          if (cancelled.get()) {
            return; // a filter has given the handshake up, and answers in its own way
          }
          try {
            webSockets.open(
                exchange,
                handshake,
                subProtocol,
                fields(response),
                delivery,
                socket ->
                    delivery == Delivery.PIECES
                        ? new StreamingWebSocketSession(
                            exchange.id(), socket, webSockets, info, handler, context)
                        : new KqueueWebSocketSession(
                            exchange.id(), socket, webSockets, info, handler, context));
            sink.success();
          } catch (RuntimeException e) {
            sink.error(e);
          }
        };
    if (exchange.inLoop()) {
      task.run();
    } else if (!exchange.execute(task)) {
      sink.success();
    }
  }

  /** The fields and cookies of the committed response. */
  private static HeaderSource fields(ServerHttpResponse visible) {
    ServerHttpResponse response = visible;
    while (response instanceof ServerHttpResponseDecorator decorator) {
      response = decorator.getDelegate();
    }
    if (!(response instanceof HeaderSource committed)) {
      throw new IllegalStateException("not a response of the kqueue server: " + response);
    }
    return sink ->
        committed.writeTo(
            (name, value) -> {
              if (!OURS.contains(name.toLowerCase(Locale.ROOT))) {
                sink.field(name, value);
              }
            });
  }
}

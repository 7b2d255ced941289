package io.kqueueserver.spring.ws;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.ws.Handshake;
import io.kqueueserver.server.ws.LoopWebSockets;
import java.util.Locale;
import java.util.Set;
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

/**
 * One handshake: answers it with what filters have set on the response, and hands the stream to a
 * session, or refuses it.
 */
public final class WebSocketUpgrade {
  /** Fields that the handshake or the framing of the answer decides. */
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
   * Whether the handshake may be accepted; if not, {@link #refuse} is to be called.
   *
   * @return the status of a refusal, null to go on
   */
  public @Nullable Integer refusal() {
    if (!handshake.isAccepted()) {
      return handshake.status();
    }
    return webSockets.isFull() ? Integer.valueOf(503) : null;
  }

  /** Answers with this status, the fields it needs, and no body. */
  public Mono<Void> refuse(int status) {
    response.setStatusCode(HttpStatusCode.valueOf(status));
    if (handshake.isAccepted()) {
      webSockets.refused();
    } else {
      handshake.fields(null).writeTo((name, value) -> response.getHeaders().add(name, value));
    }
    return response.setComplete();
  }

  /** Commits the response, switches, and runs the handler; ends with the session. */
  public Mono<Void> accept(
      WebSocketHandler handler, @Nullable String subProtocol, HandshakeInfo info) {
    response.setStatusCode(HttpStatusCode.valueOf(handshake.status())); // for who observes it
    return response
        .setComplete()
        .then(
            Mono.deferContextual(
                context -> {
                  WebSocketHandler decorated = ContextWebSocketHandler.decorate(handler, context);
                  return Mono.<Void>create(sink -> begin(decorated, subProtocol, info, sink));
                }));
  }

  private void begin(
      WebSocketHandler handler,
      @Nullable String subProtocol,
      HandshakeInfo info,
      MonoSink<Void> sink) {
    Runnable task =
        () -> {
          try {
            boolean begun =
                webSockets.open(
                    exchange,
                    handshake,
                    subProtocol,
                    fields(response),
                    socket -> new KqueueWebSocketSession(exchange, socket, info, handler, sink));
            if (!begun) {
              sink.success();
            }
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

  /** The fields and cookies that were committed. */
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

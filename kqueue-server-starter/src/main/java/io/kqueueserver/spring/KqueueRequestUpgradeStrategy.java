package io.kqueueserver.spring;

import io.kqueueserver.spring.ws.WebSocketUpgrade;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.web.reactive.socket.HandshakeInfo;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.server.RequestUpgradeStrategy;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Switches a request to WebSocket on this server, for {@code HandshakeWebSocketService}. */
public final class KqueueRequestUpgradeStrategy implements RequestUpgradeStrategy {

  /**
   * Answers the handshake and runs the handler. The answer holds the fields and cookies that
   * filters have set on the response.
   *
   * @param exchange the handshake
   * @param handler handles the session, with the Reactor Context of the request
   * @param subProtocol the subprotocol to confirm; null for none
   * @param handshakeInfoFactory called once, if the handshake is accepted
   * @return completes when session and handler have ended, or when a refusal was written
   */
  @Override
  public Mono<Void> upgrade(
      ServerWebExchange exchange,
      WebSocketHandler handler,
      @Nullable String subProtocol,
      Supplier<HandshakeInfo> handshakeInfoFactory) {
    WebSocketUpgrade upgrade = WebSocketUpgrade.of(exchange);
    Integer refusal = upgrade.refusal();
    return refusal == null
        ? upgrade.accept(handler, subProtocol, handshakeInfoFactory.get())
        : upgrade.refuse(refusal);
  }
}

package io.kqueueserver.spring;

import io.kqueueserver.spring.ws.WebSocketUpgrade;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.web.reactive.socket.HandshakeInfo;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.server.RequestUpgradeStrategy;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** WebSocket on this server, for Spring's {@code HandshakeWebSocketService}. */
public final class KqueueRequestUpgradeStrategy implements RequestUpgradeStrategy {

  /**
   * Answers the handshake with what filters have set on the response, and runs the handler.
   *
   * @param exchange the handshake
   * @param handler handles the session, with the Reactor Context of the request
   * @param subProtocol the one to confirm; null for none
   * @param handshakeInfoFactory called once, if the handshake is accepted
   * @return ends when the session and its handler have, or when a refusal was written
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

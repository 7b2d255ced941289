package io.kqueueserver.benchmarks.compare.app;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.config.WebFluxConfigurer;
import org.springframework.web.reactive.socket.server.WebSocketService;
import org.springframework.web.reactive.socket.server.support.HandshakeWebSocketService;
import org.springframework.web.reactive.socket.server.upgrade.ReactorNettyRequestUpgradeStrategy;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.WebsocketServerSpec;

/** What has no property there: Reactor Netty's limit of a message, and its compression. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(HttpServer.class)
@ConditionalOnBooleanProperty("compare.websocket")
class ReactorNettyWebSockets implements WebFluxConfigurer {
  private static final int MAX_MESSAGE_BYTES = 2 * 1024 * 1024;

  private final boolean deflate;

  ReactorNettyWebSockets(@Value("${compare.websocket.deflate:false}") boolean deflate) {
    this.deflate = deflate;
  }

  @Override
  public WebSocketService getWebSocketService() {
    return new HandshakeWebSocketService(
        new ReactorNettyRequestUpgradeStrategy(
            () ->
                WebsocketServerSpec.builder()
                    .maxFramePayloadLength(MAX_MESSAGE_BYTES)
                    .compress(deflate)));
  }
}

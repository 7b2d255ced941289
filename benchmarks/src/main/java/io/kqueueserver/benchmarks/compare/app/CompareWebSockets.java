package io.kqueueserver.benchmarks.compare.app;

import java.time.Duration;
import java.util.Map;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketMessage;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/** Two handlers by the plain API of Spring: one that echoes, one whose sessions all get ticks. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnBooleanProperty("compare.websocket")
class CompareWebSockets {
  private static final Duration TICK = Duration.ofMillis(500);

  /** 64 bytes. */
  private static final String TEXT = "0123456789abcdef".repeat(4);

  @Bean
  SimpleUrlHandlerMapping webSockets() {
    // Best effort: a session that lags misses ticks and holds up none of the others.
    Sinks.Many<String> ticks = Sinks.many().multicast().directBestEffort();
    Flux.interval(TICK).onBackpressureDrop().subscribe(n -> ticks.tryEmitNext(TEXT));
    WebSocketHandler echo =
        session -> session.send(session.receive().doOnNext(WebSocketMessage::retain));
    WebSocketHandler broadcast =
        session ->
            session
                .send(ticks.asFlux().onBackpressureDrop().map(session::textMessage))
                .and(session.receive());
    return new SimpleUrlHandlerMapping(Map.of("/ws/echo", echo, "/ws/ticks", broadcast), -1);
  }
}

package io.kqueueserver.benchmarks.load;

import java.util.Map;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketMessage;

/** A WebSocket that sends back what it receives. */
@Configuration(proxyBeanMethods = false)
class LoadWebSockets {
  @Bean
  SimpleUrlHandlerMapping webSockets() {
    WebSocketHandler echo =
        session -> session.send(session.receive().doOnNext(WebSocketMessage::retain));
    return new SimpleUrlHandlerMapping(Map.of("/echo", echo), -1);
  }
}

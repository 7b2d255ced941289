package io.kqueueserver.sample;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketMessage;
import org.springframework.web.reactive.socket.WebSocketSession;
import reactor.core.publisher.BufferOverflowStrategy;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** One room, whose lines all visitors see: a WebSocket session each, and no login. */
final class ChatRoom implements WebSocketHandler {
  private static final int MAX_LINE = 200;

  /** Lines that wait for a visitor whose network is slow; older ones are dropped. */
  private static final int MAX_BEHIND = 64;

  /** A forgotten tab leaves the room after a while, as it stops the clock. */
  private static final Duration MAX_VISIT = Duration.ofMinutes(30);

  private final Sinks.Many<String> lines = Sinks.many().multicast().directBestEffort();
  private final AtomicInteger visitors = new AtomicInteger();

  @Override
  public Mono<Void> handle(WebSocketSession session) {
    String visitor = "visitor " + visitors.incrementAndGet();
    Flux<String> seen =
        lines
            .asFlux()
            .onBackpressureBuffer(MAX_BEHIND, BufferOverflowStrategy.DROP_OLDEST)
            .doOnSubscribe(subscription -> say(visitor + " joined"));
    Mono<Void> sent =
        session.send(Flux.merge(seen, Mono.just("you are " + visitor)).map(session::textMessage));
    Mono<Void> received =
        session
            .receive()
            .take(MAX_VISIT)
            .filter(message -> message.getType() == WebSocketMessage.Type.TEXT)
            .map(message -> visitor + ": " + line(message.getPayloadAsText()))
            .doOnNext(this::say)
            .then();
    return Mono.firstWithSignal(received, sent).doFinally(end -> say(visitor + " left"));
  }

  private static String line(String text) {
    String line = text.replaceAll("\\s+", " ").strip();
    return line.length() <= MAX_LINE ? line : line.substring(0, MAX_LINE);
  }

  /** One line at a time: visitors speak on several loops, and a sink takes no two at once. */
  private synchronized void say(String line) {
    lines.tryEmitNext(line);
  }

  @Configuration(proxyBeanMethods = false)
  static class Mapping {
    @Bean
    HandlerMapping chat() {
      return new SimpleUrlHandlerMapping(Map.of("/api/chat", new ChatRoom()), -1);
    }
  }
}

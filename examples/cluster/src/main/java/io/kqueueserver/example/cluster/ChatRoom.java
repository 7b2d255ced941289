package io.kqueueserver.example.cluster;

import java.time.Duration;
import java.util.Map;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.redis.connection.ReactiveSubscription;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;
import org.springframework.data.redis.listener.ChannelTopic;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketMessage;
import org.springframework.web.reactive.socket.WebSocketSession;
import reactor.core.publisher.BufferOverflowStrategy;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * One room, whose lines go by a channel of Redis to the visitors of every process. A line is
 * published, and only what comes back from Redis is shown, so that all see the same order. Redis
 * keeps no line: who is not connected misses it.
 */
final class ChatRoom implements WebSocketHandler {
  private static final ChannelTopic CHANNEL = ChannelTopic.of("chat");

  private static final int MAX_LINE = 200;

  /** Lines that wait for a visitor whose network is slow; older ones are dropped. */
  private static final int MAX_BEHIND = 256;

  private final ReactiveStringRedisTemplate redis;

  /** One subscription of this process, for all of its visitors. */
  private final Flux<String> lines;

  ChatRoom(ReactiveStringRedisTemplate redis) {
    this.redis = redis;
    this.lines =
        redis
            .listenTo(CHANNEL)
            .map(ReactiveSubscription.Message::getMessage)
            .retryWhen(Retry.backoff(Long.MAX_VALUE, Duration.ofMillis(100)))
            .share();
  }

  @Override
  public Mono<Void> handle(WebSocketSession session) {
    Flux<WebSocketMessage> seen =
        lines
            .onBackpressureBuffer(MAX_BEHIND, BufferOverflowStrategy.DROP_OLDEST)
            .map(session::textMessage);
    Mono<Void> said =
        session
            .receive()
            .filter(message -> message.getType() == WebSocketMessage.Type.TEXT)
            .map(WebSocketMessage::getPayloadAsText)
            .map(line -> line.length() <= MAX_LINE ? line : line.substring(0, MAX_LINE))
            .concatMap(line -> redis.convertAndSend(CHANNEL.getTopic(), line))
            .then();
    return Mono.firstWithSignal(said, session.send(seen));
  }

  @Configuration(proxyBeanMethods = false)
  static class Mapping {
    @Bean
    HandlerMapping chat(ReactiveStringRedisTemplate redis) {
      return new SimpleUrlHandlerMapping(Map.of("/chat", new ChatRoom(redis)), -1);
    }
  }
}

package io.kqueueserver.spring;

import io.kqueueserver.http.Exchange;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/**
 * Lets observers of a request, such as the report of a blocked loop, learn which controller method
 * serves it: the attributes that WebFlux sets are read when somebody asks. First of the filters, so
 * that one that blocks is seen too.
 */
public final class HandlerNameFilter implements WebFilter, Ordered {
  @Override
  public int getOrder() {
    return HIGHEST_PRECEDENCE;
  }

  @Override
  public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
    Object request = nativeRequest(exchange);
    if (request instanceof Exchange served) {
      Map<String, Object> attributes = exchange.getAttributes();
      served.handledBy(() -> handler(attributes));
    }
    return chain.filter(exchange);
  }

  private static @Nullable Object nativeRequest(ServerWebExchange exchange) {
    try {
      return ServerHttpRequestDecorator.getNativeRequest(exchange.getRequest());
    } catch (IllegalArgumentException e) {
      return null; // a request of a test, or another server's
    }
  }

  /** {@code com.example.Things#one(Long) [/things/{id}]}, as far as it is known yet. */
  private static @Nullable String handler(Map<String, Object> attributes) {
    Object handler = attributes.get(HandlerMapping.BEST_MATCHING_HANDLER_ATTRIBUTE);
    Object pattern = attributes.get(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE);
    if (handler == null) {
      return null;
    }
    return pattern == null ? handler.toString() : handler + " [" + pattern + "]";
  }
}

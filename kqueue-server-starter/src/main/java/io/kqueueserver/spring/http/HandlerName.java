package io.kqueueserver.spring.http;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The name of the handler that WebFlux chose for a request, read from the attributes of its {@code
 * ServerWebExchange}. The keys are those of {@code HandlerMapping}, written as text, so that an
 * observer's thread does not load WebFlux and an application may run without WebFlux.
 */
final class HandlerName {
  static final String HANDLER =
      "org.springframework.web.reactive.HandlerMapping.bestMatchingHandler";
  static final String PATTERN =
      "org.springframework.web.reactive.HandlerMapping.bestMatchingPattern";

  private HandlerName() {}

  /**
   * The name of the handler, for example {@code com.example.Things#one(Long) [/things/{id}]}. Null
   * as long as no handler is chosen.
   */
  static @Nullable String of(Map<String, Object> attributes) {
    Object handler = attributes.get(HANDLER);
    if (handler == null) {
      return null;
    }
    Object pattern = attributes.get(PATTERN);
    return pattern == null ? handler.toString() : handler + " [" + pattern + "]";
  }
}

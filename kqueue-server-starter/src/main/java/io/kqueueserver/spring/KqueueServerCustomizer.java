package io.kqueueserver.spring;

import io.kqueueserver.KqueueServerBuilder;

/**
 * Changes the server's builder before the server is made. Beans of this type are applied in order
 * and after all properties, so that they override the properties.
 */
@FunctionalInterface
public interface KqueueServerCustomizer {
  void customize(KqueueServerBuilder builder);
}

package io.kqueueserver.spring;

import io.kqueueserver.KqueueServerBuilder;

/**
 * Changes the server's builder before the server is made. Beans of this type are applied in order,
 * after everything that comes from properties, so they have the last word.
 */
@FunctionalInterface
public interface KqueueServerCustomizer {
  void customize(KqueueServerBuilder builder);
}

package io.kqueueserver.spring.autoconfigure;

import org.jspecify.annotations.Nullable;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

/** The path of the actuator's endpoints on the application's own port. */
final class ManagementPath {
  private ManagementPath() {}

  /**
   * Returns the path without a slash at its end; null if management has a port of its own or is
   * switched off, and if its path is the root, below which all requests are.
   */
  static @Nullable String of(Environment environment) {
    Integer port = environment.getProperty("management.server.port", Integer.class);
    Integer main = environment.getProperty("server.port", Integer.class, 8080);
    if (port != null && (port == 0 || !port.equals(main))) {
      return null; // as Spring Boot decides it: two ports that the system picks differ
    }
    String base = trimmed(environment.getProperty("spring.webflux.base-path", ""));
    String path =
        trimmed(environment.getProperty("management.endpoints.web.base-path", "/actuator"));
    return path.isEmpty() ? null : base + path;
  }

  private static String trimmed(String path) {
    return StringUtils.trimTrailingCharacter(path.strip(), '/');
  }
}

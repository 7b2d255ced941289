package io.kqueueserver.spring;

import org.springframework.boot.web.server.PortInUseException;
import org.springframework.boot.web.server.WebServerException;

/** Says why a server could not start in the exceptions Spring Boot knows how to explain. */
final class StartFailures {
  private StartFailures() {}

  /** {@code port} is the requested one. */
  static RuntimeException translate(RuntimeException failure, int port) {
    if (isAddressInUse(failure)) {
      return new PortInUseException(port, failure);
    }
    return new WebServerException("Unable to start Kqueue: " + failure.getMessage(), failure);
  }

  private static boolean isAddressInUse(RuntimeException failure) {
    return String.valueOf(failure.getMessage()).contains("EADDRINUSE");
  }
}

package io.kqueueserver.spring;

import io.kqueueserver.ffi.NativeException;
import io.kqueueserver.ffi.NativeUnavailableException;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.boot.web.server.WebServerException;

/** Says why a server could not start in the exceptions Spring Boot knows how to explain. */
final class StartFailures {
  private StartFailures() {}

  /** {@code port} is the requested one. */
  static RuntimeException translate(RuntimeException failure, int port) {
    if (failure instanceof NativeException e
        && e.errnoName().equals("EADDRINUSE")
        && !e.subject().startsWith("unix:")) {
      return new PortInUseException(port, failure);
    }
    if (failure instanceof NativeUnavailableException) {
      return failure;
    }
    return new WebServerException("Unable to start Kqueue: " + failure.getMessage(), failure);
  }
}

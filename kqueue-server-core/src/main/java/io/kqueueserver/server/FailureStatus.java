package io.kqueueserver.server;

import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.net.FileOpenException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The status of an exchange that failed before its response was begun. */
final class FailureStatus {
  private static final Logger log = LoggerFactory.getLogger(FailureStatus.class);

  private FailureStatus() {}

  /**
   * The status of a failure: 500, unless a cause of the failure has a status of its own. A failed
   * file is logged, because the application does not get that exception.
   */
  static int of(RequestHead head, ExchangeException failure) {
    int status = of(failure);
    if (failure.getCause() instanceof IOException file) {
      if (status >= 500) {
        log.warn("{} {}: answered {}: {}", head.method(), path(head), status, text(file));
      } else {
        log.debug("{} {}: answered {}: {}", head.method(), path(head), status, text(file));
      }
    }
    return status;
  }

  private static String path(RequestHead head) {
    String target = head.path();
    int query = target.indexOf('?');
    return query < 0 ? target : target.substring(0, query);
  }

  private static String text(IOException file) {
    return file instanceof FileOpenException ? String.valueOf(file.getMessage()) : file.toString();
  }

  private static int of(Throwable failure) {
    for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof FileOpenException file) {
        return switch (file.kind()) {
          case MISSING -> 404;
          case FORBIDDEN -> 403;
          case EXHAUSTED -> 503;
          case OTHER -> 500;
        };
      }
    }
    return 500;
  }
}

package io.kqueueserver.actuate;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * What {@code connections} answers. A contract as {@link KqueueReport}.
 *
 * @param open connections the look came by
 * @param matched of those, the ones the filters let through
 */
public record KqueueConnections(
    String server, int open, int matched, int offset, int limit, List<Row> connections)
    implements OperationResponseBody {

  /** One open connection. */
  public record Row(
      String id,
      int loop,
      int fd,
      String peer,
      String protocol,
      boolean tls,
      String state,
      long ageNanos,
      long idleNanos,
      int requests,
      long bytesRead,
      long bytesWritten,
      long queuedBytes,
      @Nullable Request request)
      implements OperationResponseBody {}

  /** The request it is at work on. */
  public record Request(String method, String path, @Nullable String handler, long ageNanos) {}
}

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

  /**
   * One open connection.
   *
   * @param request the oldest of those under way; null if there is none
   * @param active how many are under way
   * @param activeRequests those under way, oldest first, in a page the first few
   */
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
      @Nullable Request request,
      int active,
      List<Request> activeRequests)
      implements OperationResponseBody {}

  /**
   * A request under way.
   *
   * @param streamId null where the protocol has no streams
   */
  public record Request(
      String method,
      String path,
      @Nullable String handler,
      long ageNanos,
      @Nullable Long streamId) {}
}

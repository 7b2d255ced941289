package io.kqueueserver.actuate;

import java.util.List;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * The response of {@code drain}. Its names are a contract, as those of {@link KqueueReport}.
 *
 * @param servers the servers that run or drain, the application's own first
 */
public record KqueueDrain(List<Server> servers) implements OperationResponseBody {
  /** 100: most connections that are listed, those with the oldest requests. */
  static final int LISTED = 100;

  /**
   * What the drain of one server waits for, or would wait for if it began now.
   *
   * @param draining whether a graceful shutdown is under way
   * @param drainingNanos time since it began; 0 if it has not begun
   * @param requests number of requests and switched streams under way; the drain ends at 0
   * @param sessions number of open WebSocket sessions, which are among them
   * @param connections number of open connections
   * @param waitingFor connections that are not idle, that with the oldest request first
   */
  public record Server(
      String server,
      boolean draining,
      long drainingNanos,
      int requests,
      int sessions,
      int connections,
      List<KqueueConnections.Row> waitingFor) {}
}

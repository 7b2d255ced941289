package io.kqueueserver.actuate;

import io.kqueueserver.RunningServer;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.Show;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.Selector.Match;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;

/**
 * The endpoint of event loops, their connections and their stalls. Read operations use no loop, so
 * that they respond while loops are stuck. The endpoint is read-only by default. Connections can be
 * closed if {@code management.endpoint.kqueue.access} is {@code unrestricted} and {@code
 * kqueue.server.endpoint.close-connections} is true.
 */
@Endpoint(id = "kqueue", defaultAccess = Access.READ_ONLY)
public final class KqueueEndpoint {
  private static final String CONNECTIONS = "connections";
  private static final String STALLS = "stalls";
  private static final String HISTORY = "history";
  private static final String DRAIN = "drain";

  private final KqueueServers servers;
  private final Show showValues;
  private final Set<String> roles;
  private final ConnectionCloser closer;

  /**
   * Makes the endpoint of these servers.
   *
   * @param showValues when clients' addresses and request paths are not masked
   * @param roles roles that are authorized to see them; empty for every authenticated user
   * @param closer closes connections
   */
  KqueueEndpoint(
      KqueueServers servers, Show showValues, Set<String> roles, ConnectionCloser closer) {
    this.servers = servers;
    this.showValues = showValues;
    this.roles = Set.copyOf(roles);
    this.closer = closer;
  }

  /** The servers with their limits, listeners and loops. */
  @ReadOperation
  public KqueueReport kqueue(SecurityContext securityContext) {
    return Reporter.report(servers.running(), mask(securityContext));
  }

  /**
   * The response of {@code connections}, {@code connections/{id}}, {@code stalls}, {@code history}
   * or {@code drain}. Null, which becomes 404, for any other path. Only {@code connections} reads
   * the parameters after the second.
   */
  @ReadOperation
  public @Nullable OperationResponseBody select(
      SecurityContext securityContext,
      @Selector(match = Match.ALL_REMAINING) String[] path,
      @Nullable String server,
      @Nullable Integer loop,
      @Nullable Integer fd,
      @Nullable String peer,
      @Nullable String protocol,
      @Nullable Boolean tls,
      @Nullable String state,
      @Nullable String requestPath,
      @Nullable Long minAgeMillis,
      @Nullable Long minIdleMillis,
      @Nullable Integer minRequests,
      @Nullable Long minBytes,
      @Nullable Integer offset,
      @Nullable Integer limit) {
    Mask mask = mask(securityContext);
    if (isPath(path, 1, STALLS)) {
      return Reporter.stalls(server == null ? servers.running() : only(server), mask);
    }
    if (isPath(path, 1, HISTORY)) {
      return Reporter.history(server == null ? servers.running() : only(server));
    }
    if (isPath(path, 1, DRAIN)) {
      return Reporter.drain(server == null ? servers.running() : only(server), mask);
    }
    if (isPath(path, 2, CONNECTIONS)) {
      ConnectionId id = ConnectionId.parse(path[1]);
      ConnectionTable table = id == null ? null : table(id.server(), mask);
      return id == null || table == null ? null : table.row(id);
    }
    if (!isPath(path, 1, CONNECTIONS)) {
      return null;
    }
    ConnectionQuery query =
        new ConnectionQuery(
                loop,
                fd,
                peer,
                protocol,
                tls,
                state,
                requestPath,
                minAgeMillis == null ? 0 : minAgeMillis,
                minIdleMillis == null ? 0 : minIdleMillis,
                minRequests == null ? 0 : minRequests,
                minBytes == null ? 0 : minBytes,
                offset == null ? 0 : offset,
                limit == null ? ConnectionQuery.DEFAULT_LIMIT : limit)
            .allowedBy(mask);
    String name = server == null ? KqueueServers.MAIN : server;
    return new ConnectionTable(name, only(name).values().iterator().next(), mask).page(query);
  }

  /**
   * Resets the connection {@code connections/{id}}. The response is 204 after the reset, 404 if no
   * such connection is open, 202 if the loop is too busy to have reset the connection in time, 403
   * if connections may not be closed, and 409 if the request came on that connection.
   */
  @DeleteOperation
  public WebEndpointResponse<KqueueRefusal> close(
      SecurityContext securityContext, @Selector(match = Match.ALL_REMAINING) String[] path)
      throws InterruptedException {
    return isPath(path, 2, CONNECTIONS)
        ? closer.close(securityContext, path[1])
        : new WebEndpointResponse<>(WebEndpointResponse.STATUS_NOT_FOUND);
  }

  private static boolean isPath(String[] path, int length, String first) {
    return path.length == length && path[0].equals(first);
  }

  private @Nullable ConnectionTable table(String name, Mask mask) {
    RunningServer server = servers.running().get(name);
    return server == null ? null : new ConnectionTable(name, server, mask);
  }

  private Map<String, RunningServer> only(String name) {
    Map<String, RunningServer> running = servers.running();
    RunningServer server = running.get(name);
    if (server == null) {
      throw ConnectionQuery.refused(
          running.isEmpty()
              ? "no kqueue server is running"
              : "server must be one of " + String.join(", ", running.keySet()));
    }
    return Map.of(name, server);
  }

  private Mask mask(SecurityContext securityContext) {
    return showValues.isShown(securityContext, roles) ? Mask.SHOWN : Mask.MASKED;
  }
}

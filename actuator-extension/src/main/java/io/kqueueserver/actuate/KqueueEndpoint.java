package io.kqueueserver.actuate;

import io.kqueueserver.RunningServer;
import io.kqueueserver.server.observe.LoopView;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
 * The event loops, their connections and their stalls. Everything but a delete is read from outside
 * the loops and answers while they are stuck. Read-only unless access is raised: {@code
 * management.endpoint.kqueue.access=unrestricted} lets connections be closed.
 */
@Endpoint(id = "kqueue", defaultAccess = Access.READ_ONLY)
public final class KqueueEndpoint {
  private static final String CONNECTIONS = "connections";
  private static final String STALLS = "stalls";
  private static final String HISTORY = "history";

  /** A loop that does not come back by then closes the connection when it does: 202. */
  private static final long DELETE_WAIT_MILLIS = 1_000;

  private static final int ACCEPTED = 202;

  private final KqueueServers servers;
  private final Show showValues;
  private final Set<String> roles;

  /**
   * The endpoint over these servers.
   *
   * @param showValues when clients' addresses and request paths are not masked
   * @param roles who is authorized to see them; none for anyone who has logged in
   */
  public KqueueEndpoint(KqueueServers servers, Show showValues, Set<String> roles) {
    this.servers = servers;
    this.showValues = showValues;
    this.roles = Set.copyOf(roles);
  }

  /** Servers, their limits, listeners and loops. */
  @ReadOperation
  public KqueueReport kqueue(SecurityContext securityContext) {
    return Reporter.report(servers.running(), mask(securityContext));
  }

  /**
   * {@code connections}, {@code connections/{id}}, {@code stalls} or {@code history}; null, which
   * is 404, for anything else. All parameters but the first two are of {@code connections}.
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
   * Cuts off the connection {@code connections/{id}}: 204 when that is done, 404 if there is no
   * such connection, 202 if its loop is too busy to have done it yet.
   */
  @DeleteOperation
  public WebEndpointResponse<Void> close(@Selector(match = Match.ALL_REMAINING) String[] path)
      throws InterruptedException {
    ConnectionId id = isPath(path, 2, CONNECTIONS) ? ConnectionId.parse(path[1]) : null;
    ConnectionTable table = id == null ? null : table(id.server(), Mask.MASKED);
    LoopView loop = id == null || table == null ? null : table.loop(id);
    if (id == null || table == null || loop == null || table.row(id) == null) {
      return new WebEndpointResponse<>(WebEndpointResponse.STATUS_NOT_FOUND);
    }
    try {
      boolean closed =
          loop.closeConnection(id.udata()).get(DELETE_WAIT_MILLIS, TimeUnit.MILLISECONDS);
      return new WebEndpointResponse<>(
          closed ? WebEndpointResponse.STATUS_NO_CONTENT : WebEndpointResponse.STATUS_NOT_FOUND);
    } catch (TimeoutException e) {
      return new WebEndpointResponse<>(ACCEPTED);
    } catch (ExecutionException e) {
      throw new IllegalStateException("closing connection " + id + " failed", e.getCause());
    }
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

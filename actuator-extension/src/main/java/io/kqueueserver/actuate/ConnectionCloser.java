package io.kqueueserver.actuate;

import io.kqueueserver.RunningServer;
import io.kqueueserver.net.ConnectionView;
import io.kqueueserver.server.observe.LoopView;
import io.kqueueserver.stats.CurrentRequest;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.audit.listener.AuditApplicationEvent;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.util.StringUtils;

/**
 * Closes a connection for an operator, and publishes an audit event of that. A connection is named
 * by its id and never by a descriptor, which may be another connection's by the time of the close.
 */
final class ConnectionCloser {
  /** The type of the audit event. */
  static final String AUDIT_TYPE = "KQUEUE_CONNECTION_CLOSE";

  static final String PROPERTY = "kqueue.server.endpoint.close-connections";

  /** The principal of a request without one, as Spring Boot's own audit listeners name it. */
  private static final String UNKNOWN = "<unknown>";

  /** 1 s: how long a close waits for the loop. After that the response is 202. */
  private static final long WAIT_MILLIS = 1_000;

  private static final int ACCEPTED = 202;
  private static final int FORBIDDEN = 403;
  private static final int CONFLICT = 409;

  private final KqueueServers servers;
  private final boolean enabled;
  private final ApplicationEventPublisher events;

  /**
   * Makes a closer for the connections of these servers.
   *
   * @param enabled whether the property lets connections be closed
   * @param events takes the audit events
   */
  ConnectionCloser(KqueueServers servers, boolean enabled, ApplicationEventPublisher events) {
    this.servers = servers;
    this.enabled = enabled;
    this.events = events;
  }

  WebEndpointResponse<KqueueRefusal> close(SecurityContext operator, String text)
      throws InterruptedException {
    if (!enabled) {
      return refused(FORBIDDEN, "set " + PROPERTY + "=true to let connections be closed");
    }
    ConnectionId id = ConnectionId.parse(text);
    LoopView loop = id == null ? null : loop(id);
    ConnectionView view = id == null || loop == null ? null : loop.connection(id.slot());
    if (id == null || loop == null || view == null || view.udata() != id.udata()) {
      return new WebEndpointResponse<>(WebEndpointResponse.STATUS_NOT_FOUND);
    }
    if (loop.hasRequest(id.udata(), request -> names(request, text))) {
      return refused(
          CONFLICT, id + " is the connection of this request; ask for its close on another one");
    }
    try {
      boolean closed = loop.closeConnection(id.udata()).get(WAIT_MILLIS, TimeUnit.MILLISECONDS);
      if (!closed) {
        return new WebEndpointResponse<>(WebEndpointResponse.STATUS_NOT_FOUND);
      }
      audit(operator, id, view, "closed");
      return new WebEndpointResponse<>(WebEndpointResponse.STATUS_NO_CONTENT);
    } catch (TimeoutException e) {
      audit(operator, id, view, "accepted");
      return new WebEndpointResponse<>(ACCEPTED);
    } catch (ExecutionException e) {
      throw new IllegalStateException("closing connection " + id + " failed", e.getCause());
    }
  }

  private static WebEndpointResponse<KqueueRefusal> refused(int status, String reason) {
    return new WebEndpointResponse<>(new KqueueRefusal(reason), status);
  }

  private @Nullable LoopView loop(ConnectionId id) {
    RunningServer server = servers.running().get(id.server());
    List<LoopView> loops = server == null ? List.of() : server.loops();
    return id.loop() < loops.size() ? loops.get(id.loop()) : null;
  }

  /**
   * Whether the request has this id in its path. On the connection of that id, only the request
   * that asks for the close has. The path is decoded as that of the operation was.
   */
  private static boolean names(CurrentRequest request, String id) {
    String path = request.path();
    try {
      return StringUtils.uriDecode(path, StandardCharsets.UTF_8).contains(id);
    } catch (IllegalArgumentException e) {
      return path.contains(id);
    }
  }

  private void audit(
      SecurityContext operator, ConnectionId id, ConnectionView view, String outcome) {
    Principal principal = operator.getPrincipal();
    events.publishEvent(
        new AuditApplicationEvent(
            principal == null ? UNKNOWN : principal.getName(),
            AUDIT_TYPE,
            Map.of(
                "connection",
                id.toString(),
                "peer",
                Reporter.text(view.socket().peer()),
                "outcome",
                outcome)));
  }
}

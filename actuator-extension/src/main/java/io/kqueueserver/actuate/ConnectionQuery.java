package io.kqueueserver.actuate;

import io.kqueueserver.ip.IpLiteral;
import io.kqueueserver.net.ConnectionView;
import io.kqueueserver.server.observe.LoopView;
import io.kqueueserver.stats.WireProtocol;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;

/**
 * The filters and the page of a request for connections. A value that is not allowed is refused
 * with the allowed values.
 */
record ConnectionQuery(
    @Nullable Integer loop,
    @Nullable Integer fd,
    @Nullable String peer,
    @Nullable String protocol,
    @Nullable Boolean tls,
    @Nullable String state,
    @Nullable String path,
    long minAgeMillis,
    long minIdleMillis,
    int minRequests,
    long minBytes,
    int offset,
    int limit) {
  static final int DEFAULT_LIMIT = 100;

  /** 1000: a page of this many rows has some 300 KB. */
  static final int MAX_LIMIT = 1_000;

  private static final List<String> STATES =
      Arrays.stream(ConnectionView.State.values()).map(ConnectionView.State::label).toList();
  private static final List<String> PROTOCOLS =
      Arrays.stream(WireProtocol.values()).map(WireProtocol::label).toList();

  ConnectionQuery {
    oneOf("state", state, STATES);
    oneOf("protocol", protocol, PROTOCOLS);
    atLeast("loop", loop == null ? 0 : loop, 0);
    atLeast("fd", fd == null ? 0 : fd, 0);
    atLeast("minAgeMillis", minAgeMillis, 0);
    atLeast("minIdleMillis", minIdleMillis, 0);
    atLeast("minRequests", minRequests, 0);
    atLeast("minBytes", minBytes, 0);
    atLeast("offset", offset, 0);
    atLeast("limit", limit, 1);
    if (limit > MAX_LIMIT) {
      throw refused("limit must not be more than " + MAX_LIMIT + ", but is " + limit);
    }
  }

  /**
   * Refuses filters on masked values, and returns this query otherwise. Such a filter would reveal
   * a masked value, one guess per request.
   */
  ConnectionQuery allowedBy(Mask mask) {
    if (mask == Mask.MASKED && (peer != null || path != null)) {
      throw refused(
          "peer and path can be asked for only where management.endpoint.kqueue.show-values lets"
              + " them be seen");
    }
    return this;
  }

  boolean includes(LoopView candidate) {
    return loop == null || loop == candidate.number();
  }

  boolean matches(ConnectionView view, long now) {
    return (fd == null || fd == view.socket().fd())
        && (protocol == null
            || protocol.equals(view.socket().protocol().label())
            || protocol.equals(ConnectionTable.protocol(view)))
        && (tls == null || tls == view.socket().tls())
        && (state == null || state.equals(view.state().label()))
        && isOld(now - view.times().openedNanos(), minAgeMillis)
        && isOld(now - view.times().lastActiveNanos(), minIdleMillis)
        && view.requests().total() >= minRequests
        && view.traffic().moved() >= minBytes
        && (peer == null || isPeer(view, peer))
        && (path == null || isAt(view.requests(), path));
  }

  private static boolean isOld(long nanos, long millis) {
    return nanos / 1_000_000 >= millis;
  }

  /** Whether {@code wanted} is the peer's host in any spelling, or its address as in the table. */
  private static boolean isPeer(ConnectionView view, String wanted) {
    return view.socket().peer().getAddress().equals(IpLiteral.parse(wanted))
        || wanted.equals(Reporter.text(view.socket().peer()));
  }

  private static boolean isAt(ConnectionView.Requests requests, String prefix) {
    return requests.listed().stream().anyMatch(request -> request.path().startsWith(prefix));
  }

  private static void oneOf(String name, @Nullable String value, List<String> allowed) {
    if (value != null && !allowed.contains(value)) {
      throw refused(name + " must be one of " + String.join(", ", allowed));
    }
  }

  private static void atLeast(String name, long value, long least) {
    if (value < least) {
      throw refused(name + " must be at least " + least + ", but is " + value);
    }
  }

  static InvalidEndpointRequestException refused(String reason) {
    return new InvalidEndpointRequestException(
        String.format(Locale.ROOT, "kqueue endpoint: %s", reason), reason);
  }
}

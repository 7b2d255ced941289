package io.kqueueserver.actuate;

import io.kqueueserver.RunningServer;
import io.kqueueserver.server.observe.LoopView;
import io.kqueueserver.stats.PauseCause;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Whether the application's server can serve. Down when its loops have failed for good; when each
 * has ended or has been in one turn for longer than the stall limit, so that no connection is
 * served; or when each has paused accepting, at the connection limit or for want of descriptors,
 * for longer than the pause limit, so that no new client gets in. One loop that does its work keeps
 * it up. A server that does not run is unknown. Asks no loop for anything.
 */
public final class KqueueHealthIndicator extends AbstractHealthIndicator {
  private final KqueueServers servers;
  private final long stallNanos;
  private final long pauseNanos;

  /**
   * Reads the servers anew at each check.
   *
   * @param stallLimit zero or less for none
   * @param pauseLimit zero or less for none
   */
  public KqueueHealthIndicator(KqueueServers servers, Duration stallLimit, Duration pauseLimit) {
    super("The health of the kqueue server could not be read");
    this.servers = servers;
    this.stallNanos = nanos(stallLimit);
    this.pauseNanos = nanos(pauseLimit);
  }

  /** {@link Long#MAX_VALUE} for no limit, and for one of centuries. */
  private static long nanos(Duration limit) {
    boolean isNone = limit.isNegative() || limit.isZero();
    return isNone ? Long.MAX_VALUE : TimeUnit.NANOSECONDS.convert(limit);
  }

  @Override
  protected void doHealthCheck(Health.Builder builder) {
    Throwable failure = servers.failure(KqueueServers.MAIN);
    if (failure != null) {
      builder
          .down()
          .withDetail("reason", "the event loops have failed, and the server has stopped")
          .withDetail("cause", String.valueOf(failure.getMessage()));
      return;
    }
    RunningServer server = servers.running().get(KqueueServers.MAIN);
    if (server == null) {
      builder.unknown().withDetail("reason", "the server is not running");
      return;
    }
    List<LoopView> loops = server.loops();
    if (loops.stream().allMatch(this::servesNobody)) {
      builder.down().withDetail("reason", "every event loop is blocked or has ended");
    } else if (loops.stream().allMatch(this::acceptsNobody)) {
      builder.down().withDetail("reason", "accepting is paused on every event loop");
    } else {
      builder.up();
    }
    Map<String, Object> details = new LinkedHashMap<>();
    for (LoopView loop : loops) {
      details.put(loop.name(), details(loop, server));
    }
    builder.withDetail("loops", details);
  }

  private boolean servesNobody(LoopView loop) {
    return loop.hasEnded() || loop.busyNanos() > stallNanos;
  }

  private boolean acceptsNobody(LoopView loop) {
    return loop.hasEnded() || loop.acceptPausedNanos() > pauseNanos;
  }

  private static Map<String, Object> details(LoopView loop, RunningServer server) {
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("state", Reporter.state(loop, server.options()));
    details.put("busyMillis", TimeUnit.NANOSECONDS.toMillis(loop.busyNanos()));
    long paused = loop.acceptPausedNanos();
    PauseCause cause = loop.stats().acceptPauseCause;
    if (paused > 0 && cause != null) {
      details.put("acceptPausedMillis", TimeUnit.NANOSECONDS.toMillis(paused));
      details.put("acceptPausedBy", Labels.of(cause));
    }
    return details;
  }
}

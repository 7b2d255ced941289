package io.kqueueserver.actuate;

import io.kqueueserver.RunningServer;
import io.kqueueserver.actuate.KqueueHealthProperties.StallQuorum;
import io.kqueueserver.server.observe.LoopView;
import io.kqueueserver.stats.PauseCause;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Whether the application's server can serve. The indicator never sends a task to a loop. One loop
 * that works keeps the server up; a server that does not run is unknown. The server is down in
 * three cases:
 *
 * <ul>
 *   <li>Its loops have failed for good.
 *   <li>Each loop, or more than half of them, has ended or has been in one turn for longer than the
 *       stall limit. The server stays down for the recovery time after that.
 *   <li>Each loop has paused accepting for longer than the pause limit, at the connection limit or
 *       for want of descriptors, so that no new client is served.
 * </ul>
 */
public final class KqueueHealthIndicator extends AbstractHealthIndicator {
  private final KqueueServers servers;
  private final StallQuorum quorum;
  private final long stallNanos;
  private final long pauseNanos;
  private final long recoveryNanos;

  /** When a check has found the loops blocked; null before, and of a server that runs no more. */
  private volatile @Nullable LastStall last;

  private record LastStall(RunningServer server, long nanos) {}

  /** Makes the indicator. Each check reads the servers anew. */
  public KqueueHealthIndicator(KqueueServers servers, KqueueHealthProperties properties) {
    super("The health of the kqueue server could not be read");
    this.servers = servers;
    this.quorum = properties.getStallQuorum();
    this.stallNanos = nanos(properties.getStallLimit());
    this.pauseNanos = nanos(properties.getPauseLimit());
    this.recoveryNanos = Math.max(0, TimeUnit.NANOSECONDS.convert(properties.getRecoveryTime()));
  }

  /** The limit in nanoseconds; {@link Long#MAX_VALUE} for no limit, and for one of centuries. */
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
    if (isStalled(loops)) {
      last = new LastStall(server, System.nanoTime());
      String many = quorum == StallQuorum.ALL ? "every event loop is" : "most event loops are";
      builder.down().withDetail("reason", many + " blocked or ended");
    } else if (isRecovering(server)) {
      builder.down().withDetail("reason", "event loops were blocked until a moment ago");
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

  private boolean isStalled(List<LoopView> loops) {
    long blocked = loops.stream().filter(this::servesNobody).count();
    return quorum == StallQuorum.ALL ? blocked == loops.size() : 2 * blocked > loops.size();
  }

  private boolean isRecovering(RunningServer server) {
    LastStall stall = last;
    return stall != null
        && stall.server() == server
        && System.nanoTime() - stall.nanos() < recoveryNanos;
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

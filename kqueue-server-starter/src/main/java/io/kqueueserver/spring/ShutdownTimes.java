package io.kqueueserver.spring;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.util.Assert;

/**
 * How long the steps of a graceful shutdown take.
 *
 * @param acceptPeriod how long the server goes on to accept and to answer before it drains; zero or
 *     less for no time
 * @param eventStreamTimeout how long server-sent events go on in a drain before their response ends
 *     in good order; null to wait for them as for any response
 * @param reportInterval how often the requests still running are logged; zero or less for never
 */
public record ShutdownTimes(
    Duration acceptPeriod, @Nullable Duration eventStreamTimeout, Duration reportInterval) {
  public static final ShutdownTimes DEFAULTS =
      new ShutdownTimes(Duration.ZERO, null, Duration.ofSeconds(5));

  public ShutdownTimes {
    Assert.notNull(acceptPeriod, "'acceptPeriod' must not be null");
    Assert.notNull(reportInterval, "'reportInterval' must not be null");
  }

  public ShutdownTimes acceptPeriod(Duration period) {
    return new ShutdownTimes(period, eventStreamTimeout, reportInterval);
  }

  public ShutdownTimes eventStreamTimeout(@Nullable Duration timeout) {
    return new ShutdownTimes(acceptPeriod, timeout, reportInterval);
  }

  public ShutdownTimes reportInterval(Duration interval) {
    return new ShutdownTimes(acceptPeriod, eventStreamTimeout, interval);
  }
}

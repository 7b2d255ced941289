package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.spring.ShutdownTimes;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Steps of a graceful shutdown, which server.shutdown enables. */
public class KqueueShutdownProperties {
  /**
   * How long the server goes on to accept connections and to answer once the shutdown has begun, so
   * that proxies and readiness probes notice. Responses say "Connection: close" meanwhile. Must be
   * shorter than spring.lifecycle.timeout-per-shutdown-phase.
   */
  private Duration acceptPeriod = Duration.ZERO;

  /**
   * How long server-sent events (text/event-stream) go on in a drain before their response ends in
   * good order, behind an event. Default is to wait for their end as for that of any response.
   */
  private @Nullable Duration eventStreamTimeout;

  public Duration getAcceptPeriod() {
    return acceptPeriod;
  }

  public void setAcceptPeriod(Duration acceptPeriod) {
    this.acceptPeriod = acceptPeriod;
  }

  public @Nullable Duration getEventStreamTimeout() {
    return eventStreamTimeout;
  }

  public void setEventStreamTimeout(@Nullable Duration eventStreamTimeout) {
    this.eventStreamTimeout = eventStreamTimeout;
  }

  ShutdownTimes toTimes() {
    return ShutdownTimes.DEFAULTS.acceptPeriod(acceptPeriod).eventStreamTimeout(eventStreamTimeout);
  }
}

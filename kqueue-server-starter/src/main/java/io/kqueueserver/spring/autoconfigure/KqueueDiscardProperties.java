package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.net.Discarding;
import java.time.Duration;
import org.springframework.util.unit.DataSize;

/** Bounds on the rest of a request body that is read and dropped after an early response. */
public class KqueueDiscardProperties {
  /** How long the rest of a request body may take once the response is complete. */
  private Duration timeout = Duration.ofSeconds(30);

  /** How long a client may send nothing of the rest of a request body. */
  private Duration idleTimeout = Duration.ofSeconds(5);

  /**
   * Average bytes per second that the rest of a request body must reach after 5 seconds. Zero means
   * no minimum.
   */
  private DataSize minRate = DataSize.ofBytes(240);

  public Duration getTimeout() {
    return timeout;
  }

  public void setTimeout(Duration timeout) {
    this.timeout = timeout;
  }

  public Duration getIdleTimeout() {
    return idleTimeout;
  }

  public void setIdleTimeout(Duration idleTimeout) {
    this.idleTimeout = idleTimeout;
  }

  public DataSize getMinRate() {
    return minRate;
  }

  public void setMinRate(DataSize minRate) {
    this.minRate = minRate;
  }

  Discarding toOptions(DataSize maxSize) {
    return new Discarding(timeout, idleTimeout, minRate.toBytes(), Math.max(maxSize.toBytes(), -1));
  }
}

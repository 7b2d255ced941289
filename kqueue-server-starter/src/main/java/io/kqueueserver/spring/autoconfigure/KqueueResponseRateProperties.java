package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.net.MinRate;
import java.time.Duration;
import org.springframework.util.unit.DataSize;

/** Minimum rate at which clients take responses. */
public class KqueueResponseRateProperties {
  /**
   * Average bytes per second that a client must take while bytes wait for room in its socket. Zero
   * means no minimum.
   */
  private DataSize minRate = DataSize.ofBytes(240);

  /** Time before the rate of a client that takes bytes is checked. */
  private Duration gracePeriod = Duration.ofSeconds(5);

  public DataSize getMinRate() {
    return minRate;
  }

  public void setMinRate(DataSize minRate) {
    this.minRate = minRate;
  }

  public Duration getGracePeriod() {
    return gracePeriod;
  }

  public void setGracePeriod(Duration gracePeriod) {
    this.gracePeriod = gracePeriod;
  }

  MinRate toRate() {
    return new MinRate(minRate.toBytes(), gracePeriod);
  }
}

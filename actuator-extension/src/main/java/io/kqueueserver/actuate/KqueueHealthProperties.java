package io.kqueueserver.actuate;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;

/** Settings of the kqueue health contributor. */
@ConfigurationProperties("management.health.kqueue")
public class KqueueHealthProperties {
  /**
   * How long all event loops may be blocked at once before the server is down. Zero or less means
   * no limit.
   */
  private Duration stallLimit = Duration.ofSeconds(10);

  /**
   * How long all event loops may pause accepting at once before the server is down. Zero or less
   * means no limit.
   */
  private Duration pauseLimit = Duration.ofSeconds(10);

  public Duration getStallLimit() {
    return stallLimit;
  }

  public void setStallLimit(Duration stallLimit) {
    this.stallLimit = stallLimit;
  }

  public Duration getPauseLimit() {
    return pauseLimit;
  }

  public void setPauseLimit(Duration pauseLimit) {
    this.pauseLimit = pauseLimit;
  }
}

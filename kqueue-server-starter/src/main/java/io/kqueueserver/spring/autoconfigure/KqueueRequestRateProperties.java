package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.net.MinRate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.springframework.util.unit.DataSize;

/** Minimum rate of request bodies that the application waits for. */
public class KqueueRequestRateProperties {
  /**
   * Average bytes per second that a request body must reach while the application waits for it.
   * Zero means no minimum.
   */
  private DataSize minRate = DataSize.ofBytes(240);

  /** Time of waiting for a request body before its rate is checked. */
  private Duration gracePeriod = Duration.ofSeconds(5);

  /**
   * Prefixes of paths whose request bodies have no minimum rate, as for uploads of events that go
   * on for hours. A prefix ends at the end of a path segment.
   */
  private List<String> excludedPaths = new ArrayList<>();

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

  public List<String> getExcludedPaths() {
    return excludedPaths;
  }

  public void setExcludedPaths(List<String> excludedPaths) {
    this.excludedPaths = excludedPaths;
  }

  MinRate toRate() {
    return new MinRate(minRate.toBytes(), gracePeriod);
  }
}

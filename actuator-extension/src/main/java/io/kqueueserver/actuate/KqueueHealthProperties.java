package io.kqueueserver.actuate;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;

/** Settings of the kqueue health contributor. */
@ConfigurationProperties("management.health.kqueue")
public class KqueueHealthProperties {
  /** How many event loops must be blocked for the server to be down. */
  public enum StallQuorum {
    /** Every loop is blocked, so that no connection is served. */
    ALL,
    /** More than half of the loops are blocked. */
    MAJORITY
  }

  /**
   * How long event loops may be blocked, as many at once as stall-quorum says, before the server is
   * down. Zero or less means no limit.
   */
  private Duration stallLimit = Duration.ofSeconds(10);

  /** How many event loops must be blocked for the server to be down. */
  private StallQuorum stallQuorum = StallQuorum.ALL;

  /**
   * How long the server stays down once its loops are no longer blocked. Counted from the last
   * check that found them blocked. Zero means that the next check may find the server up.
   */
  private Duration recoveryTime = Duration.ZERO;

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

  public StallQuorum getStallQuorum() {
    return stallQuorum;
  }

  public void setStallQuorum(StallQuorum stallQuorum) {
    this.stallQuorum = stallQuorum;
  }

  public Duration getRecoveryTime() {
    return recoveryTime;
  }

  public void setRecoveryTime(Duration recoveryTime) {
    this.recoveryTime = recoveryTime;
  }

  public Duration getPauseLimit() {
    return pauseLimit;
  }

  public void setPauseLimit(Duration pauseLimit) {
    this.pauseLimit = pauseLimit;
  }
}

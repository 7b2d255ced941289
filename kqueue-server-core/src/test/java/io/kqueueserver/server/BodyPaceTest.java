package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.loop.Deadline;
import io.kqueueserver.loop.LoopThread;
import io.kqueueserver.net.MinRate;
import io.kqueueserver.stats.Limit;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * The arithmetic of a body's measure, at 100 bytes per second after 5 s. Times are milliseconds.
 */
class BodyPaceTest {
  private static final MinRate RATE = new MinRate(100, Duration.ofSeconds(5));

  private final Clock loop = new Clock();

  private BodyPace pace(long maxMillis) {
    return new BodyPace(loop, RATE, nanos(maxMillis));
  }

  private BodyPace pace() {
    return new BodyPace(loop, RATE, Long.MAX_VALUE);
  }

  private static long nanos(long millis) {
    return Duration.ofMillis(millis).toNanos();
  }

  private void at(long millis) {
    loop.now = nanos(millis);
  }

  @Test
  void nothingIsDueBeforeAPartIsWanted() {
    BodyPace pace = pace();
    at(60_000);
    assertThat(pace.due()).isEqualTo(Deadline.NEVER);
    assertThat(pace.check()).isNull();
  }

  @Test
  void everyByteMovesTheEndOnceTheGraceIsUsedUp() {
    BodyPace pace = pace();
    pace.advanced(0, true);
    assertThat(pace.due()).isEqualTo(nanos(5_000));
    pace.advanced(300, true);
    assertThat(pace.due()).isEqualTo(nanos(5_000));
    at(4_000);
    pace.advanced(700, true);
    assertThat(pace.due()).isEqualTo(nanos(10_000));
  }

  @Test
  void theTimeInWhichNoPartIsWantedDoesNotCount() {
    BodyPace pace = pace();
    pace.advanced(0, true);
    at(4_000);
    pace.advanced(1, false);
    assertThat(pace.due()).isEqualTo(Deadline.NEVER);
    at(100_000);
    pace.advanced(0, true);
    assertThat(pace.due()).isEqualTo(nanos(101_000));
  }

  @Test
  void aClientIsSlowAtTheSecondLook() {
    BodyPace pace = pace();
    pace.advanced(0, true);
    at(5_000);
    assertThat(pace.check()).isNull();
    assertThat(pace.due()).isEqualTo(nanos(5_010));
    at(5_009);
    assertThat(pace.check()).isNull();
    at(5_010);
    assertThat(pace.check()).isEqualTo(Limit.REQUEST_RATE);
  }

  @Test
  void bytesBetweenTheLooksAreFollowedByTwoNewLooks() {
    BodyPace pace = pace();
    pace.advanced(0, true);
    at(5_000);
    assertThat(pace.check()).isNull();
    pace.advanced(600, true);
    assertThat(pace.due()).isEqualTo(nanos(6_000));
    at(5_010);
    assertThat(pace.check()).isNull();
    at(6_000);
    assertThat(pace.check()).as("the first look of two").isNull();
    at(6_010);
    assertThat(pace.check()).isEqualTo(Limit.REQUEST_RATE);
  }

  @Test
  void afterAnExcuseTheMeasureBeginsAnew() {
    BodyPace pace = pace();
    pace.advanced(0, true);
    at(4_000);
    pace.advanced(2_000, false);
    pace.advanced(0, true);
    pace.excuse();
    assertThat(pace.due()).isEqualTo(Deadline.NEVER);
    at(50_000);
    pace.advanced(1, true);
    assertThat(pace.due()).isEqualTo(nanos(55_000));
  }

  @Test
  void theSmallerOfBothBoundsIsMet() {
    BodyPace pace = pace(3_000);
    pace.advanced(0, true);
    assertThat(pace.due()).isEqualTo(nanos(3_000));
    at(3_000);
    assertThat(pace.check()).isNull();
    at(3_010);
    assertThat(pace.check()).isEqualTo(Limit.REQUEST_BODY_TIME);
  }

  /** A loop of which only the time is used. */
  private static final class Clock implements LoopThread {
    long now;

    @Override
    public String name() {
      return "clock";
    }

    @Override
    public boolean inLoop() {
      return true;
    }

    @Override
    public boolean execute(Runnable task) {
      return false;
    }

    @Override
    public long now() {
      return now;
    }
  }
}

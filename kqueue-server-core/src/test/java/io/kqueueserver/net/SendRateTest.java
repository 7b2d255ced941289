package io.kqueueserver.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.loop.Deadline;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The arithmetic of a client's pace, at 100 bytes per second after 5 s. Times are milliseconds. */
class SendRateTest {
  private final SendRate rate = new SendRate(new MinRate(100, Duration.ofSeconds(5)));

  private static long nanos(long millis) {
    return Duration.ofMillis(millis).toNanos();
  }

  private boolean waits(long taken, long millis) {
    return rate.waits(taken, nanos(millis));
  }

  private void ended(long millis) {
    rate.ended(nanos(millis));
  }

  @Test
  void nothingIsDueBeforeTheFirstProgress() {
    assertThat(waits(0, 0)).isFalse();
    assertThat(waits(0, 60_000)).as("the write timeout's").isFalse();
    assertThat(rate.due()).isEqualTo(Deadline.NEVER);
  }

  @Test
  void aProgressIsCheckedAGracePeriodLaterAndFurtherOnesDoNotPutThatOff() {
    waits(0, 0);
    assertThat(waits(1, 1_000)).isTrue();
    assertThat(waits(2, 2_000)).isFalse();
    assertThat(rate.due()).isEqualTo(nanos(6_000));
  }

  @Test
  void theNextProgressAfterACheckIsCheckedAgain() {
    waits(0, 0);
    waits(1, 1_000);
    assertThat(rate.isTooLow()).isFalse();
    assertThat(rate.due()).isEqualTo(Deadline.NEVER);
    assertThat(waits(2, 8_000)).isTrue();
    assertThat(rate.due()).isEqualTo(nanos(13_000));
    assertThat(rate.isTooLow()).isTrue();
  }

  @Test
  void timeCountsToTheLastProgressOnly() {
    waits(0, 0);
    waits(600, 6_000);
    assertThat(rate.isTooLow()).isFalse();
    waits(601, 7_000);
    assertThat(rate.isTooLow()).isTrue();
  }

  @Test
  void bytesThatWereTakenBeforeDoNotCount() {
    waits(100_000, 0);
    waits(100_001, 6_000);
    assertThat(rate.isTooLow()).isTrue();
  }

  @Test
  void nothingIsDueOrTooLowWhileNoByteWaits() {
    waits(0, 0);
    waits(1, 6_000);
    ended(6_000);
    assertThat(rate.due()).isEqualTo(Deadline.NEVER);
    assertThat(rate.isTooLow()).isFalse();
  }

  @Test
  void waitsLessThanASecondApartAreOneWithoutTheTimeBetween() {
    waits(0, 0);
    ended(4_800);
    waits(0, 5_600);
    waits(1, 5_700);
    assertThat(rate.isTooLow()).as("4.9 s").isFalse();
    waits(2, 5_900);
    assertThat(rate.isTooLow()).as("5.1 s").isTrue();
  }

  @Test
  void aWaitASecondLaterIsMeasuredAlone() {
    waits(0, 0);
    waits(5_000, 1_000);
    ended(1_000);
    waits(5_000, 30_000);
    waits(5_001, 41_000);
    assertThat(rate.isTooLow()).isTrue();
  }
}

package io.kqueueserver.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LoopWindowTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final LoopStats stats = new LoopStats();
  private long now = 1;
  private long busyFor;
  private final LoopWindow window = new LoopWindow(stats, () -> busyFor, () -> now);

  private void pass(long seconds, double busy) {
    now += seconds * SECOND;
    stats.turn.record((long) (seconds * SECOND * busy));
  }

  @Test
  void utilizationIsThatOfTheLastMinuteAndNotOfAllTime() {
    for (int i = 0; i < 100; i++) {
      pass(10, 1);
      window.view();
    }
    assertThat(window.view().utilization()).isEqualTo(1);
    for (int i = 0; i < 8; i++) {
      pass(10, 0.25);
      window.view();
    }

    assertThat(window.view().utilization()).isCloseTo(0.25, within(0.001));
  }

  @Test
  void theTurnThatRunsCountsSoThatAStuckLoopLooksBusy() {
    now += 10 * SECOND;
    busyFor = 10 * SECOND;

    assertThat(window.view().utilization()).isEqualTo(1);
  }

  @Test
  void percentilesForgetWhatIsOlderThanTheWindow() {
    stats.latency.record(SECOND);
    window.view();
    for (int i = 0; i < 8; i++) {
      now += 15 * SECOND;
      stats.latency.record(1_000);
      window.view();
    }
    now += SECOND;

    assertThat(window.view().latency().max()).isLessThan(1_100);
    assertThat(window.view().latency().percentile(0.999)).isLessThan(1_100);
    assertThat(stats.latency.maxNanos()).isEqualTo(SECOND);
  }

  @Test
  void theMinuteIsToldInSteps() {
    for (int i = 1; i <= 6; i++) {
      stats.event(DescriptorKind.LISTENER);
      stats.registered(DescriptorKind.CONNECTION, 1);
      pass(15, 0.1 * i);
      window.view();
    }
    pass(5, 1);
    List<LoopWindow.Step> steps = window.steps();

    assertThat(steps).hasSize(5);
    assertThat(steps.get(0).ageNanos()).isEqualTo(50 * SECOND);
    assertThat(steps.get(0).spanNanos()).isEqualTo(15 * SECOND);
    assertThat(steps.get(0).utilization()).isCloseTo(0.3, within(0.001));
    assertThat(steps.get(0).counts().events(DescriptorKind.LISTENER)).isEqualTo(1);
    assertThat(steps.get(0).counts().registered(DescriptorKind.CONNECTION)).isEqualTo(3);
    assertThat(steps.get(4).ageNanos()).isZero();
    assertThat(steps.get(4).spanNanos()).isEqualTo(5 * SECOND);
    assertThat(steps.get(4).counts().events(DescriptorKind.LISTENER)).isZero();
  }

  @Test
  void whoAsksRarelySeesTheTimeSinceHeLastAsked() {
    window.view();
    now += 300 * SECOND;
    stats.latency.record(7);
    window.view();
    now += 300 * SECOND;
    stats.latency.record(9);
    stats.latency.record(9);

    assertThat(window.view().latency().count()).isEqualTo(2);
    now += 1; // another meter of the same scrape
    assertThat(window.view().latency().count()).isEqualTo(2);
  }
}

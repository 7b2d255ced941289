package io.kqueueserver.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class HistogramTest {
  private final Histogram histogram = new Histogram();

  @Test
  void knowsEveryValueToAboutSixPercent() {
    for (long value = 1; value > 0 && value < 1L << 62; value = value * 3 / 2 + 1) {
      long bound = Histogram.upperBound(Histogram.index(value));
      assertThat(bound).isGreaterThanOrEqualTo(value);
      assertThat((double) bound).isCloseTo((double) value, Percentage.withPercentage(6.7));
    }
  }

  @Test
  void takesTheLargestAndTheSmallestLong() {
    histogram.record(Long.MAX_VALUE);
    histogram.record(Long.MIN_VALUE);
    histogram.record(0);

    assertThat(histogram.count()).isEqualTo(3);
    assertThat(histogram.maxNanos()).isEqualTo(Long.MAX_VALUE);
    assertThat(histogram.snapshot().percentile(0.5)).isZero();
    assertThat(histogram.snapshot().percentile(1)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void answersPercentiles() {
    for (int i = 1; i <= 1_000; i++) {
      histogram.record(i * 1_000L);
    }

    assertThat(histogram.snapshot().percentile(0.5)).isCloseTo(500_000, within(35_000L));
    assertThat(histogram.snapshot().percentile(0.99)).isCloseTo(990_000, within(66_000L));
    assertThat(histogram.snapshot().percentile(1)).isEqualTo(1_000_000);
  }

  @Test
  void isEmptyAtFirst() {
    assertThat(histogram.snapshot().percentile(0.99)).isZero();
    assertThat(histogram.maxNanos()).isZero();
  }
}

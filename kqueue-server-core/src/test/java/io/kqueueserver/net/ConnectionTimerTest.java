package io.kqueueserver.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LongSummaryStatistics;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ConnectionTimerTest {
  @Test
  void agesAreSpreadByATenthEitherWay() {
    Random random = new Random(7);
    LongSummaryStatistics ages =
        LongStream.generate(() -> ConnectionTimer.spread(1_000_000, random))
            .limit(1_000)
            .summaryStatistics();
    assertThat(ages.getMin()).isBetween(900_000L, 910_000L);
    assertThat(ages.getMax()).isBetween(1_090_000L, 1_100_000L);
  }
}

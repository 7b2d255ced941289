package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.server.observe.Stall;
import io.kqueueserver.server.observe.StallCause;
import io.kqueueserver.server.observe.StallLog;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class StallLogTest {
  private final StallLog log = new StallLog();

  private static Stall stall(long id) {
    return new Stall(
        id,
        new Stall.Where(0, "loop"),
        new Stall.Span(Instant.EPOCH, 1, true),
        StallCause.APPLICATION,
        new Stall.Stacks(List.of(), List.of()),
        Stall.Culprit.TASK);
  }

  @Test
  void keepsTheLastAndNoMore() {
    for (int i = 0; i < 3 * StallLog.CAPACITY; i++) {
      log.add(stall(i));
    }

    assertThat(log.all())
        .hasSize(StallLog.CAPACITY)
        .first()
        .satisfies(oldest -> assertThat(oldest.id()).isEqualTo(2L * StallLog.CAPACITY));
  }

  @Test
  void aLaterRecordTakesTheEarliersPlaceAndNoneIfThatHasGone() {
    log.add(stall(1));
    log.add(stall(2));
    log.replace(stall(1).ended(9));
    log.replace(stall(7).ended(9));

    assertThat(log.all()).extracting(Stall::id).containsExactly(1L, 2L);
    assertThat(log.all().get(0).span().durationNanos()).isEqualTo(9);
    assertThat(log.all().get(0).span().ongoing()).isFalse();
  }
}

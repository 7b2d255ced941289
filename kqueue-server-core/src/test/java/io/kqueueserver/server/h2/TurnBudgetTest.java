package io.kqueueserver.server.h2;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.stats.LoopStats;
import org.junit.jupiter.api.Test;

class TurnBudgetTest {
  private static final int STREAMS = 32;
  private static final long BYTES = 64 * 1024;

  private final LoopStats loop = new LoopStats();
  private final TurnBudget budget = new TurnBudget(loop);

  private void begin(int streams) {
    for (int i = 0; i < streams; i++) {
      budget.streamBegun();
    }
  }

  @Test
  void soManyStreamsSpendATurn() {
    begin(STREAMS - 1);
    assertThat(budget.isSpent()).isFalse();
    begin(1);
    assertThat(budget.isSpent()).isTrue();
  }

  @Test
  void soManyBytesSpendATurn() {
    budget.written(BYTES - 1);
    assertThat(budget.isSpent()).isFalse();
    budget.written(1);
    assertThat(budget.isSpent()).isTrue();
  }

  @Test
  void theNextTurnHasAllOfIt() {
    begin(STREAMS);
    budget.written(BYTES);
    loop.turns++;
    assertThat(budget.isSpent()).isFalse();
  }

  /** Nobody asks before the first stream of a turn. */
  @Test
  void streamsOfTheTurnBeforeAreForgottenWhenOneBegins() {
    begin(STREAMS - 1);
    loop.turns++;
    begin(STREAMS - 1);
    assertThat(budget.isSpent()).isFalse();
    begin(1);
    assertThat(budget.isSpent()).isTrue();
    loop.turns++;
    begin(STREAMS);
    assertThat(budget.isSpent()).as("each counts").isTrue();
  }

  @Test
  void bytesOfTheTurnBeforeAreForgottenWhenSomeAreWritten() {
    budget.written(BYTES - 1);
    loop.turns++;
    budget.written(BYTES);
    assertThat(budget.isSpent()).as("all count").isTrue();
    loop.turns++;
    budget.written(1);
    assertThat(budget.isSpent()).isFalse();
  }
}

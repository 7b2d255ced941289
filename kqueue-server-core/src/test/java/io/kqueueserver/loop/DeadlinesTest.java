package io.kqueueserver.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DeadlinesTest {
  private final Deadlines deadlines = new Deadlines(() -> 0, new io.kqueueserver.stats.Histogram());
  private final List<String> fired = new ArrayList<>();

  private final class Named extends Deadline {
    private final String name;

    Named(String name) {
      this.name = name;
    }

    @Override
    protected void onDeadline(long nowNanos) {
      fired.add(name);
    }
  }

  @Test
  void firesInOrderOfTimeAndOnlyWhatIsDue() {
    deadlines.set(new Named("c"), 30);
    deadlines.set(new Named("a"), 10);
    deadlines.set(new Named("b"), 20);

    deadlines.fire(20);

    assertThat(fired).containsExactly("a", "b");
    assertThat(deadlines.nanosUntilNext(20)).isEqualTo(10);
  }

  @Test
  void tellsThatThereIsNothingToWaitFor() {
    assertThat(deadlines.nanosUntilNext(5)).isEqualTo(-1);
  }

  @Test
  void aDeadlineInThePastIsDueAtOnce() {
    deadlines.set(new Named("a"), 10);

    assertThat(deadlines.nanosUntilNext(50)).isZero();
  }

  @Test
  void puttingOffMovesItOnlyWhenTheOldTimeComes() {
    Named a = new Named("a");
    deadlines.set(a, 10);
    deadlines.set(a, 100);

    assertThat(deadlines.nanosUntilNext(0)).as("the old time still bounds the wait").isEqualTo(10);
    deadlines.fire(10);
    assertThat(fired).isEmpty();
    assertThat(deadlines.nanosUntilNext(10)).isEqualTo(90);
    deadlines.fire(100);
    assertThat(fired).containsExactly("a");
  }

  @Test
  void bringingForwardTakesEffectAtOnce() {
    Named a = new Named("a");
    deadlines.set(new Named("b"), 50);
    deadlines.set(a, 100);
    deadlines.set(a, 20);

    deadlines.fire(20);

    assertThat(fired).containsExactly("a");
  }

  @Test
  void aClearedDeadlineNeverFiresAndLeavesTheHeapWhenItsTimeComes() {
    Named a = new Named("a");
    deadlines.set(a, 10);
    deadlines.set(a, Deadline.NEVER);

    deadlines.fire(1_000);

    assertThat(fired).isEmpty();
    assertThat(deadlines.size()).isZero();
  }

  @Test
  void aRemovedDeadlineIsGoneAtOnceAndMayBeSetAgain() {
    Named a = new Named("a");
    deadlines.set(a, 10);
    deadlines.remove(a);
    assertThat(deadlines.size()).isZero();

    deadlines.set(a, 30);
    deadlines.fire(30);

    assertThat(fired).containsExactly("a");
  }

  @Test
  void worksAcrossTheOverflowOfTheClock() {
    long now = Long.MAX_VALUE - 5;
    deadlines.set(new Named("a"), now + 3);
    deadlines.set(new Named("b"), now + 20); // wraps around

    assertThat(deadlines.nanosUntilNext(now)).isEqualTo(3);
    deadlines.fire(now + 3);
    assertThat(fired).containsExactly("a");
    deadlines.fire(now + 20);
    assertThat(fired).containsExactly("a", "b");
  }

  @Test
  void agreesWithASortedListUnderRandomChanges() {
    Random random = new Random(42);
    List<Named> all = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      Named deadline = new Named("d" + i);
      all.add(deadline);
      deadlines.set(deadline, random.nextInt(10_000));
    }
    for (int i = 0; i < 2_000; i++) {
      Named deadline = all.get(random.nextInt(all.size()));
      if (random.nextInt(4) == 0) {
        deadlines.remove(deadline);
      } else {
        deadlines.set(deadline, random.nextInt(10_000));
      }
    }
    List<String> expected =
        all.stream()
            .filter(Deadline::isSet)
            .filter(d -> d.due <= 5_000)
            .map(d -> d.name)
            .sorted()
            .toList();

    while (deadlines.nanosUntilNext(5_000) == 0) {
      deadlines.fire(5_000);
    }

    assertThat(fired.stream().sorted().toList()).isEqualTo(expected);
  }
}

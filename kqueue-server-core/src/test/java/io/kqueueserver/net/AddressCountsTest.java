package io.kqueueserver.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AddressCountsTest {
  private static final int MAX = 3;

  private final AddressCounts counts = new AddressCounts();

  @Test
  void aNetworkHasItsMaximumAndOthersTheirOwn() {
    assertThat(counts.tryAcquire(7, 2)).isTrue();
    assertThat(counts.tryAcquire(7, 2)).isTrue();
    assertThat(counts.tryAcquire(7, 2)).isFalse();
    assertThat(counts.tryAcquire(0, 2)).isTrue();
    counts.release(7);
    assertThat(counts.tryAcquire(7, 2)).isTrue();
    assertThat(counts.size()).isEqualTo(2);
  }

  @Test
  void aReleaseOfWhatIsNotCountedFails() {
    assertThatThrownBy(() -> counts.release(7)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void theCountsAreThoseOfAMapWhateverComesAndGoes() {
    Random random = new Random(17);
    Map<Long, Integer> model = new HashMap<>();
    List<Long> open = new ArrayList<>();
    for (int i = 0; i < 200_000; i++) {
      // Opens and closes take turns at having the upper hand, so that the table fills and empties.
      boolean opens = random.nextInt(100) < (i / 20_000 % 2 == 0 ? 60 : 40);
      if (opens || open.isEmpty()) {
        long network = random.nextInt(5_000) - 2_500L;
        boolean acquired = counts.tryAcquire(network, MAX);
        assertThat(acquired).isEqualTo(model.getOrDefault(network, 0) < MAX);
        if (acquired) {
          model.merge(network, 1, Integer::sum);
          open.add(network);
        }
      } else {
        int at = random.nextInt(open.size());
        long network = open.set(at, open.get(open.size() - 1));
        open.remove(open.size() - 1);
        counts.release(network);
        model.computeIfPresent(network, (key, count) -> count == 1 ? null : count - 1);
      }
      if (i % 1_000 == 0) {
        assertThat(counts.size()).isEqualTo(model.size());
      }
    }
    open.forEach(counts::release);
    assertThat(counts.size()).isZero();
  }

  @Test
  void threadsThatShareItLeaveItEmpty() throws Exception {
    List<CompletableFuture<Void>> threads = new ArrayList<>();
    for (int seed = 0; seed < 4; seed++) {
      Random random = new Random(seed);
      threads.add(CompletableFuture.runAsync(() -> churn(random)));
    }
    CompletableFuture.allOf(threads.toArray(CompletableFuture[]::new)).get(30, TimeUnit.SECONDS);
    assertThat(counts.size()).isZero();
  }

  private void churn(Random random) {
    List<Long> open = new ArrayList<>();
    for (int i = 0; i < 50_000; i++) {
      if (random.nextBoolean()) {
        long network = random.nextInt(100);
        if (counts.tryAcquire(network, MAX)) {
          open.add(network);
        }
      } else if (!open.isEmpty()) {
        counts.release(open.remove(random.nextInt(open.size())));
      }
    }
    open.forEach(counts::release);
  }
}

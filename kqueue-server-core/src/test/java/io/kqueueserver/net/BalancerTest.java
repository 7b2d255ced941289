package io.kqueueserver.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.build.SmallResources;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.loop.LoopListener;
import io.kqueueserver.queue.Kqueues;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BalancerTest {
  private final Native natives = Native.load(NativeOptions.DEFAULTS);
  private final List<Worker> workers = IntStream.range(0, 3).mapToObj(this::worker).toList();
  private final Balancer balancer = new Balancer(workers, new ConnectionLimit(1_000));

  private Worker worker(int number) {
    EventLoop loop =
        new EventLoop("test-" + number, Kqueues.open(natives), () -> 0, LoopListener.NONE);
    return new Worker(SmallResources.of(natives, loop, 1_000), connection -> null);
  }

  @AfterEach
  void endTheLoops() {
    for (Worker worker : workers) {
      worker.loop().shutdown();
      worker.loop().run();
    }
  }

  @Test
  void aConnectionGoesToTheLoopWithTheFewest() {
    assign(2, 1, 3);

    assertThat(chosenBy(0)).isEqualTo(1);
    assertThat(chosenBy(2)).isEqualTo(1);
  }

  @Test
  void atATieTheAcceptingLoopKeepsIt() {
    assign(2, 2, 2);

    assertThat(chosenBy(1)).isEqualTo(1);
  }

  @Test
  void theAcceptingLoopMayHaveASixteenthMore() {
    assign(33, 32, 34);

    assertThat(chosenBy(0)).isEqualTo(0);
    assertThat(chosenBy(2)).isEqualTo(2);
    assign(0, 0, 1);
    assertThat(chosenBy(2)).isEqualTo(1);
  }

  /** One loop accepts all, as it may while the others are idle. */
  @Test
  void manyConnectionsThatOneLoopAcceptsAreSpreadToASixteenth() {
    for (int i = 0; i < 10_000; i++) {
      balancer.choose(workers.get(0)).assign();
    }

    List<Integer> spread = workers.stream().map(Worker::connections).toList();
    assertThat(spread).allMatch(connections -> Math.abs(connections - 3_333) < 3_333 / 16);
  }

  @Test
  void aLoopThatHasEndedGetsNone() {
    assign(1, 0, 2);
    workers.get(1).loop().shutdown();
    workers.get(1).loop().run();

    assertThat(chosenBy(2)).isEqualTo(0);
  }

  private void assign(int... more) {
    for (int i = 0; i < more.length; i++) {
      for (int n = 0; n < more[i]; n++) {
        workers.get(i).assign();
      }
    }
  }

  private int chosenBy(int accepting) {
    return workers.indexOf(balancer.choose(workers.get(accepting)));
  }
}

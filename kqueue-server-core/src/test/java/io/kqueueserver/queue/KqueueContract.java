package io.kqueueserver.queue;

import static io.kqueueserver.queue.EventFlag.EV_ADD;
import static io.kqueueserver.queue.EventFlag.EV_CLEAR;
import static io.kqueueserver.queue.Filter.EVFILT_READ;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What every queue must do, whatever serves it: the behaviours of kqueue(2) that a loop or a user
 * of {@link Kqueue} may rely on, one sentence each. Documented ones are from the BSDs' and macOS's
 * man pages; where those are silent, what NetBSD 10's and FreeBSD 13's kernel code was seen to do
 * rules.
 *
 * <p>To hold an implementation to it, extend this class with one that names the binding, and run it
 * with JUnit Jupiter, AssertJ and this project's {@code tests} jar on the class path:
 *
 * <pre>{@code
 * class MyKqueueTest extends KqueueContract {
 *   @Override
 *   protected Native natives() {
 *     return Native.load(new NativeOptions(null, null, "/path/lib.so", "netbsd-x86_64"));
 *   }
 * }
 * }</pre>
 *
 * <p>Where it is known to answer otherwise, it says so in {@link #differences()}.
 */
public abstract class KqueueContract extends KqueueUserContract {
  @Test
  void wakeupBeforePollReturnsAtOnceAndLeavesNothing() {
    queue.wakeup();
    queue.wakeup();
    assertThat(queue.poll(changes, events, Kqueue.FOREVER)).isZero();
    assertSilent();
  }

  @Test
  void manyWakeupsAreOneReturn() {
    for (int i = 0; i < 1000; i++) {
      queue.wakeup();
    }
    assertThat(queue.poll(changes, events, Kqueue.FOREVER)).isZero();
    assertSilent();
  }

  @Test
  void wakeupsDoNotHideEvents() {
    connection.peerSendsAndArrives(1);
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 9);
    queue.wakeup();
    assertOne(EVFILT_READ, connection.fd, 9);
    assertThat(events.size()).isEqualTo(1);
    assertSilent();
  }

  /** Each round the poller may be anywhere between its last look and its wait. */
  @Test
  @Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void noWakeupIsLost() throws Exception {
    int rounds = wakeupRounds();
    AtomicInteger asked = new AtomicInteger();
    AtomicInteger answered = new AtomicInteger();
    AtomicBoolean stopped = new AtomicBoolean();
    Thread waker =
        new Thread(
            () -> {
              for (int i = 1; i <= rounds; i++) {
                asked.set(i);
                queue.wakeup();
                while (answered.get() < i) {
                  if (stopped.get()) {
                    return;
                  }
                  Thread.onSpinWait();
                }
              }
            },
            "waker");
    waker.start();
    try {
      while (answered.get() < rounds) {
        if (asked.get() > answered.get()) {
          answered.incrementAndGet();
        } else {
          // Lost, it would be waited for until the case's time is up.
          assertThat(queue.poll(changes, events, Kqueue.FOREVER)).isZero();
        }
      }
    } finally {
      stopped.set(true);
      waker.join();
    }
    queue.poll(changes, events, NOW); // the answer may have overtaken the last wake-up
    assertSilent();
  }

  @Test
  void wakeupsOfSeveralThreadsAtOnceEndAPoll() throws Exception {
    for (int i = 0; i < 50; i++) {
      Thread[] wakers = new Thread[4];
      for (int j = 0; j < wakers.length; j++) {
        wakers[j] = new Thread(queue::wakeup);
        wakers[j].start();
      }
      assertThat(queue.poll(changes, events, Kqueue.FOREVER)).isZero();
      for (Thread waker : wakers) {
        waker.join();
      }
      queue.poll(changes, events, NOW);
    }
    assertSilent();
  }

  @Test
  void anEventFromElsewhereEndsAnEndlessPoll() throws Exception {
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 1);
    queue.apply(changes);
    Thread sender = new Thread(() -> connection.peerSends(1));
    sender.start();
    int n;
    do {
      n = queue.poll(changes, events, Kqueue.FOREVER);
    } while (n == 0);
    assertEvent(0, EVFILT_READ, connection.fd, 1);
    sender.join();
    assertSilent();
  }

  @Test
  void timeoutsAreKept() {
    long start = System.nanoTime();
    assertThat(queue.poll(changes, events, NOW)).isZero();
    assertThat(queue.poll(changes, events, 1)).isZero();
    assertThat(System.nanoTime() - start).as("returned").isLessThan(PATIENCE);
    start = System.nanoTime();
    assertThat(queue.poll(changes, events, 30_000_000)).isZero();
    assertThat(System.nanoTime() - start).as("not early").isGreaterThanOrEqualTo(29_000_000);
    assertSilent();
  }

  @Test
  void hugeTimeoutsAreTaken() throws InterruptedException {
    Thread waker =
        new Thread(
            () -> {
              try {
                TimeUnit.MILLISECONDS.sleep(20);
              } catch (InterruptedException e) {
                return;
              }
              queue.wakeup();
            });
    waker.start();
    assertThat(queue.poll(changes, events, Long.MAX_VALUE)).isZero();
    waker.join();
    assertSilent();
  }

  @Test
  void twoQueuesDoNotShareRegistrations() {
    try (Kqueue other = openQueue(natives)) {
      connection.peerSendsAndArrives(1);
      change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 1);
      assertThat(other.poll(other.newChangeList(), other.newEventList(4), NOW)).isZero();
      assertOne(EVFILT_READ, connection.fd, 1);
      queue.wakeup();
      assertThat(other.poll(other.newChangeList(), other.newEventList(4), SECOND / 100)).isZero();
      assertThat(queue.poll(changes, events, Kqueue.FOREVER)).isZero();
    }
    assertSilent();
  }

  @Test
  void closingForgetsRegistrationsButClosesNoDescriptor() {
    Kqueue other = openQueue(natives);
    ChangeList others = other.newChangeList();
    others.add(connection.fd, EVFILT_READ, EV_ADD, 0, 0, 1);
    other.apply(others);
    other.close();
    connection.peerSendsAndArrives(1);
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 2);
    assertOne(EVFILT_READ, connection.fd, 2);
    assertThat(connection.read(1)).isEqualTo(1);
    assertSilent();
  }

  @Test
  void closingTwiceAndWakingAfterwardsIsHarmless() {
    queue.close();
    queue.close();
    queue.wakeup();
  }

  /** A wake-up in flight must not write to the next descriptor of the same number. */
  @Test
  void aQueueMayBeClosedWhileAnotherThreadWakesIt() throws Exception {
    AtomicReference<Throwable> failure = new AtomicReference<>();
    for (int i = 0; i < 100; i++) {
      Kqueue other = openQueue(natives);
      AtomicBoolean woken = new AtomicBoolean();
      AtomicBoolean done = new AtomicBoolean();
      Thread waker =
          new Thread(
              () -> {
                try {
                  while (!done.get()) {
                    other.wakeup();
                    woken.set(true);
                  }
                } catch (RuntimeException e) {
                  failure.set(e);
                  woken.set(true);
                }
              });
      waker.start();
      while (!woken.get()) {
        Thread.onSpinWait();
      }
      other.close();
      try (Connection next = Connection.open(natives)) {
        done.set(true);
        waker.join();
        assertThat(next.peer.available()).as("bytes written by nobody").isZero();
      }
      assertThat(failure.get()).isNull();
    }
    assertSilent();
  }
}

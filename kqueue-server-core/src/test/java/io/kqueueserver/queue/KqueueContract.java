package io.kqueueserver.queue;

import static io.kqueueserver.queue.EventFlag.EV_ADD;
import static io.kqueueserver.queue.EventFlag.EV_CLEAR;
import static io.kqueueserver.queue.EventFlag.EV_DELETE;
import static io.kqueueserver.queue.EventFlag.EV_DISABLE;
import static io.kqueueserver.queue.EventFlag.EV_DISPATCH;
import static io.kqueueserver.queue.EventFlag.EV_ENABLE;
import static io.kqueueserver.queue.EventFlag.EV_ONESHOT;
import static io.kqueueserver.queue.EventFlag.NOTE_FFCOPY;
import static io.kqueueserver.queue.EventFlag.NOTE_TRIGGER;
import static io.kqueueserver.queue.Filter.EVFILT_READ;
import static io.kqueueserver.queue.Filter.EVFILT_USER;
import static io.kqueueserver.queue.Filter.EVFILT_WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kqueueserver.ffi.NativeException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * What every queue must do, whatever serves it: changes, their errors, flags, wake-ups and time.
 */
abstract class KqueueContract extends KqueueReadinessContract {
  @Test
  void addingAgainReplacesUdata() {
    change(connection.fd, EVFILT_READ, EV_ADD, 1);
    assertSilent();
    change(connection.fd, EVFILT_READ, EV_ADD, Long.MIN_VALUE + 5);
    connection.peerSendsAndArrives(1);
    assertOne(EVFILT_READ, connection.fd, Long.MIN_VALUE + 5);
  }

  @Test
  void deletingOneFilterLeavesTheOther() {
    change(connection.fd, EVFILT_READ, EV_ADD, 1);
    change(connection.fd, EVFILT_WRITE, EV_ADD, 2);
    assertOne(EVFILT_WRITE, connection.fd, 2);
    change(connection.fd, EVFILT_WRITE, EV_DELETE, 2);
    assertSilent();
    connection.peerSendsAndArrives(1);
    assertOne(EVFILT_READ, connection.fd, 1);
    change(connection.fd, EVFILT_READ, EV_DELETE, 1);
    assertSilent();
  }

  @Test
  void disabledIsSilentAndEnabledSpeaks() {
    change(connection.fd, EVFILT_READ, EV_ADD, 1);
    assertSilent();
    change(connection.fd, EVFILT_READ, EV_DISABLE, 1);
    connection.peerSendsAndArrives(5);
    assertSilent();
    change(connection.fd, EVFILT_READ, EV_ENABLE, 1);
    assertOne(EVFILT_READ, connection.fd, 1);
    assertThat(events.data(0)).isEqualTo(5);
  }

  @Test
  void addedDisabledIsSilentUntilEnabled() {
    connection.peerSendsAndArrives(5);
    change(connection.fd, EVFILT_READ, EV_ADD | EV_DISABLE, 1);
    assertSilent();
    change(connection.fd, EVFILT_READ, EV_ADD, 1);
    assertSilent();
    change(connection.fd, EVFILT_READ, EV_ENABLE, 1);
    assertOne(EVFILT_READ, connection.fd, 1);
  }

  @Test
  void disablingOneFilterLeavesTheOther() {
    change(connection.fd, EVFILT_READ, EV_ADD, 1);
    change(connection.fd, EVFILT_WRITE, EV_ADD, 2);
    change(connection.fd, EVFILT_WRITE, EV_DISABLE, 2);
    assertSilent();
    connection.peerSendsAndArrives(1);
    assertOne(EVFILT_READ, connection.fd, 1);
  }

  @Test
  void oneshotFiresOnceAndIsGone() {
    connection.peerSendsAndArrives(5);
    change(connection.fd, EVFILT_READ, EV_ADD | EV_ONESHOT, 1);
    assertOne(EVFILT_READ, connection.fd, 1);
    connection.peerSendsAndArrives(5);
    assertSilent();
    change(connection.fd, EVFILT_READ, EV_DELETE, 1);
    assertThat(queue.poll(changes, events, NOW)).isEqualTo(1);
    assertFailed(0, connection.fd, EVFILT_READ, natives.errno().ENOENT);
  }

  @Test
  void aSpentOneshotCanBeAddedAgainWithOtherFlags() {
    connection.peerSendsAndArrives(5);
    change(connection.fd, EVFILT_READ, EV_ADD | EV_ONESHOT, 1);
    assertOne(EVFILT_READ, connection.fd, 1);
    change(connection.fd, EVFILT_READ, EV_ADD, 2);
    assertOne(EVFILT_READ, connection.fd, 2);
    assertOne(EVFILT_READ, connection.fd, 2);
  }

  @Test
  void dispatchIsSilentAfterEachEventUntilEnabled() {
    change(connection.fd, EVFILT_READ, EV_ADD | EV_DISPATCH, 1);
    connection.peerSendsAndArrives(5);
    assertOne(EVFILT_READ, connection.fd, 1);
    connection.peerSendsAndArrives(5);
    assertSilent();
    change(connection.fd, EVFILT_READ, EV_ADD, 1); // does not arm it: seen on NetBSD and FreeBSD
    assertSilent();
    change(connection.fd, EVFILT_READ, EV_ENABLE, 1);
    assertOne(EVFILT_READ, connection.fd, 1);
    assertThat(events.data(0)).isEqualTo(10);
    assertSilent();
    change(connection.fd, EVFILT_READ, EV_DELETE, 1);
    assertSilent();
  }

  @Test
  void failedChangesAreReportedOneByOneAndTheOthersApplied() {
    Connection other = connect();
    other.peerSendsAndArrives(1);
    int missing = connection.fd;
    int unopened = 999_999;
    change(missing, EVFILT_READ, EV_DELETE, 1);
    change(other.fd, EVFILT_READ, EV_ADD, 2);
    change(unopened, EVFILT_WRITE, EV_ADD, 3);
    change(missing, EVFILT_WRITE, EV_ENABLE, 4);
    change(missing, EVFILT_WRITE, EV_DISABLE, 5);
    assertThat(queue.poll(changes, events, SECOND)).isEqualTo(4);
    assertFailed(0, missing, EVFILT_READ, natives.errno().ENOENT);
    assertFailed(1, unopened, EVFILT_WRITE, natives.errno().EBADF);
    assertFailed(2, missing, EVFILT_WRITE, natives.errno().ENOENT);
    assertFailed(3, missing, EVFILT_WRITE, natives.errno().ENOENT);
    assertThat(changes.size()).isZero();
    assertOne(EVFILT_READ, other.fd, 2);
  }

  @Test
  void moreFailuresThanTheListHoldsAreAllReported() {
    EventList small = queue.newEventList(2);
    for (int i = 0; i < 100; i++) {
      change(connection.fd, EVFILT_READ, EV_DELETE, i);
    }
    assertThat(queue.poll(changes, small, NOW)).isEqualTo(100);
    for (int i = 0; i < 100; i++) {
      assertThat(small.isError(i)).isTrue();
    }
  }

  @Test
  void applyThrowsTheFirstFailureAndAppliesTheRest() {
    connection.peerSendsAndArrives(1);
    change(999_999, EVFILT_READ, EV_ADD, 1);
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 2);
    change(connection.fd, EVFILT_WRITE, EV_DELETE, 3);
    assertThatThrownBy(() -> queue.apply(changes))
        .isInstanceOf(NativeException.class)
        .hasMessageStartingWith("kevent(EVFILT_READ, fd 999999): EBADF");
    assertThat(changes.size()).isZero();
    assertOne(EVFILT_READ, connection.fd, 2);
    assertSilent();
  }

  @Test
  void applyCollectsNoEvents() {
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 1);
    assertSilent();
    connection.peerSendsAndArrives(1);
    change(connection.fd, EVFILT_WRITE, EV_ADD | EV_CLEAR | EV_DISABLE, 2);
    queue.apply(changes);
    assertOne(EVFILT_READ, connection.fd, 1);
  }

  @Test
  void userEventsCarryTheirBitsAndCoalesce() {
    if (!hasUserFilter()) {
      changes.add(42, EVFILT_USER, EV_ADD | EV_CLEAR, 0, 0, 5);
      assertThat(queue.poll(changes, events, NOW)).isEqualTo(1);
      assertFailed(0, 42, EVFILT_USER, natives.errno().EINVAL);
      return;
    }
    changes.add(42, EVFILT_USER, EV_ADD | EV_CLEAR, 0, 0, 5);
    assertSilent();
    changes.add(42, EVFILT_USER, 0, NOTE_TRIGGER | NOTE_FFCOPY | 0x11, 0, 6);
    changes.add(42, EVFILT_USER, 0, NOTE_TRIGGER, 0, 6);
    assertOne(EVFILT_USER, 42, 6);
    assertThat(events.fflags(0) & EventFlag.NOTE_FFLAGSMASK).isEqualTo(0x11);
    assertSilent();
    changes.add(42, EVFILT_USER, EV_DELETE, 0, 0, 6);
    assertSilent();
    changes.add(42, EVFILT_USER, 0, NOTE_TRIGGER, 0, 6);
    assertThat(queue.poll(changes, events, NOW)).isEqualTo(1);
    assertFailed(0, 42, EVFILT_USER, natives.errno().ENOENT);
  }

  @Test
  void wakeupBeforePollReturnsAtOnceAndLeavesNothing() {
    queue.wakeup();
    queue.wakeup();
    long start = System.nanoTime();
    assertThat(queue.poll(changes, events, 10 * SECOND)).isZero();
    assertThat(System.nanoTime() - start).isLessThan(5 * SECOND);
    start = System.nanoTime();
    assertSilent();
    assertThat(System.nanoTime() - start).as("no second wake-up").isGreaterThan(15_000_000);
  }

  @Test
  void wakeupFromAnotherThreadEndsAnEndlessPoll() throws Exception {
    for (int i = 0; i < 50; i++) {
      CountDownLatch polling = new CountDownLatch(1);
      Thread other =
          new Thread(
              () -> {
                try {
                  polling.await();
                } catch (InterruptedException e) {
                  return;
                }
                queue.wakeup();
              });
      other.start();
      polling.countDown();
      assertThat(queue.poll(changes, events, Kqueue.FOREVER)).isZero();
      other.join();
    }
  }

  @Test
  void wakeupsDoNotHideEvents() {
    connection.peerSendsAndArrives(1);
    change(connection.fd, EVFILT_READ, EV_ADD, 9);
    queue.wakeup();
    assertOne(EVFILT_READ, connection.fd, 9);
    assertThat(events.size()).isEqualTo(1);
  }

  @Test
  void timeoutsAreKept() {
    long start = System.nanoTime();
    assertThat(queue.poll(changes, events, 30_000_000)).isZero();
    assertThat(System.nanoTime() - start).isBetween(29_000_000L, 3 * SECOND);
    start = System.nanoTime();
    assertThat(queue.poll(changes, events, NOW)).isZero();
    assertThat(System.nanoTime() - start).isLessThan(SECOND);
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
  }

  @Test
  void manyChangesInOneCallAllApply() {
    List<Connection> many = new ArrayList<>();
    for (int i = 0; i < 100; i++) { // beyond the first capacity of the lists
      many.add(connect());
      change(many.get(i).fd, EVFILT_READ, EV_ADD, i);
      change(many.get(i).fd, EVFILT_WRITE, EV_ADD | EV_DISABLE, i);
    }
    assertSilent();
    many.get(99).peerSendsAndArrives(1);
    assertOne(EVFILT_READ, many.get(99).fd, 99);
  }

  @Test
  void twoQueuesDoNotShareRegistrations() {
    try (Kqueue other = Kqueues.open(natives)) {
      connection.peerSendsAndArrives(1);
      change(connection.fd, EVFILT_READ, EV_ADD, 1);
      assertThat(other.poll(other.newChangeList(), other.newEventList(4), NOW)).isZero();
      assertOne(EVFILT_READ, connection.fd, 1);
    }
  }

  @Test
  void closingTwiceAndWakingAfterwardsIsHarmless() {
    queue.close();
    queue.close();
    queue.wakeup();
  }
}

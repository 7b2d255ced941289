package io.kqueueserver.queue;

import static io.kqueueserver.queue.EventFlag.EV_ADD;
import static io.kqueueserver.queue.EventFlag.EV_DELETE;
import static io.kqueueserver.queue.EventFlag.EV_DISABLE;
import static io.kqueueserver.queue.EventFlag.EV_DISPATCH;
import static io.kqueueserver.queue.EventFlag.EV_ENABLE;
import static io.kqueueserver.queue.EventFlag.EV_ONESHOT;
import static io.kqueueserver.queue.EventFlag.EV_RECEIPT;
import static io.kqueueserver.queue.Filter.EVFILT_READ;
import static io.kqueueserver.queue.Filter.EVFILT_TIMER;
import static io.kqueueserver.queue.KqueueDifference.ADDED_AGAIN_A_TIMER_RUNS_ON;
import static io.kqueueserver.queue.KqueueDifference.DISPATCH_YIELDS_TO_CLEAR;
import static io.kqueueserver.queue.KqueueDifference.ENABLE_KEEPS_OLD_STATE;
import static io.kqueueserver.queue.TimerUnit.NOTE_MSECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every queue must do with timers: EVFILT_TIMER of kqueue(2). Time is the subject, so some
 * wait; that something was quick enough is never asked, only that it came.
 */
public abstract class KqueueTimerContract extends KqueueFixture {
  private static final int TIMER = 77;

  /** A timer's event, whenever it comes, and how often it was due. */
  private long assertFires(int ident, long udata) {
    assertThat(queue.poll(changes, events, 10 * SECOND)).as("events").isEqualTo(1);
    assertEvent(0, EVFILT_TIMER, ident, udata);
    assertThat(events.data(0)).as("expirations").isPositive();
    return events.data(0);
  }

  private static void pause(int millis) {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (System.nanoTime() < until) {
      Connection.pause();
    }
  }

  private static long sinceEpoch(TimerUnit unit, Instant time) {
    return unit.unit.convert(time.getEpochSecond(), TimeUnit.SECONDS)
        + unit.unit.convert(time.getNano(), TimeUnit.NANOSECONDS);
  }

  @Test
  void aTimerFiresAgainAndAgainUntilDeleted() {
    changes.add(TIMER, EVFILT_TIMER, EV_ADD, 0, 2, 1);
    for (int i = 0; i < 5; i++) {
      assertFires(TIMER, 1);
    }
    changes.add(TIMER, EVFILT_TIMER, EV_DELETE, 0, 0, 1);
    assertSilent();
  }

  @Test
  void dataCountsWhatExpiredSinceTheLastLook() {
    changes.addTimer(TIMER, 0, NOTE_MSECONDS, 10, 2);
    assertThat(queue.poll(changes, events, NOW)).isZero();
    pause(105);
    assertThat(assertFires(TIMER, 2)).as("5 or 6 where a tick is 10 ms").isBetween(5L, 1000L);
    changes.add(TIMER, EVFILT_TIMER, EV_DELETE, 0, 0, 2);
    assertSilent();
  }

  @Test
  void anExpirationIsToldOnce() {
    changes.addTimer(TIMER, 0, NOTE_MSECONDS, 700, 3);
    assertFires(TIMER, 3);
    assertSilent();
  }

  @ParameterizedTest
  @EnumSource
  void aPeriodIsCountedInItsUnit(TimerUnit unit) {
    assumeTrue(unit == NOTE_MSECONDS || hasTimerUnits(), "milliseconds only");
    long soon = Math.max(1, unit.unit.convert(15, TimeUnit.MILLISECONDS));
    changes.addTimer(TIMER, EV_ONESHOT, unit, soon, 4);
    assertFires(TIMER, 4);
    assertSilent();
    // A thousandth of it would be over by now.
    changes.addTimer(TIMER, EV_ONESHOT, unit, unit.unit.convert(10, TimeUnit.SECONDS), 4);
    assertSilent();
  }

  @ParameterizedTest
  @EnumSource
  void aPointInTimeIsCountedInItsUnit(TimerUnit unit) {
    assumeTrue(hasTimerUnits(), "no absolute timers");
    Instant soon = Instant.now().plusMillis(unit == TimerUnit.NOTE_SECONDS ? 1000 : 150);
    changes.addTimerAt(TIMER, 0, unit, sinceEpoch(unit, soon), 5);
    assertFires(TIMER, 5);
    Instant due = soon.truncatedTo(unit.unit.toChronoUnit());
    assertThat(Instant.now().plusMillis(2)).as("not early").isAfter(due);
    assertSilent();
    changes.addTimerAt(TIMER, 0, unit, sinceEpoch(unit, Instant.now().plusSeconds(60)), 5);
    assertSilent();
  }

  @Test
  void aPointInThePastFiresOnceAtOnce() {
    assumeTrue(hasTimerUnits(), "no absolute timers");
    changes.addTimerAt(TIMER, 0, TimerUnit.NOTE_SECONDS, 1_000_000_000, 6);
    assertFires(TIMER, 6);
    assertSilent();
    changes.add(TIMER, EVFILT_TIMER, EV_DELETE, 0, 0, 6);
    assertThat(queue.poll(changes, events, NOW)).isEqualTo(1);
    assertFailed(0, TIMER, EVFILT_TIMER, natives.errno().ENOENT);
    assertSilent();
  }

  @Test
  void aPointThatPassesBeforeThePollFiresOnceAtOnce() {
    assumeTrue(hasTimerUnits(), "no absolute timers");
    Instant soon = Instant.now().plusMillis(5);
    changes.addTimerAt(TIMER, 0, NOTE_MSECONDS, sinceEpoch(NOTE_MSECONDS, soon), 6);
    pause(10);
    assertFires(TIMER, 6);
    assertSilent();
  }

  @Test
  void aOneshotTimerFiresOnceAndIsGone() {
    changes.addTimer(TIMER, EV_ONESHOT, NOTE_MSECONDS, 2, 7);
    assertThat(assertFires(TIMER, 7)).isEqualTo(1);
    assertSilent();
    changes.add(TIMER, EVFILT_TIMER, EV_DELETE, 0, 0, 7);
    assertThat(queue.poll(changes, events, NOW)).isEqualTo(1);
    assertFailed(0, TIMER, EVFILT_TIMER, natives.errno().ENOENT);
    changes.addTimer(TIMER, EV_ONESHOT, NOTE_MSECONDS, 2, 8);
    assertFires(TIMER, 8);
    assertSilent();
  }

  @Test
  void aDispatchedTimerIsSilentUntilEnabled() {
    changes.addTimer(TIMER, EV_DISPATCH, NOTE_MSECONDS, 2, 9);
    assertFires(TIMER, 9);
    if (differs(DISPATCH_YIELDS_TO_CLEAR)) { // a timer's knote has EV_CLEAR by itself
      assertFires(TIMER, 9);
      changes.add(TIMER, EVFILT_TIMER, EV_DELETE, 0, 0, 9);
    } else {
      assertSilent();
      changes.add(TIMER, EVFILT_TIMER, EV_ENABLE, 0, 0, 10);
      assertFires(TIMER, afterEnable(9, 10));
    }
    assertSilent();
  }

  /** The udata of a knote that was added with one and enabled with another. */
  private long afterEnable(long added, long enabled) {
    return differs(ENABLE_KEEPS_OLD_STATE) ? added : enabled;
  }

  @Test
  void aDisabledTimerRunsOnUnheard() {
    changes.addTimer(TIMER, EV_DISABLE, NOTE_MSECONDS, 2, 11);
    assertSilent();
    pause(30);
    assertSilent();
    changes.add(TIMER, EVFILT_TIMER, EV_ENABLE, 0, 0, 12);
    assertThat(assertFires(TIMER, afterEnable(11, 12))).isGreaterThan(1);
    changes.add(TIMER, EVFILT_TIMER, EV_DISABLE, 0, 0, 12);
    assertSilent();
  }

  @Test
  void addingAgainRestartsAndForgetsWhatExpired() {
    changes.addTimer(TIMER, 0, NOTE_MSECONDS, 2, 13);
    assertThat(queue.poll(changes, events, NOW)).isZero();
    pause(20);
    changes.addTimer(TIMER, 0, NOTE_MSECONDS, 10_000, 14);
    if (differs(ADDED_AGAIN_A_TIMER_RUNS_ON)) {
      assertFires(TIMER, 14);
      queue.poll(changes, events, SECOND / 10); // the period that ran may have had its end to come
      assertSilent();
      changes.add(TIMER, EVFILT_TIMER, EV_DELETE, 0, 0, 14);
    }
    assertSilent();
    changes.addTimer(TIMER, 0, NOTE_MSECONDS, 2, 15);
    assertFires(TIMER, 15);
    changes.add(TIMER, EVFILT_TIMER, EV_DELETE, 0, 0, 15);
    assertSilent();
  }

  @Test
  void aTimersNumberIsNoDescriptor() {
    change(connection.fd, EVFILT_READ, EV_ADD, 16);
    changes.addTimer(connection.fd, EV_ONESHOT, NOTE_MSECONDS, 2, 17);
    changes.addTimer(-5, EV_ONESHOT, NOTE_MSECONDS, 10_000, 18);
    assertFires(connection.fd, 17);
    assertSilent();
    connection.peerSendsAndArrives(1);
    assertOne(EVFILT_READ, connection.fd, 16);
    queue.forget(connection.fd);
    changes.add(-5, EVFILT_TIMER, EV_DELETE, 0, 0, 18);
    change(connection.fd, EVFILT_READ, EV_DELETE, 16);
    queue.poll(changes, events, NOW); // forgotten, the READ change may have failed
    assertSilent();
  }

  @Test
  void timersExpireEachByItself() {
    for (int i = 0; i < 10; i++) {
      changes.addTimer(i, EV_ONESHOT, NOTE_MSECONDS, 1 + i, 100 + i);
    }
    boolean[] fired = new boolean[10];
    for (int left = 10; left > 0; ) {
      int n = queue.poll(changes, events, 10 * SECOND);
      assertThat(n).isPositive();
      for (int i = 0; i < n; i++, left--) {
        int ident = (int) events.ident(i);
        assertEvent(i, EVFILT_TIMER, ident, 100 + ident);
        assertThat(fired[ident]).isFalse();
        fired[ident] = true;
      }
    }
    assertSilent();
  }

  @Test
  void changesOfTimersThatAreNotThereAreRefused() {
    changes.add(TIMER, EVFILT_TIMER, EV_DELETE, 0, 0, 1);
    changes.add(TIMER, EVFILT_TIMER, EV_ENABLE, 0, 0, 2);
    changes.add(TIMER, EVFILT_TIMER, EV_DISABLE, 0, 0, 3);
    assertThat(queue.poll(changes, events, NOW)).isEqualTo(3);
    for (int i = 0; i < 3; i++) {
      assertFailed(i, TIMER, EVFILT_TIMER, natives.errno().ENOENT);
    }
    assertSilent();
  }

  @Test
  void aReceiptAnswersForATimer() {
    changes.addTimer(TIMER, EV_ONESHOT | EV_RECEIPT, NOTE_MSECONDS, 2, 19);
    assertThat(queue.poll(changes, events, SECOND)).isEqualTo(1);
    assertFailed(0, TIMER, EVFILT_TIMER, 0);
    assertFires(TIMER, 19);
    assertSilent();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE})
  void aTimeBelowOneIsRefusedBeforeTheKernelSeesIt(long data) {
    for (TimerUnit unit : TimerUnit.values()) {
      assertThatThrownBy(() -> changes.addTimer(TIMER, 0, unit, data, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("EVFILT_TIMER, ident 77: data is " + data + "; it must be 1 or more");
      assertThatThrownBy(() -> changes.addTimerAt(TIMER, 0, unit, data, 1))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> changes.add(TIMER, EVFILT_TIMER, EV_ADD, 0, data, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(changes.size()).isZero();
    assertSilent();
  }

  @Test
  void aTimerEndsAnEndlessPoll() {
    changes.addTimer(TIMER, EV_ONESHOT, TimerUnit.NOTE_USECONDS, 700, 20);
    assertThat(queue.poll(changes, events, Kqueue.FOREVER)).isEqualTo(1);
    assertEvent(0, EVFILT_TIMER, TIMER, 20);
    assertSilent();
  }
}

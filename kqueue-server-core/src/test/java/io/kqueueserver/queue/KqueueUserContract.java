package io.kqueueserver.queue;

import static io.kqueueserver.queue.EventFlag.EV_ADD;
import static io.kqueueserver.queue.EventFlag.EV_CLEAR;
import static io.kqueueserver.queue.EventFlag.EV_DELETE;
import static io.kqueueserver.queue.EventFlag.EV_DISABLE;
import static io.kqueueserver.queue.EventFlag.EV_DISPATCH;
import static io.kqueueserver.queue.EventFlag.EV_ENABLE;
import static io.kqueueserver.queue.EventFlag.EV_ONESHOT;
import static io.kqueueserver.queue.EventFlag.NOTE_FFAND;
import static io.kqueueserver.queue.EventFlag.NOTE_FFCOPY;
import static io.kqueueserver.queue.EventFlag.NOTE_FFLAGSMASK;
import static io.kqueueserver.queue.EventFlag.NOTE_FFNOP;
import static io.kqueueserver.queue.EventFlag.NOTE_FFOR;
import static io.kqueueserver.queue.EventFlag.NOTE_TRIGGER;
import static io.kqueueserver.queue.Filter.EVFILT_READ;
import static io.kqueueserver.queue.Filter.EVFILT_USER;
import static io.kqueueserver.queue.KqueueDifference.TRIGGER_IN_ADD_MAY_FIRE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;

/** EVFILT_USER. */
public abstract class KqueueUserContract extends KqueueChangeContract {
  private static final long IDENT = 42;

  private void user(int flags, int fflags, long udata) {
    changes.add(IDENT, EVFILT_USER, flags, fflags, 0, udata);
  }

  private void addUser(int flags) {
    assumeTrue(hasUserFilter(), "this system has no EVFILT_USER");
    user(EV_ADD | flags, 0, 5);
    assertSilent();
  }

  @Test
  void whereThereIsNoUserFilterAddingSaysSo() {
    assumeTrue(!hasUserFilter(), "this system has EVFILT_USER");
    user(EV_ADD | EV_CLEAR, 0, 5);
    assertRefused(IDENT, EVFILT_USER, natives.errno().EINVAL);
    assertSilent();
  }

  @Test
  void aTriggerIsOneEventAndSeveralCoalesce() {
    addUser(EV_CLEAR);
    for (int i = 0; i < 3; i++) {
      user(0, NOTE_TRIGGER, 5);
    }
    assertOne(EVFILT_USER, IDENT, 5);
    assertSilent();
    user(0, NOTE_TRIGGER, 5);
    assertOne(EVFILT_USER, IDENT, 5);
    assertSilent();
  }

  @Test
  void withoutClearItStaysTriggered() {
    addUser(0);
    user(0, NOTE_TRIGGER, 5);
    assertOne(EVFILT_USER, IDENT, 5);
    assertOne(EVFILT_USER, IDENT, 5);
    user(EV_DISABLE, 0, 5);
    assertSilent();
    user(EV_ENABLE, 0, 5);
    assertOne(EVFILT_USER, IDENT, 5);
    user(EV_DELETE, 0, 5);
    assertSilent();
  }

  @Test
  void theUserBitsAreCombinedAsAsked() {
    addUser(EV_CLEAR);
    assertBits(NOTE_FFCOPY | 0x0f, 0x0f);
    assertBits(NOTE_FFNOP | 0xf0, 0x0f);
    assertBits(NOTE_FFOR | 0xf0, 0xff);
    assertBits(NOTE_FFAND | 0x3c, 0x3c);
    assertBits(NOTE_FFCOPY | NOTE_FFLAGSMASK, NOTE_FFLAGSMASK);
    assertBits(NOTE_FFCOPY, 0);
  }

  private void assertBits(int operation, int expected) {
    user(0, operation, 5);
    assertSilent();
    user(0, NOTE_TRIGGER, 5);
    assertOne(EVFILT_USER, IDENT, 5);
    assertThat(events.fflags(0) & NOTE_FFLAGSMASK).isEqualTo(expected);
    assertSilent();
  }

  @Test
  void bitsAndTriggerMayComeInOneChange() {
    addUser(EV_CLEAR);
    user(0, NOTE_TRIGGER | NOTE_FFCOPY | 0x11, 5);
    assertOne(EVFILT_USER, IDENT, 5);
    assertThat(events.fflags(0) & NOTE_FFLAGSMASK).isEqualTo(0x11);
    assertSilent();
  }

  @Test
  void aTriggerReplacesUdata() {
    addUser(EV_CLEAR);
    user(0, NOTE_TRIGGER, 0);
    assertOne(EVFILT_USER, IDENT, 0);
    assertSilent();
  }

  @Test
  void aTriggerMayComeWithEnable() {
    addUser(EV_CLEAR | EV_DISABLE);
    user(0, NOTE_TRIGGER, 5);
    assertSilent();
    user(EV_ENABLE, NOTE_TRIGGER, 5);
    assertOne(EVFILT_USER, IDENT, 5);
    assertSilent();
  }

  @Test
  void aTriggerInTheChangeThatAddsIsLost() {
    assumeTrue(hasUserFilter(), "this system has no EVFILT_USER");
    user(EV_ADD | EV_CLEAR, NOTE_TRIGGER, 5);
    if (differs(TRIGGER_IN_ADD_MAY_FIRE)) {
      assertThat(queue.poll(changes, events, SECOND / 50)).isLessThanOrEqualTo(1);
    }
    assertSilent();
    user(0, NOTE_TRIGGER, 5);
    assertOne(EVFILT_USER, IDENT, 5);
    assertSilent();
  }

  @Test
  void oneshotAndDispatchApplyToTriggersToo() {
    addUser(EV_ONESHOT);
    user(0, NOTE_TRIGGER, 5);
    assertOne(EVFILT_USER, IDENT, 5);
    user(0, NOTE_TRIGGER, 5);
    assertRefused(IDENT, EVFILT_USER, natives.errno().ENOENT);
    user(EV_ADD | EV_DISPATCH, 0, 6);
    user(0, NOTE_TRIGGER, 6);
    assertOne(EVFILT_USER, IDENT, 6);
    assertSilent();
    user(EV_ENABLE, 0, 6);
    assertOne(EVFILT_USER, IDENT, 6);
    user(EV_DELETE, 0, 6);
    assertSilent();
  }

  @Test
  void aMissingOneCannotBeTriggeredOrDeleted() {
    assumeTrue(hasUserFilter(), "this system has no EVFILT_USER");
    user(0, NOTE_TRIGGER, 5);
    assertRefused(IDENT, EVFILT_USER, natives.errno().ENOENT);
    user(EV_DELETE, 0, 5);
    assertRefused(IDENT, EVFILT_USER, natives.errno().ENOENT);
    assertSilent();
  }

  @Test
  void deletingTakesAPendingTriggerAlong() {
    addUser(EV_CLEAR);
    user(0, NOTE_TRIGGER, 5);
    user(EV_DELETE, 0, 5);
    assertSilent();
    user(EV_ADD | EV_CLEAR, 0, 6);
    assertSilent();
  }

  @Test
  void itsNumbersAreNotDescriptors() {
    assumeTrue(hasUserFilter(), "this system has no EVFILT_USER");
    int number = connection.fd;
    change(number, EVFILT_USER, EV_ADD | EV_CLEAR, 5);
    change(number, EVFILT_READ, EV_ADD | EV_CLEAR, 6);
    assertSilent();
    changes.add(number, EVFILT_USER, 0, NOTE_TRIGGER, 0, 5);
    assertOne(EVFILT_USER, number, 5);
    connection.closeFd();
    changes.add(number, EVFILT_USER, 0, NOTE_TRIGGER, 0, 5);
    assertOne(EVFILT_USER, number, 5);
    assertSilent();
  }

  @Test
  void descriptorsThatAreAlwaysReadyDoNotStarveIt() {
    addUser(0);
    connection.peerSendsAndArrives(1);
    change(connection.fd, EVFILT_READ, EV_ADD, 6);
    Connection other = connect();
    other.peerSendsAndArrives(1);
    change(other.fd, EVFILT_READ, EV_ADD, 4);
    changes.add(IDENT + 1, EVFILT_USER, EV_ADD, 0, 0, 7);
    user(0, NOTE_TRIGGER, 5);
    changes.add(IDENT + 1, EVFILT_USER, 0, NOTE_TRIGGER, 0, 7);
    queue.apply(changes);
    for (int capacity = 1; capacity <= 2; capacity++) {
      EventList small = queue.newEventList(capacity);
      int[] turns = new int[8];
      for (int i = 0; i < 60; i++) {
        int n = poll(small);
        assertThat(n).isBetween(1, capacity);
        for (int j = 0; j < n; j++) {
          turns[(int) small.udata(j)]++;
        }
      }
      assertThat(turns[4]).as("of 60 polls").isGreaterThan(5);
      assertThat(turns[5]).as("of 60 polls").isGreaterThan(5);
      assertThat(turns[6]).as("of 60 polls").isGreaterThan(5);
      assertThat(turns[7]).as("of 60 polls").isGreaterThan(5);
    }
    user(EV_DELETE, 0, 0);
    changes.add(IDENT + 1, EVFILT_USER, EV_DELETE, 0, 0, 0);
    change(connection.fd, EVFILT_READ, EV_DELETE, 0);
    change(other.fd, EVFILT_READ, EV_DELETE, 0);
    assertSilent();
  }
}

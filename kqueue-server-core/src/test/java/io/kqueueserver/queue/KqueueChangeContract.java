package io.kqueueserver.queue;

import static io.kqueueserver.queue.EventFlag.EV_ADD;
import static io.kqueueserver.queue.EventFlag.EV_CLEAR;
import static io.kqueueserver.queue.EventFlag.EV_DELETE;
import static io.kqueueserver.queue.EventFlag.EV_DISABLE;
import static io.kqueueserver.queue.EventFlag.EV_DISPATCH;
import static io.kqueueserver.queue.EventFlag.EV_ENABLE;
import static io.kqueueserver.queue.EventFlag.EV_ONESHOT;
import static io.kqueueserver.queue.EventFlag.EV_RECEIPT;
import static io.kqueueserver.queue.Filter.EVFILT_READ;
import static io.kqueueserver.queue.Filter.EVFILT_WRITE;
import static io.kqueueserver.queue.KqueueDifference.DISPATCH_YIELDS_TO_CLEAR;
import static io.kqueueserver.queue.KqueueDifference.ENABLE_KEEPS_OLD_STATE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kqueueserver.ffi.NativeException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Changes: the effect of each flag, and the report of failures. */
public abstract class KqueueChangeContract extends KqueueWriteContract {
  /** A number no system here has open. */
  private static final int UNOPENED = 999_999;

  @Test
  void addingAgainReplacesUdata() {
    change(connection.fd, EVFILT_READ, EV_ADD, 1);
    assertSilent();
    change(connection.fd, EVFILT_READ, EV_ADD, Long.MIN_VALUE + 5);
    connection.peerSendsAndArrives(1);
    assertOne(EVFILT_READ, connection.fd, Long.MIN_VALUE + 5);
    connection.read(1);
    assertSilent();
  }

  @Test
  void addingAgainDoesNotTurnLevelIntoEdge() {
    change(connection.fd, EVFILT_READ, EV_ADD, 1);
    connection.peerSendsAndArrives(1);
    assertOne(EVFILT_READ, connection.fd, 1);
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 2);
    assertOne(EVFILT_READ, connection.fd, 2);
    assertOne(EVFILT_READ, connection.fd, 2);
    connection.read(1);
    assertSilent();
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
  void aDeletedKnoteTakesItsPendingEventAlong() {
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 1);
    assertSilent();
    connection.peerSendsAndArrives(1);
    change(connection.fd, EVFILT_READ, EV_DELETE, 1);
    assertSilent();
  }

  @Test
  void changesOfACallAreAppliedBeforeItsEventsAreTaken() {
    Connection other = connect();
    connection.peerSendsAndArrives(1);
    other.peerSendsAndArrives(1);
    change(connection.fd, EVFILT_READ, EV_ADD, 1);
    assertOne(EVFILT_READ, connection.fd, 1);
    change(connection.fd, EVFILT_READ, EV_DELETE, 1);
    change(other.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 2);
    assertOne(EVFILT_READ, other.fd, 2);
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
    connection.read(5);
    assertSilent();
  }

  @Test
  void addedDisabledIsSilentUntilEnabled() {
    connection.peerSendsAndArrives(5);
    change(connection.fd, EVFILT_READ, EV_ADD | EV_DISABLE, 1);
    assertSilent();
    change(connection.fd, EVFILT_READ, EV_ADD, 1); // does not enable: seen on NetBSD and FreeBSD
    assertSilent();
    change(connection.fd, EVFILT_READ, EV_ENABLE, 1);
    assertOne(EVFILT_READ, connection.fd, 1);
    connection.read(5);
    assertSilent();
  }

  @Test
  void disablingOneFilterLeavesTheOther() {
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 1);
    change(connection.fd, EVFILT_WRITE, EV_ADD, 2);
    change(connection.fd, EVFILT_WRITE, EV_DISABLE, 2);
    assertSilent();
    connection.peerSendsAndArrives(1);
    assertOne(EVFILT_READ, connection.fd, 1);
    assertSilent();
  }

  @Test
  void enablingReplacesUdataAndReportsWhatIsUnread() {
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 1);
    connection.peerSendsAndArrives(1);
    assertOne(EVFILT_READ, connection.fd, 1);
    change(connection.fd, EVFILT_READ, EV_DISABLE, 1);
    assertSilent();
    change(connection.fd, EVFILT_READ, EV_ENABLE, 2);
    long udata = 2;
    if (differs(ENABLE_KEEPS_OLD_STATE)) {
      assertSilent();
      connection.peerSendsAndArrives(1);
      udata = 1;
    }
    assertOne(EVFILT_READ, connection.fd, udata);
    assertSilent();
  }

  @Test
  void deletedWhileDisabledIsGone() {
    change(connection.fd, EVFILT_READ, EV_ADD | EV_DISABLE, 1);
    assertSilent();
    change(connection.fd, EVFILT_READ, EV_DELETE, 1);
    connection.peerSendsAndArrives(1);
    assertSilent();
    change(connection.fd, EVFILT_READ, EV_ENABLE, 1);
    assertRefused(connection.fd, EVFILT_READ, natives.errno().ENOENT);
    assertSilent();
  }

  @Test
  void oneshotFiresOnceAndIsGone() {
    connection.peerSendsAndArrives(5);
    change(connection.fd, EVFILT_READ, EV_ADD | EV_ONESHOT, 1);
    assertOne(EVFILT_READ, connection.fd, 1);
    connection.peerSendsAndArrives(5);
    assertSilent();
    change(connection.fd, EVFILT_READ, EV_DELETE, 1);
    assertRefused(connection.fd, EVFILT_READ, natives.errno().ENOENT);
    assertSilent();
  }

  @Test
  void aSpentOneshotCanBeAddedAgainWithOtherFlags() {
    connection.peerSendsAndArrives(5);
    change(connection.fd, EVFILT_READ, EV_ADD | EV_ONESHOT, 1);
    assertOne(EVFILT_READ, connection.fd, 1);
    change(connection.fd, EVFILT_READ, EV_ADD, 2);
    assertOne(EVFILT_READ, connection.fd, 2);
    assertOne(EVFILT_READ, connection.fd, 2);
    connection.read(5);
    assertSilent();
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
    change(connection.fd, EVFILT_READ, EV_ADD | EV_ENABLE, 2);
    assertOne(EVFILT_READ, connection.fd, 2);
    assertSilent();
    change(connection.fd, EVFILT_READ, EV_DELETE, 1);
    assertSilent();
  }

  @Test
  void dispatchWithClearIsDisabledToo() {
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR | EV_DISPATCH, 1);
    connection.peerSendsAndArrives(5);
    assertOne(EVFILT_READ, connection.fd, 1);
    assertSilent();
    connection.peerSendsAndArrives(5);
    if (differs(DISPATCH_YIELDS_TO_CLEAR)) {
      assertOne(EVFILT_READ, connection.fd, 1);
    }
    assertSilent();
    connection.read(10);
    connection.peerSendsAndArrives(1);
    change(connection.fd, EVFILT_READ, EV_ENABLE, 1);
    assertOne(EVFILT_READ, connection.fd, 1);
    assertSilent();
  }

  @Test
  void failedChangesAreReportedOneByOneAndTheOthersApplied() {
    Connection other = connect();
    other.peerSendsAndArrives(1);
    int missing = connection.fd;
    change(missing, EVFILT_READ, EV_DELETE, 1);
    change(other.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 2);
    change(UNOPENED, EVFILT_WRITE, EV_ADD, 3);
    change(missing, EVFILT_WRITE, EV_ENABLE, 4);
    change(missing, EVFILT_WRITE, EV_DISABLE, 5);
    change(UNOPENED, EVFILT_READ, EV_DELETE, 6);
    assertThat(queue.poll(changes, events, SECOND)).as("errors only").isEqualTo(5);
    assertFailed(0, missing, EVFILT_READ, natives.errno().ENOENT);
    assertFailed(1, UNOPENED, EVFILT_WRITE, natives.errno().EBADF);
    assertFailed(2, missing, EVFILT_WRITE, natives.errno().ENOENT);
    assertFailed(3, missing, EVFILT_WRITE, natives.errno().ENOENT);
    assertFailed(4, UNOPENED, EVFILT_READ, natives.errno().EBADF);
    assertThat(changes.size()).isZero();
    assertOne(EVFILT_READ, other.fd, 2);
    assertSilent();
  }

  @Test
  void aReceiptComesForEachChangeAndReadyEventsNextTime() {
    connection.peerSendsAndArrives(1);
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR | EV_RECEIPT, 1);
    change(connection.fd, EVFILT_WRITE, EV_DELETE | EV_RECEIPT, 2);
    assertThat(queue.poll(changes, events, SECOND)).as("receipts only").isEqualTo(2);
    assertThat(events.isError(0)).isTrue();
    assertThat(events.data(0)).as("success").isZero();
    assertFailed(1, connection.fd, EVFILT_WRITE, natives.errno().ENOENT);
    assertOne(EVFILT_READ, connection.fd, 1);
    assertSilent();
  }

  @Test
  void moreFailuresThanTheListHoldsAreAllReported() {
    EventList small = queue.newEventList(2);
    for (int i = 0; i < 100; i++) {
      change(connection.fd, EVFILT_READ, EV_DELETE, i);
    }
    change(connection.fd, EVFILT_WRITE, EV_ADD | EV_CLEAR, 7);
    assertThat(queue.poll(changes, small, NOW)).isEqualTo(100);
    for (int i = 0; i < 100; i++) {
      assertThat(small.isError(i)).isTrue();
    }
    assertOne(EVFILT_WRITE, connection.fd, 7);
    assertSilent();
  }

  @Test
  void applyThrowsTheFirstFailureAndAppliesTheRest() {
    connection.peerSendsAndArrives(1);
    change(UNOPENED, EVFILT_READ, EV_ADD, 1);
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
    assertSilent();
  }

  @Test
  void manyChangesInOneCallAllApply() {
    List<Connection> many = new ArrayList<>();
    for (int i = 0; i < 40; i++) { // beyond the first capacity of the lists
      many.add(connect());
      change(many.get(i).fd, EVFILT_READ, EV_ADD | EV_CLEAR, i);
      change(many.get(i).fd, EVFILT_WRITE, EV_ADD | EV_DISABLE, i);
    }
    assertSilent();
    many.get(39).peerSendsAndArrives(1);
    assertOne(EVFILT_READ, many.get(39).fd, 39);
    assertSilent();
  }
}

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
import static io.kqueueserver.queue.Filter.EVFILT_TIMER;
import static io.kqueueserver.queue.Filter.EVFILT_USER;
import static io.kqueueserver.queue.Filter.EVFILT_WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeException;
import io.kqueueserver.socket.ListenSocket;
import io.kqueueserver.socket.Sockets;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every queue must do, whatever serves it. */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class KqueueContract {
  static final long NOW = 0;
  static final long SECOND = 1_000_000_000;

  private final List<AutoCloseable> opened = new ArrayList<>();
  Native natives;
  Kqueue queue;
  ChangeList changes;
  EventList events;
  Connection connection;

  /** The binding under test. */
  abstract Native natives();

  @BeforeEach
  void open() {
    natives = natives();
    queue = Kqueues.open(natives);
    opened.add(queue);
    changes = queue.newChangeList();
    events = queue.newEventList(16);
    connection = connect();
  }

  @AfterEach
  void close() throws Exception {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
  }

  Connection connect() {
    Connection made = Connection.open(natives);
    opened.add(made);
    return made;
  }

  void change(int fd, Filter filter, int flags, long udata) {
    changes.add(fd, filter, flags, 0, 0, udata);
  }

  void assertSilent() {
    assertThat(queue.poll(changes, events, 20_000_000)).as("no further events").isZero();
  }

  void assertOne(Filter filter, int fd, long udata) {
    assertThat(queue.poll(changes, events, SECOND)).as("events").isEqualTo(1);
    assertEvent(0, filter, fd, udata);
  }

  void assertEvent(int index, Filter filter, int fd, long udata) {
    assertThat(events.isError(index)).as("EV_ERROR, errno %d", events.data(index)).isFalse();
    assertThat(events.filter(index)).isEqualTo(filter);
    assertThat(events.ident(index)).isEqualTo(fd);
    assertThat(events.udata(index)).isEqualTo(udata);
  }

  void assertFailed(int index, int fd, Filter filter, int errno) {
    assertThat(events.isError(index)).isTrue();
    assertThat(events.ident(index)).isEqualTo(fd);
    assertThat(events.filter(index)).isEqualTo(filter);
    assertThat(events.data(index)).isEqualTo(errno);
  }

  @Test
  void levelEventsComeAgainUntilAllIsRead() {
    change(connection.fd, EVFILT_READ, EV_ADD, 7);
    assertSilent();
    connection.peerSendsAndArrives(10);
    assertOne(EVFILT_READ, connection.fd, 7);
    assertThat(events.data(0)).isEqualTo(10);
    assertOne(EVFILT_READ, connection.fd, 7);
    connection.read(4);
    assertOne(EVFILT_READ, connection.fd, 7);
    assertThat(events.data(0)).isEqualTo(6);
    connection.read(6);
    assertSilent();
  }

  @Test
  void clearedEventsComeOncePerArrival() {
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 7);
    connection.peerSendsAndArrives(100);
    assertOne(EVFILT_READ, connection.fd, 7);
    connection.read(40);
    assertSilent();
    connection.peerSendsAndArrives(10);
    assertOne(EVFILT_READ, connection.fd, 7);
    assertThat(events.data(0)).isEqualTo(70);
    assertSilent();
  }

  @Test
  void dataThereBeforeTheRegistrationIsReported() {
    connection.peerSendsAndArrives(3);
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 1);
    assertOne(EVFILT_READ, connection.fd, 1);
    assertSilent();
  }

  @Test
  void addingAgainAfterAPartialReadReportsTheRest() {
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 1);
    connection.peerSendsAndArrives(3);
    assertOne(EVFILT_READ, connection.fd, 1);
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 2);
    assertOne(EVFILT_READ, connection.fd, 2);
    assertSilent();
  }

  @Test
  void addingAgainReplacesUdata() {
    change(connection.fd, EVFILT_READ, EV_ADD, 1);
    assertSilent();
    change(connection.fd, EVFILT_READ, EV_ADD, Long.MIN_VALUE + 5);
    connection.peerSendsAndArrives(1);
    assertOne(EVFILT_READ, connection.fd, Long.MIN_VALUE + 5);
  }

  @Test
  void eachFilterKeepsItsOwnUdata() {
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 1);
    change(connection.fd, EVFILT_WRITE, EV_ADD | EV_CLEAR, 2);
    connection.peerSendsAndArrives(1);
    assertThat(queue.poll(changes, events, SECOND)).isEqualTo(2);
    int read = events.filter(0) == EVFILT_READ ? 0 : 1;
    assertEvent(read, EVFILT_READ, connection.fd, 1);
    assertEvent(1 - read, EVFILT_WRITE, connection.fd, 2);
    assertSilent();
  }

  @Test
  void arrivingDataDoesNotReportWritabilityAgain() {
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 1);
    change(connection.fd, EVFILT_WRITE, EV_ADD | EV_CLEAR, 2);
    assertOne(EVFILT_WRITE, connection.fd, 2);
    for (int i = 0; i < 3; i++) {
      connection.peerSendsAndArrives(1);
      assertOne(EVFILT_READ, connection.fd, 1);
    }
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
  void aDisabledKnoteDoesNotReportTheEndEither() {
    change(connection.fd, EVFILT_READ, EV_ADD, 1);
    change(connection.fd, EVFILT_READ, EV_DISABLE, 1);
    connection.peerResets();
    assertSilent();
    change(connection.fd, EVFILT_READ, EV_DELETE, 1);
    assertSilent();
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
  void anUnsupportedFilterOnADescriptorIsRefused() {
    if (queue.backend().equals("kqueue")) {
      return; // kernels have timers; the twin has not
    }
    changes.add(1, EVFILT_TIMER, EV_ADD, 0, 10, 0);
    assertThat(queue.poll(changes, events, NOW)).isEqualTo(1);
    assertFailed(0, 1, EVFILT_TIMER, natives.errno().EINVAL);
  }

  @Test
  void orderlyEndIsEofWithoutError() {
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 1);
    connection.peerFinishes();
    assertOne(EVFILT_READ, connection.fd, 1);
    assertThat(events.isEof(0)).isTrue();
    assertThat(events.fflags(0)).isZero();
    assertThat(events.data(0)).isZero();
    assertThat(connection.read(1)).isZero();
    assertSilent();
  }

  @Test
  void eofArrivesBeforeTheLastBytesAreRead() {
    connection.peerSendsAndArrives(10);
    connection.peerFinishes();
    change(connection.fd, EVFILT_READ, EV_ADD, 1);
    awaitEof();
    assertThat(events.data(0)).isEqualTo(10);
    assertThat(connection.read(100)).isEqualTo(10);
    assertThat(connection.read(100)).isZero();
  }

  private void awaitEof() {
    do {
      assertOne(EVFILT_READ, connection.fd, 1);
    } while (!events.isEof(0));
  }

  @Test
  void theEndAfterDataIsAnEventOfItsOwn() {
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 1);
    connection.peerSendsAndArrives(10);
    assertOne(EVFILT_READ, connection.fd, 1);
    assertThat(events.isEof(0)).isFalse();
    connection.peerFinishes();
    assertOne(EVFILT_READ, connection.fd, 1);
    assertThat(events.isEof(0)).isTrue();
  }

  @Test
  void aHalfClosedPeerCanStillBeWrittenTo() {
    connection.peerFinishes();
    change(connection.fd, EVFILT_WRITE, EV_ADD, 1);
    assertOne(EVFILT_WRITE, connection.fd, 1);
    assertThat(events.isEof(0)).isFalse();
    assertThat(connection.write(5)).isEqualTo(5);
    connection.peerReads(5);
  }

  @Test
  void aResetIsEofWithTheSocketsErrorOnBothFilters() {
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 1);
    connection.fill();
    change(connection.fd, EVFILT_WRITE, EV_ADD | EV_CLEAR, 2);
    assertSilent();
    connection.peerResets();
    assertThat(queue.poll(changes, events, SECOND)).isEqualTo(2);
    for (int i = 0; i < 2; i++) {
      assertThat(events.isEof(i)).isTrue();
      assertThat(natives.errno().name(events.fflags(i))).isEqualTo("ECONNRESET");
    }
  }

  @Test
  void writabilityComesBackWhenThePeerReads() {
    int filled = connection.fill();
    change(connection.fd, EVFILT_WRITE, EV_ADD | EV_CLEAR, 1);
    assertSilent();
    connection.peerReads(filled);
    assertOne(EVFILT_WRITE, connection.fd, 1);
  }

  @Test
  void levelWritabilityIsReportedEachTime() {
    change(connection.fd, EVFILT_WRITE, EV_ADD, 1);
    assertOne(EVFILT_WRITE, connection.fd, 1);
    assertOne(EVFILT_WRITE, connection.fd, 1);
    change(connection.fd, EVFILT_WRITE, EV_DISABLE, 1);
    assertSilent();
  }

  @Test
  void aListenerTellsHowManyConnectionsWait() throws Exception {
    Sockets sockets = new Sockets(natives);
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (ListenSocket listener = ListenSocket.open(sockets, loopback, 0, 8, false);
        Socket first = new Socket(loopback, listener.localPort());
        Socket second = new Socket(loopback, listener.localPort())) {
      assertThat(first.isConnected() && second.isConnected()).isTrue();
      change(listener.fd(), EVFILT_READ, EV_ADD, 1);
      awaitBacklog(listener, 2);
      sockets.close(listener.intake().accept());
      assertOne(EVFILT_READ, listener.fd(), 1);
      assertThat(events.data(0)).isEqualTo(1);
      sockets.close(listener.intake().accept());
      assertSilent();
      assertThat(sockets.wouldBlock(listener.intake().accept())).isTrue();
    }
  }

  private void awaitBacklog(ListenSocket listener, int expected) {
    do {
      assertOne(EVFILT_READ, listener.fd(), 1);
    } while (events.data(0) != expected);
  }

  @Test
  void closingADescriptorForgetsItsKnotes() {
    change(connection.fd, EVFILT_READ, EV_ADD, 1);
    change(connection.fd, EVFILT_WRITE, EV_ADD, 2);
    connection.peerSendsAndArrives(1);
    queue.apply(changes);
    connection.closeFd();
    assertSilent();
  }

  @Test
  void aReusedNumberIsANewRegistration() {
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 1);
    change(connection.fd, EVFILT_WRITE, EV_ADD | EV_ONESHOT, 2);
    assertOne(EVFILT_WRITE, connection.fd, 2);
    int number = connection.fd;
    Connection other = connect();
    connection.closeFd();
    Connection next = other.movedTo(number);
    opened.add(next);
    next.peerSendsAndArrives(1);
    assertSilent();
    change(number, EVFILT_READ, EV_ADD, 3);
    change(number, EVFILT_WRITE, EV_ADD, 4);
    for (int i = 0; i < 2; i++) { // level now: the flags of the old registration are gone
      assertThat(queue.poll(changes, events, SECOND)).isEqualTo(2);
    }
    int read = events.filter(0) == EVFILT_READ ? 0 : 1;
    assertEvent(read, EVFILT_READ, number, 3);
    assertEvent(1 - read, EVFILT_WRITE, number, 4);
  }

  @Test
  void userEventsCarryTheirBitsAndCoalesce() {
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
  void moreReadyThanCapacityAllGetTheirTurn() {
    EventList small = queue.newEventList(3);
    Set<Long> waiting = new HashSet<>();
    for (int i = 0; i < 10; i++) {
      Connection ready = connect();
      ready.peerSendsAndArrives(1);
      change(ready.fd, EVFILT_READ, EV_ADD | EV_CLEAR, i);
      change(ready.fd, EVFILT_WRITE, EV_ADD | EV_CLEAR, 100 + i);
      waiting.add((long) i);
      waiting.add(100L + i);
    }
    queue.apply(changes);
    while (!waiting.isEmpty()) {
      int n = queue.poll(changes, small, SECOND);
      assertThat(n).isBetween(1, 3);
      for (int i = 0; i < n; i++) {
        assertThat(waiting.remove(small.udata(i))).as("once each").isTrue();
      }
    }
    assertSilent();
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

package io.kqueueserver.queue;

import static io.kqueueserver.queue.EventFlag.EV_ADD;
import static io.kqueueserver.queue.EventFlag.EV_CLEAR;
import static io.kqueueserver.queue.EventFlag.EV_DELETE;
import static io.kqueueserver.queue.EventFlag.EV_DISABLE;
import static io.kqueueserver.queue.EventFlag.EV_ONESHOT;
import static io.kqueueserver.queue.Filter.EVFILT_READ;
import static io.kqueueserver.queue.Filter.EVFILT_WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.socket.ListenSocket;
import io.kqueueserver.socket.Sockets;
import java.net.InetAddress;
import java.net.Socket;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What every queue must report of a descriptor, and when. */
abstract class KqueueReadinessContract extends KqueueVnodeContract {
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
  void aDisabledKnoteDoesNotReportTheEndEither() {
    change(connection.fd, EVFILT_READ, EV_ADD, 1);
    change(connection.fd, EVFILT_READ, EV_DISABLE, 1);
    connection.peerResets();
    assertSilent();
    change(connection.fd, EVFILT_READ, EV_DELETE, 1);
    assertSilent();
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
  void aNumberForgottenBeforeItsCloseCanBeUsedAgain() {
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 1);
    change(connection.fd, EVFILT_WRITE, EV_ADD | EV_CLEAR, 2);
    assertOne(EVFILT_WRITE, connection.fd, 2);
    int number = connection.fd;
    Connection other = connect();
    queue.forget(number);
    connection.closeFd();
    Connection next = other.movedTo(number);
    opened.add(next);
    next.peerSendsAndArrives(1);
    assertSilent();
    change(number, EVFILT_READ, EV_ADD, 3);
    change(number, EVFILT_WRITE, EV_ADD, 4);
    for (int i = 0; i < 2; i++) {
      assertThat(queue.poll(changes, events, SECOND)).isEqualTo(2);
    }
    assertThat(events.udata(0) + events.udata(1)).isEqualTo(7);
  }
}

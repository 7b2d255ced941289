package io.kqueueserver.queue;

import static io.kqueueserver.queue.EventFlag.EV_ADD;
import static io.kqueueserver.queue.EventFlag.EV_CLEAR;
import static io.kqueueserver.queue.EventFlag.EV_DISABLE;
import static io.kqueueserver.queue.EventFlag.EV_ONESHOT;
import static io.kqueueserver.queue.EventFlag.NOTE_LOWAT;
import static io.kqueueserver.queue.Filter.EVFILT_READ;
import static io.kqueueserver.queue.Filter.EVFILT_WRITE;
import static io.kqueueserver.queue.KqueueDifference.ACCEPT_TELLS_OF_RESET_LATER;
import static io.kqueueserver.queue.KqueueDifference.LISTENER_EDGE_COMES_ONCE;
import static io.kqueueserver.queue.KqueueDifference.NO_LOW_WATER_FOR_WRITING;
import static io.kqueueserver.queue.KqueueDifference.NO_WRITE_EDGE_PER_ACK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.socket.ListenSocket;
import org.junit.jupiter.api.Test;

/** EVFILT_WRITE, and EVFILT_READ of a listener. */
public abstract class KqueueWriteContract extends KqueueDescriptorContract {
  @Test
  void aFreshSocketHasRoom() {
    change(connection.fd, EVFILT_WRITE, EV_ADD | EV_CLEAR, 1);
    assertOne(EVFILT_WRITE, connection.fd, 1);
    assertThat(events.data(0)).as("bytes of room").isGreaterThan(1000);
    assertThat(events.isEof(0)).isFalse();
    assertSilent();
  }

  @Test
  void whatIsUnsentTakesRoom() {
    change(connection.fd, EVFILT_WRITE, EV_ADD, 1);
    int filled = connection.fill();
    assertSilent();
    connection.peerReads(filled);
    assertOne(EVFILT_WRITE, connection.fd, 1);
    long empty = awaitRoom(1000);
    assertThat(connection.write(1000)).isEqualTo(1000);
    connection.peerReads(1000);
    assertThat(awaitRoom(empty / 2)).as("room comes back").isGreaterThanOrEqualTo(empty / 2);
    change(connection.fd, EVFILT_WRITE, EV_DISABLE, 1);
    assertSilent();
  }

  private long awaitRoom(long bytes) {
    long deadline = System.nanoTime() + PATIENCE;
    do {
      assertOne(EVFILT_WRITE, connection.fd, 1);
    } while (events.data(0) < bytes && System.nanoTime() < deadline);
    return events.data(0);
  }

  @Test
  void writabilityComesBackWhenThePeerReads() {
    int filled = connection.fill();
    change(connection.fd, EVFILT_WRITE, EV_ADD | EV_CLEAR, 1);
    assertSilent();
    connection.peerReads(filled);
    assertOne(EVFILT_WRITE, connection.fd, 1);
    assertOnlyMoreRoom();
  }

  @Test
  void aFullSocketStaysSilentWhileThePeerReadsALittle() {
    int filled = connection.fill();
    change(connection.fd, EVFILT_WRITE, EV_ADD | EV_CLEAR, 1);
    assertSilent();
    connection.peerReads(1000);
    assertSilent();
    connection.peerReads(filled - 1000);
    assertOne(EVFILT_WRITE, connection.fd, 1);
    assertOnlyMoreRoom();
  }

  @Test
  void oneshotWritabilityComesOnceHoweverOftenItIsAcknowledged() {
    int filled = connection.fill();
    change(connection.fd, EVFILT_WRITE, EV_ADD | EV_ONESHOT, 1);
    assertSilent();
    connection.peerReads(filled);
    assertOne(EVFILT_WRITE, connection.fd, 1);
    assertSilent();
  }

  @Test
  void anAcknowledgementSaysNoMoreThanThatThereIsRoom() {
    change(connection.fd, EVFILT_WRITE, EV_ADD | EV_CLEAR, 1);
    assertOne(EVFILT_WRITE, connection.fd, 1);
    for (int i = 0; i < 3; i++) {
      connection.write(100);
      connection.peerReads(100);
    }
    if (differs(NO_WRITE_EDGE_PER_ACK)) {
      assertSilent();
    } else {
      assertOnlyMoreRoom();
    }
  }

  private void assertOnlyMoreRoom() {
    int n;
    for (int polls = 0; (n = queue.poll(changes, events, SECOND / 20)) > 0; polls++) {
      assertThat(polls).as("edges, for ever").isLessThan(1000);
      for (int i = 0; i < n; i++) {
        assertEvent(i, EVFILT_WRITE, connection.fd, 1);
        assertThat(events.isEof(i)).isFalse();
      }
    }
    assertSilent();
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
  void aLowWaterMarkHoldsBackWritability() {
    assumeTrue(!natives.kqueueAbi().os().equals("libkqueue"), "libkqueue 2.7 has no NOTE_LOWAT");
    changes.add(connection.fd, EVFILT_WRITE, EV_ADD | EV_CLEAR, NOTE_LOWAT, 1 << 30, 1);
    if (differs(NO_LOW_WATER_FOR_WRITING)) {
      assertOne(EVFILT_WRITE, connection.fd, 1);
      assertSilent();
    } else if (queue.poll(changes, events, SECOND / 20) > 0) {
      // Darwin lowers it to the size of the buffer, semantics of kqueue(2): then all of it is free.
      assertEvent(0, EVFILT_WRITE, connection.fd, 1);
      assertSilent();
    }
  }

  @Test
  void aListenerTellsHowManyConnectionsWait() {
    ListenSocket listener = listen();
    change(listener.fd(), EVFILT_READ, EV_ADD, 1);
    assertSilent();
    Peer first = arrive(listener);
    Peer second = arrive(listener);
    awaitBacklog(listener, 2);
    accepted(listener, first);
    awaitBacklog(listener, 1);
    accepted(listener, second);
    assertSilent();
    assertThat(connection.sockets.wouldBlock(listener.intake().accept())).isTrue();
    assertSilent();
  }

  @Test
  void connectionsBeforeTheRegistrationAreReported() {
    ListenSocket listener = listen();
    Peer first = arrive(listener);
    change(listener.fd(), EVFILT_READ, EV_ADD | EV_CLEAR, 1);
    assertOne(EVFILT_READ, listener.fd(), 1);
    accepted(listener, first);
    assertSilent();
    Peer second = arrive(listener);
    assertOne(EVFILT_READ, listener.fd(), 1);
    accepted(listener, second);
    assertSilent();
  }

  @Test
  void aClearedListenerFiresAgainWhileConnectionsAreLeft() {
    ListenSocket listener = listen();
    change(listener.fd(), EVFILT_READ, EV_ADD, 1);
    Peer first = arrive(listener);
    Peer second = arrive(listener);
    Peer third = arrive(listener);
    awaitBacklog(listener, 3);
    change(listener.fd(), EVFILT_READ, EventFlag.EV_DELETE, 1);
    change(listener.fd(), EVFILT_READ, EV_ADD | EV_CLEAR, 1);
    assertOne(EVFILT_READ, listener.fd(), 1);
    accepted(listener, first);
    if (!differs(LISTENER_EDGE_COMES_ONCE)) {
      assertOne(EVFILT_READ, listener.fd(), 1);
      assertThat(events.data(0)).isEqualTo(2);
    } else {
      assertSilent();
    }
    accepted(listener, second);
    accepted(listener, third);
    assertSilent();
    Peer fourth = arrive(listener);
    assertOne(EVFILT_READ, listener.fd(), 1);
    accepted(listener, fourth);
    assertSilent();
  }

  @Test
  void aConnectionResetBeforeAcceptLeavesNothingBehind() {
    ListenSocket listener = listen();
    change(listener.fd(), EVFILT_READ, EV_ADD, 1);
    Peer peer = arrive(listener);
    assertOne(EVFILT_READ, listener.fd(), 1);
    peer.reset();
    Connection.pause();
    int accepted = listener.intake().accept();
    if (differs(ACCEPT_TELLS_OF_RESET_LATER)) {
      assertThat(accepted).isNotNegative();
    }
    if (accepted >= 0) { // on the BSDs only if the reset was still under way
      assertThat(reads(accepted)).isEqualTo("ECONNRESET");
      connection.sockets.close(accepted);
    }
    assertSilent();
  }

  private String reads(int fd) {
    NativeBuffer buffer = NativeBuffer.allocate(8);
    long deadline = System.nanoTime() + PATIENCE;
    int n = connection.sockets.read(fd, buffer.address(), 1);
    while (connection.sockets.wouldBlock(n) && System.nanoTime() < deadline) {
      Connection.pause();
      n = connection.sockets.read(fd, buffer.address(), 1);
    }
    return n < 0 ? connection.sockets.errnoName(n) : n + " bytes";
  }

  private ListenSocket listen() {
    ListenSocket listener = Connection.listen(connection.sockets);
    opened.add(listener);
    return listener;
  }

  private Peer arrive(ListenSocket listener) {
    Peer peer = Peer.connect(connection.sockets, listener);
    opened.add(peer);
    return peer;
  }

  private void accepted(ListenSocket listener, Peer peer) {
    opened.add(
        new Connection(connection.sockets, Connection.accept(connection.sockets, listener), peer));
  }

  private void awaitBacklog(ListenSocket listener, int expected) {
    long deadline = System.nanoTime() + PATIENCE;
    do {
      assertOne(EVFILT_READ, listener.fd(), 1);
    } while (events.data(0) != expected && System.nanoTime() < deadline);
    assertThat(events.data(0)).as("connections waiting").isEqualTo(expected);
  }
}

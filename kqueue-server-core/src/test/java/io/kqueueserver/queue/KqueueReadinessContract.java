package io.kqueueserver.queue;

import static io.kqueueserver.queue.EventFlag.EV_ADD;
import static io.kqueueserver.queue.EventFlag.EV_CLEAR;
import static io.kqueueserver.queue.EventFlag.NOTE_LOWAT;
import static io.kqueueserver.queue.Filter.EVFILT_READ;
import static io.kqueueserver.queue.Filter.EVFILT_WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** EVFILT_READ of a stream, and how many ready descriptors share one list. */
public abstract class KqueueReadinessContract extends KqueueVnodeContract {
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
    assertThat(events.data(0)).isEqualTo(100);
    connection.read(40);
    assertSilent();
    connection.peerSendsAndArrives(10);
    assertOne(EVFILT_READ, connection.fd, 7);
    assertThat(events.data(0)).as("all that is unread").isEqualTo(70);
    assertSilent();
  }

  @Test
  void severalArrivalsBeforeAPollAreOneEvent() {
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 7);
    assertSilent();
    for (int i = 0; i < 3; i++) {
      connection.peerSendsAndArrives(5);
    }
    assertOne(EVFILT_READ, connection.fd, 7);
    assertThat(events.data(0)).isEqualTo(15);
    assertSilent();
  }

  @Test
  void whatWasReadBeforeThePollIsNoEvent() {
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 7);
    assertSilent();
    connection.peerSendsAndArrives(10);
    connection.read(10);
    assertSilent();
    connection.peerSendsAndArrives(1);
    assertOne(EVFILT_READ, connection.fd, 7);
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
    connection.read(1);
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 2);
    assertOne(EVFILT_READ, connection.fd, 2);
    assertThat(events.data(0)).isEqualTo(2);
    assertSilent();
  }

  @Test
  void fewerBytesThanTheLowWaterMarkAreSilent() {
    assumeTrue(!natives.kqueueAbi().os().equals("libkqueue"), "libkqueue 2.7 has no NOTE_LOWAT");
    changes.add(connection.fd, EVFILT_READ, EV_ADD, NOTE_LOWAT, 50, 1);
    connection.peerSendsAndArrives(30);
    assertSilent();
    connection.peerSendsAndArrives(30);
    assertOne(EVFILT_READ, connection.fd, 1);
    assertThat(events.data(0)).isEqualTo(60);
    connection.read(30);
    assertSilent();
    change(connection.fd, EVFILT_READ, EV_ADD, 1); // the mark is the knote's, and now gone
    assertOne(EVFILT_READ, connection.fd, 1);
    connection.read(30);
    assertSilent();
  }

  @Test
  void theEndIsReportedBelowTheLowWaterMark() {
    assumeTrue(!natives.kqueueAbi().os().equals("libkqueue"), "libkqueue 2.7 has no NOTE_LOWAT");
    changes.add(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, NOTE_LOWAT, 50, 1);
    connection.peerSendsAndArrives(30);
    assertSilent();
    connection.peerFinishes();
    assertThat(awaitEof().data()).isEqualTo(30);
    assertSilent();
  }

  @Test
  void eachFilterKeepsItsOwnUdata() {
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 1);
    change(connection.fd, EVFILT_WRITE, EV_ADD | EV_CLEAR, 2);
    connection.peerSendsAndArrives(1);
    assertThat(poll(events)).isEqualTo(2);
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
  void eventsComeInTheOrderOfBecomingReady() {
    List<Connection> all = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      all.add(connect());
      change(all.get(i).fd, EVFILT_READ, EV_ADD | EV_CLEAR, i);
    }
    assertSilent();
    int[] order = {3, 0, 4, 2, 1};
    for (int i : order) {
      all.get(i).peerSendsAndArrives(1);
    }
    assertThat(poll(events)).isEqualTo(5);
    for (int i = 0; i < 5; i++) {
      assertEvent(i, EVFILT_READ, all.get(order[i]).fd, order[i]);
    }
    assertSilent();
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
      int n = poll(small);
      assertThat(n).isBetween(1, 3);
      for (int i = 0; i < n; i++) {
        assertThat(waiting.remove(small.udata(i))).as("once each").isTrue();
      }
    }
    assertSilent();
  }

  @Test
  void thoseThatAreAlwaysReadyTakeTurns() {
    EventList one = queue.newEventList(1);
    List<Connection> ready = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      ready.add(connect());
      ready.get(i).peerSendsAndArrives(1);
      change(ready.get(i).fd, EVFILT_READ, EV_ADD, i);
      change(ready.get(i).fd, EVFILT_WRITE, EV_ADD, 4 + i);
    }
    queue.apply(changes);
    int[] turns = new int[8];
    for (int i = 0; i < 80; i++) {
      assertThat(poll(one)).isEqualTo(1);
      turns[(int) one.udata(0)]++;
    }
    assertThat(turns).as("of 80 events").doesNotContain(0, 1);
    for (Connection connection : ready) {
      change(connection.fd, EVFILT_READ, EventFlag.EV_DELETE, 0);
      change(connection.fd, EVFILT_WRITE, EventFlag.EV_DELETE, 0);
    }
    assertSilent();
  }

  @Test
  void aListMuchLargerThanWhatIsReadyTakesItAll() {
    EventList large = queue.newEventList(3000);
    Set<Long> waiting = new HashSet<>();
    for (int i = 0; i < 40; i++) {
      change(connect().fd, EVFILT_WRITE, EV_ADD | EV_CLEAR, i);
      waiting.add((long) i);
    }
    while (!waiting.isEmpty()) {
      int n = poll(large);
      assertThat(n).isPositive();
      for (int i = 0; i < n; i++) {
        assertThat(waiting.remove(large.udata(i))).as("once each").isTrue();
      }
    }
    assertSilent();
  }
}

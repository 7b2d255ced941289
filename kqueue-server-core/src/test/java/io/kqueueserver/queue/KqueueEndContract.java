package io.kqueueserver.queue;

import static io.kqueueserver.queue.EventFlag.EV_ADD;
import static io.kqueueserver.queue.EventFlag.EV_CLEAR;
import static io.kqueueserver.queue.EventFlag.EV_DELETE;
import static io.kqueueserver.queue.EventFlag.EV_DISABLE;
import static io.kqueueserver.queue.EventFlag.EV_ENABLE;
import static io.kqueueserver.queue.Filter.EVFILT_READ;
import static io.kqueueserver.queue.Filter.EVFILT_WRITE;
import static io.kqueueserver.queue.KqueueDifference.EVENT_TAKES_THE_ERROR;
import static io.kqueueserver.queue.KqueueDifference.NO_EOF_AFTER_OWN_SHUTDOWN;
import static io.kqueueserver.queue.KqueueDifference.TELLING_THE_ERROR_TAKES_IT;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The ends of a connection: FIN, half-close, RST, and one's own shutdown. */
public abstract class KqueueEndContract extends KqueueReadinessContract {
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
    assertThat(awaitEof().data()).isEqualTo(10);
    assertThat(connection.read(4)).isEqualTo(4);
    assertThat(awaitEof().data()).isEqualTo(6);
    assertThat(connection.read(100)).isEqualTo(6);
    assertThat(awaitEof().data()).isZero();
    assertThat(connection.read(100)).isZero();
    change(connection.fd, EVFILT_READ, EV_DELETE, 1);
    assertSilent();
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
    assertThat(events.data(0)).isEqualTo(10);
    assertSilent();
  }

  @Test
  void dataAndEndSeenTogetherAreOneEdge() {
    connection.peerSendsAndArrives(10);
    connection.peerFinishes();
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 1);
    assertThat(awaitEof().data()).isEqualTo(10);
    assertThat(connection.read(10)).isEqualTo(10);
    assertSilent();
    assertThat(connection.read(10)).as("nobody said so again").isZero();
  }

  @Test
  void aKnoteAddedAfterTheEndReportsIt() {
    connection.peerFinishes();
    awaitReadOfZero();
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 1);
    assertOne(EVFILT_READ, connection.fd, 1);
    assertThat(events.isEof(0)).isTrue();
    assertThat(events.data(0)).isZero();
    assertSilent();
  }

  private void awaitReadOfZero() {
    long deadline = System.nanoTime() + PATIENCE;
    while (connection.read(1) != 0 && System.nanoTime() < deadline) {
      Connection.pause();
    }
  }

  @Test
  void aLevelKnoteReportsTheEndEachTimeUntilDisabled() {
    change(connection.fd, EVFILT_READ, EV_ADD, 1);
    connection.peerFinishes();
    for (int i = 0; i < 3; i++) {
      assertOne(EVFILT_READ, connection.fd, 1);
      assertThat(events.isEof(0)).isTrue();
      assertThat(connection.read(1)).isZero();
    }
    change(connection.fd, EVFILT_READ, EV_DISABLE, 1);
    assertSilent();
  }

  @Test
  void aHalfClosedPeerCanStillBeWrittenTo() {
    connection.peerFinishes();
    awaitReadOfZero();
    change(connection.fd, EVFILT_WRITE, EV_ADD | EV_CLEAR, 1);
    assertOne(EVFILT_WRITE, connection.fd, 1);
    assertThat(events.isEof(0)).isFalse();
    assertThat(events.fflags(0)).isZero();
    assertSilent();
    assertThat(connection.write(5)).isEqualTo(5);
    connection.peerReads(5);
    assertOnlyWritable();
  }

  /** An acknowledgement may repeat a WRITE edge (on the BSDs it does) but say nothing else. */
  private void assertOnlyWritable() {
    int n;
    for (int polls = 0; (n = queue.poll(changes, events, SECOND / 20)) > 0; polls++) {
      assertThat(polls).isLessThan(10);
      assertThat(n).isEqualTo(1);
      assertThat(events.filter(0)).isEqualTo(EVFILT_WRITE);
      assertThat(events.isEof(0)).isFalse();
    }
    assertSilent();
  }

  @Test
  void oneOwnsShutdownOfReadingIsEof() {
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 1);
    assertSilent();
    natives.libc().shutdown(connection.fd, natives.abi().constant("SHUT_RD"));
    assertThat(awaitEof().error()).isEmpty();
    assertSilent();
  }

  @Test
  void oneOwnsShutdownOfWritingIsEofOnTheWriteFilter() {
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 1);
    natives.libc().shutdown(connection.fd, natives.abi().constant("SHUT_WR"));
    change(connection.fd, EVFILT_WRITE, EV_ADD, 2);
    assertOne(EVFILT_WRITE, connection.fd, 2);
    assertThat(events.isEof(0)).isEqualTo(!differs(NO_EOF_AFTER_OWN_SHUTDOWN));
    assertThat(events.fflags(0)).isZero();
    change(connection.fd, EVFILT_WRITE, EV_DELETE, 2);
    assertSilent();
    connection.peerSendsAndArrives(1);
    assertOne(EVFILT_READ, connection.fd, 1);
    assertThat(events.isEof(0)).as("reading goes on").isFalse();
    assertSilent();
  }

  @Test
  void aResetIsEofWithTheSocketsErrorOnBothFilters() {
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 1);
    connection.fill();
    change(connection.fd, EVFILT_WRITE, EV_ADD | EV_CLEAR, 2);
    // Not silence: acknowledgements of what filled it may still make room, each an edge (BSD).
    queue.poll(changes, events, NOW);
    connection.peerResets();
    assertThat(awaitEofs(2)).allSatisfy(e -> assertThat(e.error()).isEqualTo("ECONNRESET"));
    assertNothingButEofs();
  }

  /** The kernel may report the end again as it takes the connection down, but nothing else. */
  private void assertNothingButEofs() {
    int n;
    for (int polls = 0; (n = queue.poll(changes, events, SECOND / 20)) > 0; polls++) {
      assertThat(polls).isLessThan(10);
      for (int i = 0; i < n; i++) {
        assertThat(events.isEof(i)).as("EV_EOF").isTrue();
      }
    }
    assertSilent();
  }

  @Test
  void aResetTellsOfTheBytesBeforeIt() {
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 1);
    connection.peerSendsAndArrives(10);
    assertOne(EVFILT_READ, connection.fd, 1);
    connection.peerResets();
    Seen end = awaitEof();
    assertThat(end.error()).isEqualTo("ECONNRESET");
    assertThat(end.data()).as("sent before").isIn(0L, 10L); // xnu and some options throw them away
    assertSilent();
  }

  @Test
  void aReadAfterAResetFailsOnceAndThenIsTheEnd() {
    change(connection.fd, EVFILT_READ, EV_ADD, 1);
    connection.peerResets();
    do {
      assertOne(EVFILT_READ, connection.fd, 1);
    } while (!events.isEof(0)); // its fflags are not asked
    int read = connection.read(1);
    if (differs(EVENT_TAKES_THE_ERROR)) {
      assertThat(read).isZero();
    } else {
      assertThat(connection.sockets.errnoName(read)).isEqualTo("ECONNRESET");
    }
    assertThat(connection.read(1)).isZero();
    assertOne(EVFILT_READ, connection.fd, 1);
    assertThat(events.isEof(0)).isTrue();
    if (!differs(EVENT_TAKES_THE_ERROR)) {
      assertThat(events.fflags(0)).as("told once").isZero();
    }
    change(connection.fd, EVFILT_READ, EV_DELETE, 1);
    assertSilent();
  }

  @Test
  void aReadAfterTheErrorWasToldFailsOnce() {
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 1);
    connection.peerResets();
    assertThat(awaitEof().error()).isEqualTo("ECONNRESET");
    int read = connection.read(1);
    if (differs(TELLING_THE_ERROR_TAKES_IT)) {
      assertThat(read).isZero();
    } else {
      assertThat(connection.sockets.errnoName(read)).isEqualTo("ECONNRESET");
    }
    assertSilent();
  }

  @Test
  void aWriteToAPeerThatIsGoneEndsInAReset() {
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 1);
    change(connection.fd, EVFILT_WRITE, EV_ADD | EV_CLEAR, 2);
    assertOne(EVFILT_WRITE, connection.fd, 2);
    connection.peer.close();
    assertThat(awaitEof()).extracting(Seen::filter, Seen::error).containsExactly(EVFILT_READ, "");
    assertThat(connection.write(1)).isEqualTo(1);
    Set<String> errors = awaitEofs(2).stream().map(Seen::error).collect(Collectors.toSet());
    assertThat(errors).containsExactly("ECONNRESET");
    assertThat(connection.sockets.errnoName(connection.write(1))).isIn("EPIPE", "ECONNRESET");
    assertSilent();
  }

  @Test
  void aDisabledKnoteDoesNotReportTheEndEither() {
    change(connection.fd, EVFILT_READ, EV_ADD, 1);
    change(connection.fd, EVFILT_READ, EV_DISABLE, 1);
    connection.peerResets();
    assertSilent();
    change(connection.fd, EVFILT_READ, EV_ENABLE, 1);
    assertThat(awaitEof().error()).isEqualTo("ECONNRESET");
    change(connection.fd, EVFILT_READ, EV_DELETE, 1);
    assertSilent();
  }
}

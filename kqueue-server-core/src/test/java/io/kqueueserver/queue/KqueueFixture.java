package io.kqueueserver.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kqueueserver.ffi.Native;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;

/**
 * A queue, its lists and a connection, and how the contract speaks of them. An implementation says
 * what it is by overriding the protected methods.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class KqueueFixture {
  static final long NOW = 0;
  static final long SECOND = 1_000_000_000;

  /** How long what must come may take. Other kernels count in ticks of 10 ms and hop threads. */
  static final long PATIENCE = 10 * SECOND;

  /** How long nothing may come: two ticks of such a kernel. */
  private static final long SILENCE = SECOND / 50;

  /** Early returns a queue may make in that time; more is a loop that spins. */
  private static final int EARLY_RETURNS = 50;

  final List<AutoCloseable> opened = new ArrayList<>();
  Native natives;
  Kqueue queue;
  ChangeList changes;
  EventList events;
  Connection connection;

  /** The binding under test. */
  protected abstract Native natives();

  /** Opens the queue under test. */
  protected Kqueue openQueue(Native natives) {
    return Kqueues.open(natives);
  }

  /** Whether the system has EVFILT_USER. */
  protected boolean hasUserFilter() {
    return true;
  }

  /** Whether it has EVFILT_TIMER; every kernel has, a library may not. */
  protected boolean hasTimers() {
    return true;
  }

  /** Whether timers know units and points in time; NetBSD's before 10 do not. */
  protected boolean hasTimerUnits() {
    return true;
  }

  /** Whether it has EVFILT_VNODE; every kernel has, a library may not. */
  protected boolean hasVnodes() {
    return true;
  }

  /** Where the implementation answers otherwise than the BSDs; nowhere, if not overridden. */
  protected Set<KqueueDifference> differences() {
    return Set.of();
  }

  /** How many wake-ups are counted for none to be lost. */
  protected int wakeupRounds() {
    return Integer.getInteger("kqueue.contract.wakeups", 1_000_000);
  }

  final boolean differs(KqueueDifference difference) {
    return differences().contains(difference);
  }

  @BeforeEach
  final void open(TestInfo test) {
    Class<?> part = test.getTestMethod().orElseThrow().getDeclaringClass();
    assumeTrue(part != KqueueTimerContract.class || hasTimers(), "no EVFILT_TIMER here");
    assumeTrue(part != KqueueVnodeContract.class || hasVnodes(), "no EVFILT_VNODE here");
    natives = natives();
    queue = openQueue(natives);
    opened.add(queue);
    changes = queue.newChangeList();
    events = queue.newEventList(16);
    connection = connect();
  }

  @AfterEach
  final void close() throws Exception {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
  }

  final Connection connect() {
    Connection made = Connection.open(natives);
    opened.add(made);
    return made;
  }

  final void change(int fd, Filter filter, int flags, long udata) {
    changes.add(fd, filter, flags, 0, 0, udata);
  }

  /** Polls until something comes; the number of events is then in the list. */
  final int poll(EventList into) {
    long deadline = System.nanoTime() + PATIENCE;
    int n;
    do { // 0 may also be a wake-up, a signal, or a kernel that thought better of it
      n = queue.poll(changes, into, PATIENCE);
    } while (n == 0 && System.nanoTime() < deadline);
    return n;
  }

  final void assertSilent() {
    long deadline = System.nanoTime() + SILENCE;
    int returns = 0;
    for (long left = SILENCE; left > 0; left = deadline - System.nanoTime()) {
      assertThat(queue.poll(changes, events, left)).as("no further events").isZero();
      returns++;
    }
    assertThat(returns).as("a quiet queue waits").isLessThanOrEqualTo(1 + EARLY_RETURNS);
  }

  final void assertOne(Filter filter, long ident, long udata) {
    assertThat(poll(events)).as("events").isEqualTo(1);
    assertEvent(0, filter, ident, udata);
  }

  final void assertEvent(int index, Filter filter, long ident, long udata) {
    assertThat(events.isError(index)).as("EV_ERROR, errno %d", events.data(index)).isFalse();
    assertThat(events.filter(index)).isEqualTo(filter);
    assertThat(events.ident(index)).isEqualTo(ident);
    assertThat(events.udata(index)).isEqualTo(udata);
  }

  final void assertFailed(int index, long ident, Filter filter, int errno) {
    assertThat(events.isError(index)).isTrue();
    assertThat(events.ident(index)).isEqualTo(ident);
    assertThat(events.filter(index)).isEqualTo(filter);
    assertThat(natives.errno().name((int) events.data(index)))
        .isEqualTo(natives.errno().name(errno));
  }

  /** The one change waiting must fail with that errno, and nothing else come. */
  final void assertRefused(long ident, Filter filter, int errno) {
    assertThat(queue.poll(changes, events, NOW)).isEqualTo(1);
    assertFailed(0, ident, filter, errno);
  }

  /** An event, copied out of its list while it could be asked. */
  record Seen(Filter filter, long ident, boolean eof, String error, long data, long udata) {}

  /**
   * Polls until each filter of the descriptor in question had its say; of one that speaks more than
   * once, the first that {@code EV_EOF}s counts. They may come by one poll or by two.
   */
  final List<Seen> awaitEofs(int count) {
    List<Seen> seen = new ArrayList<>();
    long deadline = System.nanoTime() + PATIENCE;
    while (seen.size() < count && System.nanoTime() < deadline) {
      int n = queue.poll(changes, events, SECOND);
      for (int i = 0; i < n; i++) {
        Seen event = seen(i);
        if (event.eof && seen.stream().noneMatch(s -> s.filter == event.filter)) {
          seen.add(event);
        }
      }
    }
    assertThat(seen).as("EV_EOF events").hasSize(count);
    return seen;
  }

  final Seen seen(int index) {
    int error = events.fflags(index);
    return new Seen(
        events.filter(index),
        events.ident(index),
        events.isEof(index),
        error == 0 ? "" : natives.errno().name(error),
        events.data(index),
        events.udata(index));
  }

  /** Polls for an EV_EOF of the READ filter, which may follow events that have none. */
  final Seen awaitEof() {
    return awaitEofs(1).get(0);
  }
}

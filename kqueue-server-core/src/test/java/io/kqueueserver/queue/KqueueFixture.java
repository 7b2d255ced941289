package io.kqueueserver.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.ffi.Native;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/** A queue, its lists and a connection, and how the contract speaks of them. */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class KqueueFixture {
  static final long NOW = 0;
  static final long SECOND = 1_000_000_000;

  final List<AutoCloseable> opened = new ArrayList<>();
  Native natives;
  Kqueue queue;
  ChangeList changes;
  EventList events;
  Connection connection;

  /** The binding under test. */
  abstract Native natives();

  /** Whether the system has EVFILT_USER. */
  boolean hasUserFilter() {
    return true;
  }

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
}

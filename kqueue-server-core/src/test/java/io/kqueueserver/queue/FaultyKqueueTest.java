package io.kqueueserver.queue;

import static io.kqueueserver.queue.EventFlag.EV_ADD;
import static io.kqueueserver.queue.EventFlag.EV_CLEAR;
import static io.kqueueserver.queue.EventFlag.EV_DELETE;
import static io.kqueueserver.queue.EventFlag.EV_DISABLE;
import static io.kqueueserver.queue.EventFlag.EV_ENABLE;
import static io.kqueueserver.queue.EventFlag.NOTE_DELETE;
import static io.kqueueserver.queue.EventFlag.NOTE_WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.ffi.FaultyLibC;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.ffi.NativeException;
import io.kqueueserver.socket.Sockets;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One call of the Linux twin fails, each in turn: the queue answers with the errno, what failed can
 * be tried again, and closing gives everything back.
 */
@EnabledOnOs(OS.LINUX)
class FaultyKqueueTest {
  private static final long SECOND = 1_000_000_000;

  /** More calls than the changes make. */
  private static final int MOST_CALLS = 200;

  private final FaultyLibC faults = FaultyLibC.of(0);
  private final Native natives = Native.load(faults.options());
  private final Sockets sockets = new Sockets(natives);
  private final NativeBuffer oneByte = NativeBuffer.allocate(1);

  @TempDir Path folder;

  private Path file;
  private int fileFd;
  private int folderFd;
  private int readEnd;
  private int writeEnd;

  @BeforeEach
  void open() throws IOException {
    file = Files.writeString(folder.resolve("f"), "begun");
    fileFd = sockets.openForRead(file.toString());
    folderFd = sockets.openForRead(folder.toString());
    NativeBuffer ends = NativeBuffer.allocate(2 * Integer.BYTES);
    natives.check(natives.libc().pipe(ends.address()), "pipe", "");
    readEnd = ends.bytes().getInt(0);
    writeEnd = ends.bytes().getInt(Integer.BYTES);
    sockets.write(writeEnd, oneByte.address(), 1);
  }

  @AfterEach
  void close() {
    sockets.close(fileFd);
    sockets.close(folderFd);
    sockets.close(readEnd);
    sockets.close(writeEnd);
    faults.forget();
  }

  @Test
  void aCallThatFailsCostsItsOwnChangeAndNoDescriptor() throws IOException {
    for (int which = 0; which < 3; which++) {
      int calls = 0;
      while (failsAfter(calls, which)) {
        calls++;
        assertThat(calls).isLessThan(MOST_CALLS);
      }
      assertThat(calls).as("calls that could fail").isGreaterThan(25);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {EV_DISABLE, EV_ADD})
  void aKnoteIsAsItWasAfterAChangeThatFailed(int flags) {
    try (Kqueue queue = Kqueues.open(natives)) {
      apply(queue, readEnd, Filter.EVFILT_READ, EV_ADD, 0);
      faults.failCall(0, 0);
      assertThatExceptionOfType(NativeException.class)
          .isThrownBy(() -> apply(queue, readEnd, Filter.EVFILT_READ, flags, 0))
          .withMessageContaining("ENOMEM");
      EventList events = queue.newEventList(4);
      queue.poll(queue.newChangeList(), events, SECOND);
      assertThat(events.size()).isEqualTo(1);
      assertThat(events.filter(0)).isEqualTo(Filter.EVFILT_READ);
    }
  }

  /** Fails the call after so many; false if there was none. */
  private boolean failsAfter(int calls, int which) throws IOException {
    int before = descriptors();
    faults.failCall(calls, which);
    boolean failed;
    try (Kqueue queue = Kqueues.open(natives)) {
      change(queue, this::attempt);
      failed = !faults.injected().isEmpty();
      faults.failCall(Integer.MAX_VALUE, 0);
      change(queue, Runnable::run);
      assertThat(heardAfterAll(queue))
          .as("after a call " + calls + " that failed")
          .contains(
              Filter.EVFILT_READ, Filter.EVFILT_TIMER, Filter.EVFILT_VNODE, Filter.EVFILT_USER);
      faults.failCall(Integer.MAX_VALUE, 0);
    } catch (NativeException atOpen) {
      failed = true;
    } catch (AssertionError e) {
      throw new AssertionError("call " + calls + ", error " + which, e);
    }
    // Fewer is another test's, whose last one goes late; more may be a class file being read.
    await("no descriptor is left of a call " + calls + " that failed")
        .untilAsserted(() -> assertThat(descriptors()).isLessThanOrEqualTo(before));
    return failed;
  }

  private void attempt(Runnable action) {
    try {
      action.run();
    } catch (NativeException e) {
      String fault = faults.injected().keySet().iterator().next();
      // ENOENT: a change of the knote that was not added.
      assertThat(e.errnoName()).isIn(fault.replaceAll(".* ", ""), "ENOENT");
    }
  }

  /** Makes each kind of change, and leaves a knote of each filter. */
  private void change(Kqueue queue, Consumer<Runnable> each) {
    EventList events = queue.newEventList(16);
    for (int flags : new int[] {EV_ADD | EV_CLEAR, EV_DISABLE, EV_ENABLE}) {
      each.accept(() -> apply(queue, readEnd, Filter.EVFILT_READ, flags, 0));
      each.accept(() -> apply(queue, writeEnd, Filter.EVFILT_WRITE, flags, 0));
      each.accept(() -> queue.poll(queue.newChangeList(), events, 0));
    }
    each.accept(() -> apply(queue, writeEnd, Filter.EVFILT_WRITE, EV_DELETE, 0));
    for (int i = 0; i < 2; i++) {
      each.accept(
          () -> {
            ChangeList changes = queue.newChangeList();
            changes.addTimer(1, 0, TimerUnit.NOTE_MSECONDS, 1, 1);
            queue.apply(changes);
          });
      each.accept(() -> apply(queue, fileFd, Filter.EVFILT_VNODE, EV_ADD | EV_CLEAR, NOTE_WRITE));
      each.accept(
          () -> apply(queue, folderFd, Filter.EVFILT_VNODE, EV_ADD | EV_CLEAR, NOTE_DELETE));
    }
    each.accept(() -> apply(queue, 1, Filter.EVFILT_USER, EV_ADD | EV_CLEAR, 0));
    each.accept(queue::wakeup);
    each.accept(() -> queue.poll(queue.newChangeList(), events, 0));
  }

  private static void apply(Kqueue queue, int ident, Filter filter, int flags, int fflags) {
    ChangeList changes = queue.newChangeList();
    changes.add(ident, filter, flags, fflags, 0, 1);
    queue.apply(changes);
  }

  /** Causes an event of each filter; returns the filters that were heard, soon or not at all. */
  private Set<Filter> heardAfterAll(Kqueue queue) throws IOException {
    sockets.write(writeEnd, oneByte.address(), 1);
    Files.writeString(file, "changed");
    apply(queue, 1, Filter.EVFILT_USER, 0, EventFlag.NOTE_TRIGGER);
    Set<Filter> heard = EnumSet.noneOf(Filter.class);
    EventList events = queue.newEventList(16);
    long end = System.nanoTime() + 5 * SECOND;
    while (heard.size() < 4 && System.nanoTime() - end < 0) {
      queue.poll(queue.newChangeList(), events, SECOND / 10);
      for (int i = 0; i < events.size(); i++) {
        heard.add(events.filter(i));
      }
    }
    return heard;
  }

  private static int descriptors() {
    String[] names = new File("/proc/self/fd").list();
    return names == null ? 0 : names.length;
  }
}

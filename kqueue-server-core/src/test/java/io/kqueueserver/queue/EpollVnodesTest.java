package io.kqueueserver.queue;

import static io.kqueueserver.queue.EventFlag.EV_ADD;
import static io.kqueueserver.queue.EventFlag.EV_CLEAR;
import static io.kqueueserver.queue.EventFlag.NOTE_ATTRIB;
import static io.kqueueserver.queue.EventFlag.NOTE_DELETE;
import static io.kqueueserver.queue.EventFlag.NOTE_EXTEND;
import static io.kqueueserver.queue.EventFlag.NOTE_LINK;
import static io.kqueueserver.queue.EventFlag.NOTE_RENAME;
import static io.kqueueserver.queue.EventFlag.NOTE_REVOKE;
import static io.kqueueserver.queue.EventFlag.NOTE_WRITE;
import static io.kqueueserver.queue.Filter.EVFILT_VNODE;
import static io.kqueueserver.queue.KqueueVnodeContract.NOTES;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.ffi.NativeOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;

/** What is the Linux twin's own about EVFILT_VNODE: the differences it declares, and its cost. */
@EnabledOnOs(OS.LINUX)
class EpollVnodesTest extends KqueueFixture {
  @TempDir Path directory;
  private Path file;

  @Override
  Native natives() {
    return Native.load(new NativeOptions(null, null, null, null));
  }

  @BeforeEach
  void createFile() throws IOException {
    file = Files.writeString(directory.resolve("file"), "0123456789");
  }

  private int open(Path path) {
    byte[] name = (path + "\0").getBytes(UTF_8);
    NativeBuffer buffer = NativeBuffer.allocate(name.length);
    buffer.bytes().put(0, name);
    return natives.check(natives.libc().open(buffer.address(), 0, 0), "open", path.toString());
  }

  private int watch(Path path, int fflags, long udata) {
    int fd = open(path);
    opened.add(0, () -> natives.libc().close(fd));
    changes.add(fd, EVFILT_VNODE, EV_ADD | EV_CLEAR, fflags, 0, udata);
    assertSilent();
    return fd;
  }

  static long descriptorsOf(String kind) throws IOException {
    long count = 0;
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      for (Path fd : (Iterable<Path>) all::iterator) {
        try {
          count += Files.readSymbolicLink(fd).toString().equals("anon_inode:" + kind) ? 1 : 0;
        } catch (IOException e) {
          // Closed since it was listed.
        }
      }
    }
    return count;
  }

  @Test
  void cuttingShortIsAWrite() throws IOException {
    int fd = watch(file, NOTES, 1);
    try (FileChannel channel = FileChannel.open(file, WRITE)) {
      channel.truncate(3);
    }
    assertOne(EVFILT_VNODE, fd, 1);
    assertThat(events.fflags(0)).isEqualTo(NOTE_WRITE);
    assertSilent();
  }

  @Test
  void aLinkNobodySawIsAnAttribute() throws IOException {
    int fd = watch(file, NOTES, 2);
    Files.delete(Files.createLink(directory.resolve("second"), file));
    assertOne(EVFILT_VNODE, fd, 2);
    assertThat(events.fflags(0)).isEqualTo(NOTE_ATTRIB);
    assertSilent();
  }

  @Test
  void askingForRevokeIsTakenAndSilent() throws IOException {
    watch(file, NOTE_REVOKE, 3);
    Files.delete(file);
    assertSilent();
  }

  @Test
  void theSameFileUnderTheSameNumberIsTakenForTheOldOne() throws IOException {
    int first = open(file);
    int number = first + 500;
    assertThat(natives.libc().fcntl(first, 0, number)).isEqualTo(number);
    changes.add(number, EVFILT_VNODE, EV_ADD | EV_CLEAR, NOTES, 0, 4);
    assertSilent();
    natives.libc().close(number);
    Files.writeString(file, "heard by nobody");
    assertSilent();
    changes.add(number, EVFILT_VNODE, EventFlag.EV_DELETE, NOTES, 0, 4);
    assertThat(queue.poll(changes, events, NOW)).isEqualTo(1);
    assertFailed(0, number, EVFILT_VNODE, natives.errno().EBADF);
    assertThat(natives.libc().fcntl(first, 0, number)).isEqualTo(number);
    changes.add(number, EVFILT_VNODE, EV_ADD | EV_CLEAR, NOTES, 0, 5);
    assertSilent();
    natives.libc().close(number);
    assertThat(natives.libc().fcntl(first, 0, number)).isEqualTo(number);
    Files.writeString(file, "heard after all");
    assertOne(EVFILT_VNODE, number, 5);
    assertSilent();
    natives.libc().close(number);
    natives.libc().close(first);
  }

  @Test
  void aNumberWithAnotherFileNeverSpeaksForTheOldOne() throws IOException {
    Path other = Files.writeString(directory.resolve("other"), "abc");
    int first = open(file);
    int second = open(other);
    int number = first + 500;
    assertThat(natives.libc().fcntl(first, 0, number)).isEqualTo(number);
    changes.add(number, EVFILT_VNODE, EV_ADD, NOTES, 0, 6); // level: it would be told for ever
    assertSilent();
    Files.writeString(file, "abc");
    assertOne(EVFILT_VNODE, number, 6);
    natives.libc().close(number); // without a word
    assertThat(natives.libc().fcntl(second, 0, number)).isEqualTo(number);
    assertSilent();
    Files.writeString(file, "def");
    Files.writeString(other, "def");
    assertSilent();
    natives.libc().close(number);
    natives.libc().close(first);
    natives.libc().close(second);
  }

  @Test
  void anOverflowLosesNoChange() throws IOException {
    Path limit = Path.of("/proc/sys/fs/inotify/max_queued_events");
    // Not readString, which reads one byte first: a sysctl is whole at offset 0 only.
    int queued = Integer.parseInt(Files.readAllLines(limit).get(0));
    if (queued > 100_000) {
      throw new TestAbortedException(limit + " is " + queued + ": too many to overflow");
    }
    Path gone = Files.writeString(directory.resolve("gone"), "abc");
    Path grown = Files.writeString(directory.resolve("grown"), "abc");
    Path other = Files.writeString(directory.resolve("other"), "abc");
    int ofDirectory = watch(directory, NOTES, 10);
    int ofGone = watch(gone, NOTES, 11);
    int ofGrown = watch(grown, NOTES, 12);
    watch(file, NOTE_WRITE, 13);
    watch(other, NOTE_WRITE, 14);
    try (FileChannel one = FileChannel.open(file, WRITE);
        FileChannel two = FileChannel.open(other, WRITE)) {
      for (int i = 0; i <= queued / 2; i++) { // in turn, or they would be merged
        one.write(ByteBuffer.allocate(1), 0);
        two.write(ByteBuffer.allocate(1), 0);
      }
    }
    Files.delete(gone);
    Files.writeString(grown, "abcdef");
    Files.createDirectory(directory.resolve("made"));
    assertThat(queue.poll(changes, events, SECOND)).isEqualTo(5);
    int maybe = NOTE_WRITE | NOTE_ATTRIB | NOTE_RENAME;
    for (int i = 0; i < 5; i++) {
      int ident = (int) events.ident(i);
      int expected =
          ident == ofDirectory
              ? maybe | NOTE_LINK
              : ident == ofGone
                  ? maybe | NOTE_DELETE
                  : ident == ofGrown ? maybe | NOTE_EXTEND : NOTE_WRITE;
      assertThat(events.fflags(i)).as("fd %d", ident).isEqualTo(expected);
    }
    assertSilent();
    Files.writeString(grown, "abcdefghi");
    assertOne(EVFILT_VNODE, ofGrown, 12);
    assertSilent();
  }

  @Test
  void inotifyIsOpenedForTheFirstFileOnlyAndClosedWithTheQueue() throws IOException {
    long before = descriptorsOf("inotify");
    change(connection.fd, Filter.EVFILT_READ, EV_ADD, 1);
    assertSilent();
    assertThat(descriptorsOf("inotify")).isEqualTo(before);
    watch(file, NOTES, 1);
    watch(directory, NOTES, 1);
    assertThat(descriptorsOf("inotify")).isEqualTo(before + 1);
    queue.close();
    assertThat(descriptorsOf("inotify")).isEqualTo(before);
  }
}

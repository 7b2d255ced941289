package io.kqueueserver.queue;

import static io.kqueueserver.queue.EventFlag.EV_ADD;
import static io.kqueueserver.queue.EventFlag.EV_CLEAR;
import static io.kqueueserver.queue.EventFlag.EV_DELETE;
import static io.kqueueserver.queue.EventFlag.EV_DISABLE;
import static io.kqueueserver.queue.EventFlag.EV_DISPATCH;
import static io.kqueueserver.queue.EventFlag.EV_ENABLE;
import static io.kqueueserver.queue.EventFlag.EV_ONESHOT;
import static io.kqueueserver.queue.EventFlag.EV_RECEIPT;
import static io.kqueueserver.queue.EventFlag.NOTE_ATTRIB;
import static io.kqueueserver.queue.EventFlag.NOTE_DELETE;
import static io.kqueueserver.queue.EventFlag.NOTE_EXTEND;
import static io.kqueueserver.queue.EventFlag.NOTE_LINK;
import static io.kqueueserver.queue.EventFlag.NOTE_RENAME;
import static io.kqueueserver.queue.EventFlag.NOTE_WRITE;
import static io.kqueueserver.queue.Filter.EVFILT_READ;
import static io.kqueueserver.queue.Filter.EVFILT_VNODE;
import static io.kqueueserver.queue.KqueueDifference.ENABLE_KEEPS_OLD_STATE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.ffi.NativeBuffer;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;

/**
 * What every queue must tell of files and directories: EVFILT_VNODE of kqueue(2). Where systems
 * differ, a method says what this one does.
 */
public abstract class KqueueVnodeContract extends KqueueTimerContract {
  /** All that a portable program asks for. */
  static final int NOTES =
      NOTE_DELETE | NOTE_WRITE | NOTE_EXTEND | NOTE_ATTRIB | NOTE_LINK | NOTE_RENAME;

  @TempDir Path directory;
  Path file;

  /** The notes of a truncation: none on NetBSD 7, NOTE_ATTRIB where setattr is reported. */
  protected int notesOfTruncation() {
    return NOTE_WRITE | NOTE_ATTRIB;
  }

  /** What the end of the last name is besides NOTE_DELETE: xnu and libkqueue add to it. */
  protected int notesBesideDelete() {
    return NOTE_LINK | NOTE_ATTRIB;
  }

  /** What the end of one of two names is: FreeBSD says NOTE_DELETE, NetBSD 7 NOTE_LINK. */
  protected int notesOfAnUnlinkedSecondName() {
    return NOTE_LINK | NOTE_DELETE;
  }

  @BeforeEach
  void createFile() throws IOException {
    file = Files.writeString(directory.resolve("file"), "0123456789");
  }

  /** A descriptor of the library under test, closed after the queue. */
  int openFile(Path path) {
    int fd = openUnowned(path);
    opened.add(0, () -> natives.libc().close(fd));
    return fd;
  }

  /** A descriptor the test closes itself. */
  int openUnowned(Path path) {
    if (!natives.has("open")) {
      throw new TestAbortedException(natives.abi() + ": the library has no open(2)");
    }
    byte[] name = (path + "\0").getBytes(UTF_8);
    NativeBuffer buffer = NativeBuffer.allocate(name.length);
    buffer.bytes().put(0, name);
    int flags = natives.abi().constant("O_RDONLY") | natives.abi().constant("O_CLOEXEC");
    int fd = natives.result(natives.libc().open(buffer.address(), flags, 0));
    if (fd < 0) {
      throw new TestAbortedException(
          natives.abi() + ": its open(2) does not reach the host's files, errno " + -fd);
    }
    return fd;
  }

  /** The same file under a number that no other code uses. */
  int moved(int fd, int number) {
    int moved = natives.libc().fcntl(fd, 0 /* F_DUPFD, everywhere */, number);
    assertThat(moved).isEqualTo(number);
    natives.libc().close(fd);
    return moved;
  }

  int watch(Path path, int flags, int fflags, long udata) {
    int fd = openFile(path);
    changes.add(fd, EVFILT_VNODE, EV_ADD | flags, fflags, 0, udata);
    assertSilent();
    return fd;
  }

  /** One event, and of the notes any system may add only those. */
  void assertNotes(int fd, int certain, int possible, long udata) {
    assertOne(EVFILT_VNODE, fd, udata);
    int told = events.fflags(0) & NOTES;
    assertThat(told & ~possible).as("fflags 0x%x", told).isEqualTo(certain);
    assertThat(told & certain).isEqualTo(certain);
    assertSilent();
  }

  void assertNotes(int fd, int certain, long udata) {
    assertNotes(fd, certain, 0, udata);
  }

  static void overwrite(Path path, String text) throws IOException {
    Files.write(path, text.getBytes(UTF_8), WRITE);
  }

  static void append(Path path, String text) throws IOException {
    Files.write(path, text.getBytes(UTF_8), APPEND);
  }

  @Test
  void overwritingIsAWrite() throws IOException {
    int fd = watch(file, EV_CLEAR, NOTES, 1);
    overwrite(file, "abc");
    assertNotes(fd, NOTE_WRITE, 1);
  }

  @Test
  void appendingIsAWriteThatExtends() throws IOException {
    int fd = watch(file, EV_CLEAR, NOTES, 2);
    append(file, "abc");
    assertNotes(fd, NOTE_WRITE | NOTE_EXTEND, 2);
    overwrite(file, "abc");
    assertNotes(fd, NOTE_WRITE, 2);
    append(file, "abc");
    assertNotes(fd, NOTE_WRITE | NOTE_EXTEND, 2);
  }

  @Test
  void changingTheModeIsAnAttribute() throws IOException {
    int fd = watch(file, EV_CLEAR, NOTES, 3);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    assertNotes(fd, NOTE_ATTRIB, 3);
  }

  @Test
  void renamingIsTold() throws IOException {
    int fd = watch(file, EV_CLEAR, NOTES, 4);
    Path moved = Files.move(file, directory.resolve("moved"));
    assertNotes(fd, NOTE_RENAME, 4);
    append(moved, "the registration follows the file");
    assertNotes(fd, NOTE_WRITE | NOTE_EXTEND, 4);
  }

  @Test
  void aSecondNameIsALink() throws IOException {
    int fd = watch(file, EV_CLEAR, NOTES, 5);
    Path second = Files.createLink(directory.resolve("second"), file);
    assertNotes(fd, NOTE_LINK, NOTE_ATTRIB, 5);
    Files.delete(second);
    assertOne(EVFILT_VNODE, fd, 5);
    assertThat(events.fflags(0) & notesOfAnUnlinkedSecondName()).isNotZero();
    assertSilent();
  }

  @Test
  void theEndOfTheLastNameIsADelete() throws IOException {
    int fd = watch(file, EV_CLEAR, NOTES, 6);
    Files.delete(file);
    assertNotes(fd, NOTE_DELETE, notesBesideDelete(), 6);
  }

  @Test
  void beingReplacedByARenameIsADelete() throws IOException {
    int fd = watch(file, EV_CLEAR, NOTES, 7);
    Path saved = Files.writeString(directory.resolve("saved"), "as editors do");
    Files.move(saved, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    assertNotes(fd, NOTE_DELETE, notesBesideDelete(), 7);
    append(file, "the new file is not watched");
    assertSilent();
  }

  @Test
  void cuttingShortIsWhatTheSystemSaysItIs() throws IOException {
    int fd = watch(file, EV_CLEAR, NOTES, 8);
    try (var channel = FileChannel.open(file, WRITE)) {
      channel.truncate(3);
    }
    int n = queue.poll(changes, events, 20_000_000);
    assertThat(n).isLessThanOrEqualTo(1);
    if (n == 1) {
      assertEvent(0, EVFILT_VNODE, fd, 8);
      assertThat(events.fflags(0) & NOTES & ~notesOfTruncation()).isZero();
    }
    assertSilent();
  }

  @Test
  void onlyWhatIsAskedForIsTold() throws IOException {
    int fd = watch(file, EV_CLEAR, NOTE_RENAME, 9);
    append(file, "abc");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    assertSilent();
    Files.move(file, directory.resolve("moved"));
    assertNotes(fd, NOTE_RENAME, 9);
  }

  @Test
  void whatHappensBetweenTwoPollsIsOneEvent() throws IOException {
    int fd = watch(file, EV_CLEAR, NOTES, 10);
    append(file, "abc");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    Files.move(file, directory.resolve("moved"));
    assertNotes(fd, NOTE_WRITE | NOTE_EXTEND | NOTE_ATTRIB | NOTE_RENAME, 10);
  }

  @Test
  void withoutClearItIsToldAgainAndAddsUp() throws IOException {
    int fd = watch(file, 0, NOTES, 11);
    overwrite(file, "abc");
    for (int i = 0; i < 3; i++) {
      assertOne(EVFILT_VNODE, fd, 11);
      assertThat(events.fflags(0) & NOTES).isEqualTo(NOTE_WRITE);
    }
    Files.move(file, directory.resolve("moved"));
    assertOne(EVFILT_VNODE, fd, 11);
    assertThat(events.fflags(0) & NOTES).isEqualTo(NOTE_WRITE | NOTE_RENAME);
    changes.add(fd, EVFILT_VNODE, EV_DELETE, 0, 0, 11);
    assertSilent();
  }

  @Test
  void aOneshotFileEventComesOnceAndIsGone() throws IOException {
    int fd = watch(file, EV_ONESHOT, NOTES, 12);
    overwrite(file, "abc");
    assertNotes(fd, NOTE_WRITE, 12);
    overwrite(file, "def");
    assertSilent();
    changes.add(fd, EVFILT_VNODE, EV_DELETE, 0, 0, 12);
    assertThat(queue.poll(changes, events, NOW)).isEqualTo(1);
    assertFailed(0, fd, EVFILT_VNODE, natives.errno().ENOENT);
    assertSilent();
  }

  @Test
  void aDispatchedFileEventIsSilentUntilEnabled() throws IOException {
    int fd = watch(file, EV_DISPATCH, NOTES, 13);
    overwrite(file, "abc");
    assertNotes(fd, NOTE_WRITE, 13);
    Files.move(file, directory.resolve("moved"));
    assertSilent();
    changes.add(fd, EVFILT_VNODE, EV_ENABLE, NOTES, 0, 13);
    assertOne(EVFILT_VNODE, fd, 13);
    assertThat(events.fflags(0) & NOTE_RENAME).isNotZero();
    assertSilent();
  }

  @Test
  void whatHappensWhileDisabledIsToldWhenEnabled() throws IOException {
    int fd = watch(file, EV_CLEAR, NOTES, 14);
    changes.add(fd, EVFILT_VNODE, EV_DISABLE, NOTES, 0, 14);
    assertSilent();
    append(file, "abc");
    assertSilent();
    changes.add(fd, EVFILT_VNODE, EV_ENABLE, NOTES, 0, 15);
    assertNotes(fd, NOTE_WRITE | NOTE_EXTEND, differs(ENABLE_KEEPS_OLD_STATE) ? 14 : 15);
  }

  @Test
  void theNotesAreThoseOfTheLastChange() throws IOException {
    int fd = watch(file, EV_CLEAR, NOTE_RENAME, 16);
    changes.add(fd, EVFILT_VNODE, EV_ADD, NOTE_ATTRIB, 0, 17);
    assertSilent();
    Files.move(file, directory.resolve("moved"));
    assertSilent();
    Files.setPosixFilePermissions(
        directory.resolve("moved"), PosixFilePermissions.fromString("rw-------"));
    assertNotes(fd, NOTE_ATTRIB, 17);
  }

  @Test
  void twoDescriptorsOfOneFileAreTwoRegistrations() throws IOException {
    int first = watch(file, EV_CLEAR, NOTE_WRITE, 18);
    int second = watch(file, EV_CLEAR, NOTE_ATTRIB, 19);
    overwrite(file, "abc");
    assertNotes(first, NOTE_WRITE, 18);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    assertNotes(second, NOTE_ATTRIB, 19);
    changes.add(second, EVFILT_VNODE, EV_ADD, NOTES, 0, 19);
    changes.add(first, EVFILT_VNODE, EV_DELETE, 0, 0, 18);
    assertSilent();
    overwrite(file, "def");
    assertNotes(second, NOTE_WRITE, 19);
  }

  @Test
  void aDirectoryIsWrittenWhenItsEntriesChange() throws IOException {
    int fd = watch(directory, EV_CLEAR, NOTES, 20);
    Path entry = Files.createFile(directory.resolve("entry"));
    assertNotes(fd, NOTE_WRITE, 20);
    Path renamed = Files.move(entry, directory.resolve("renamed"));
    assertNotes(fd, NOTE_WRITE, 20);
    Files.delete(renamed);
    assertNotes(fd, NOTE_WRITE, 20);
  }

  @Test
  void aSubdirectoryIsALinkOfItsDirectory() throws IOException {
    int fd = watch(directory, EV_CLEAR, NOTES, 21);
    Path subdirectory = Files.createDirectory(directory.resolve("subdirectory"));
    assertNotes(fd, NOTE_WRITE | NOTE_LINK, 21);
    Files.delete(subdirectory);
    assertNotes(fd, NOTE_WRITE | NOTE_LINK, 21);
  }

  @Test
  void whatIsInADirectorysFilesIsNotItsConcern() throws IOException {
    watch(directory, EV_CLEAR, NOTES, 22);
    append(file, "abc");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    assertSilent();
  }

  @Test
  void aRemovedDirectoryIsADelete() throws IOException {
    Path gone = Files.createDirectory(directory.resolve("gone"));
    int fd = watch(gone, EV_CLEAR, NOTES, 23);
    Path moved = Files.move(gone, directory.resolve("moved"));
    assertNotes(fd, NOTE_RENAME, 23);
    Files.delete(moved);
    assertNotes(fd, NOTE_DELETE, notesBesideDelete(), 23);
  }

  @Test
  void aDirectoryAndTheOneAroundItAreToldApart() throws IOException {
    Path inner = Files.createDirectory(directory.resolve("inner"));
    int outside = watch(directory, EV_CLEAR, NOTES, 24);
    int inside = watch(inner, EV_CLEAR, NOTES, 25);
    Files.createFile(inner.resolve("entry"));
    assertNotes(inside, NOTE_WRITE, 25);
    Files.delete(inner.resolve("entry"));
    assertNotes(inside, NOTE_WRITE, 25);
    Files.createFile(directory.resolve("entry"));
    assertNotes(outside, NOTE_WRITE, 24);
  }

  @Test
  void aClosedFilesRegistrationIsGone() throws IOException {
    int first = openUnowned(file);
    int fd = moved(first, first + 500);
    changes.add(fd, EVFILT_VNODE, EV_ADD, NOTES, 0, 26);
    assertSilent();
    overwrite(file, "abc");
    queue.forget(fd);
    natives.libc().close(fd);
    overwrite(file, "def");
    assertSilent();
    Path other = Files.writeString(directory.resolve("other"), "abc");
    int next = moved(openUnowned(other), fd);
    opened.add(0, () -> natives.libc().close(next));
    overwrite(file, "ghi");
    overwrite(other, "ghi");
    assertSilent();
    changes.add(next, EVFILT_VNODE, EV_ADD | EV_CLEAR, NOTES, 0, 27);
    assertSilent();
    overwrite(other, "jkl");
    assertNotes(next, NOTE_WRITE, 27);
  }

  @Test
  void changesOfFilesThatCannotBeAreRefused() {
    int fd = openFile(file);
    int errorOfSockets = natives.errno().EINVAL;
    changes.add(999_999, EVFILT_VNODE, EV_ADD, NOTES, 0, 1);
    changes.add(fd, EVFILT_VNODE, EV_DELETE, 0, 0, 2);
    changes.add(fd, EVFILT_VNODE, EV_ENABLE, NOTES, 0, 3);
    changes.add(connection.fd, EVFILT_VNODE, EV_ADD, NOTES, 0, 4);
    assertThat(queue.poll(changes, events, NOW)).isEqualTo(4);
    assertFailed(0, 999_999, EVFILT_VNODE, natives.errno().EBADF);
    assertFailed(1, fd, EVFILT_VNODE, natives.errno().ENOENT);
    assertFailed(2, fd, EVFILT_VNODE, natives.errno().ENOENT);
    assertFailed(3, connection.fd, EVFILT_VNODE, errorOfSockets);
    assertSilent();
  }

  @Test
  void aReceiptAnswersForAFile() throws IOException {
    int fd = openFile(file);
    changes.add(fd, EVFILT_VNODE, EV_ADD | EV_CLEAR | EV_RECEIPT, NOTES, 0, 28);
    assertThat(queue.poll(changes, events, SECOND)).isEqualTo(1);
    assertFailed(0, fd, EVFILT_VNODE, 0);
    overwrite(file, "abc");
    assertNotes(fd, NOTE_WRITE, 28);
  }

  @Test
  void filesAndSocketsShareOneQueue() throws IOException {
    int fd = watch(file, EV_CLEAR, NOTES, 29);
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 30);
    assertSilent();
    overwrite(file, "abc");
    connection.peerSendsAndArrives(1);
    assertThat(queue.poll(changes, events, SECOND)).isEqualTo(2);
    int ofFile = events.filter(0) == EVFILT_VNODE ? 0 : 1;
    assertEvent(ofFile, EVFILT_VNODE, fd, 29);
    assertEvent(1 - ofFile, EVFILT_READ, connection.fd, 30);
    assertSilent();
  }

  @Test
  void aChangedFileEndsAnEndlessPoll() throws Exception {
    int fd = watch(file, EV_CLEAR, NOTES, 31);
    Thread writer =
        new Thread(
            () -> {
              try {
                append(file, "abc");
              } catch (IOException e) {
                queue.wakeup();
              }
            });
    writer.start();
    assertThat(queue.poll(changes, events, Kqueue.FOREVER)).isEqualTo(1);
    assertEvent(0, EVFILT_VNODE, fd, 31);
    writer.join();
    queue.poll(changes, events, 20_000_000); // the second half of a split event, if there is one
    assertSilent();
  }
}

package io.kqueueserver.queue;

import static io.kqueueserver.queue.EventFlag.EV_ADD;
import static io.kqueueserver.queue.EventFlag.EV_CLEAR;
import static io.kqueueserver.queue.EventFlag.EV_DELETE;
import static io.kqueueserver.queue.EventFlag.EV_DISABLE;
import static io.kqueueserver.queue.EventFlag.EV_DISPATCH;
import static io.kqueueserver.queue.EventFlag.EV_ENABLE;
import static io.kqueueserver.queue.EventFlag.EV_ONESHOT;
import static io.kqueueserver.queue.Filter.EVFILT_READ;
import static io.kqueueserver.queue.Filter.EVFILT_WRITE;
import static io.kqueueserver.queue.KqueueDifference.CLOSED_DESCRIPTOR_LIVES_ON_IN_ITS_DUP;
import static io.kqueueserver.queue.KqueueDifference.NO_REGULAR_FILES;
import static io.kqueueserver.queue.KqueueDifference.UNCONNECTED_SOCKET_FIRES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kqueueserver.ffi.NativeBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Closing and re-using descriptors, and descriptors that are no connection. */
public abstract class KqueueDescriptorContract extends KqueueEndContract {

  @Test
  void closingADescriptorForgetsItsKnotes() {
    change(connection.fd, EVFILT_READ, EV_ADD, 1);
    change(connection.fd, EVFILT_WRITE, EV_ADD, 2);
    connection.peerSendsAndArrives(1);
    queue.apply(changes);
    connection.closeFd();
    assertSilent();
    change(connection.fd, EVFILT_READ, EV_DELETE, 1);
    assertRefused(connection.fd, EVFILT_READ, natives.errno().EBADF);
    assertSilent();
  }

  @Test
  void closingForgetsDisabledKnotesToo() {
    change(connection.fd, EVFILT_READ, EV_ADD | EV_DISABLE, 1);
    queue.apply(changes);
    connection.closeFd();
    change(connection.fd, EVFILT_READ, EV_ENABLE, 1);
    assertRefused(connection.fd, EVFILT_READ, natives.errno().EBADF);
    change(connection.fd, EVFILT_READ, EV_DELETE, 1);
    assertRefused(connection.fd, EVFILT_READ, natives.errno().EBADF);
    assertSilent();
  }

  @Test
  void aReusedNumberIsANewRegistration() {
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 1);
    change(connection.fd, EVFILT_WRITE, EV_ADD | EV_ONESHOT, 2);
    assertOne(EVFILT_WRITE, connection.fd, 2);
    int number = connection.fd;
    reuse(number).peerSendsAndArrives(1);
    assertSilent();
    change(number, EVFILT_READ, EV_ADD, 3);
    change(number, EVFILT_WRITE, EV_ADD, 4);
    for (int i = 0; i < 2; i++) { // level now: the flags of the old registration are gone
      assertThat(poll(events)).isEqualTo(2);
    }
    int read = events.filter(0) == EVFILT_READ ? 0 : 1;
    assertEvent(read, EVFILT_READ, number, 3);
    assertEvent(1 - read, EVFILT_WRITE, number, 4);
    change(number, EVFILT_READ, EV_DELETE, 3);
    change(number, EVFILT_WRITE, EV_DELETE, 4);
    assertSilent();
  }

  @Test
  void aReusedNumberHasNoKnoteToDeleteOrEnable() {
    change(connection.fd, EVFILT_READ, EV_ADD, 1);
    change(connection.fd, EVFILT_WRITE, EV_ADD | EV_DISABLE, 2);
    queue.apply(changes);
    int number = connection.fd;
    reuse(number);
    change(number, EVFILT_READ, EV_DELETE, 1);
    assertRefused(number, EVFILT_READ, natives.errno().ENOENT);
    change(number, EVFILT_WRITE, EV_ENABLE, 2);
    assertRefused(number, EVFILT_WRITE, natives.errno().ENOENT);
    assertSilent();
  }

  @Test
  void aReusedNumberIsNotAsSilentAsItsPredecessorWasMade() {
    connection.peerSendsAndArrives(1);
    change(connection.fd, EVFILT_READ, EV_ADD | EV_DISPATCH, 1);
    change(connection.fd, EVFILT_WRITE, EV_ADD | EV_DISABLE, 2);
    assertOne(EVFILT_READ, connection.fd, 1);
    int number = connection.fd;
    reuse(number).peerSendsAndArrives(1);
    change(number, EVFILT_READ, EV_ADD | EV_CLEAR, 3);
    assertOne(EVFILT_READ, number, 3);
    change(number, EVFILT_WRITE, EV_ADD | EV_CLEAR, 4);
    assertOne(EVFILT_WRITE, number, 4);
    assertSilent();
  }

  @Test
  void aNumberForgottenBeforeItsCloseCanBeUsedAgain() {
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 1);
    change(connection.fd, EVFILT_WRITE, EV_ADD | EV_CLEAR, 2);
    assertOne(EVFILT_WRITE, connection.fd, 2);
    int number = connection.fd;
    queue.forget(number);
    reuse(number).peerSendsAndArrives(1);
    assertSilent();
    change(number, EVFILT_READ, EV_ADD, 3);
    change(number, EVFILT_WRITE, EV_ADD, 4);
    for (int i = 0; i < 2; i++) {
      assertThat(poll(events)).isEqualTo(2);
    }
    assertThat(events.udata(0) + events.udata(1)).isEqualTo(7);
    change(number, EVFILT_READ, EV_DELETE, 3);
    change(number, EVFILT_WRITE, EV_DELETE, 4);
    assertSilent();
  }

  private Connection reuse(int number) {
    Connection other = connect();
    connection.closeFd();
    Connection next = other.movedTo(number);
    opened.add(next);
    return next;
  }

  @Test
  void aClosedDescriptorIsForgottenThoughADupLives() {
    int dup = connection.duplicate(connection.fd + 1);
    assertThat(dup).isGreaterThan(connection.fd);
    opened.add(() -> connection.sockets.close(dup));
    change(connection.fd, EVFILT_READ, EV_ADD | EV_CLEAR, 1);
    assertSilent();
    connection.closeFd();
    connection.peerSends(1);
    if (differs(CLOSED_DESCRIPTOR_LIVES_ON_IN_ITS_DUP)) {
      assertOne(EVFILT_READ, connection.fd, 1);
    }
    assertSilent();
    change(dup, EVFILT_READ, EV_ADD | EV_CLEAR, 2);
    assertOne(EVFILT_READ, dup, 2);
    assertSilent();
  }

  @Test
  void aKnoteDeletedBeforeTheCloseStaysGoneThoughADupLives() {
    int dup = connection.duplicate(connection.fd + 1);
    opened.add(() -> connection.sockets.close(dup));
    change(connection.fd, EVFILT_READ, EV_ADD, 1);
    assertSilent();
    change(connection.fd, EVFILT_READ, EV_DELETE, 1);
    queue.apply(changes);
    connection.closeFd();
    connection.peerSends(1);
    assertSilent();
  }

  @Test
  void aSocketNeverConnectedIsSilent() {
    int stream = natives.abi().constant("SOCK_STREAM");
    int fd = natives.libc().socket(natives.abi().constant("AF_INET"), stream, 0);
    assertThat(fd).isNotNegative();
    opened.add(() -> connection.sockets.close(fd));
    change(fd, EVFILT_READ, EV_ADD | EV_CLEAR, 1);
    change(fd, EVFILT_WRITE, EV_ADD | EV_CLEAR, 2);
    if (differs(UNCONNECTED_SOCKET_FIRES)) {
      awaitEofs(2);
    }
    assertSilent();
  }

  @Test
  void aPipeEndsWhenItsWriterIsGone() {
    assumeTrue(natives.has("pipe"), "the library has no pipe(2)");
    NativeBuffer fildes = NativeBuffer.allocate(2 * Integer.BYTES);
    natives.check(natives.libc().pipe(fildes.address()), "pipe", "");
    int reader = fildes.bytes().getInt(0);
    int writer = fildes.bytes().getInt(Integer.BYTES);
    opened.add(() -> connection.sockets.close(reader));
    change(reader, EVFILT_READ, EV_ADD, 1);
    assertSilent();
    connection.sockets.write(writer, fildes.address(), 8);
    assertOne(EVFILT_READ, reader, 1);
    assertThat(events.data(0)).isEqualTo(8);
    assertThat(events.isEof(0)).isFalse();
    connection.sockets.close(writer);
    Seen end = awaitEof();
    assertThat(end.data()).isEqualTo(8);
    assertThat(end.ident()).isEqualTo(reader);
    change(reader, EVFILT_READ, EV_DELETE, 1);
    assertSilent();
  }

  @Test
  void aRegularFileTellsTheBytesToItsEnd() throws Exception {
    Path file = Files.write(directory.resolve("file"), new byte[100]);
    int fd = connection.sockets.openForRead(file.toString());
    assumeTrue(fd >= 0, "the library has no files");
    opened.add(() -> connection.sockets.close(fd));
    change(fd, EVFILT_READ, EV_ADD, 1);
    if (differs(NO_REGULAR_FILES)) {
      assertRefused(fd, EVFILT_READ, natives.errno().EPERM);
    } else {
      assertOne(EVFILT_READ, fd, 1);
      assertThat(events.data(0)).isEqualTo(100);
      change(fd, EVFILT_READ, EV_DELETE, 1);
    }
    assertSilent();
  }
}

package io.kqueueserver.socket;

import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ffi.BsdSendfile;
import io.kqueueserver.ffi.DarwinSendfile;
import io.kqueueserver.ffi.LinuxLibC;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;

/** sendfile(2), which three families define three ways. Not thread-safe. */
abstract class SendFile {
  private final Native natives;

  private SendFile(Native natives) {
    this.natives = natives;
  }

  static SendFile of(Native natives) {
    if (natives.isForeign()) {
      return new None(natives); // a foreign kernel's sendfile knows that kernel's files only
    }
    return switch (natives.abi().os()) {
      case "linux" -> new Linux(natives, (LinuxLibC) natives.libc());
      case "darwin" -> new Darwin(natives, natives.bind(DarwinSendfile.class));
      case "freebsd" -> new FreeBsd(natives, natives.bind(BsdSendfile.class));
      case "dragonfly" -> new Bsd(natives, natives.bind(BsdSendfile.class));
      default -> new None(natives);
    };
  }

  boolean isAvailable() {
    return true;
  }

  /** Returns the bytes sent, or {@code -errno} if none were. */
  abstract long send(int fd, int fileFd, long offset, long count);

  /**
   * Sends memory and then file bytes, in one segment where that pays and the system can. Returns
   * the bytes sent of both, or {@code -errno} if none were. A failure behind the first byte is that
   * of the next call.
   */
  long send(int fd, long head, int headLength, int fileFd, long offset, long count) {
    long n = sendHead(fd, head, headLength, count);
    return n < headLength ? n : n + Math.max(0, send(fd, fileFd, offset, count));
  }

  /** Sends memory that so many file bytes follow; returns how many bytes, or {@code -errno}. */
  long sendHead(int fd, long head, int length, long followers) {
    return natives.result(natives.libc().write(fd, head, length));
  }

  private static final class None extends SendFile {
    None(Native natives) {
      super(natives);
    }

    @Override
    boolean isAvailable() {
      return false;
    }

    @Override
    long send(int fd, int fileFd, long offset, long count) {
      throw new UnsupportedOperationException("no sendfile here; ask hasSendfile() first");
    }
  }

  static final class Linux extends SendFile {
    /**
     * 64 KiB: most file bytes that the head shares a segment with. A megabyte behind a head took
     * half as much again in sendfile(2) (docs/performance.md); presumably its pages then lie across
     * the limits of the pieces that the kernel cuts.
     */
    private static final int SHARED_BYTES = 64 * 1024;

    private final Native natives;
    private final LinuxLibC libc;
    private final int more;
    private final NativeBuffer position = NativeBuffer.allocate(Long.BYTES);

    Linux(Native natives, LinuxLibC libc) {
      super(natives);
      this.natives = natives;
      this.libc = libc;
      this.more = natives.abi().constant("MSG_MORE");
    }

    /**
     * send(2), MSG_MORE: the sendfile(2) that follows completes the segment, TCP_NODELAY or not.
     */
    @Override
    long sendHead(int fd, long head, int length, long followers) {
      if (followers > SHARED_BYTES || !natives.has("send")) {
        return super.sendHead(fd, head, length, followers);
      }
      return natives.result(libc.send(fd, head, length, more));
    }

    @Override
    long send(int fd, int fileFd, long offset, long count) {
      position.bytes().putLong(0, offset);
      return natives.result(libc.sendfile(fd, fileFd, position.address(), count));
    }
  }

  /** The headers of sendfile(2): one entry of memory that goes before the file. */
  private static final class Headers {
    private final NativeBuffer hdtr;
    private final IoVector entry;

    Headers(Abi abi) {
      entry = new IoVector(abi);
      hdtr = NativeBuffer.allocate(abi.constant("sf_hdtr.sizeof"));
      hdtr.bytes().putLong(abi.constant("sf_hdtr.headers.offset"), entry.address());
      hdtr.bytes().putInt(abi.constant("sf_hdtr.hdr_cnt.offset"), 1);
    }

    /** The address of a {@code struct sf_hdtr} with this memory as its headers. */
    long of(long head, int length) {
      entry.clear();
      entry.add(head, length);
      return hdtr.address();
    }
  }

  /** The head goes with the file in one call, but perhaps in a segment of its own. */
  static final class Darwin extends SendFile {
    private static final int NO_HEADERS = 0;

    private final Native natives;
    private final DarwinSendfile libc;
    private final Headers headers;
    private final NativeBuffer len = NativeBuffer.allocate(Long.BYTES);

    Darwin(Native natives, DarwinSendfile libc) {
      super(natives);
      this.natives = natives;
      this.libc = libc;
      this.headers = new Headers(natives.abi());
    }

    @Override
    long send(int fd, int fileFd, long offset, long count) {
      return call(fd, fileFd, offset, count, NO_HEADERS);
    }

    @Override
    long send(int fd, long head, int headLength, int fileFd, long offset, long count) {
      return call(fd, fileFd, offset, headLength + count, headers.of(head, headLength));
    }

    /** Takes and returns a count of all bytes, with those of the headers. */
    private long call(int fd, int fileFd, long offset, long total, long hdtr) {
      len.bytes().putLong(0, total);
      int result = natives.result(libc.sendfile(fileFd, fd, offset, len.address(), hdtr, 0));
      long sent = len.bytes().getLong(0);
      // What has the wanted length after a failure was not written to.
      return partial(result, result < 0 && sent == total ? 0 : sent);
    }
  }

  static class Bsd extends SendFile {
    private final Native natives;
    private final BsdSendfile libc;
    private final NativeBuffer sbytes = NativeBuffer.allocate(Long.BYTES);

    Bsd(Native natives, BsdSendfile libc) {
      super(natives);
      this.natives = natives;
      this.libc = libc;
    }

    @Override
    long send(int fd, int fileFd, long offset, long count) {
      return call(fd, fileFd, offset, count, 0);
    }

    final long call(int fd, int fileFd, long offset, long count, long hdtr) {
      sbytes.bytes().putLong(0, 0);
      int result =
          natives.result(libc.sendfile(fileFd, fd, offset, count, hdtr, sbytes.address(), 0));
      return partial(result, sbytes.bytes().getLong(0));
    }
  }

  /**
   * With the head in the same call. DragonFly takes headers, too, but counts them against the file
   * bytes from the second page on (kern_sendfile in its uipc_syscalls.c).
   */
  static final class FreeBsd extends Bsd {
    private final Headers headers;

    FreeBsd(Native natives, BsdSendfile libc) {
      super(natives, libc);
      this.headers = new Headers(natives.abi());
    }

    @Override
    long send(int fd, long head, int headLength, int fileFd, long offset, long count) {
      return call(fd, fileFd, offset, count, headers.of(head, headLength));
    }
  }

  /**
   * Both BSD forms may fail after having sent something, and say how much: with EAGAIN and EINTR as
   * documented, with ENOBUFS and others by their sources (kern_sendfile, xnu's sendfile). What was
   * sent counts; the next call fails again if it must. Forgotten, it would be sent twice.
   */
  private static long partial(int result, long sent) {
    return result >= 0 || sent > 0 ? sent : result;
  }
}

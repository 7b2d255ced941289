package io.kqueueserver.socket;

import io.kqueueserver.ffi.BsdSendfile;
import io.kqueueserver.ffi.DarwinSendfile;
import io.kqueueserver.ffi.LinuxLibC;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;

/** sendfile(2), which three families define three ways. Not thread-safe. */
abstract class SendFile {
  private SendFile() {}

  static SendFile of(Native natives) {
    if (natives.isForeign()) {
      return new None(); // a foreign kernel's sendfile knows that kernel's files only
    }
    return switch (natives.abi().os()) {
      case "linux" -> new Linux(natives, (LinuxLibC) natives.libc());
      case "darwin" -> new Darwin(natives, natives.bind(DarwinSendfile.class));
      case "freebsd", "dragonfly" -> new Bsd(natives, natives.bind(BsdSendfile.class));
      default -> new None();
    };
  }

  boolean isAvailable() {
    return true;
  }

  /** Returns the bytes sent, or {@code -errno} if none were. */
  abstract long send(int fd, int fileFd, long offset, long count);

  private static final class None extends SendFile {
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
    private final Native natives;
    private final LinuxLibC libc;
    private final NativeBuffer position = NativeBuffer.allocate(Long.BYTES);

    Linux(Native natives, LinuxLibC libc) {
      this.natives = natives;
      this.libc = libc;
    }

    @Override
    long send(int fd, int fileFd, long offset, long count) {
      position.bytes().putLong(0, offset);
      return natives.result(libc.sendfile(fd, fileFd, position.address(), count));
    }
  }

  static final class Darwin extends SendFile {
    private final Native natives;
    private final DarwinSendfile libc;
    private final NativeBuffer len = NativeBuffer.allocate(Long.BYTES);

    Darwin(Native natives, DarwinSendfile libc) {
      this.natives = natives;
      this.libc = libc;
    }

    @Override
    long send(int fd, int fileFd, long offset, long count) {
      len.bytes().putLong(0, count);
      int result = natives.result(libc.sendfile(fileFd, fd, offset, len.address(), 0, 0));
      long sent = len.bytes().getLong(0);
      // What has the wanted length after a failure was not written to.
      return partial(result, result < 0 && sent == count ? 0 : sent);
    }
  }

  static final class Bsd extends SendFile {
    private final Native natives;
    private final BsdSendfile libc;
    private final NativeBuffer sbytes = NativeBuffer.allocate(Long.BYTES);

    Bsd(Native natives, BsdSendfile libc) {
      this.natives = natives;
      this.libc = libc;
    }

    @Override
    long send(int fd, int fileFd, long offset, long count) {
      sbytes.bytes().putLong(0, 0);
      int result = natives.result(libc.sendfile(fileFd, fd, offset, count, 0, sbytes.address(), 0));
      return partial(result, sbytes.bytes().getLong(0));
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

package io.kqueueserver.socket;

import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ffi.LinuxLibC;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Asks the system for pages of files before sendfile(2) needs them, so that it does not wait for
 * the disk. Any thread.
 */
final class FilePages {
  private final Native natives;
  private final int willNeed;

  /** Asks whether pages are in memory; null if this system cannot be asked. */
  private final @Nullable LinuxLibC libc;

  private final int noWait;

  /** One {@code struct iovec} for one byte behind it, whose value nobody reads. */
  private final NativeBuffer oneByte;

  FilePages(Native natives) {
    this.natives = natives;
    Abi abi = natives.abi();
    boolean listens = natives.has("posix_fadvise") && !natives.isForeign();
    willNeed = listens ? abi.constant("POSIX_FADV_WILLNEED", 0) : 0;
    noWait = abi.constant("RWF_NOWAIT", 0);
    boolean asks = noWait != 0 && natives.has("preadv2");
    libc = asks && natives.libc() instanceof LinuxLibC linux ? linux : null;
    int vectorBytes = abi.constant("iovec.sizeof");
    oneByte = NativeBuffer.allocate(vectorBytes + 1);
    oneByte
        .bytes()
        .putLong(abi.constant("iovec.iov_base.offset"), oneByte.address() + vectorBytes)
        .putLong(abi.constant("iovec.iov_len.offset"), 1);
  }

  /**
   * Requests pages, where the system listens (posix_fadvise); else does nothing. The request looks
   * up each page, 15 µs per MiB on Linux, and so is not made if first and last page are in memory.
   */
  void request(int fd, long offset, long count) {
    if (willNeed != 0 && !(isInMemory(fd, offset) && isInMemory(fd, offset + count - 1))) {
      natives.libc().posix_fadvise(fd, offset, count, willNeed); // a failure changes nothing
    }
  }

  /** Whether a read of that byte would not wait. False if the file system does not tell. */
  private boolean isInMemory(int fd, long position) {
    return libc != null
        && natives.result(libc.preadv2(fd, oneByte.address(), 1, position, noWait)) == 1;
  }
}

package io.kqueueserver.queue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ffi.LinuxLibC;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;

/** One inotify instance, opened when first needed. Loop thread only. */
final class Inotify {
  /** Some hundred events with short names, and more than the one with the longest. */
  private static final int BUFFER_BYTES = 8192;

  /** Where the kernel shows this process its own descriptors: proc(5). */
  private static final String DESCRIPTORS = "/proc/self/fd/";

  interface Listener {
    /**
     * Something happened to a watched file.
     *
     * @param named whether it concerns an entry of a directory and not the watched file itself
     */
    void onInotify(int wd, int mask, boolean named);
  }

  private final Native natives;
  private final LinuxLibC libc;
  private final int initFlags;
  private final int maskAdd;
  private final int sizeof;
  private final int wdAt;
  private final int maskAt;
  private final int lenAt;
  private final long fionread;
  private final NativeBuffer path = NativeBuffer.allocate(64);
  private final NativeBuffer amount = NativeBuffer.allocate(Integer.BYTES);
  private final NativeBuffer buffer = NativeBuffer.allocate(BUFFER_BYTES);
  private int instance = -1;

  Inotify(Native natives, LinuxLibC libc) {
    this.natives = natives;
    this.libc = libc;
    Abi abi = natives.abi();
    initFlags = abi.constant("IN_CLOEXEC") | abi.constant("IN_NONBLOCK");
    maskAdd = abi.constant("IN_MASK_ADD");
    sizeof = abi.constant("inotify_event.sizeof");
    wdAt = abi.constant("inotify_event.wd.offset");
    maskAt = abi.constant("inotify_event.mask.offset");
    lenAt = abi.constant("inotify_event.len.offset");
    fionread = abi.longConstant("FIONREAD");
  }

  boolean isOpen() {
    return instance >= 0;
  }

  /**
   * Opens the instance as an entry of the set; returns 0 or the errno. EMFILE may also mean that
   * the user has too many: fs.inotify.max_user_instances.
   */
  int open(EpollSet set, int events, long token) {
    if (!natives.has("inotify_init1")) {
      return natives.errno().ENOSYS;
    }
    int opened = natives.result(libc.inotify_init1(initFlags));
    if (opened < 0) {
      return -opened;
    }
    int failed = set.add(opened, events, token);
    if (failed != 0) {
      libc.close(opened);
      return failed;
    }
    instance = opened;
    return 0;
  }

  /** Watches an open file for that, too; returns its watch descriptor or the negative errno. */
  int watch(int fd, int mask) {
    return watch(DESCRIPTORS + fd, mask);
  }

  /** Watches the directory an open directory is in, as {@link #watch}. */
  int watchParent(int fd, int mask) {
    return watch(DESCRIPTORS + fd + "/..", mask);
  }

  private int watch(String name, int mask) {
    byte[] bytes = name.getBytes(US_ASCII);
    path.bytes().put(0, bytes).put(bytes.length, (byte) 0);
    int wd = natives.result(libc.inotify_add_watch(instance, path.address(), mask | maskAdd));
    // The descriptor is known to be open, so it is /proc that is not there.
    return wd == -natives.errno().ENOENT ? -natives.errno().EOPNOTSUPP : wd;
  }

  /** Ends a watch; one the kernel has ended already is none to complain of. */
  void unwatch(int wd) {
    libc.inotify_rm_watch(instance, wd);
  }

  /** Hands over what has happened until now; what happens meanwhile waits for the next time. */
  void drain(Listener listener) {
    if (natives.result(libc.ioctl(instance, fionread, amount.address())) < 0) {
      return;
    }
    for (long left = amount.bytes().getInt(0); left > 0; ) {
      long n = libc.read(instance, buffer.address(), BUFFER_BYTES);
      if (n <= 0) {
        return;
      }
      left -= n;
      for (int at = 0; at < n; ) {
        int len = buffer.bytes().getInt(at + lenAt);
        listener.onInotify(
            buffer.bytes().getInt(at + wdAt), buffer.bytes().getInt(at + maskAt), len > 0);
        at += sizeof + len;
      }
    }
  }

  void close() {
    if (isOpen()) {
      libc.close(instance);
      instance = -1;
    }
  }
}

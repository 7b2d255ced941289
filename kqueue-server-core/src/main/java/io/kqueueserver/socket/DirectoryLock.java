package io.kqueueserver.socket;

import io.kqueueserver.ffi.ListenException;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.UnixCalls;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Keeps servers apart that put sockets into one directory, or take them out, at the same time: what
 * a look at a path has found must still be so when the path is written to. It is flock(2) on the
 * directory itself, which needs no file of its own, and which the system lets go with the process.
 * Where the directory cannot be read, or its file system has no such locks, there is none.
 */
final class DirectoryLock {
  /** A holder connects, binds and listens, all without waiting. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private static final long RETRY_MILLIS = 5;

  // flock(2): the same on Linux, macOS and every BSD since 4.2BSD.
  private static final int LOCK_EX = 2;
  private static final int LOCK_NB = 4;

  private static final int NONE = -1;

  private final Sockets sockets;
  private final int fd;

  private DirectoryLock(Sockets sockets, int fd) {
    this.sockets = sockets;
    this.fd = fd;
  }

  /**
   * Waits for the directory of that path.
   *
   * @param option the name of the path's setting, for messages
   * @throws ListenException if another process holds it for five seconds, or the caller is
   *     interrupted
   */
  static DirectoryLock await(Sockets sockets, Path path, String option) {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (true) {
      DirectoryLock lock = tryNow(sockets, path);
      if (lock != null) {
        return lock;
      }
      if (System.nanoTime() - deadline > 0 || !paused()) {
        throw new ListenException(
            "another process holds a lock (flock) on the directory of " + option + " " + path,
            "find it with lsof, or choose another directory");
      }
    }
  }

  /** Does not wait; null if another process holds it. */
  static @Nullable DirectoryLock tryNow(Sockets sockets, Path path) {
    Native natives = sockets.natives();
    UnixCalls calls = natives.bind(UnixCalls.class);
    Path directory = path.toAbsolutePath().getParent();
    int fd =
        directory == null || !natives.has("flock")
            ? NONE
            : sockets.openForRead(directory.toString());
    if (fd < 0) {
      return new DirectoryLock(sockets, NONE); // a directory that is missing is bind(2)'s to tell
    }
    int result = natives.result(calls.flock(fd, LOCK_EX | LOCK_NB));
    if (result >= 0) {
      return new DirectoryLock(sockets, fd);
    }
    sockets.close(fd);
    return sockets.wouldBlock(result) || sockets.isInterrupted(result)
        ? null
        : new DirectoryLock(sockets, NONE);
  }

  private static boolean paused() {
    try {
      Thread.sleep(RETRY_MILLIS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Lets the next one in. */
  void release() {
    if (fd != NONE) {
      sockets.close(fd);
    }
  }
}

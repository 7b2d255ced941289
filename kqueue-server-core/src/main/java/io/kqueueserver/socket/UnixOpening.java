package io.kqueueserver.socket;

import io.kqueueserver.ffi.ListenException;
import io.kqueueserver.ffi.Native;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/** The options of one attempt to listen on a path, and its descriptor until it has succeeded. */
record UnixOpening(
    Sockets sockets, Path path, String option, Set<PosixFilePermission> permissions, int backlog) {

  ListenSocket open() {
    if (sockets.natives().isForeign()) {
      throw new ListenException(
          option + " needs the host's own sockets", "unset native.library or the path");
    }
    UnixPath file = new UnixPath(sockets, path, option);
    // Until the socket listens, its file looks stale to another server that starts now.
    DirectoryLock lock = DirectoryLock.await(sockets, path, option);
    try {
      file.removeIfStale();
      return bind(file);
    } finally {
      lock.release();
    }
  }

  private ListenSocket bind(UnixPath file) {
    Native natives = sockets.natives();
    int fd = file.socket();
    boolean bound = false;
    try {
      natives.nonBlocking(fd);
      file.bind(fd, permissions);
      bound = true;
      natives.check(natives.libc().listen(fd, backlog), "listen", file.name());
      return new ListenSocket(sockets, fd, file, ListenSocket.Owner.THIS);
    } catch (RuntimeException | Error e) {
      if (bound) {
        file.delete();
      }
      sockets.close(fd);
      throw e;
    }
  }
}

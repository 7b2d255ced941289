package io.kqueueserver.socket;

import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ffi.ListenException;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.ffi.NativeException;
import io.kqueueserver.ffi.UnixCalls;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The file of a Unix domain socket: what lies there before, its permissions, and its end. A file
 * that is no socket is never touched.
 */
final class UnixPath {
  private static final int MORE_TRIES = 5;
  private static final long PAUSE_MILLIS = 50;

  private final Sockets sockets;
  private final Native natives;
  private final Path path;

  /** The name of the path's setting, for messages. */
  private final String option;

  /** The identity of the file that this server has made; null if the file system gives none. */
  private @Nullable Object made;

  /**
   * @throws ListenException if the system takes no path that long
   */
  UnixPath(Sockets sockets, Path path, String option) {
    this.sockets = sockets;
    this.natives = sockets.natives();
    this.path = path;
    this.option = option;
    int most = natives.abi().constant("sockaddr_un.sun_path.size") - 1; // a NUL ends it
    int length = octets().length;
    if (length > most) {
      throw new ListenException(
          option
              + " "
              + path
              + " is "
              + length
              + " bytes long, but "
              + natives.abi()
              + " takes at most "
              + most,
          "choose a shorter one");
    }
  }

  private byte[] octets() {
    return path.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** The struct for bind(2) and connect(2). */
  private NativeBuffer sockaddr() {
    Abi abi = natives.abi();
    byte[] octets = octets();
    NativeBuffer sockaddr = NativeBuffer.allocate(abi.constant("sockaddr_un.sizeof"));
    int familyAt = abi.constant("sockaddr.sa_family.offset");
    int family = abi.constant("AF_UNIX");
    if (abi.has("sockaddr.sa_len.offset")) {
      sockaddr.bytes().put(abi.constant("sockaddr.sa_len.offset"), (byte) sockaddr.size());
    }
    if (abi.constant("sockaddr.sa_family.size") == 1) {
      sockaddr.bytes().put(familyAt, (byte) family);
    } else {
      sockaddr.bytes().order(ByteOrder.nativeOrder()).putShort(familyAt, (short) family);
    }
    sockaddr.bytes().put(abi.constant("sockaddr_un.sun_path.offset"), octets);
    return sockaddr;
  }

  /**
   * Makes way: removes the socket file of a server that is gone.
   *
   * @throws NativeException {@code bind(unix:..): EADDRINUSE} if a server lives there, or naming
   *     the call that could not find out
   * @throws ListenException if something lies there that is no socket
   */
  void removeIfStale() {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    requireSocket();
    String found = connectPatiently();
    switch (found) {
      case "ECONNREFUSED" -> delete();
      case "ENOENT" -> {} // gone meanwhile
      case "ENOTSOCK", "EPROTOTYPE" -> throw noSocket();
      // A full queue (EAGAIN) is that of a server, too.
      case "", "EAGAIN", "EINPROGRESS" -> throw failure("bind", "EADDRINUSE");
      default -> throw failure("connect", found);
    }
  }

  /**
   * Linux refuses a connect to any file alike, so it has to be looked at; the others say ENOTSOCK.
   */
  private void requireSocket() {
    Abi abi = natives.abi();
    if (Files.isSymbolicLink(path)) {
      throw noSocket(); // connect(2) would follow it, and what we removed were the link
    }
    if (!abi.has("S_IFSOCK")) {
      return;
    }
    try {
      int mode = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
      if ((mode & abi.constant("S_IFMT")) != abi.constant("S_IFSOCK")) {
        throw noSocket();
      }
    } catch (NoSuchFileException e) {
      // Gone meanwhile: connect(2) finds out, too.
    } catch (IOException e) {
      throw new ListenException(
          "cannot look at " + option + " " + path + " (" + e + ")", "choose another path");
    }
  }

  private ListenException noSocket() {
    return new ListenException(
        option + " " + path + " exists and is no socket", "remove it or choose another path");
  }

  /**
   * As {@link #connect}. On systems where a full backlog refuses a connect as a dead server's path
   * does, the path counts as dead only if it refuses for a quarter of a second.
   */
  private String connectPatiently() {
    String found = connect();
    boolean mayBeFull = natives.abi().has("unix.full_backlog_refuses");
    for (int i = 0; i < MORE_TRIES && mayBeFull && found.equals("ECONNREFUSED"); i++) {
      try {
        Thread.sleep(PAUSE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return "EAGAIN"; // not known to be dead yet
      }
      found = connect();
    }
    return found;
  }

  /** Connects and lets go; returns the name of the error, or nothing. */
  private String connect() {
    int fd = socket();
    try {
      natives.nonBlocking(fd);
      int result = connect(fd);
      return result >= 0 ? "" : sockets.errnoName(-result);
    } finally {
      sockets.close(fd);
    }
  }

  /** Connects a socket of this family to the path; returns 0 or {@code -errno}. */
  int connect(int fd) {
    NativeBuffer sockaddr = sockaddr();
    return natives.result(
        natives.bind(UnixCalls.class).connect(fd, sockaddr.address(), sockaddr.size()));
  }

  private NativeException failure(String call, String errnoName) {
    return new NativeException(
        call, "unix:" + path, natives.abi().constant(errnoName), natives.errno());
  }

  /** A socket of this family, closed on exec. */
  int socket() {
    Abi abi = natives.abi();
    int type = abi.constant("SOCK_STREAM") | abi.constant("SOCK_CLOEXEC", 0);
    int fd =
        natives.check(natives.libc().socket(abi.constant("AF_UNIX"), type, 0), "socket", name());
    try {
      natives.closeOnExec(fd);
      return fd;
    } catch (RuntimeException | Error e) {
      sockets.close(fd);
      throw e;
    }
  }

  /** Binds and sets the permissions; no client can connect before listen(2). */
  void bind(int fd, Set<PosixFilePermission> permissions) {
    NativeBuffer sockaddr = sockaddr();
    natives.check(natives.libc().bind(fd, sockaddr.address(), sockaddr.size()), "bind", name());
    try {
      made = key();
      Files.setPosixFilePermissions(path, permissions);
    } catch (IOException e) {
      delete();
      throw new ListenException(
          "cannot set the permissions of " + option + " " + path + " (" + e + ")",
          "choose a path on a file system that has them");
    }
  }

  /**
   * Takes over the file that another process has made for the socket, and removes it in the end.
   */
  void adopt() {
    try {
      made = made == null ? key() : made;
    } catch (IOException e) {
      // Gone, or out of reach: then it is not this server that removes it.
    }
  }

  private @Nullable Object key() throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .fileKey();
  }

  /**
   * Removes the file, unless another server has replaced it meanwhile. Called while the socket is
   * still open: the inode is then in use, so that the file of another server has another number.
   * Does not wait, because a loop may call it.
   */
  void remove() {
    DirectoryLock lock = DirectoryLock.tryNow(sockets, path);
    if (lock == null) {
      return; // perhaps our successor's, which finds the file stale
    }
    try {
      if (made != null && made.equals(key())) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      // Gone, or out of reach: the next start finds it stale.
    } finally {
      lock.release();
    }
  }

  /** Removes the file at the path, of any kind. */
  void delete() {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      throw new ListenException(
          "cannot remove the stale socket " + path + " (" + e + ")",
          "remove it or choose another path");
    }
  }

  /** The path, for messages and logs. */
  String name() {
    return "unix:" + path;
  }
}

package io.kqueueserver.ffi;

import org.jspecify.annotations.Nullable;

/**
 * The meaning of an error number for the call that failed, and its remedy.
 *
 * @param problem what is wrong; null where only the name is known
 * @param remedy what to do, as an imperative without a full stop; null where nothing general helps
 */
record ErrnoMeaning(@Nullable String problem, @Nullable String remedy) {
  private static final ErrnoMeaning UNKNOWN = new ErrnoMeaning(null, null);

  /** The meaning of {@code name} for this call on this subject, or in general. */
  static ErrnoMeaning of(String call, String subject, String name) {
    ErrnoMeaning special =
        subject.startsWith("unix:")
            ? ofPath(name)
            : switch (call) {
              case "bind" -> ofAddress(name);
              case "kevent", "epoll_ctl" -> ofQueue(name);
              default -> UNKNOWN;
            };
    return special.equals(UNKNOWN) ? ofAny(name) : special;
  }

  private static ErrnoMeaning ofPath(String name) {
    return switch (name) {
      case "EADDRINUSE" -> of("a server listens on this path", "stop it or choose another path");
      case "ENOENT" ->
          of("the directory of this path does not exist", "create it or choose another path");
      case "ENOTDIR" -> of("a part of this path is no directory", "choose another path");
      case "EACCES" ->
          of(
              "permission denied",
              "let this process write to the directory of the path, and search those above it");
      case "EPERM" -> of("this file system takes no sockets", "choose another path");
      case "EROFS" -> of("read-only file system", "choose a path on one that can be written");
      case "ENAMETOOLONG" -> of("a part of this path is too long", "choose a shorter one");
      case "ELOOP" -> of("too many symbolic links in this path", "choose another path");
      case "ENOSPC", "EDQUOT" -> of("no space left for the file", "choose another path");
      case "EINVAL" -> of("no path for a socket", "choose another path");
      default -> UNKNOWN;
    };
  }

  private static ErrnoMeaning ofAddress(String name) {
    return switch (name) {
      case "EACCES" ->
          of(
              "permission denied",
              "ports below 1024 need privilege, such as CAP_NET_BIND_SERVICE on Linux: give it to"
                  + " this process or choose a higher port");
      case "EINVAL" -> of("no address to listen on", "choose another address");
      default -> UNKNOWN;
    };
  }

  private static ErrnoMeaning ofQueue(String name) {
    return name.equals("ENOENT") ? of("no such registration", null) : UNKNOWN;
  }

  private static ErrnoMeaning ofAny(String name) {
    return switch (name) {
      case "EADDRINUSE" ->
          of("address already in use", "stop the other process or choose another port");
      case "EADDRNOTAVAIL" -> of("no interface has this address", "choose one this machine has");
      case "EACCES" -> of("permission denied", null);
      case "EPERM" -> of("operation not permitted", null);
      case "EMFILE" -> of("too many open files in this process", "raise its limit (ulimit -n)");
      case "ENFILE" -> of("too many open files in the system", "raise the kernel's limit");
      case "ENOBUFS" -> of("no buffer space left in the kernel", null);
      case "ENOMEM" -> of("out of kernel memory", null);
      case "ENOSPC" ->
          of("no space left", "of file watches: raise fs.inotify.max_user_watches, on Linux");
      case "EBADF" -> of("descriptor is not open", null);
      case "ENOENT" -> of("no such file", null);
      case "EINVAL" -> of("invalid argument", null);
      case "EAFNOSUPPORT" ->
          of("address family not supported by this system", "choose an address of another family");
      case "EPIPE" -> of("the peer no longer reads", null);
      case "ECONNRESET" -> of("connection reset by peer", null);
      case "ENOSYS" -> of("function not implemented by this system", null);
      default -> UNKNOWN;
    };
  }

  private static ErrnoMeaning of(String problem, @Nullable String remedy) {
    return new ErrnoMeaning(problem, remedy);
  }

  /** For example {@code EMFILE - too many open files in this process; raise its limit}. */
  String text(String name) {
    return name + (problem == null ? "" : " - " + problem) + (remedy == null ? "" : "; " + remedy);
  }
}

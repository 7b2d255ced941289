package io.kqueueserver.ffi;

import java.util.HashMap;
import java.util.Map;

/**
 * The error numbers of one system. Beyond 34 no two systems agree, so nothing may be compared with
 * a literal. Immutable.
 */
public final class Errno {
  private static final Map<String, String> MEANINGS =
      Map.ofEntries(
          Map.entry(
              "EADDRINUSE",
              "address already in use; stop the other process or choose another port"),
          Map.entry("EADDRNOTAVAIL", "no interface has this address; choose one this machine has"),
          Map.entry(
              "EACCES",
              "permission denied; ports below 1024 need privilege, files need read access"),
          Map.entry("EPERM", "operation not permitted"),
          Map.entry("EMFILE", "too many open files in this process; raise its limit (ulimit -n)"),
          Map.entry("ENFILE", "too many open files in the system; raise the kernel's limit"),
          Map.entry("ENOBUFS", "no buffer space left in the kernel"),
          Map.entry("ENOMEM", "out of kernel memory"),
          Map.entry(
              "ENOSPC",
              "no space left; of file watches: raise fs.inotify.max_user_watches, on Linux"),
          Map.entry("EBADF", "descriptor is not open"),
          Map.entry("ENOENT", "no such file or registration"),
          Map.entry("EINVAL", "invalid argument"),
          Map.entry("EAFNOSUPPORT", "address family not supported by this system"),
          Map.entry("EPIPE", "the peer no longer reads"),
          Map.entry("ECONNRESET", "connection reset by peer"),
          Map.entry("ENOSYS", "function not implemented by this system"));

  public final int EAGAIN;
  public final int EINTR;
  public final int EBADF;
  public final int ENOENT;
  public final int EEXIST;
  public final int EINVAL;
  public final int EPERM;
  public final int ENOSYS;
  public final int EOPNOTSUPP;
  public final int ENOTSOCK;
  public final int EMFILE;
  public final int ENFILE;
  public final int ENOBUFS;
  public final int ENOMEM;
  public final int EPIPE;
  public final int EPROTO;
  public final int ECONNRESET;
  public final int ECONNABORTED;
  public final int ENOTCONN;
  public final int ETIMEDOUT;
  public final int EAFNOSUPPORT;
  public final int EADDRNOTAVAIL;
  public final int ENOPROTOOPT;
  private final Map<Integer, String> names = new HashMap<>();

  public Errno(Abi abi) {
    EAGAIN = abi.constant("EAGAIN");
    EINTR = abi.constant("EINTR");
    EBADF = abi.constant("EBADF");
    ENOENT = abi.constant("ENOENT");
    EEXIST = abi.constant("EEXIST");
    EINVAL = abi.constant("EINVAL");
    EPERM = abi.constant("EPERM");
    ENOSYS = abi.constant("ENOSYS");
    EOPNOTSUPP = abi.constant("EOPNOTSUPP");
    ENOTSOCK = abi.constant("ENOTSOCK");
    EMFILE = abi.constant("EMFILE");
    ENFILE = abi.constant("ENFILE");
    ENOBUFS = abi.constant("ENOBUFS");
    ENOMEM = abi.constant("ENOMEM");
    EPIPE = abi.constant("EPIPE");
    EPROTO = abi.constant("EPROTO");
    ECONNRESET = abi.constant("ECONNRESET");
    ECONNABORTED = abi.constant("ECONNABORTED");
    ENOTCONN = abi.constant("ENOTCONN");
    ETIMEDOUT = abi.constant("ETIMEDOUT");
    EAFNOSUPPORT = abi.constant("EAFNOSUPPORT");
    EADDRNOTAVAIL = abi.constant("EADDRNOTAVAIL");
    ENOPROTOOPT = abi.constant("ENOPROTOOPT");
    String table = AbiTable.ERRNOS;
    for (int start = 0; start < table.length(); start = table.indexOf('\n', start) + 1) {
      String name = table.substring(start, table.indexOf(' ', start));
      if (abi.has(name)) {
        // First name wins: EOPNOTSUPP stands before ENOTSUP, which shares its number on some
        // systems.
        names.putIfAbsent(abi.constant(name), name);
      }
    }
  }

  /** The symbolic name, or {@code errno 123} for one not in the tables. */
  public String name(int errno) {
    String name = names.get(errno);
    return name != null ? name : "errno " + errno;
  }

  /** Name, meaning and remedy, as far as known: {@code EMFILE - too many open files ...}. */
  public String describe(int errno) {
    String name = name(errno);
    String meaning = MEANINGS.get(name);
    return meaning == null ? name : name + " - " + meaning;
  }
}

package io.kqueueserver.ffi;

import java.util.HashMap;
import java.util.Map;

/**
 * The error numbers of one system. Beyond 34 no two systems agree, so nothing may be compared with
 * a literal. Immutable.
 */
public final class Errno {
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
    return ErrnoMeaning.of("", "", name).text(name);
  }
}

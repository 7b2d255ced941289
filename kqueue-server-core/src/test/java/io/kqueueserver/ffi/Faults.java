package io.kqueueserver.ffi;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What each call of the bindings may answer although its arguments are right, by the manual pages
 * of Linux and the BSD family and by POSIX. {@link FaultyLibC} injects it.
 */
final class Faults {
  /**
   * Answers in place of the call, which is not made. An error that occurs twice is twice as likely.
   */
  private static final Map<String, List<String>> INSTEAD =
      Map.ofEntries(
          Map.entry(
              "read", List.of("EINTR", "EINTR", "ECONNRESET", "ETIMEDOUT", "ENOBUFS", "ENOMEM")),
          Map.entry(
              "write",
              List.of("EAGAIN", "EINTR", "ENOBUFS", "ENOMEM", "EPIPE", "ECONNRESET", "ETIMEDOUT")),
          Map.entry(
              "send",
              List.of("EAGAIN", "EINTR", "ENOBUFS", "ENOMEM", "EPIPE", "ECONNRESET", "ETIMEDOUT")),
          Map.entry(
              "writev",
              List.of("EAGAIN", "EINTR", "ENOBUFS", "ENOMEM", "EPIPE", "ECONNRESET", "ETIMEDOUT")),
          Map.entry(
              "sendfile",
              List.of(
                  "EAGAIN",
                  "EINTR",
                  "ENOMEM",
                  "ENOBUFS",
                  "ECONNRESET",
                  "EPIPE",
                  "ETIMEDOUT",
                  "EIO")),
          Map.entry("recv", List.of("EINTR", "EINTR", "ECONNRESET", "ETIMEDOUT", "ENOMEM")),
          Map.entry(
              "accept",
              List.of(
                  "EINTR",
                  "ECONNABORTED",
                  "EPROTO",
                  "EPERM",
                  "EMFILE",
                  "ENFILE",
                  "ENOBUFS",
                  "ENOMEM",
                  "ETIMEDOUT")),
          Map.entry("shutdown", List.of("ENOTCONN")),
          Map.entry("getsockname", List.of("ENOBUFS")),
          Map.entry("getsockopt", List.of("ENOBUFS", "ENOMEM")),
          Map.entry("setsockopt", List.of("ENOBUFS", "ENOMEM", "EINVAL")),
          Map.entry("ioctl", List.of("EINVAL")),
          Map.entry("open", List.of("EINTR", "EMFILE", "ENFILE", "ENOMEM")),
          Map.entry("posix_fadvise", List.of("ESPIPE")),
          Map.entry("preadv2", List.of("EAGAIN", "EINVAL", "EIO")),
          Map.entry("socket", List.of("EMFILE", "ENFILE", "ENOBUFS", "ENOMEM")),
          Map.entry("bind", List.of("EADDRINUSE", "EACCES", "ENOBUFS")),
          Map.entry("connect", List.of("ECONNREFUSED", "EAGAIN")),
          Map.entry("listen", List.of("EADDRINUSE")),
          Map.entry("flock", List.of("EINTR", "EAGAIN")),
          Map.entry("fcntl", List.of("EINVAL")),
          Map.entry("getrlimit", List.of("EINVAL")),
          Map.entry("pipe", List.of("EMFILE", "ENFILE")),
          Map.entry("statx", List.of("ENOMEM", "EACCES")),
          Map.entry("epoll_create1", List.of("EMFILE", "ENFILE", "ENOMEM")),
          Map.entry("epoll_ctl", List.of("ENOMEM", "ENOSPC")),
          Map.entry("epoll_wait", List.of("EINTR")),
          Map.entry("eventfd", List.of("EMFILE", "ENFILE", "ENODEV", "ENOMEM")),
          Map.entry("timerfd_create", List.of("EMFILE", "ENFILE", "ENODEV", "ENOMEM")),
          Map.entry("timerfd_settime", List.of("EINVAL")),
          Map.entry("inotify_init1", List.of("EMFILE", "ENFILE", "ENOMEM")),
          Map.entry("inotify_add_watch", List.of("ENOSPC", "ENOMEM", "EACCES")),
          Map.entry("kqueue", List.of("EMFILE", "ENFILE", "ENOMEM")),
          Map.entry("kevent", List.of("EINTR", "ENOMEM")));

  /** Darwin's besides: {@code Sockets.write} and {@code NativeKqueue.poll} have the reasons. */
  private static final Map<String, List<String>> DARWIN =
      Map.of(
          "write",
          List.of("EPROTOTYPE"),
          "writev",
          List.of("EPROTOTYPE"),
          "kevent",
          List.of("ETIMEDOUT"));

  /**
   * Answers of a call that was made: close gives the number back whatever it answers, and a full
   * eventfd keeps its edge.
   */
  private static final Map<String, List<String>> AFTER =
      Map.of("close", List.of("EINTR", "EIO"), "wakeup", List.of("EAGAIN"));

  /** With these the peer has gone, and no later call on its socket succeeds. */
  private static final Set<String> PEER_GONE =
      Set.of("ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOTCONN", "EPROTOTYPE");

  /** The argument that says how many bytes, of calls that may do less. */
  private static final Map<String, Integer> LENGTHS = Map.of("write", 2, "send", 2, "sendfile", 3);

  /** Calls on a descriptor of which only those of connections may fail while a server serves. */
  private static final Set<String> ON_CONNECTIONS =
      Set.of(
          "read",
          "write",
          "send",
          "writev",
          "sendfile",
          "recv",
          "shutdown",
          "getsockname",
          "getsockopt",
          "setsockopt",
          "ioctl");

  /** Calls of which a connection has so many that a small share of them is enough. */
  private static final Set<String> FREQUENT =
      Set.of(
          "read",
          "write",
          "send",
          "writev",
          "sendfile",
          "epoll_wait",
          "epoll_ctl",
          "kevent",
          "accept",
          "close");

  /** Calls that a server on Linux makes while it serves, in the order of the table of tests. */
  private static final List<String> WHILE_SERVING =
      List.of(
          "accept",
          "getsockname",
          "epoll_ctl",
          "epoll_wait",
          "read",
          "write",
          "send",
          "writev",
          "open",
          "preadv2",
          "sendfile",
          "setsockopt",
          "shutdown",
          "close",
          "wakeup");

  private Faults() {}

  /** All faults of a server on Linux that serves, as {@code call ERROR}. */
  static List<String> whileServing() {
    return WHILE_SERVING.stream()
        .flatMap(
            call ->
                Stream.concat(instead(call, false).stream(), after(call).stream())
                    .distinct()
                    .map(error -> call + " " + error))
        .toList();
  }

  /** The call that a binding's method is, for this table. */
  static String call(String method) {
    return method.equals("accept4") ? "accept" : method;
  }

  static List<String> instead(String call, boolean darwin) {
    List<String> errors = INSTEAD.getOrDefault(call, List.of());
    List<String> more = darwin ? DARWIN.getOrDefault(call, List.of()) : List.of();
    return more.isEmpty() ? errors : concat(errors, more);
  }

  private static List<String> concat(List<String> some, List<String> more) {
    return Stream.concat(some.stream(), more.stream()).toList();
  }

  static List<String> after(String call) {
    return AFTER.getOrDefault(call, List.of());
  }

  static boolean isPeerGone(String error) {
    return PEER_GONE.contains(error);
  }

  /** The index of the argument that may be smaller; -1 if the call does all or nothing. */
  static int lengthOf(String call) {
    return LENGTHS.getOrDefault(call, -1);
  }

  /** How much more often than a frequent call this one fails. */
  static int weight(String call) {
    return FREQUENT.contains(call) ? 1 : 4;
  }

  static boolean isOnConnections(String call) {
    return ON_CONNECTIONS.contains(call);
  }
}

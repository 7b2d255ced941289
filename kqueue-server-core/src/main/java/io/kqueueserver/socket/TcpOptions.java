package io.kqueueserver.socket;

import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.ffi.NativeException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What is set on a TCP listener, and so on all it accepts. A system that lacks an option goes
 * without it: {@link #missing}.
 *
 * @param noDelay sends small pieces at once (TCP_NODELAY)
 * @param keepAlive looks after silent connections (SO_KEEPALIVE)
 * @param fastOpen connections whose first bytes came with their SYN that may wait; 0 for no
 *     TCP_FASTOPEN
 * @param deferAccept takes connections only when their first bytes are there: Linux's
 *     TCP_DEFER_ACCEPT, the BSDs' accept filter {@code dataready}
 */
public record TcpOptions(boolean noDelay, boolean keepAlive, int fastOpen, boolean deferAccept) {
  public static final TcpOptions DEFAULTS = new TcpOptions(true, false, 0, false);

  /** How long Linux holds a silent connection back before it is accepted without bytes. */
  private static final int DEFER_SECONDS = 15;

  /** The options asked for that this system does not have, as the properties call them. */
  public List<String> missing(Abi abi) {
    List<String> missing = new ArrayList<>();
    if (fastOpen > 0 && !abi.has("TCP_FASTOPEN")) {
      missing.add("tcp-fast-open");
    }
    if (deferAccept && !abi.has("TCP_DEFER_ACCEPT") && !abi.has("SO_ACCEPTFILTER")) {
      missing.add("defer-accept");
    }
    return missing;
  }

  /** Accepted sockets inherit these, so no connection pays a call for them: {@link AcceptMode}. */
  void beforeListen(Sockets sockets, int fd, String name) {
    Abi abi = sockets.abi();
    sockets.noDelay(fd, noDelay);
    if (keepAlive) {
      require(sockets, fd, "SOL_SOCKET", "SO_KEEPALIVE", 1, name);
    }
    if (fastOpen > 0 && abi.has("TCP_FASTOPEN") && !abi.isDarwin()) {
      require(sockets, fd, "IPPROTO_TCP", "TCP_FASTOPEN", fastOpen, name);
    }
    if (deferAccept && abi.has("TCP_DEFER_ACCEPT")) {
      require(sockets, fd, "IPPROTO_TCP", "TCP_DEFER_ACCEPT", DEFER_SECONDS, name);
    }
  }

  /** The options that only a listening socket takes. */
  void afterListen(Sockets sockets, int fd, String name) {
    Abi abi = sockets.abi();
    if (fastOpen > 0 && abi.isDarwin()) {
      // xnu bsd/netinet/tcp_usrreq.c: EINVAL unless the socket is in TCPS_LISTEN.
      require(sockets, fd, "IPPROTO_TCP", "TCP_FASTOPEN", 1, name);
    }
    if (deferAccept && abi.has("SO_ACCEPTFILTER")) {
      NativeBuffer filter = NativeBuffer.allocate(abi.constant("accept_filter_arg.sizeof"));
      filter
          .bytes()
          .put(
              abi.constant("accept_filter_arg.af_name.offset"),
              "dataready".getBytes(StandardCharsets.US_ASCII));
      // accept_filter(9): ENOENT if the module accf_data is not loaded.
      int result =
          sockets.setsockopt(
              fd, abi.constant("SOL_SOCKET"), abi.constant("SO_ACCEPTFILTER"), filter);
      check(sockets, result, "SO_ACCEPTFILTER dataready, " + name);
    }
  }

  private static void require(
      Sockets sockets, int fd, String level, String option, int value, String name) {
    Abi abi = sockets.abi();
    int result = sockets.setsockopt(fd, abi.constant(level), abi.constant(option), value);
    check(sockets, result, option + ", " + name);
  }

  private static void check(Sockets sockets, int result, String subject) {
    if (result < 0) {
      throw new NativeException("setsockopt", subject, -result, sockets.natives().errno());
    }
  }
}

package io.kqueueserver.net;

import io.kqueueserver.socket.Sockets;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.ConnectionStats;
import io.kqueueserver.stats.WireProtocol;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One debug line per closed descriptor of a client, in fixed columns without blanks in them.
 *
 * <pre>
 *     fd  reason             call                      bytes-in    bytes-out     age-s  protocol
 *     42  IDLE_TIMEOUT       -                              512        13021    75.204  http/1.1
 *     43  PEER_RESET         write:EPIPE                   1460        65536     0.318  http/1.1
 * </pre>
 *
 * <p>{@code call} is the failed system call with its errno. {@code write:-} is a failure without
 * errno, which comes from the transport. Bytes are counted above TLS. docs/metrics.md explains the
 * columns to operators.
 */
final class CloseLog {
  private static final Logger log = LoggerFactory.getLogger(CloseLog.class);
  private static final double NANOS_PER_SECOND = 1e9;

  private CloseLog() {}

  /**
   * Logs a close.
   *
   * @param call the call that failed; empty if no call did
   * @param result the negative errno of the call, or {@link Transport#FAILED} without errno
   * @param now the loop's time, of the same clock as the times of {@code stats}
   */
  static void closed(
      Sockets sockets,
      int fd,
      CloseReason reason,
      String call,
      long result,
      ConnectionStats stats,
      WireProtocol protocol,
      long now) {
    if (log.isDebugEnabled()) {
      log.debug(
          String.format(
              Locale.ROOT,
              "%6d  %-17s  %-20s  %12d %12d %9.3f  %s",
              fd,
              reason,
              failed(sockets, call, result),
              stats.bytesRead,
              stats.bytesWritten,
              (now - stats.openedNanos) / NANOS_PER_SECOND,
              protocol.label()));
    }
  }

  private static String failed(Sockets sockets, String call, long result) {
    if (call.isEmpty()) {
      return "-";
    }
    return call + ":" + (result == Transport.FAILED ? "-" : sockets.errnoName((int) -result));
  }
}

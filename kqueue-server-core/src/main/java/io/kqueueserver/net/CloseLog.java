package io.kqueueserver.net;

import io.kqueueserver.socket.Sockets;
import io.kqueueserver.stats.CloseReason;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One debug line per closed descriptor: why, and the errno if a call failed. */
final class CloseLog {
  private static final Logger log = LoggerFactory.getLogger(CloseLog.class);

  private CloseLog() {}

  /**
   * Logs a close.
   *
   * @param call the call that failed; empty if none did
   * @param result its negative errno, or {@link Transport#FAILED} without one
   */
  static void closed(Sockets sockets, int fd, CloseReason reason, String call, long result) {
    if (!log.isDebugEnabled()) {
      return;
    }
    if (call.isEmpty()) {
      log.debug("fd {}: closed for {}", fd, reason);
    } else if (result == Transport.FAILED) {
      log.debug("fd {}: closed for {}: {} failed", fd, reason, call);
    } else {
      log.debug("fd {}: closed for {}: {}: {}", fd, reason, call, sockets.errnoName((int) -result));
    }
  }
}

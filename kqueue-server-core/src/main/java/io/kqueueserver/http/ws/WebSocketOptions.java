package io.kqueueserver.http.ws;

/**
 * How a server runs its WebSocket sessions. Immutable.
 *
 * @param compression whether permessage-deflate (RFC 7692) is agreed to
 * @param contextTakeover whether a session may keep its compression state from one message to the
 *     next, about 300 KiB of native memory for as long as it lives
 * @param maxControlFrames pings and pongs of a client in one second; more is 1008
 * @param maxQueuedBytes what may wait to be sent to one client; more is 1008
 * @param maxSessions sessions at a time, beyond which a handshake is answered 503; 0 for no bound
 */
public record WebSocketOptions(
    MessageLimits messages,
    boolean compression,
    boolean contextTakeover,
    int maxControlFrames,
    long maxQueuedBytes,
    WebSocketTimeouts timeouts,
    int maxSessions) {

  public static final WebSocketOptions DEFAULTS =
      new WebSocketOptions(
          MessageLimits.DEFAULTS, true, false, 64, 1024 * 1024, WebSocketTimeouts.DEFAULTS, 0);

  /**
   * Checks every bound.
   *
   * @throws IllegalArgumentException naming the option, its value and what is allowed
   */
  public WebSocketOptions {
    require("max-control-frames", maxControlFrames, 1, Integer.MAX_VALUE);
    require("max-queued-bytes", maxQueuedBytes, 1024, Long.MAX_VALUE);
    require("max-sessions", maxSessions, 0, Integer.MAX_VALUE);
  }

  static void require(String option, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "websocket." + option + " is " + value + "; it must be from " + least + " to " + most);
    }
  }
}

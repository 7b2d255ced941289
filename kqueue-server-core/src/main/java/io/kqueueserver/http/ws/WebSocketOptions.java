package io.kqueueserver.http.ws;

/**
 * The options of WebSocket sessions of a server. Immutable.
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
   * @throws IllegalArgumentException if a value is out of bounds; the message names the option
   */
  public WebSocketOptions {
    OptionBounds.require("max-control-frames", maxControlFrames, 1, Integer.MAX_VALUE);
    OptionBounds.require("max-queued-bytes", maxQueuedBytes, 1024, Long.MAX_VALUE);
    OptionBounds.require("max-sessions", maxSessions, 0, Integer.MAX_VALUE);
  }
}

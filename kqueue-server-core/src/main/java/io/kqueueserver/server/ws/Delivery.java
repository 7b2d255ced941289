package io.kqueueserver.server.ws;

import io.kqueueserver.http.ws.MessageLimits;
import io.kqueueserver.http.ws.WebSocketOptions;

/** How the messages of a session reach its listener. */
public enum Delivery {
  /** A message is gathered, and delivered by {@link WebSocketListener#onMessage}. */
  WHOLE,

  /**
   * A message is delivered by {@link WebSocketListener#onPiece} as it arrives. It may be of any
   * length: {@code max-message-size} does not hold, while the bounds on frames, fragments, the
   * inflate ratio and time do. Pongs are not delivered.
   */
  PIECES;

  /** The bounds on messages that hold for this delivery. */
  MessageLimits limits(WebSocketOptions options) {
    MessageLimits limits = options.messages();
    return this == WHOLE
        ? limits
        : new MessageLimits(
            limits.maxFrameBytes(),
            Long.MAX_VALUE,
            limits.maxFragments(),
            limits.maxEmptyFragments(),
            limits.maxInflateRatio());
  }
}

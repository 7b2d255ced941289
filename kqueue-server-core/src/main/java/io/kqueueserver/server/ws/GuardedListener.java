package io.kqueueserver.server.ws;

import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.ws.CloseCode;
import io.kqueueserver.stats.WebSocketStats;
import io.kqueueserver.stats.WebSocketStats.ClosedBy;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listener of one session: what it throws is logged and harms its own session only, and it is
 * told of the close once. The loop's thread only.
 */
final class GuardedListener {
  private static final Logger log = LoggerFactory.getLogger(GuardedListener.class);

  private final WebSocketStats stats;
  private final Runnable onFailure;
  private @Nullable WebSocketListener listener;
  private boolean closed;

  /**
   * Makes the guard of a listener that is still to be set.
   *
   * @param onFailure ends the session after the listener has thrown
   */
  GuardedListener(WebSocketStats stats, Runnable onFailure) {
    this.stats = stats;
    this.onFailure = onFailure;
  }

  void set(WebSocketListener made) {
    listener = made;
  }

  private WebSocketListener listener() {
    return Objects.requireNonNull(listener, "the session has no listener yet");
  }

  void call(Consumer<WebSocketListener> callback) {
    try {
      callback.accept(listener());
    } catch (Throwable e) {
      log.error("the listener of a WebSocket session failed", e);
      onFailure.run();
    }
  }

  /**
   * Counts and tells the close of the session, once. The application may call anything from there,
   * so the session's state is final and its Close frame on its way before.
   */
  void closed(int code, String reason, ClosedBy by) {
    if (!closed) {
      closed = true;
      stats.closed(code, by);
      try {
        listener().onClose(code, reason);
      } catch (Throwable e) {
        log.error("the listener of a WebSocket session failed at its close", e);
      }
    }
  }

  /** The stream has ended, perhaps without a close. */
  void ended(@Nullable ExchangeException cause) {
    Reason reason = cause == null ? Reason.PEER_CLOSED : cause.reason();
    boolean ours = reason == Reason.SERVER_STOPPED || reason == Reason.APPLICATION;
    closed(
        CloseCode.ABNORMAL,
        cause == null ? "" : String.valueOf(cause.getMessage()),
        ours ? ClosedBy.SERVER : ClosedBy.CLIENT);
    try {
      listener().onEnd();
    } catch (Throwable e) {
      log.error("the listener of a WebSocket session failed after its end", e);
    }
  }
}

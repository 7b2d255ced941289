package io.kqueueserver.server.ws;

import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.ws.CloseCode;
import io.kqueueserver.http.ws.Opcode;
import io.kqueueserver.stats.WebSocketStats;
import io.kqueueserver.stats.WebSocketStats.ClosedBy;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Guards the listener of one session. An exception of the listener is logged and ends its session
 * only. The listener is notified of the close once. The loop's thread only.
 */
final class GuardedListener {
  private static final Logger log = LoggerFactory.getLogger(GuardedListener.class);

  private final WebSocketStats stats;
  private final Runnable onFailure;
  private @Nullable WebSocketListener listener;
  private boolean closed;

  /**
   * Makes a guard, whose listener is set later.
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

  void message(Opcode type, byte[] payload) {
    stats.received(WebSocketSender.message(type));
    try {
      listener().onMessage(type, payload);
    } catch (Throwable e) {
      failed(e);
    }
  }

  /** Passes a piece on; its message counts when it is complete. */
  void piece(Opcode type, byte[] payload, boolean last) {
    if (last) {
      stats.received(WebSocketSender.message(type));
    }
    call(to -> to.onPiece(type, payload, last));
  }

  void call(Consumer<WebSocketListener> callback) {
    try {
      callback.accept(listener());
    } catch (Throwable e) {
      failed(e);
    }
  }

  private void failed(Throwable error) {
    log.error("the listener of a WebSocket session failed", error);
    onFailure.run();
  }

  /**
   * Counts the close of the session and notifies the listener, once. The listener may call any
   * method, so the caller sets the session's final state and sends the Close frame before.
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

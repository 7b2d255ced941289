package io.kqueueserver.server;

import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.RequestHead;
import org.jspecify.annotations.Nullable;

/**
 * Notified of rare events of a server, and of the end of every exchange if {@link
 * #wantsExchangeEnds}. A listener is called on the loop of the event and must not block. Hot
 * counters are in {@code stats}.
 */
public interface ServerListener {
  ServerListener NONE = new ServerListener() {};

  /** A listener that notifies both listeners, the first one first. */
  static ServerListener both(ServerListener first, ServerListener second) {
    return first == NONE ? second : second == NONE ? first : new TwoListeners(first, second);
  }

  /**
   * A run of the server begins, before the first accept. Called by the thread that starts the
   * server. Further runs call this method and {@link #onStop} again.
   */
  default void onStart() {}

  /** The run has ended with all its exchanges, except those of a handler that blocks its loop. */
  default void onStop() {}

  /**
   * The loops have failed for good, and the run is about to be stopped. Called once, on a thread of
   * its own, so that the listener may block, and may stop the server. The process goes on at least
   * until this method returns.
   *
   * @param cause the last failure; as a rule a {@code NativeException} with call and errno
   */
  default void onFailed(Throwable cause) {}

  /**
   * Another process serves the listening sockets from now on, and the server has begun to drain.
   * Called at most once in a run, on a thread of its own, so that the listener may block, and may
   * stop the server.
   */
  default void onHandedOver() {}

  /**
   * The protocol has refused a request.
   *
   * @param request the head; null if it was not complete
   */
  default void onRefused(@Nullable RequestHead request, HttpException cause) {}

  /** The application threw. The exchange was answered with 500 or reset. */
  default void onHandlerError(RequestHead request, Throwable error) {}

  /**
   * Whether {@link #onExchangeEnd} must be called. Read once per run and loop. If false, an
   * exchange pays one check of a null reference.
   */
  default boolean wantsExchangeEnds() {
    return false;
  }

  /**
   * An exchange has ended, or a request was refused before it became an exchange. The listener must
   * copy the values that it keeps, and do slow work on another thread.
   */
  default void onExchangeEnd(EndedExchange exchange) {}

  /** Number of ends that this listener was notified of and had to drop. Any thread. */
  default long dropped() {
    return 0;
  }
}

package io.kqueueserver.server;

import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.RequestHead;
import org.jspecify.annotations.Nullable;

/**
 * Hears of rare events of a server, and of the end of every exchange if it asks for that, on the
 * loop thread where they happen: it must not block. Hot counters are not here but in {@code stats}.
 */
public interface ServerListener {
  ServerListener NONE = new ServerListener() {};

  /** Both hear of everything, the first one first. */
  static ServerListener both(ServerListener first, ServerListener second) {
    return first == NONE ? second : second == NONE ? first : new TwoListeners(first, second);
  }

  /**
   * A run of the server begins; nothing was accepted yet. Called by the thread that starts it; a
   * listener must be able to go through this and {@link #onStop} again.
   */
  default void onStart() {}

  /** That run is over, all its exchanges too, unless a handler still blocks its loop. */
  default void onStop() {}

  /**
   * The loops have failed for good: this run is about to be stopped. Called once, on a thread of
   * its own, so that it may take its time, and stop the server itself. The process goes on at least
   * until it returns.
   *
   * @param cause the last failure; as a rule a {@code NativeException} with call and errno
   */
  default void onFailed(Throwable cause) {}

  /**
   * A request was refused by the protocol; {@code request} is null if its head was not complete.
   */
  default void onRefused(@Nullable RequestHead request, HttpException cause) {}

  /** The application threw; the exchange was answered with 500 or cut. */
  default void onHandlerError(RequestHead request, Throwable error) {}

  /**
   * Whether {@link #onExchangeEnd} is of interest. Asked once per run and loop; while nobody says
   * so, an exchange pays one look at a null reference for it.
   */
  default boolean wantsExchangeEnds() {
    return false;
  }

  /**
   * An exchange has ended, or a request was refused before it became one. What has to be kept must
   * be copied, and what takes time be done elsewhere.
   */
  default void onExchangeEnd(EndedExchange exchange) {}

  /** Ends that were told but could not be kept, since this listener was made. Any thread. */
  default long dropped() {
    return 0;
  }
}

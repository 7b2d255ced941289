package io.kqueueserver.server;

import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.RequestHead;
import org.jspecify.annotations.Nullable;

/**
 * Hears of rare events of a server, on the loop thread where they happen: it must not block. Hot
 * counters are not here but in {@code stats}.
 */
public interface ServerListener {
  ServerListener NONE = new ServerListener() {};

  /**
   * A request was refused by the protocol; {@code request} is null if its head was not complete.
   */
  default void onRefused(@Nullable RequestHead request, HttpException cause) {}

  /** The application threw; the exchange was answered with 500 or cut. */
  default void onHandlerError(RequestHead request, Throwable error) {}
}

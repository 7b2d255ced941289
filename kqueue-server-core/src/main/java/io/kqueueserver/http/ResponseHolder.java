package io.kqueueserver.http;

/**
 * A listener between an exchange and the application that may hold response bytes that the
 * application has written. The loop's thread only.
 */
public interface ResponseHolder extends ExchangeListener {
  /** Passes the held bytes on, in their order, and then resets the exchange. */
  void reset(ExchangeException cause);
}

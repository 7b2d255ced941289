package io.kqueueserver.http;

/**
 * Listener of an exchange which stands between it and the application and may hold response bytes
 * that the application has written. The loop's thread only.
 */
public interface ResponseHolder extends ExchangeListener {
  /** Hands on the bytes it holds, in their order, and then breaks the exchange off. */
  void reset(ExchangeException cause);
}

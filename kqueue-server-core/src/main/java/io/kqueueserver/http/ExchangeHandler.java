package io.kqueueserver.http;

/** The application: called once per request with everything it needs to answer. */
@FunctionalInterface
public interface ExchangeHandler {
  /**
   * Handles one exchange. Called on the exchange's loop thread, which it must not block. The
   * exchange lives on after this returns, until it was finished or reset. An exception thrown here
   * ends only this exchange: 500 if nothing was sent yet, else the connection is cut.
   */
  void handle(Exchange exchange);
}

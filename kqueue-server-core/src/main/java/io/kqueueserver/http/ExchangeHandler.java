package io.kqueueserver.http;

/** The application's handler of requests, called once per request. */
@FunctionalInterface
public interface ExchangeHandler {
  /**
   * Handles one exchange. Called on the loop's thread of the exchange, which the handler must not
   * block. The exchange goes on after the return, until it was finished or reset. An exception ends
   * only this exchange: by a 500 if no byte was sent, else by a reset.
   */
  void handle(Exchange exchange);
}

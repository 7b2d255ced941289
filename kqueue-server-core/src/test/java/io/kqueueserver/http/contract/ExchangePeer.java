package io.kqueueserver.http.contract;

import java.util.List;
import java.util.Map;

/**
 * The client of one exchange, whatever version it speaks. Used by the test's thread, which it may
 * block for a bounded time.
 */
public interface ExchangePeer extends AutoCloseable {
  /** How a response came to its end. */
  enum End {
    /** By its framing. */
    COMPLETE,
    /** Before that: the client knows that something is missing. */
    BROKEN
  }

  /**
   * A final response, as far as it came; status 0 if no head did.
   *
   * @param fields by lower-case name; values of one name are joined by a comma
   * @param body one char per byte, content codings undone
   * @param trailers as {@code name: value}
   */
  record Answer(
      int status, Map<String, String> fields, String body, List<String> trailers, End end) {}

  /** Sends a piece of the request body. */
  void sendBody(String piece);

  /** Ends a body of unknown length, with trailers as {@code name: value}. */
  void endBody(String... trailers);

  /** Awaits an informational response and returns its status. */
  int interim();

  /** Awaits the final response, to its end or its break. */
  Answer answer();

  /** Breaks the exchange off, as a client does that was killed. */
  void disappear();

  /** Ends the exchange from this side; what it still sends is not read. */
  @Override
  void close();
}

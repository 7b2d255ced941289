package io.kqueueserver.http.contract;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeHandler;
import java.nio.file.Path;
import java.util.List;

/** Serves the exchanges of a class of tests, one after the other. */
public interface ExchangeFixture extends AutoCloseable {
  /**
   * A request to be made.
   *
   * @param contentLength 0 for no body, {@link Exchange#UNKNOWN_LENGTH} for a body without an
   *     announced length
   * @param fields as {@code name: value}
   */
  record Request(String method, String path, long contentLength, List<String> fields) {
    public static Request get(String... fields) {
      return new Request("GET", "/a?b", 0, List.of(fields));
    }

    public static Request post(long contentLength, String... fields) {
      return new Request("POST", "/a?b", contentLength, List.of(fields));
    }

    Request method(String other) {
      return new Request(other, path, contentLength, fields);
    }
  }

  /** Sends the request's head, to be served by the handler. */
  ExchangePeer open(Request request, ExchangeHandler handler);

  /** Does what is due, where no thread does it; called again and again while a test waits. */
  default void turn() {}

  /** A file that can be sent, with the numbers 0 to 9999 in four digits each. */
  Path file();

  /** Whether an exchange of this kind can be switched to another protocol. */
  default boolean canSwitch() {
    return true;
  }

  /** A request that offers another protocol, as this version does it. */
  default Request switching() {
    return Request.get("Connection: upgrade", "Upgrade: echo");
  }

  /** Fails if anything of an exchange is left, which was the last of a test. */
  void settle();

  /** Ends serving; fails if anything is left of it. */
  @Override
  void close();
}

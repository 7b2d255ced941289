package io.kqueueserver.server;

import io.kqueueserver.http.HeaderSource;

/**
 * Receives the messages of connections as rows: heads, pieces of bodies and ends of HTTP/1, and
 * frames of protocols with frames. Called on the connection's loop with unmasked values; an
 * implementation must mask secrets.
 */
@FunctionalInterface
public interface WireListener {
  /** The length of a row that has no payload. */
  long NO_PAYLOAD = -1;

  /** The direction of a row, from the server's side. */
  enum Direction {
    IN,
    OUT
  }

  /**
   * Receives one row.
   *
   * @param fd descriptor of the connection
   * @param stream number of the stream; 0 for the connection, and in HTTP/1
   * @param type type of the frame; of HTTP/1 {@code HEADERS} or {@code DATA}
   * @param length length of the payload, or {@link #NO_PAYLOAD}
   * @param detail start line or flags
   * @param fields header or trailer fields
   */
  void row(
      int fd,
      int stream,
      Direction direction,
      String type,
      long length,
      String detail,
      HeaderSource fields);
}

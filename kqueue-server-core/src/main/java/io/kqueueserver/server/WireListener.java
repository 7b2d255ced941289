package io.kqueueserver.server;

import io.kqueueserver.http.HeaderSource;

/**
 * Sees what goes over the wire, as rows: heads, pieces of bodies and ends of HTTP/1, frames of
 * protocols that have them. Called on the connection's loop, with nothing masked: an implementation
 * decides what it shows.
 */
@FunctionalInterface
public interface WireListener {
  /** No length is known or meant. */
  long NO_LENGTH = -1;

  /** Seen from the server. */
  enum Direction {
    IN,
    OUT
  }

  /**
   * Takes one row.
   *
   * @param fd descriptor of the connection
   * @param stream number of the stream; 0 for the connection, and in HTTP/1
   * @param type of the frame, or what HTTP/1 has in its place: {@code HEADERS}, {@code DATA}
   * @param length of its payload, or {@link #NO_LENGTH}
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

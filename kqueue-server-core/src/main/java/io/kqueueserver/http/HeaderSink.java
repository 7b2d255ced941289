package io.kqueueserver.http;

/** Receives header fields one by one, in the order they go on the wire. */
@FunctionalInterface
public interface HeaderSink {
  /**
   * Takes one field.
   *
   * @throws IllegalArgumentException if the name is not a token or the value holds CR, LF or NUL (RFC 9110
   *     5.5): such a field would let an application's data rewrite the message
   */
  void field(String name, String value);
}

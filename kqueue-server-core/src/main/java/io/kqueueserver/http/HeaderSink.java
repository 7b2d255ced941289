package io.kqueueserver.http;

/** Receives header fields one by one, in the order of the wire. */
@FunctionalInterface
public interface HeaderSink {
  /**
   * Takes one field.
   *
   * @throws IllegalArgumentException if the name is not a token or the value holds a control
   *     character other than HTAB (RFC 9110 5.5), as CR, LF and NUL would let an application's data
   *     change the message
   */
  void field(String name, String value);
}

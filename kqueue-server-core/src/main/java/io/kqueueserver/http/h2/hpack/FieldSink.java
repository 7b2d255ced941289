package io.kqueueserver.http.h2.hpack;

/** Receives the fields of a block from {@link HpackDecoder}, in the order of the block. */
@FunctionalInterface
public interface FieldSink {
  /**
   * Takes one field. Nothing but its compression has been checked: name and value may hold any
   * octet, and be empty. Must not throw, since the rest of the block would then be missing from the
   * table; {@link HpackDecoder#discard} refuses it.
   *
   * @param name one char per octet (ISO-8859-1), the same object every time if the name is common
   * @param value one char per octet
   * @param neverIndexed the client asked that no hop puts the value into a table (RFC 7541 7.1.3)
   */
  void field(String name, String value, boolean neverIndexed);
}

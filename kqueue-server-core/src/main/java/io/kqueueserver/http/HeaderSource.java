package io.kqueueserver.http;

/** Header fields, such as an application's map, that can be written to a {@link HeaderSink}. */
@FunctionalInterface
public interface HeaderSource {
  /** No fields. */
  HeaderSource NONE = sink -> {};

  /** Calls {@link HeaderSink#field} once per field line, in order. May be called more than once. */
  void writeTo(HeaderSink sink);
}

package io.kqueueserver.http;

/** Something that can pour header fields into a {@link HeaderSink}: an application's header map. */
@FunctionalInterface
public interface HeaderSource {
  /** No fields. */
  HeaderSource NONE = sink -> {};

  /** Calls {@link HeaderSink#field} once per field line, in order. May be called more than once. */
  void writeTo(HeaderSink sink);
}

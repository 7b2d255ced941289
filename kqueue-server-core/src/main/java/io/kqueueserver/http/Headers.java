package io.kqueueserver.http;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Received header (or trailer) fields in wire order. Names compare case-insensitively in ASCII;
 * values are as received without surrounding white space, one char per byte (ISO-8859-1).
 * Immutable, safe to read from any thread, and valid without limit in time.
 */
public interface Headers extends HeaderSource {
  Headers EMPTY =
      new Headers() {
        @Override
        public int size() {
          return 0;
        }

        @Override
        public String name(int index) {
          throw new IndexOutOfBoundsException(index);
        }

        @Override
        public String value(int index) {
          throw new IndexOutOfBoundsException(index);
        }
      };

  int size();

  String name(int index);

  String value(int index);

  /** The first value of that field, or null. */
  default @Nullable String first(String name) {
    for (int i = 0; i < size(); i++) {
      if (name.equalsIgnoreCase(name(i))) {
        return value(i);
      }
    }
    return null;
  }

  /** Every value of that field, in order; empty if there is none. */
  default List<String> all(String name) {
    List<String> values = new ArrayList<>(2);
    for (int i = 0; i < size(); i++) {
      if (name.equalsIgnoreCase(name(i))) {
        values.add(value(i));
      }
    }
    return values;
  }

  default boolean contains(String name) {
    return first(name) != null;
  }

  @Override
  default void writeTo(HeaderSink sink) {
    for (int i = 0; i < size(); i++) {
      sink.field(name(i), value(i));
    }
  }
}

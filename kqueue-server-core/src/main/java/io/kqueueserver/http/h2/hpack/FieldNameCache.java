package io.kqueueserver.http.h2.hpack;

import org.jspecify.annotations.Nullable;

/**
 * The names that an application used last, so that its usual ones are neither checked nor turned
 * into lower case again. Bounded, whatever names come: a name looks for its place in a set of four,
 * and drives out another of that set if it finds none.
 */
final class FieldNameCache {
  private static final int SETS = 64;
  private static final int WAYS = 4;

  /** A longer name is rare, and not worth holding. */
  private static final int MAX_NAME_CHARS = 64;

  private final @Nullable String[] written = new @Nullable String[SETS * WAYS];
  private final @Nullable FieldName[] names = new @Nullable FieldName[SETS * WAYS];
  private int victim;

  /**
   * The name of a field.
   *
   * @throws IllegalArgumentException if it is no token, apart from the colon it may begin with
   */
  FieldName get(String name) {
    int hash = name.hashCode();
    int set = ((hash ^ hash >>> 6 ^ hash >>> 12) & SETS - 1) * WAYS;
    for (int way = set; way < set + WAYS; way++) {
      if (name.equals(written[way])) {
        return names[way];
      }
    }
    FieldName made = FieldName.of(name);
    if (name.length() <= MAX_NAME_CHARS) {
      int way = set + (victim++ & WAYS - 1);
      written[way] = name;
      names[way] = made;
    }
    return made;
  }
}

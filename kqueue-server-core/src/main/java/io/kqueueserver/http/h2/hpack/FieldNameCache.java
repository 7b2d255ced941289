package io.kqueueserver.http.h2.hpack;

import org.jspecify.annotations.Nullable;

/**
 * The names that an application has used last, so that its usual names are neither checked nor
 * lower-cased again. The cache is bounded for any names: a name has a set of four places, and
 * replaces another name of the set if all are taken.
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

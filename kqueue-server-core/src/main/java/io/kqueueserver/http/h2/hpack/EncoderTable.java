package io.kqueueserver.http.h2.hpack;

/**
 * The encoder's dynamic table, with a hash index over its names. Entries of one bucket are chained
 * by their numbers from the newest to the oldest, so that an evicted entry ends its chain by itself
 * and nothing is unlinked.
 */
final class EncoderTable {
  private static final int BUCKETS = 64;
  private static final int[] EMPTY = {};

  /** The most entries looked at for one field: a name with many values does not get slow. */
  private static final int MAX_LOOKED_AT = 32;

  private final HeaderTable table;

  /** Number of the newest entry per bucket; 0, the number of none, is older than every entry. */
  private int[] buckets = EMPTY;

  /** Number of the next older entry of the same bucket, at the place of an entry's own number. */
  private int[] older = EMPTY;

  EncoderTable(int maxSize) {
    table = new HeaderTable(maxSize);
  }

  int maxSize() {
    return table.maxSize();
  }

  void maxSize(int octets) {
    table.maxSize(octets);
  }

  int size() {
    return table.size();
  }

  /**
   * Looks for a field.
   *
   * @return its index in this table; if only its name is there, an index of that, negated; else 0
   */
  int find(String name, String value) {
    int count = table.count();
    if (count == 0) {
      return 0;
    }
    int found = 0;
    int number = buckets[bucket(name)];
    int age = table.newest() - number;
    for (int looked = 0; age >= 0 && age < count && looked < MAX_LOOKED_AT; looked++) {
      int index = age + 1;
      if (name.equals(table.name(index))) {
        if (value.equals(table.value(index))) {
          return index;
        }
        if (found == 0) {
          found = -index;
        }
      }
      number = older[number & older.length - 1];
      age = table.newest() - number;
    }
    return found;
  }

  void add(String name, String value) {
    if (!table.add(name, value)) {
      return;
    }
    if (older.length == table.capacity()) {
      link(table.newest(), name);
    } else {
      index();
    }
  }

  private void index() {
    older = new int[table.capacity()];
    buckets = new int[BUCKETS];
    for (int index = table.count(); index > 0; index--) {
      link(table.newest() - index + 1, table.name(index));
    }
  }

  private void link(int number, String name) {
    int bucket = bucket(name);
    older[number & older.length - 1] = buckets[bucket];
    buckets[bucket] = number;
  }

  private static int bucket(String name) {
    int hash = name.hashCode();
    return (hash ^ hash >>> 6 ^ hash >>> 12) & BUCKETS - 1;
  }
}

package io.kqueueserver.http.h2.hpack;

import org.jspecify.annotations.Nullable;

/**
 * A dynamic table (RFC 7541 2.3.2): a queue of fields bounded by its size in octets, from which the
 * oldest fields are evicted (4.3, 4.4). A ring that grows with use: an empty table holds no memory.
 */
final class HeaderTable {
  /** The size of an entry beyond the octets of its name and value (RFC 7541 4.1). */
  static final int ENTRY_OVERHEAD = 32;

  private static final @Nullable String[] EMPTY = {};
  private static final int MIN_ENTRIES = 16;

  /** Name and value by turns; a power of two. */
  private @Nullable String[] ring = EMPTY;

  private int maxSize;
  private int size;
  private int count;

  /** How many fields were ever added; the newest has this number. Wraps around. */
  private int newest;

  HeaderTable(int maxSize) {
    this.maxSize = maxSize;
  }

  /** The size of a field in octets, as {@link #maxSize} counts them. */
  static long sizeOf(int nameLength, int valueLength) {
    return (long) nameLength + valueLength + ENTRY_OVERHEAD;
  }

  /** The most that {@link #size} may be, in octets. */
  int maxSize() {
    return maxSize;
  }

  /** Sets the bound, and evicts until it holds. */
  void maxSize(int octets) {
    maxSize = octets;
    evictTo(octets);
  }

  /** The sum of the sizes of all entries, in octets. */
  int size() {
    return size;
  }

  /** The number of entries. */
  int count() {
    return count;
  }

  /** The number of the newest entry; those before it have the numbers below. Wraps around. */
  int newest() {
    return newest;
  }

  /** Number of entries for which there is room before the ring grows; a power of two, or 0. */
  int capacity() {
    return ring.length >> 1;
  }

  /** The name of an entry; 1 is the newest. */
  String name(int index) {
    return ring[slot(newest - index + 1)];
  }

  /** The value of an entry; 1 is the newest. */
  String value(int index) {
    return ring[slot(newest - index + 1) + 1];
  }

  /**
   * Adds a field, for which older ones make room. A field larger than the whole table leaves it
   * empty, which is no error (RFC 7541 4.4).
   *
   * @return whether the field is in the table
   */
  boolean add(String name, String value) {
    long needed = sizeOf(name.length(), value.length());
    if (needed > maxSize) {
      clear();
      return false;
    }
    evictTo(maxSize - (int) needed);
    if (count == capacity()) {
      grow();
    }
    newest++;
    int slot = slot(newest);
    ring[slot] = name;
    ring[slot + 1] = value;
    count++;
    size += (int) needed;
    return true;
  }

  /** Evicts every entry. */
  void clear() {
    evictTo(0);
  }

  private void evictTo(int octets) {
    while (size > octets) {
      int slot = slot(newest - count + 1);
      size -= (int) sizeOf(ring[slot].length(), ring[slot + 1].length());
      ring[slot] = null;
      ring[slot + 1] = null;
      count--;
    }
  }

  private void grow() {
    @Nullable String[] old = ring;
    int mask = old.length - 1;
    @Nullable String[] larger = new @Nullable String[Math.max(2 * MIN_ENTRIES, 2 * old.length)];
    ring = larger;
    for (int number = newest - count + 1; number - newest <= 0; number++) {
      int from = 2 * number & mask;
      int to = slot(number);
      larger[to] = old[from];
      larger[to + 1] = old[from + 1];
    }
  }

  private int slot(int number) {
    return 2 * number & ring.length - 1;
  }
}

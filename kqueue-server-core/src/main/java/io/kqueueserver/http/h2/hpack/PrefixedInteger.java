package io.kqueueserver.http.h2.hpack;

/**
 * Reads one integer (RFC 7541 5.1), an octet at a time. Values of 2^31 and more are errors, and so
 * are encodings with more than five octets behind the prefix, which only zeros could fill.
 */
final class PrefixedInteger {
  private static final int MAX_CONTINUATIONS = 5;

  private int value;
  private int continuations;

  /**
   * Takes the first octet.
   *
   * @param prefix the bits of the octet that belong to the integer
   * @return whether it was the last
   */
  boolean begin(int octet, int prefix) {
    value = octet & prefix;
    continuations = 0;
    return value < prefix;
  }

  /**
   * Takes a further octet.
   *
   * @return whether it was the last
   */
  boolean next(int octet) {
    if (continuations == MAX_CONTINUATIONS) {
      throw new HpackException("integer of more than " + (MAX_CONTINUATIONS + 1) + " octets");
    }
    long sum = value + ((long) (octet & 0x7f) << (7 * continuations));
    continuations++;
    if (sum > Integer.MAX_VALUE) {
      throw new HpackException("integer above 2^31 - 1");
    }
    value = (int) sum;
    return (octet & 0x80) == 0;
  }

  int value() {
    return value;
  }
}

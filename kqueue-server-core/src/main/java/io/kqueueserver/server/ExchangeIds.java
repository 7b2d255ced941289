package io.kqueueserver.server;

import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * Ids of the exchanges of one loop: a random prefix of this loop in this run, and a count. The ids
 * differ from those of other loops, servers, processes and restarts, and show the order of
 * exchanges. An exchange only takes a number; the text of an id is made on demand.
 */
final class ExchangeIds {
  /** 2^52: of 100,000 runs of a loop, two share a prefix with a probability of 1 in 900,000. */
  private static final long PREFIXES = 1L << 52;

  private static final int RADIX = 36;

  /** Holds the random source, whose first use takes milliseconds that a start need not pay. */
  private static final class Entropy {
    static final SecureRandom SOURCE = new SecureRandom();
  }

  private long count;
  private volatile @Nullable String prefix;

  /** The number of the next exchange. The loop's thread only. */
  long next() {
    return ++count;
  }

  /** The text of an id, for example {@code 1k9f3zq8xw-42}. Any thread. */
  String text(long number) {
    String known = prefix;
    return (known == null ? choose() : known) + number;
  }

  private synchronized String choose() {
    String chosen = prefix;
    if (chosen == null) {
      // At least 2^30, so that all prefixes have about the same length.
      long random = Entropy.SOURCE.nextLong(1L << 30, PREFIXES);
      chosen = Long.toString(random, RADIX) + '-';
      prefix = chosen;
    }
    return chosen;
  }
}

package io.kqueueserver.server;

import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * Ids of the exchanges of one loop: a random prefix of this loop in this run, and a count. So they
 * differ from those of other loops, servers, processes and restarts, and show what came after what.
 * Counting costs nothing else; text is made only for an id that is asked for.
 */
final class ExchangeIds {
  /** Of a hundred thousand runs of a loop, two share a prefix with a probability of 1 in 900000. */
  private static final long PREFIXES = 1L << 52;

  private static final int RADIX = 36;

  /** Apart, since the JDK's first one takes some milliseconds that no start should pay. */
  private static final class Entropy {
    static final SecureRandom SOURCE = new SecureRandom();
  }

  private long count;
  private volatile @Nullable String prefix;

  /** The number of the next exchange. On the loop. */
  long next() {
    return ++count;
  }

  /** For example {@code 1k9f3zq8xw-42}. Any thread. */
  String text(long number) {
    String known = prefix;
    return (known == null ? choose() : known) + number;
  }

  private synchronized String choose() {
    String chosen = prefix;
    if (chosen == null) {
      // Not below a billion, so that all prefixes are about as long.
      long random = Entropy.SOURCE.nextLong(1L << 30, PREFIXES);
      chosen = Long.toString(random, RADIX) + '-';
      prefix = chosen;
    }
    return chosen;
  }
}

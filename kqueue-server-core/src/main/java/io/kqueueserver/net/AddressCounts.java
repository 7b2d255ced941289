package io.kqueueserver.net;

import java.util.concurrent.ThreadLocalRandom;

/**
 * Counts of open connections by network, which is a number of {@link
 * io.kqueueserver.socket.SocketAddresses#network}. The table has one entry per network with an open
 * connection, so that the maximum number of connections bounds it. It is cut into stripes with a
 * lock each, because loops take and give back places at the same time; a stripe is locked for one
 * accept and one close, never for a request. Any thread.
 */
final class AddressCounts {
  /** 16: more than the loops that accept at the same instant. A power of two. */
  private static final int STRIPES = 16;

  /** The secret of the hash: clients that choose their addresses cannot make them collide. */
  private final long seed = ThreadLocalRandom.current().nextLong();

  private final Stripe[] stripes = new Stripe[STRIPES];

  AddressCounts() {
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new Stripe();
    }
  }

  /**
   * Counts a connection of this network, unless {@code max} are counted. Nothing is counted if
   * there is no memory for a new entry.
   */
  boolean tryAcquire(long network, int max) {
    long hash = hash(network);
    return stripe(hash).tryAcquire(network, hash, max);
  }

  /** Takes back what {@link #tryAcquire} has counted. Needs no memory. */
  void release(long network) {
    long hash = hash(network);
    stripe(hash).release(network, hash);
  }

  /** Number of networks with an open connection. */
  int size() {
    int size = 0;
    for (Stripe stripe : stripes) {
      size += stripe.size();
    }
    return size;
  }

  private Stripe stripe(long hash) {
    return stripes[(int) (hash >>> 60)];
  }

  /** The finalizer of MurmurHash3, of the network and the secret. */
  private long hash(long network) {
    long hash = network ^ seed;
    hash = (hash ^ hash >>> 33) * 0xff51afd7ed558ccdL;
    hash = (hash ^ hash >>> 33) * 0xc4ceb9fe1a85ec53L;
    return hash ^ hash >>> 33;
  }

  /** A table with open addressing and linear probing. A count of zero is an empty place. */
  private final class Stripe {
    private static final int FIRST_CAPACITY = 16;

    private long[] networks = new long[FIRST_CAPACITY];
    private int[] counts = new int[FIRST_CAPACITY];
    private int size;

    synchronized boolean tryAcquire(long network, long hash, int max) {
      int at = find(network, hash);
      if (counts[at] == 0) {
        if ((size + 1) * 2 > counts.length) {
          grow();
          at = find(network, hash);
        }
        networks[at] = network;
        size++;
      } else if (counts[at] >= max) {
        return false;
      }
      counts[at]++;
      return true;
    }

    synchronized void release(long network, long hash) {
      int at = find(network, hash);
      if (counts[at] == 0) {
        throw new IllegalStateException("no connection of this network is counted");
      }
      if (--counts[at] == 0) {
        size--;
        closeGap(at);
      }
    }

    synchronized int size() {
      return size;
    }

    /** The place of the network, or the empty place where it belongs. */
    private int find(long network, long hash) {
      int mask = counts.length - 1;
      int at = (int) hash & mask;
      while (counts[at] != 0 && networks[at] != network) {
        at = at + 1 & mask;
      }
      return at;
    }

    private void grow() {
      long[] oldNetworks = networks;
      int[] oldCounts = counts;
      long[] moreNetworks = new long[oldCounts.length * 2];
      int[] moreCounts = new int[oldCounts.length * 2];
      networks = moreNetworks;
      counts = moreCounts;
      for (int i = 0; i < oldCounts.length; i++) {
        if (oldCounts[i] != 0) {
          int at = find(oldNetworks[i], hash(oldNetworks[i]));
          networks[at] = oldNetworks[i];
          counts[at] = oldCounts[i];
        }
      }
    }

    /** Moves the entries behind a gap that would no longer be found across it. */
    private void closeGap(int emptied) {
      int mask = counts.length - 1;
      int gap = emptied;
      for (int at = gap + 1 & mask; counts[at] != 0; at = at + 1 & mask) {
        int home = (int) hash(networks[at]) & mask;
        if ((at - home & mask) >= (at - gap & mask)) {
          networks[gap] = networks[at];
          counts[gap] = counts[at];
          counts[at] = 0;
          gap = at;
        }
      }
    }
  }
}

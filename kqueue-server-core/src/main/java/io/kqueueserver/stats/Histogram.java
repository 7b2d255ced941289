package io.kqueueserver.stats;

/**
 * A log-linear histogram: sixteen steps per power of two, so a recorded value is known to about six
 * percent, and exactly below sixteen. Written by one thread without lock or allocation, read racily
 * by any other: a reader may miss the newest records but never sees a torn count on a 64-bit JVM.
 * Most hold nanoseconds; some hold counts.
 */
public final class Histogram {
  private static final int SUB_BITS = 4;
  private static final int SUB = 1 << SUB_BITS;
  private static final int BUCKETS = (64 - SUB_BITS) * SUB;

  private final long[] counts = new long[BUCKETS];
  private long count;
  private long total;
  private long max;

  /** Adds one value; negative values count as zero. Writer thread only. */
  public void record(long nanos) {
    long value = Math.max(0, nanos);
    counts[index(value)]++;
    count++;
    total += value;
    if (value > max) {
      max = value;
    }
  }

  public long count() {
    return count;
  }

  public long totalNanos() {
    return total;
  }

  public long maxNanos() {
    return max;
  }

  /** All that was recorded so far, as far as this thread sees it. Any thread. */
  public HistogramSnapshot snapshot() {
    return new HistogramSnapshot(counts.clone(), count, total, max);
  }

  static int index(long value) {
    if (value < SUB) {
      return (int) value;
    }
    int exponent = 63 - Long.numberOfLeadingZeros(value);
    int sub = (int) (value >>> (exponent - SUB_BITS)) & (SUB - 1);
    return ((exponent - SUB_BITS + 1) << SUB_BITS) + sub;
  }

  static long upperBound(int index) {
    if (index < SUB) {
      return index;
    }
    int exponent = (index >>> SUB_BITS) + SUB_BITS - 1;
    long sub = index & (SUB - 1);
    long width = 1L << (exponent - SUB_BITS);
    return (1L << exponent) + sub * width + (width - 1);
  }
}

package io.kqueueserver.stats;

/**
 * The records that a {@link Histogram} held at one time, or recorded between two times. Counts were
 * read while they were written, so they may differ from their sum by the records of a moment.
 * Immutable.
 */
public final class HistogramSnapshot {
  private final long[] counts;
  private final long count;
  private final long total;
  private final long max;

  HistogramSnapshot(long[] counts, long count, long total, long max) {
    this.counts = counts;
    this.count = count;
    this.total = total;
    this.max = max;
  }

  public long count() {
    return count;
  }

  public long total() {
    return total;
  }

  /** The largest value; of a difference, known to about six percent. */
  public long max() {
    return max;
  }

  /** The value below which the given share (0 to 1) of the records lies; 0 if there are none. */
  public long percentile(double share) {
    long sum = 0;
    for (long c : counts) {
      sum += c;
    }
    if (sum == 0) {
      return 0;
    }
    long rank = Math.max(1, (long) Math.ceil(share * sum));
    long below = 0;
    for (int i = 0; i < counts.length; i++) {
      below += counts[i];
      if (below >= rank) {
        return Math.min(Histogram.upperBound(i), max);
      }
    }
    return max;
  }

  /** The records since the earlier snapshot of the same histogram. */
  public HistogramSnapshot since(HistogramSnapshot earlier) {
    long[] difference = new long[counts.length];
    int highest = -1;
    for (int i = 0; i < difference.length; i++) {
      difference[i] = Math.max(0, counts[i] - earlier.counts[i]);
      highest = difference[i] > 0 ? i : highest;
    }
    long largest = highest < 0 ? 0 : Math.min(Histogram.upperBound(highest), max);
    return new HistogramSnapshot(
        difference,
        Math.max(0, count - earlier.count),
        Math.max(0, total - earlier.total),
        largest);
  }
}

package io.kqueueserver.benchmarks.load;

import java.util.Arrays;

/** Every latency of a run, so that percentiles are exact. Not thread-safe. */
final class Latencies {
  private long[] nanos = new long[1 << 20];
  private int count;

  void clear() {
    count = 0;
  }

  void add(long value) {
    if (count == nanos.length) {
      nanos = Arrays.copyOf(nanos, count * 2);
    }
    nanos[count++] = value;
  }

  int count() {
    return count;
  }

  /** 0 if there are none. */
  long percentile(double share) {
    if (count == 0) {
      return 0;
    }
    Arrays.sort(nanos, 0, count);
    return nanos[Math.max(0, (int) Math.ceil(share * count) - 1)];
  }
}

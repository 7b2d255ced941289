package io.kqueueserver.queue;

/** epoll_wait(2) counts milliseconds, a loop's deadlines nanoseconds. */
final class EpollTimeout {
  private EpollTimeout() {}

  /** Rounded up, or a loop would spin through the last millisecond before each deadline. */
  static int millis(long nanos) {
    if (nanos < 0) {
      return -1;
    }
    long millis = nanos / 1_000_000 + (nanos % 1_000_000 == 0 ? 0 : 1);
    return (int) Math.min(millis, Integer.MAX_VALUE);
  }
}

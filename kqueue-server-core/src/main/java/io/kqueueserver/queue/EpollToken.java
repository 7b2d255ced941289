package io.kqueueserver.queue;

/**
 * The 64 bits that an entry of an epoll set carries (epoll_event.data), and what they name.
 *
 * <pre>
 *    63  62..60   59..32        31..0
 *     0  generation             descriptor     a knote of READ or WRITE
 *     1  source   0             descriptor     any other source: TIMER has a timerfd
 * </pre>
 */
final class EpollToken {
  private static final int SOURCE_SHIFT = 60;
  private static final int SOURCE_MASK = 7;
  private static final int GENERATION_SHIFT = 32;

  /** The meaning of an entry of the set. */
  enum Source {
    /** A descriptor of READ or WRITE. */
    KNOTE,
    /** A timerfd. */
    TIMER,
    /** The eventfd of {@link Kqueue#wakeup}. */
    WAKEUP,
    /** The epoll set of WRITE, which has something ready. */
    WRITE_SET,
    /** The inotify instance. */
    VNODES;

    /** This source alone, as a set of sources. */
    int bit() {
      return 1 << ordinal();
    }

    /** Whether the set of sources has this one. */
    boolean isIn(int sources) {
      return (sources & bit()) != 0;
    }
  }

  private static final Source[] SOURCES = Source.values();

  private EpollToken() {}

  /**
   * A descriptor of READ or WRITE.
   *
   * @param generation not negative
   */
  static long knote(int fd, int generation) {
    return fd | (long) generation << GENERATION_SHIFT;
  }

  /** A timerfd. */
  static long timer(int timerfd) {
    return of(Source.TIMER) | timerfd;
  }

  /** A source of which a set has one entry. */
  static long of(Source source) {
    return Long.MIN_VALUE | (long) source.ordinal() << SOURCE_SHIFT;
  }

  static Source source(long token) {
    return token >= 0 ? Source.KNOTE : SOURCES[(int) (token >>> SOURCE_SHIFT) & SOURCE_MASK];
  }

  /** The descriptor of a knote or a timer. */
  static int fd(long token) {
    return (int) token;
  }

  /** The generation of a knote. */
  static int generation(long token) {
    return (int) (token >>> GENERATION_SHIFT);
  }
}

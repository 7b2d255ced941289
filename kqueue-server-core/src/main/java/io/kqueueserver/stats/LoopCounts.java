package io.kqueueserver.stats;

/** A copy of a loop's counters of events and registrations, or the difference of two. Immutable. */
public final class LoopCounts {
  private final long[] events;
  private final int[] registered;

  /** Keeps the arrays; the caller gives them away. */
  LoopCounts(long[] events, int[] registered) {
    this.events = events;
    this.registered = registered;
  }

  /** Events of the filter. */
  public long events(Enum<?> filter) {
    return events[filter.ordinal()];
  }

  /** Registrations of that kind at the time of the copy. */
  public int registered(DescriptorKind kind) {
    return registered[kind.ordinal()];
  }

  /** The events since the earlier copy, and what is registered now. */
  LoopCounts since(LoopCounts earlier) {
    long[] more = events.clone();
    for (int i = 0; i < more.length; i++) {
      more[i] -= earlier.events[i];
    }
    return new LoopCounts(more, registered);
  }
}

package io.kqueueserver.stats;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One loop's last minute: what percentiles and utilization are about. Belongs to the readers, which
 * keep earlier snapshots here and take differences; the loop knows nothing of it. Covers 60 to 75
 * seconds while it is read often, and otherwise the time since the last read but one. Any thread.
 */
public final class LoopWindow {
  private static final long SPAN_NANOS = 60_000_000_000L;
  private static final long STEP_NANOS = 15_000_000_000L;
  private static final long CACHE_NANOS = 100_000_000L;

  private record Sample(
      long at,
      long busyNanos,
      HistogramSnapshot latency,
      HistogramSnapshot turn,
      HistogramSnapshot poll,
      HistogramSnapshot timerLag,
      HistogramSnapshot taskWait,
      HistogramSnapshot eventsPerTurn,
      LoopCounts counts) {}

  /**
   * The counts of one part of the window.
   *
   * @param ageNanos since its end
   * @param counts of the events in it, and of the registrations at its end
   */
  public record Step(
      long ageNanos,
      long spanNanos,
      double utilization,
      HistogramSnapshot latency,
      LoopCounts counts) {}

  /** The records of the window. */
  public record View(
      double utilization,
      HistogramSnapshot latency,
      HistogramSnapshot turn,
      HistogramSnapshot poll,
      HistogramSnapshot timerLag,
      HistogramSnapshot taskWait,
      HistogramSnapshot eventsPerTurn) {}

  private final LoopStats stats;
  private final LongSupplier busyFor;
  private final LongSupplier clock;
  private final ArrayDeque<Sample> samples = new ArrayDeque<>();
  private @Nullable View cached;
  private long cachedAt;

  /**
   * Begins with an empty window.
   *
   * @param busyFor how long the loop's current turn has lasted; 0 while it waits
   */
  public LoopWindow(LoopStats stats, LongSupplier busyFor, LongSupplier clock) {
    this.stats = stats;
    this.busyFor = busyFor;
    this.clock = clock;
    samples.add(sample(clock.getAsLong()));
  }

  /** One scrape asks some forty times per loop: an answer is good for a tenth of a second. */
  public synchronized View view() {
    long time = clock.getAsLong();
    View known = cached;
    if (known != null && time - cachedAt < CACHE_NANOS) {
      return known;
    }
    View fresh = viewAt(sample(time));
    cached = fresh;
    cachedAt = time;
    return fresh;
  }

  /** The window in parts of about 15 seconds, oldest first; the last one is shorter. */
  public synchronized List<Step> steps() {
    Sample now = sample(clock.getAsLong());
    viewAt(now);
    List<Sample> ends = new ArrayList<>(samples);
    if (samples.getLast().at != now.at) {
      ends.add(now);
    }
    List<Step> steps = new ArrayList<>();
    for (int i = 1; i < ends.size(); i++) {
      steps.add(step(ends.get(i - 1), ends.get(i), now.at));
    }
    return steps;
  }

  private static Step step(Sample from, Sample to, long now) {
    return new Step(
        now - to.at,
        to.at - from.at,
        utilization(from, to),
        to.latency.since(from.latency),
        to.counts.since(from.counts));
  }

  private View viewAt(Sample now) {
    Sample last = samples.getLast();
    if (now.at - last.at >= STEP_NANOS) {
      samples.add(now);
    }
    Sample base = base(now.at);
    return new View(
        utilization(base, now),
        now.latency.since(base.latency),
        now.turn.since(base.turn),
        now.poll.since(base.poll),
        now.timerLag.since(base.timerLag),
        now.taskWait.since(base.taskWait),
        now.eventsPerTurn.since(base.eventsPerTurn));
  }

  /** The newest sample that is a whole span old, or the oldest there is; older ones go. */
  private Sample base(long now) {
    Sample base = samples.removeFirst();
    while (!samples.isEmpty() && now - samples.getFirst().at >= SPAN_NANOS) {
      base = samples.removeFirst();
    }
    samples.addFirst(base);
    return base;
  }

  /**
   * Busy time by wall-clock time. The turn that runs counts as far as it has got, so that a stuck
   * loop shows as fully used and not as silent.
   */
  private static double utilization(Sample base, Sample now) {
    long span = now.at - base.at;
    return span <= 0
        ? 0
        : Math.max(0, Math.min(1, (double) (now.busyNanos - base.busyNanos) / span));
  }

  private Sample sample(long at) {
    long busy = stats.turn.totalNanos() + busyFor.getAsLong();
    return new Sample(
        at,
        busy,
        stats.latency.snapshot(),
        stats.turn.snapshot(),
        stats.poll.snapshot(),
        stats.timerLag.snapshot(),
        stats.taskWait.snapshot(),
        stats.eventsPerTurn.snapshot(),
        stats.counts());
  }
}

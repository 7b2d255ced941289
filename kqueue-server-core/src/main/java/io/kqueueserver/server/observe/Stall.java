package io.kqueueserver.server.observe;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One turn of a loop that took longer than it may. Immutable; a stall that goes on is replaced by a
 * later record of itself.
 *
 * @param id counts a server's stalls
 * @param cause of the turn's length, by the first stack
 */
public record Stall(
    long id, Where where, Span span, StallCause cause, Stacks stacks, Culprit culprit) {

  /** The loop that was stuck: its number and the name of its thread. */
  public record Where(int loop, String thread) {}

  /**
   * When the stall was.
   *
   * @param durationNanos as far as it was seen: its end is known to a quarter of the threshold
   * @param ongoing whether the loop was still stuck at the last look
   */
  public record Span(Instant startedAt, long durationNanos, boolean ongoing) {}

  /**
   * Stacks of the loop's thread; both alike means that it never got any further.
   *
   * @param first when the stall was found
   * @param last at the last look
   */
  public record Stacks(List<StackTraceElement> first, List<StackTraceElement> last) {}

  /**
   * The connection and the request whose work the turn did when the stall was found.
   *
   * @param fd the connection's descriptor; -1 if it was no connection's work
   * @param peer the connection's client; null if it was no connection's work
   * @param request the request that ran; null if none did, or if several could have
   */
  public record Culprit(int fd, @Nullable String peer, @Nullable Request request) {
    /** A task that belongs to no connection. */
    public static final Culprit TASK = new Culprit(-1, null, null);
  }

  /**
   * A request that ran.
   *
   * @param streamId of its stream; {@code CurrentRequest.NO_STREAM} where the protocol has none
   * @param path without query, and cut if it is long
   * @param handler which served it, as the application calls it; null if that is not known
   */
  public record Request(String method, String path, long streamId, @Nullable String handler) {}

  Stall seenAgain(long nanos, List<StackTraceElement> stack) {
    return new Stall(
        id,
        where,
        new Span(span.startedAt, nanos, true),
        cause,
        new Stacks(stacks.first, stack),
        culprit);
  }

  public Stall ended(long nanos) {
    return new Stall(id, where, new Span(span.startedAt, nanos, false), cause, stacks, culprit);
  }
}

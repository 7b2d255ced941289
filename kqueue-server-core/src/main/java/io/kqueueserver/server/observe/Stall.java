package io.kqueueserver.server.observe;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One turn of a loop that took longer than the threshold. Immutable. A later record replaces the
 * record of a stall that goes on.
 *
 * @param id the number of the stall, counted per server
 * @param cause the cause, derived from the first stack
 */
public record Stall(
    long id, Where where, Span span, StallCause cause, Stacks stacks, Culprit culprit) {

  /** The loop that was stuck: its number and the name of its thread. */
  public record Where(int loop, String thread) {}

  /**
   * The time of a stall.
   *
   * @param durationNanos the duration; the end is known to a quarter of the threshold
   * @param ongoing whether the loop was still stuck at the last look
   */
  public record Span(Instant startedAt, long durationNanos, boolean ongoing) {}

  /**
   * Stacks of the loop's thread. Equal stacks mean that the thread has made no progress.
   *
   * @param first the stack when the stall was found
   * @param last the stack at the last look
   */
  public record Stacks(List<StackTraceElement> first, List<StackTraceElement> last) {}

  /**
   * The connection and the request whose work the turn did when the stall was found.
   *
   * @param fd the connection's descriptor; -1 if the turn worked for no connection
   * @param peer the connection's client; null if the turn worked for no connection
   * @param request the request that ran; null if none did, or if several could have
   */
  public record Culprit(int fd, @Nullable String peer, @Nullable Request request) {
    /** A task that belongs to no connection. */
    public static final Culprit TASK = new Culprit(-1, null, null);
  }

  /**
   * A request that ran.
   *
   * @param streamId the number of the stream; {@code CurrentRequest.NO_STREAM} without streams
   * @param path the path without query, cut if it is long
   * @param handler the application's name of the handler; null if it is not known
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

package io.kqueueserver.server.observe;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One turn of a loop that took longer than it may. Immutable; a stall that goes on is replaced by a
 * later record of itself.
 *
 * @param id counts a server's stalls
 * @param durationNanos as far as it was seen: its end is known to a quarter of the threshold
 * @param ongoing whether the loop was still stuck at the last look
 * @param cause of the turn's length, by the first stack
 * @param firstStack of the loop's thread when the stall was found
 * @param lastStack the same at the last look; both alike means it never got any further
 * @param fd the connection's descriptor whose work it was; -1 if it was no connection's
 * @param peer the connection's client; null if it was no connection's
 * @param method of the request the connection was at work on; null if it was none
 * @param path the same, without query
 * @param handler who served it, as the application calls it; null if that is not known
 */
public record Stall(
    long id,
    int loop,
    String thread,
    Instant startedAt,
    long durationNanos,
    boolean ongoing,
    StallCause cause,
    List<StackTraceElement> firstStack,
    List<StackTraceElement> lastStack,
    int fd,
    @Nullable String peer,
    @Nullable String method,
    @Nullable String path,
    @Nullable String handler) {

  Stall seenAgain(long nanos, List<StackTraceElement> stack) {
    return new Stall(
        id,
        loop,
        thread,
        startedAt,
        nanos,
        true,
        cause,
        firstStack,
        stack,
        fd,
        peer,
        method,
        path,
        handler);
  }

  public Stall ended(long nanos) {
    return new Stall(
        id,
        loop,
        thread,
        startedAt,
        nanos,
        false,
        cause,
        firstStack,
        lastStack,
        fd,
        peer,
        method,
        path,
        handler);
  }
}

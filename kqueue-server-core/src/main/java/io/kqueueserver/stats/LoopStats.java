package io.kqueueserver.stats;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The counters of one loop. Every field is written by the loop's thread alone, plainly; anyone may
 * read them, racily. Reads lag a little and are not consistent with each other, which is what
 * metrics need. What is called after an enum is kept by its ordinal.
 */
public final class LoopStats {
  /** Room for the filters: their enum belongs to another layer. */
  private static final int ENUM_ROOM = 64;

  public long turns;
  public long staleEvents;
  public long changes;
  public long failedChanges;
  public long wakeups;
  public long tasks;
  public long handlerErrors;

  /** Waits and wake-ups of the event queue that failed. */
  public long queueFailures;

  /** Number of times a new queue and thread took the place of those that failed. */
  public long replacements;

  public long accepted;
  public long acceptPauses;

  /** Connections that had gone before they were accepted. */
  public long acceptAborted;

  public long handedOver;
  public long requests;
  public long bytesRead;
  public long bytesWritten;
  public long sendfileBytes;

  /** Number of read bytes that were dropped: rests of bodies, and input after the server's FIN. */
  public long bytesDiscarded;

  /** Writes that failed for want of the system's buffers, to be tried again. */
  public long writesPutOff;

  /** Acceptors of this loop that take nothing for now. */
  public int acceptorsPaused;

  /** When the trouble began for which the loop pauses, or last paused, in its nanoseconds. */
  public long acceptPausedSince;

  public @Nullable PauseCause acceptPauseCause;

  /** Bytes of responses in memory that the kernel has not taken. */
  public long queuedBytes;

  /** Lent buffers of the application that wait to be sent or compressed. */
  public int lentToResponses;

  /** Blocks that were read into, of which the application holds pieces of bodies. Any thread. */
  public final AtomicInteger lentToRequests = new AtomicInteger();

  /** Bytes read and not yet decoded, and request heads: arrays are counted whole. */
  public long readAheadBytes;

  /** Bytes of responses between application and connection: those that wait to be compressed. */
  public long stagedBytes;

  /** Number of times reading from a connection paused because the server held too much. */
  public long readPauses;

  /** Bytes of native buffers this loop keeps for all its connections. */
  public long pooledBytes;

  /**
   * From the return of one poll to the call of the handler of an event it returned: how long a
   * ready descriptor waited for those before it. The first of a batch does not wait and counts as 0
   * without a look at the clock; so a turn with one event costs none.
   */
  public final Histogram latency = new Histogram();

  /** Time from the return of one poll to the start of the next: the work of a turn. */
  public final Histogram turn = new Histogram();

  /** Time inside poll. */
  public final Histogram poll = new Histogram();

  /** Time between the time of a deadline and its firing. */
  public final Histogram timerLag = new Histogram();

  /** From a task's offer to its run; of at most one task in a millisecond. */
  public final Histogram taskWait = new Histogram();

  /** Events of the polls that returned any. */
  public final Histogram eventsPerTurn = new Histogram();

  public final TlsStats tls = new TlsStats();

  public final Http2Stats http2 = new Http2Stats();

  public final WebSocketStats webSocket = new WebSocketStats();

  private final long[] events = new long[ENUM_ROOM];
  private final long[] closed = new long[CloseReason.values().length];
  private final long[] limits = new long[Limit.values().length];
  private final int[] registered = new int[DescriptorKind.values().length];
  private final int[] active = new int[WireProtocol.values().length];

  /** All that is held in memory for clients now. */
  public long heldBytes() {
    return queuedBytes + readAheadBytes + stagedBytes + tls.keptBytes;
  }

  /** Number of buffers that the application has lent and that were not given back. */
  public int lentBuffers() {
    return lentToResponses + lentToRequests.get() + webSocket.lentBuffers;
  }

  /** Counts one event of the filter, stale or not. */
  public void event(Enum<?> filter) {
    events[filter.ordinal()]++;
  }

  public long events(Enum<?> filter) {
    return events[filter.ordinal()];
  }

  /** Counts a closed connection, and the limit that its reason stands for. */
  public void closed(CloseReason reason) {
    closed[reason.ordinal()]++;
    Limit limit = reason.limit();
    if (limit != null) {
      limitHit(limit);
    }
  }

  public long closedCount(CloseReason reason) {
    return closed[reason.ordinal()];
  }

  /** Counts one crossing of a limit. */
  public void limitHit(Limit limit) {
    limits[limit.ordinal()]++;
  }

  public long limitHits(Limit limit) {
    return limits[limit.ordinal()];
  }

  public void registered(DescriptorKind kind, int change) {
    registered[kind.ordinal()] += change;
  }

  /** Registrations of that kind now. */
  public int registered(DescriptorKind kind) {
    return registered[kind.ordinal()];
  }

  /** A copy of the counts of events and registrations. */
  LoopCounts counts() {
    return new LoopCounts(events.clone(), registered.clone());
  }

  public void active(WireProtocol protocol, int change) {
    active[protocol.ordinal()] += change;
  }

  /** Open connections of that protocol now. */
  public int active(WireProtocol protocol) {
    return active[protocol.ordinal()];
  }
}

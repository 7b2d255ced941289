package io.kqueueserver.server.h2;

import io.kqueueserver.http.h2.FlowWindow;
import io.kqueueserver.http.h2.FrameParser;
import io.kqueueserver.http.h2.StreamState;
import io.kqueueserver.server.SwitchedStream;
import io.kqueueserver.stats.CurrentRequest;
import io.kqueueserver.stats.Http2Stats;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The streams of one connection by identifier, the last states of streams that have ended lately,
 * and the window that all streams share. The loop's thread only, except for {@link #each}.
 */
final class Http2Streams {
  private static final int INITIAL_SLOTS = 8;

  /** The window of a client that has not seen the server's SETTINGS (RFC 9113 6.9.2). */
  private static final int DEFAULT_WINDOW = 65_535;

  private final Http2Output output;
  private final Http2Stats stats;
  private final int streamWindow;
  private final int connectionWindow;
  private final FlowWindow receive;

  /** Open addressing, at most half full; an observer reads it without a lock. */
  private @Nullable Http2Stream[] slots = new Http2Stream[INITIAL_SLOTS];

  private int count;

  /** Streams that have ended, and whose handlers go on. */
  private int keptPlaces;

  private int waiting;

  /** The stream that was notified last, where it is still open. */
  private int lastNotified;

  private int highest;
  private boolean closed;
  private int receiveWindow;
  private int sendWindow = DEFAULT_WINDOW;

  private final EndedStreams ended = new EndedStreams();

  Http2Streams(Http2Context context, Http2Output output) {
    this.output = output;
    this.stats = context.loop.stats().http2;
    this.streamWindow = context.http2.streamWindowBytes();
    this.connectionWindow = context.http2.connectionWindowBytes();
    this.receive = new FlowWindow(0, connectionWindow);
    this.receiveWindow = Math.max(streamWindow, DEFAULT_WINDOW);
  }

  // ---- the shared window

  /** The credit of the first WINDOW_UPDATE, beyond the initial window of every connection. */
  int firstCredit() {
    return connectionWindow - DEFAULT_WINDOW;
  }

  /** The receive window that a stream begins with. */
  int receiveWindow() {
    return receiveWindow;
  }

  /** The send window that a stream begins with. */
  int sendWindow() {
    return sendWindow;
  }

  /** The client has set the initial send window, of new and of open streams. */
  void sendWindow(int size) {
    long change = (long) size - sendWindow;
    sendWindow = size;
    if (change != 0) {
      for (Http2Stream stream : all()) {
        stream.send.adjust(change);
        output.offer(stream);
      }
    }
  }

  /** The client has acknowledged the server's SETTINGS, and keeps to their window from now on. */
  void settingsAcknowledged() {
    int change = streamWindow - receiveWindow;
    receiveWindow = streamWindow;
    if (change != 0) {
      for (Http2Stream stream : slots) {
        if (stream != null && stream.input != null) {
          stream.input.adjust(change);
        }
      }
    }
  }

  /** A DATA frame of any stream has come. */
  void received(int bytes) {
    receive.received(bytes);
  }

  /** Number of bytes that the client may send on all streams together. */
  int sharedReceiveWindow() {
    return receive.available();
  }

  /** Whether clients cannot send a whole frame, on any stream. */
  boolean isStarved() {
    return receive.available() < FrameParser.MAX_FRAME_BYTES;
  }

  /**
   * Bytes were delivered or dropped. Credit is sent when the saved credit reaches the client's
   * remaining window, so that unread streams, which hold a part of the window, do not delay the
   * credit of others.
   */
  void credit(int bytes) {
    int increment = receive.taken(bytes, Math.min(connectionWindow / 2, receive.available()));
    if (increment > 0) {
      output.windowUpdate(0, increment);
    }
  }

  // ---- streams

  boolean isEmpty() {
    return count == 0;
  }

  /** Whether the responses of all streams are complete. */
  boolean areAnswered() {
    for (Http2Stream stream : slots) {
      if (stream != null && !stream.end.isWritten()) {
        return false;
      }
    }
    return true;
  }

  /** Number of streams whose handler or response is under way, or whose last frame has not left. */
  int count() {
    return count;
  }

  /**
   * Number of places that are taken of those that the client may use: by {@link #count} streams,
   * and by streams whose handlers go on after their end (CVE-2023-44487).
   */
  int places() {
    return count + keptPlaces;
  }

  /** Adds to the count of ended streams whose handlers go on; negative for fewer. */
  void keepsPlace(int change) {
    keptPlaces += change;
  }

  /** The highest identifier that a client has used. */
  int highest() {
    return highest;
  }

  /** The client opens a stream, which may be served or not. */
  void opens(int id) {
    highest = id;
  }

  /** The state of a stream, known or not. */
  StreamState state(int id) {
    Http2Stream stream = get(id);
    if (stream != null) {
      return stream.state();
    }
    if (id > highest || (id & 1) == 0) {
      return StreamState.IDLE;
    }
    return ended.state(id);
  }

  /** Remembers the state of a stream that is not kept. */
  void ended(int id, StreamState state) {
    ended.add(id, state);
  }

  @Nullable Http2Stream get(int id) {
    @Nullable Http2Stream[] table = slots;
    int mask = table.length - 1;
    for (int i = (id >>> 1) & mask; ; i = (i + 1) & mask) {
      Http2Stream stream = table[i];
      if (stream == null || stream.id == id) {
        return stream;
      }
    }
  }

  /** Makes room for a stream: before the stream is made, since there may be no memory for that. */
  void makeRoom() {
    if (2 * (count + 1) > slots.length) {
      @Nullable Http2Stream[] larger = new Http2Stream[2 * slots.length];
      for (Http2Stream known : slots) {
        if (known != null) {
          put(larger, known);
        }
      }
      slots = larger;
    }
  }

  /** Adds a stream, for which {@link #makeRoom} was called. */
  void add(Http2Stream stream) {
    put(slots, stream);
    count++;
    stats.streams++;
  }

  private static void put(@Nullable Http2Stream[] table, Http2Stream stream) {
    int mask = table.length - 1;
    int i = (stream.id >>> 1) & mask;
    while (table[i] != null) {
      i = (i + 1) & mask;
    }
    table[i] = stream;
  }

  /** Whether there are streams, and all have waited for the client's credit for {@code nanos}. */
  boolean haveStalled(long nanos) {
    for (Http2Stream stream : slots) {
      if (stream != null && !stream.hasStalled(nanos)) {
        return false;
      }
    }
    return count > 0;
  }

  /** Removes the stream if it is complete. */
  void removeIfDone(Http2Stream stream) {
    if (stream.isDone() && get(stream.id) == stream) {
      remove(stream);
      ended(stream.id, stream.state());
      stream.drop();
      stream.owner.removed();
    }
  }

  /** Removes a stream, and moves displaced streams up to close the gap (Knuth 6.4, algorithm R). */
  private void remove(Http2Stream stream) {
    @Nullable Http2Stream[] table = slots;
    int mask = table.length - 1;
    int gap = (stream.id >>> 1) & mask;
    while (table[gap] != stream) {
      gap = (gap + 1) & mask;
    }
    for (int i = (gap + 1) & mask; ; i = (i + 1) & mask) {
      Http2Stream next = table[i];
      if (next == null) {
        break;
      }
      int home = (next.id >>> 1) & mask;
      if (((i - home) & mask) >= ((i - gap) & mask)) {
        table[gap] = next;
        gap = i;
      }
    }
    table[gap] = null;
    stream.noteRoom();
    stream.removed();
    count--;
    if (!closed) {
      stats.streams--;
    }
  }

  /** The connection has closed: its streams no longer count as active. */
  void closed() {
    if (!closed) {
      closed = true;
      stats.streams -= count;
    }
  }

  /** Adds to the count of streams that were full and were not notified; negative for fewer. */
  void waitsForRoom(int change) {
    waiting += change;
  }

  /** The streams together have queued as much as they may. */
  void noteFull() {
    for (Http2Stream stream : slots) {
      if (stream != null) {
        stream.noteFull();
      }
    }
  }

  /**
   * Notifies the streams whose queues have room again, each once, until the budget of the turn is
   * spent; the next call goes on behind the last of them. Returns false if no stream has room.
   */
  boolean notifyWritable(TurnBudget budget) {
    if (!hasWritable()) {
      return false;
    }
    Http2Stream[] streams = all();
    int from = 0;
    while (from < streams.length && streams[from].id != lastNotified) {
      from++;
    }
    for (int i = 1; i <= streams.length && !budget.isSpent(); i++) {
      Http2Stream stream = streams[(from + i) % streams.length];
      if (stream.hasRoomAgain()) {
        lastNotified = stream.id;
        stream.notifyWritable();
      }
    }
    return true;
  }

  /** Whether a stream that had no room has some. */
  boolean hasWritable() {
    if (waiting > 0) {
      for (Http2Stream stream : slots) {
        if (stream != null && stream.hasRoomAgain()) {
          return true;
        }
      }
    }
    return false;
  }

  /** All streams, for a caller whose work may end some. */
  Http2Stream[] all() {
    return Arrays.stream(slots).filter(stream -> stream != null).toArray(Http2Stream[]::new);
  }

  /** Passes the running requests on. Any thread: a stream that moves meanwhile may be missed. */
  void each(Consumer<? super CurrentRequest> observer) {
    for (Http2Stream stream : slots) {
      if (stream == null) {
        continue;
      }
      SwitchedStream switched = stream.tunnel == null ? null : stream.tunnel.switched();
      if (switched != null) {
        observer.accept(ObservedStream.of(switched.observed(), stream));
      } else if (!stream.core.end().hasEnded()) {
        observer.accept(ObservedStream.of(stream.core.observed(), stream));
      }
    }
  }
}

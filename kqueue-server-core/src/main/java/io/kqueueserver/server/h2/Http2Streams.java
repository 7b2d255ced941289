package io.kqueueserver.server.h2;

import io.kqueueserver.http.h2.FlowWindow;
import io.kqueueserver.http.h2.FrameParser;
import io.kqueueserver.http.h2.StreamState;
import io.kqueueserver.server.SwitchedStream;
import io.kqueueserver.stats.CurrentRequest;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The streams of one connection by identifier, those that have ended lately by their last state,
 * and the window that all of them share. The loop's thread only, but for {@link #each}.
 */
final class Http2Streams {
  private static final int INITIAL_SLOTS = 8;

  /** Streams whose end is remembered: late frames of a client are told from wrong ones. */
  private static final int REMEMBERED = 256;

  /** What a client may send before it knows better (RFC 9113 6.9.2). */
  private static final int DEFAULT_WINDOW = 65_535;

  private final Http2Output output;
  private final int streamWindow;
  private final int connectionWindow;
  private final FlowWindow receive;

  /** Open addressing, at most half full; an observer reads it without a lock. */
  private @Nullable Http2Stream[] slots = new Http2Stream[INITIAL_SLOTS];

  private int count;
  private int waiting;
  private int highest;
  private int receiveWindow;
  private int sendWindow = DEFAULT_WINDOW;

  private int @Nullable [] endedIds;
  private StreamState @Nullable [] endedStates;

  Http2Streams(Http2Context context, Http2Output output) {
    this.output = output;
    this.streamWindow = context.http2.streamWindowBytes();
    this.connectionWindow = context.http2.connectionWindowBytes();
    this.receive = new FlowWindow(0, connectionWindow);
    this.receiveWindow = Math.max(streamWindow, DEFAULT_WINDOW);
  }

  // ---- the shared window

  /** What a WINDOW_UPDATE at the beginning adds to the window that every connection begins with. */
  int firstCredit() {
    return connectionWindow - DEFAULT_WINDOW;
  }

  /** The window that a stream begins with. */
  int receiveWindow() {
    return receiveWindow;
  }

  /** What the client allows a stream to send at its beginning. */
  int sendWindow() {
    return sendWindow;
  }

  /** The client has changed that, by so much. */
  void sendWindow(int size, long change) {
    sendWindow = size;
    for (Http2Stream stream : all()) {
      stream.send.adjust(change);
      output.offer(stream);
    }
  }

  /** The client has acknowledged our SETTINGS: it keeps to the window from now on. */
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

  /** A DATA frame has come, of whatever stream. */
  void received(int bytes) {
    receive.received(bytes);
  }

  /** Whether clients cannot send a whole frame, on any stream. */
  boolean isStarved() {
    return receive.available() < FrameParser.MAX_FRAME_BYTES;
  }

  /** Bytes were delivered or thrown away. */
  void credit(int bytes) {
    int increment = receive.taken(bytes, connectionWindow / 2);
    if (increment > 0) {
      output.windowUpdate(0, increment);
    }
  }

  // ---- streams

  boolean isEmpty() {
    return count == 0;
  }

  /** Whether no stream has a part of its response to come. */
  boolean areAnswered() {
    for (Http2Stream stream : slots) {
      if (stream != null && !stream.isEnded()) {
        return false;
      }
    }
    return true;
  }

  /** Streams whose handler or response is under way, or whose last frame has not left. */
  int count() {
    return count;
  }

  /** The highest identifier that a client has used. */
  int highest() {
    return highest;
  }

  /** The client opens a stream, whatever becomes of it. */
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
    int at = (id >>> 1) & (REMEMBERED - 1);
    return endedIds != null && endedStates != null && endedIds[at] == id
        ? endedStates[at]
        : StreamState.FORGOTTEN;
  }

  /** Remembers the state of a stream that is not kept. */
  void ended(int id, StreamState state) {
    int[] ids = endedIds;
    StreamState[] states = endedStates;
    if (ids == null || states == null) {
      ids = new int[REMEMBERED];
      states = new StreamState[REMEMBERED];
      endedIds = ids;
      endedStates = states;
    }
    int at = (id >>> 1) & (REMEMBERED - 1);
    ids[at] = id;
    states[at] = state;
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

  void add(Http2Stream stream) {
    if (2 * (count + 1) > slots.length) {
      @Nullable Http2Stream[] larger = new Http2Stream[2 * slots.length];
      for (Http2Stream known : slots) {
        if (known != null) {
          put(larger, known);
        }
      }
      slots = larger;
    }
    put(slots, stream);
    count++;
  }

  private static void put(@Nullable Http2Stream[] table, Http2Stream stream) {
    int mask = table.length - 1;
    int i = (stream.id >>> 1) & mask;
    while (table[i] != null) {
      i = (i + 1) & mask;
    }
    table[i] = stream;
  }

  /** Forgets the stream if nothing more will come of it. */
  void removeIfDone(Http2Stream stream) {
    if (stream.isDone() && get(stream.id) == stream) {
      remove(stream);
      ended(stream.id, stream.state());
      stream.drop();
      stream.owner.removed();
    }
  }

  /** Closes the gap: what was put behind it for want of room moves up (Knuth 6.4, algorithm R). */
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
    count--;
  }

  /** So many streams more, or fewer, wait to be told that they are writable. */
  void waitsForRoom(int change) {
    waiting += change;
  }

  /** Notifies those whose queues have room again, each once at most; false if there were none. */
  boolean tellWritable() {
    if (!hasWritable()) {
      return false;
    }
    for (Http2Stream stream : all()) {
      stream.tellWritable();
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

  /** Shows what is under way. Any thread: a stream that moves meanwhile may be shown or not. */
  void each(Consumer<? super CurrentRequest> observer) {
    for (Http2Stream stream : slots) {
      if (stream == null) {
        continue;
      }
      SwitchedStream switched = stream.tunnel == null ? null : stream.tunnel.switched();
      if (switched != null) {
        observer.accept(switched.observed());
      } else if (!stream.core.end().hasEnded()) {
        observer.accept(stream.core.observed());
      }
    }
  }
}

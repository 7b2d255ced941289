package io.kqueueserver.server.h2;

import io.kqueueserver.net.Connection;
import io.kqueueserver.net.FlushCallback;
import io.kqueueserver.stats.CloseReason;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The body bytes of one stream that no DATA frame has taken yet, in order: copied, lent, or of a
 * file. They are kept apart from the connection's queue, so that what has not been framed can still
 * be overtaken or dropped. The loop's thread only.
 */
final class StreamQueue {
  /** A piece of the body. */
  abstract static class Part {
    private @Nullable Part next;

    /** Bytes that no frame has taken. */
    abstract long remaining();

    /** Bytes it keeps in memory. */
    abstract long held();

    /** Of those, the bytes that a frame can take now. */
    abstract int available();

    /**
     * Writes bytes to the connection, no more than are available.
     *
     * @param after what may be run only when the frame is complete
     */
    abstract void write(Connection connection, int count, List<Runnable> after);

    /** The stream has ended before the rest was framed. */
    abstract void drop(Connection connection);
  }

  private record Mark(long position, FlushCallback callback) {}

  private @Nullable Part first;
  private @Nullable Part last;
  private long bytes;
  private long framed;
  private long held;
  private long told;
  private @Nullable ArrayDeque<Mark> marks;

  /** What is to be done when bytes of the server's own have left. */
  private static void nothing() {}

  /** Bytes that no frame has taken. */
  long bytes() {
    return bytes;
  }

  boolean isEmpty() {
    return bytes == 0;
  }

  /** Appends bytes and consumes the buffer: copied if there is no release, else lent. */
  void add(ByteBuffer data, @Nullable Runnable release) {
    ByteBuffer kept;
    if (release == null) {
      kept = ByteBuffer.allocate(data.remaining());
      kept.put(data).flip();
    } else {
      kept = data.duplicate();
      data.position(data.limit());
    }
    add(new Bytes(kept, release));
  }

  void add(Part part) {
    Part before = last;
    last = part;
    if (before == null) {
      first = part;
    } else {
      before.next = part;
    }
    bytes += part.remaining();
    held += part.held();
  }

  /** How many bytes more, or fewer, are kept in memory since the last call. */
  long heldChange() {
    long change = held - told;
    told = held;
    return change;
  }

  /** Bytes that a frame can take now, up to a bound. */
  int available(int most) {
    int sum = 0;
    for (Part part = first; part != null && sum < most; part = part.next) {
      int some = part.available();
      sum += Math.min(some, most - sum);
      if (some < part.remaining()) {
        break;
      }
    }
    return sum;
  }

  /**
   * Writes the payload of one frame to the connection.
   *
   * @param count no more than {@link #available}
   * @param after receives what may be run only when the frame is complete
   */
  void write(Connection connection, int count, List<Runnable> after) {
    int left = count;
    bytes -= count;
    framed += count;
    while (left > 0) {
      Part part = first;
      if (part == null) {
        throw new IllegalStateException("a frame longer than its stream");
      }
      int some = Math.min(left, part.available());
      left -= some;
      if (some == part.remaining()) {
        first = part.next;
        last = first == null ? null : last;
      }
      long before = part.held();
      part.write(connection, some, after);
      held += part.held() - before;
    }
  }

  /** Calls back when the bytes so far are framed and taken by the kernel. */
  void whenFlushed(Connection connection, FlushCallback callback) {
    if (bytes == 0) {
      connection.whenFlushed(callback);
      return;
    }
    ArrayDeque<Mark> waiting = marks;
    if (waiting == null) {
      waiting = new ArrayDeque<>(2);
      marks = waiting;
    }
    waiting.add(new Mark(framed + bytes, callback));
  }

  /** Hands the marks of framed bytes on to the connection. */
  void passMarks(Connection connection) {
    ArrayDeque<Mark> waiting = marks;
    while (waiting != null) {
      Mark mark = waiting.peek();
      if (mark == null) {
        marks = null;
        return;
      }
      if (mark.position() > framed) {
        return;
      }
      waiting.remove();
      connection.whenFlushed(mark.callback());
    }
  }

  /** Gives up what was not framed; callbacks that wait for it are forgotten. */
  void drop(Connection connection) {
    Part part = first;
    first = null;
    last = null;
    bytes = 0;
    held = 0;
    marks = null;
    for (; part != null; part = part.next) {
      part.drop(connection);
    }
  }

  /** Bytes in memory, of the server's own or lent until they are framed. */
  private static final class Bytes extends Part {
    private final ByteBuffer data;
    private @Nullable Runnable release;
    private boolean begun;

    Bytes(ByteBuffer data, @Nullable Runnable release) {
      this.data = data;
      this.release = release;
    }

    @Override
    long remaining() {
      return data.remaining();
    }

    @Override
    long held() {
      return data.remaining();
    }

    @Override
    int available() {
      return data.remaining();
    }

    @Override
    void write(Connection connection, int count, List<Runnable> after) {
      boolean whole = count == data.remaining();
      ByteBuffer piece = data.slice(data.position(), count);
      data.position(data.position() + count);
      begun = true;
      Runnable back = whole ? release : null;
      if (whole) {
        release = null;
      }
      if (back != null && connection.copies(count)) {
        after.add(back);
        back = null;
      }
      // Bytes of the server's own never change again: they are lent, too.
      connection.write(piece, back == null ? StreamQueue::nothing : back);
    }

    @Override
    void drop(Connection connection) {
      Runnable back = release;
      release = null;
      if (back == null) {
        return;
      }
      if (begun) {
        // Frames that lie in the connection's queue may still refer to it.
        connection.whenFlushed(new Release(back));
      } else {
        back.run();
      }
    }
  }

  /** Gives a lent buffer back, whether its bytes have left or not. */
  private record Release(Runnable action) implements FlushCallback {
    @Override
    public void onFlushed() {
      action.run();
    }

    @Override
    public void onDropped(CloseReason reason) {
      action.run();
    }
  }
}

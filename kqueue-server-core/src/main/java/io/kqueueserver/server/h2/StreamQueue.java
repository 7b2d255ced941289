package io.kqueueserver.server.h2;

import io.kqueueserver.net.Connection;
import io.kqueueserver.net.FlushCallback;
import io.kqueueserver.stats.CloseReason;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The unframed body bytes of one stream, in order: copied, lent, or of a file. They are kept apart
 * from the connection's queue, so that unframed bytes can be overtaken or dropped. The loop's
 * thread only.
 */
final class StreamQueue {
  /**
   * 128: what a part takes in memory besides its bytes: two objects, and the release of a lender.
   */
  private static final int PART_BYTES = 128;

  /** 4 KiB: the most that small copied writes to a stream that waits share. */
  private static final int MAX_SHARED_BYTES = 4 * 1024;

  /** A piece of the body. */
  abstract static class Part {
    private @Nullable Part next;

    /** Number of bytes of this part that no frame has taken. */
    abstract long remaining();

    /** Number of bytes of this part in memory. */
    abstract long held();

    /** Number of buffers that the application has lent to this part. */
    int lent() {
      return 0;
    }

    /** Number of bytes of this part that a frame can take now. */
    abstract int available();

    /**
     * Writes bytes to the connection, no more than are available.
     *
     * @param after receives the actions that may run only when the frame is complete
     */
    abstract void write(Connection connection, int count, List<Runnable> after);

    /** The stream has ended before the rest was framed. */
    abstract void drop(Connection connection);
  }

  private record Mark(long position, FlushCallback callback) {}

  private @Nullable Part first;
  private @Nullable Part last;
  private int parts;
  private long bytes;
  private long framed;
  private long held;
  private long reported;
  private int lent;
  private int reportedLent;
  private @Nullable ArrayDeque<Mark> marks;

  /** Bytes that no frame has taken. */
  long bytes() {
    return bytes;
  }

  /** Unframed bytes, and what their parts take: watermarks are compared with this. */
  long weight() {
    return bytes + (long) PART_BYTES * parts;
  }

  boolean isEmpty() {
    return bytes == 0;
  }

  /**
   * Appends bytes and consumes the buffer. They are copied if {@code release} is null, else lent.
   * Small copies share a part, whose size doubles from part to part.
   */
  void add(ByteBuffer data, @Nullable Runnable release) {
    int length = data.remaining();
    if (release != null) {
      add(new Bytes(data.duplicate(), release));
      lent++;
      data.position(data.limit());
    } else if (last instanceof Bytes before && before.takes(data)) {
      bytes += length;
    } else {
      int capacity = last instanceof Bytes before ? 2 * before.data.capacity() : 0;
      ByteBuffer copy = ByteBuffer.allocate(Math.max(length, Math.min(capacity, MAX_SHARED_BYTES)));
      add(new Bytes(copy.put(data).flip(), null));
    }
  }

  void add(Part part) {
    Part before = last;
    last = part;
    if (before == null) {
      first = part;
    } else {
      before.next = part;
    }
    parts++;
    bytes += part.remaining();
    held += PART_BYTES + part.held();
  }

  /** The change of the number of bytes in memory since the last call. */
  long heldChange() {
    long change = held - reported;
    reported = held;
    return change;
  }

  /** The change of the number of lent buffers since the last call. */
  int lentChange() {
    int change = lent - reportedLent;
    reportedLent = lent;
    return change;
  }

  /** Number of bytes that a frame can take now, at most {@code most}. */
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
   * @param after receives the actions that may run only when the frame is complete
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
      boolean whole = some == part.remaining();
      int lentBefore = part.lent();
      long heldBefore = part.held();
      part.write(connection, some, after); // first: a part that fails is dropped with the others
      left -= some;
      held += part.held() - heldBefore;
      if (whole) {
        first = part.next;
        last = first == null ? null : last;
        parts--;
        held -= PART_BYTES;
        lent -= lentBefore;
      }
    }
  }

  /** Calls back when all bytes so far were framed and taken by the kernel. */
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

  /** Passes the marks of framed bytes on to the connection. */
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

  /**
   * Drops unframed bytes, and the callbacks that wait for them. Returns the first exception of a
   * release, none of which keeps another buffer back; null if there was none.
   */
  @Nullable Throwable drop(Connection connection) {
    Part part = first;
    first = null;
    last = null;
    parts = 0;
    bytes = 0;
    held = 0;
    lent = 0;
    marks = null;
    Throwable failure = null;
    for (; part != null; part = part.next) {
      try {
        part.drop(connection);
      } catch (RuntimeException | Error e) {
        failure = failure == null ? e : failure;
      }
    }
    return failure;
  }

  /** Bytes in memory, of the server's own or lent until they are framed. */
  private static final class Bytes extends Part {
    private final ByteBuffer data;
    private final boolean isOwn;
    private @Nullable Runnable release;
    private boolean begun;

    Bytes(ByteBuffer data, @Nullable Runnable release) {
      this.data = data;
      this.isOwn = release == null;
      this.release = release;
    }

    /** Appends a copy of the buffer's bytes, if the memory is the server's own and has room. */
    boolean takes(ByteBuffer more) {
      int end = data.limit();
      int length = more.remaining();
      if (!isOwn || data.capacity() - end < length) {
        return false;
      }
      data.limit(end + length).put(end, more, more.position(), length);
      more.position(more.limit());
      return true;
    }

    @Override
    long remaining() {
      return data.remaining();
    }

    @Override
    long held() {
      return isOwn && data.hasRemaining() ? data.capacity() : data.remaining();
    }

    @Override
    int lent() {
      return isOwn ? 0 : 1;
    }

    @Override
    int available() {
      return data.remaining();
    }

    @Override
    void write(Connection connection, int count, List<Runnable> after) {
      Runnable back = count == data.remaining() ? release : null;
      ByteBuffer piece = data.slice(data.position(), count);
      boolean copied = back != null && connection.copies(piece);
      // Bytes of the server's own do not change, so they are lent, too.
      connection.write(piece, back == null || copied ? Connection.NOT_LENT : back);
      data.position(data.position() + count);
      begun = true;
      if (copied) {
        after.add(back);
      }
      if (back != null) {
        release = null; // last: until here a failure leaves it to drop
      }
    }

    @Override
    void drop(Connection connection) {
      Runnable back = release;
      release = null;
      if (back == null) {
        return;
      }
      if (begun) {
        // Frames in the connection's queue may still refer to the buffer.
        connection.whenFlushed(new Release(back));
      } else {
        back.run();
      }
    }
  }

  /** Releases a lent buffer, whether its bytes have left or not. */
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

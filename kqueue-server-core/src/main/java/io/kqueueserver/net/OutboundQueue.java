package io.kqueueserver.net;

import io.kqueueserver.stats.CloseReason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The unsent bytes of one connection, in order: first those in the loop's {@link Staging}, if this
 * queue owns it, then segments. An idle connection's queue holds no memory. The loop's thread only.
 */
final class OutboundQueue {
  /** How a flush ended. */
  enum Result {
    /** All was sent. */
    DRAINED,
    /** The socket is full: go on at EVFILT_WRITE. */
    BLOCKED,
    /** The transport said {@link Transport#OUT_OF_BUFFERS}. */
    OUT_OF_BUFFERS,
    /** The budget of this turn is spent: go on in the next. */
    MORE,
    /** A file's next bytes are on their way from the disk. */
    WAITING,
    /** The transport said {@link Transport#PENDING}. */
    PENDING,
    /** The socket failed; see {@link #error()}. */
    FAILED,
    /** A file could not be read, or ended early: the message cannot be completed. */
    FILE_FAILED
  }

  /**
   * Writes per flush: with a staging buffer of 128 KiB, half a mebibyte before others get a turn.
   */
  private static final int WRITE_BUDGET = 4;

  /** Lent buffers up to this size are copied and given back at once. */
  private static final int COPY_LIMIT = 16 * 1024;

  private final Staging staging;
  private @Nullable ArrayDeque<Segment> segments;
  private long pending;
  private long pendingOfFiles;
  private long written;
  private int error;
  private @Nullable Mark firstMark;
  private @Nullable Mark lastMark;

  private static final class Mark {
    final long position;
    final FlushCallback callback;
    @Nullable Mark next;

    Mark(long position, FlushCallback callback) {
      this.position = position;
      this.callback = callback;
    }
  }

  OutboundQueue(Staging staging) {
    this.staging = staging;
  }

  /** Bytes not yet taken by the kernel. */
  long pending() {
    return pending;
  }

  /** Of those, the bytes that are in memory; of files that is what was read of the first one. */
  long pendingInMemory() {
    long inMemory = pending - pendingOfFiles;
    return first() instanceof FileSegment file ? inMemory + file.heldBytes() : inMemory;
  }

  /** Bytes the kernel has taken since the connection began. */
  long written() {
    return written;
  }

  /** The negative errno of a FAILED flush, or {@link Transport#FAILED}. */
  int error() {
    return error;
  }

  /** What went wrong with the file that a FILE_FAILED flush met. */
  String fileFailure() {
    IOException failure = first() instanceof FileSegment file ? file.failure() : null;
    return failure == null ? "it ends early" : String.valueOf(failure.getMessage());
  }

  void append(byte[] bytes, int offset, int length) {
    if (canStage(length)) {
      staging.claim(this);
      staging.buffer.bytes().put(staging.length, bytes, offset, length);
      staging.length += length;
      pending += length;
    } else {
      append(ByteBuffer.wrap(bytes, offset, length), null);
    }
  }

  /**
   * Takes the buffer's bytes: copied if {@code release} is null or they are few, else lent until it
   * runs.
   */
  void append(ByteBuffer data, @Nullable Runnable release) {
    int length = data.remaining();
    if (copies(length)) {
      staging.claim(this);
      staging.buffer.bytes().put(staging.length, data, data.position(), length);
      data.position(data.limit());
      staging.length += length;
      pending += length;
      run(release);
    } else if (release == null) {
      if (lastTakes(data)) {
        pending += length;
      } else {
        add(Segment.Bytes.copyOf(data));
      }
    } else {
      Segment.Bytes segment = Segment.Bytes.lent(data.duplicate(), release);
      data.position(data.limit());
      add(segment);
    }
  }

  /** Whether a lent buffer of that length would come back at once. */
  boolean copies(int length) {
    return length <= COPY_LIMIT && canStage(length);
  }

  private boolean lastTakes(ByteBuffer data) {
    return segments != null
        && segments.peekLast() instanceof Segment.Bytes last
        && last.takes(data);
  }

  void append(FileSegment file) {
    pendingOfFiles += file.remaining();
    add(file);
  }

  /**
   * Runs the callback when all bytes appended so far were taken by the kernel; at once if none
   * wait.
   */
  void mark(FlushCallback callback) {
    if (pending == 0) {
      callback.onFlushed();
      return;
    }
    Mark mark = new Mark(written + pending, callback);
    if (lastMark == null) {
      firstMark = mark;
    } else {
      lastMark.next = mark;
    }
    lastMark = mark;
  }

  /** Hands bytes to the transport until all are gone, it is full, or the budget is spent. */
  Result flush(Transport transport) {
    for (int i = 0; i < WRITE_BUDGET; i++) {
      if (pending == 0) {
        break;
      }
      long n;
      long wanted;
      if (stagedLength() == 0 && first() instanceof FileSegment file) {
        wanted = file.nextCount();
        if (wanted == 0) {
          return Result.WAITING;
        }
        staging.claim(this);
        n = file.transferTo(transport, staging);
        consumeFile(n);
      } else {
        int staged = stagedLength();
        int total = gather(staged);
        wanted = total;
        n = transport.write(staging.buffer, total);
        consume(staged, n);
      }
      if (n == Transport.PENDING) {
        return Result.PENDING;
      }
      if (n == Transport.OUT_OF_BUFFERS) {
        return Result.OUT_OF_BUFFERS;
      }
      if (n == Transport.END) {
        return Result.FILE_FAILED;
      }
      if (n < 0) {
        error = (int) n;
        return Result.FAILED;
      }
      if (n < wanted) {
        return pending == 0 ? Result.DRAINED : Result.BLOCKED;
      }
    }
    staging.release(this);
    return pending == 0 ? Result.DRAINED : Result.MORE;
  }

  /** Moves staged bytes to memory of this queue, since another connection needs the buffer. */
  void spill() {
    keepStaged(0, stagedLength());
    staging.release(this);
  }

  /** Gives everything up: who waits for a flush is told, lent buffers and files are released. */
  void clear(CloseReason reason) {
    staging.release(this);
    pending = 0;
    pendingOfFiles = 0;
    Mark mark = firstMark;
    firstMark = null;
    lastMark = null;
    ArrayDeque<Segment> rest = segments;
    segments = null;
    Throwable failure = null;
    for (; mark != null; mark = mark.next) {
      try {
        mark.callback.onDropped(reason);
      } catch (RuntimeException | Error e) {
        failure = failure == null ? e : failure;
      }
    }
    if (rest != null) {
      releaseAll(rest);
    }
    rethrow(failure);
  }

  private boolean canStage(int length) {
    if (segments != null && !segments.isEmpty()) {
      return false;
    }
    return stagedLength() + length <= staging.capacity();
  }

  private int stagedLength() {
    return staging.owner == this ? staging.length : 0;
  }

  private void add(Segment segment) {
    if (segment.remaining() == 0) {
      segment.release();
      return;
    }
    if (segments == null) {
      segments = new ArrayDeque<>(4);
    }
    pending += segment.remaining();
    segments.addLast(segment);
  }

  private @Nullable Segment first() {
    return segments == null ? null : segments.peekFirst();
  }

  /**
   * Fills the staging buffer after the {@code staged} bytes from segments, which are not consumed
   * yet.
   */
  private int gather(int staged) {
    staging.claim(this);
    int total = staged;
    if (segments == null) {
      return total;
    }
    ByteBuffer out = staging.buffer.bytes();
    for (Segment segment : segments) {
      if (!(segment instanceof Segment.Bytes bytes) || total == staging.capacity()) {
        break;
      }
      int n = Math.min(bytes.data.remaining(), staging.capacity() - total);
      out.put(total, bytes.data, bytes.data.position(), n);
      total += n;
    }
    return total;
  }

  /**
   * Of the staged bytes, those that were not sent move to a segment; sent ones of segments are
   * consumed. Lent buffers go back last, when all accounts are settled: who gets one back may write
   * again, to this connection or, through the same staging buffer, to another.
   */
  private void consume(int staged, long n) {
    long taken = Math.max(0, n);
    if (taken < staged) {
      keepStaged((int) taken, staged);
    }
    staging.length = 0;
    sent(taken);
    long ofSegments = Math.max(0, taken - staged);
    List<Segment> done = List.of();
    while (ofSegments > 0 && first() instanceof Segment.Bytes bytes) {
      int step = (int) Math.min(ofSegments, bytes.data.remaining());
      bytes.data.position(bytes.data.position() + step);
      ofSegments -= step;
      if (!bytes.data.hasRemaining()) {
        done = done.isEmpty() ? new ArrayList<>() : done;
        done.add(bytes);
        removeFirst();
      }
    }
    releaseAll(done);
  }

  private void consumeFile(long n) {
    sent(Math.max(0, n));
    pendingOfFiles -= Math.max(0, n);
    if (first() instanceof FileSegment file && file.remaining() == 0) {
      removeFirst();
      file.release();
    }
  }

  private void keepStaged(int from, int to) {
    if (from == to) {
      return;
    }
    byte[] rest = new byte[to - from];
    staging.buffer.bytes().get(from, rest);
    if (segments == null) {
      segments = new ArrayDeque<>(4);
    }
    segments.addFirst(Segment.Bytes.copyOf(ByteBuffer.wrap(rest)));
    staging.length = 0;
  }

  private void removeFirst() {
    if (segments != null) {
      segments.removeFirst();
      if (segments.isEmpty()) {
        segments = null;
      }
    }
  }

  private void sent(long n) {
    pending -= n;
    written += n;
  }

  /** Releases all, and only then throws what the first of them threw. */
  private static void releaseAll(Collection<Segment> done) {
    Throwable failure = null;
    for (Segment segment : done) {
      try {
        segment.release();
      } catch (RuntimeException | Error e) {
        failure = failure == null ? e : failure;
      }
    }
    rethrow(failure);
  }

  private static void rethrow(@Nullable Throwable failure) {
    if (failure instanceof RuntimeException e) {
      throw e;
    }
    if (failure instanceof Error e) {
      throw e;
    }
  }

  /** Runs the callbacks whose bytes have been sent; they may append more. */
  void fireMarks() {
    while (firstMark != null && firstMark.position <= written) {
      Mark mark = firstMark;
      firstMark = mark.next;
      if (firstMark == null) {
        lastMark = null;
      }
      mark.callback.onFlushed();
    }
  }

  private static void run(@Nullable Runnable action) {
    if (action != null) {
      action.run();
    }
  }
}

package io.kqueueserver.net;

import io.kqueueserver.socket.IoVector;
import io.kqueueserver.stats.CloseReason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The unsent bytes of one connection, in order: first those of its region in the loop's {@link
 * Staging}, then segments. An idle connection's queue holds no memory. The loop's thread only.
 */
final class OutboundQueue {
  /** The result of a flush. */
  enum Result {
    /** All was sent. */
    DRAINED,
    /** The socket is full: the flush continues at EVFILT_WRITE. */
    BLOCKED,
    /** The transport has returned {@link Transport#OUT_OF_BUFFERS}. */
    OUT_OF_BUFFERS,
    /** The budget of this turn is spent: the flush continues in the next turn. */
    MORE,
    /** The next bytes of a file are being read. */
    WAITING,
    /** The transport has returned {@link Transport#PENDING}. */
    PENDING,
    /** The socket failed; see {@link #error()}. */
    FAILED,
    /** A file could not be read, or ended early: the message cannot be completed. */
    FILE_FAILED
  }

  /** 1 MiB: when a flush has sent so much, or a write more, others get a turn. */
  private static final int FLUSH_BYTES = 1024 * 1024;

  /** 16 KiB: lent buffers up to this size are copied and released at once. */
  private static final int COPY_LIMIT = 16 * 1024;

  /** 1 KiB: lent buffers up to this size are copied behind segments too, and share those. */
  private static final int SMALL_BYTES = 1024;

  private final Staging staging;

  /** Whether the transport has a {@link Transport#vector}. */
  private final boolean gathers;

  // This queue's region of the staging buffer; Staging sets these.
  int stagedAt; // index of its first byte
  int staged; // number of its bytes; 0 for no region
  boolean listed; // whether Staging lists this queue

  /** Most bytes that are copied for the next write; fewer for a peer that takes few. */
  int mostCopied = Integer.MAX_VALUE;

  @Nullable ArrayDeque<Segment> segments;
  private long pending;
  private long pendingOfFiles;
  private long overhead;
  private int lent;

  /** Number of segments in native memory. */
  private int direct;

  private long written;
  private int error;
  private final FlushMarks marks = new FlushMarks();

  /** Number of bytes whose sending runs the next callback. */
  private long nextMark = FlushMarks.NONE;

  OutboundQueue(Staging staging, boolean gathers) {
    this.staging = staging;
    this.gathers = gathers;
  }

  /** Number of bytes not yet taken by the kernel. */
  long pending() {
    return pending;
  }

  /** Unsent bytes, and what their segments take: watermarks are compared with this. */
  long weight() {
    return pending + overhead;
  }

  /** Number of unsent bytes in front of and behind files. */
  long pendingOfBytes() {
    return pending - pendingOfFiles;
  }

  /** As {@link #weight}, but of files only the bytes of the first one that were read. */
  long pendingInMemory() {
    long inMemory = pending - pendingOfFiles + overhead;
    return first() instanceof FileSegment file ? inMemory + file.heldBytes() : inMemory;
  }

  /** Number of buffers that the application has lent. */
  int lent() {
    return lent;
  }

  /** Number of bytes that the kernel has taken since the connection began. */
  long written() {
    return written;
  }

  /** The negative errno of a FAILED flush, or {@link Transport#FAILED}. */
  int error() {
    return error;
  }

  /** The message of the file that has failed a flush with FILE_FAILED. */
  String fileFailure() {
    IOException failure = first() instanceof FileSegment file ? file.failure() : null;
    return failure == null ? "it ends early" : String.valueOf(failure.getMessage());
  }

  void append(byte[] bytes, int offset, int length) {
    if (canStage(length)) {
      staging.buffer.bytes().put(stage(length), bytes, offset, length);
      pending += length;
    } else {
      append(ByteBuffer.wrap(bytes, offset, length), null);
    }
  }

  /**
   * Appends the buffer's bytes. They are copied if {@code release} is null or they are few;
   * otherwise the buffer is lent until {@code release} runs.
   */
  void append(ByteBuffer data, @Nullable Runnable release) {
    int length = data.remaining();
    if (length <= COPY_LIMIT && canStage(length) && !(release != null && stays(data))) {
      staging.buffer.bytes().put(stage(length), data, data.position(), length);
      data.position(data.limit());
      pending += length;
      Releases.run(release);
    } else if (release == null || length <= SMALL_BYTES) {
      copy(data);
      Releases.run(release);
    } else {
      Segment.Bytes segment = Segment.Bytes.lent(data.duplicate(), release);
      data.position(data.limit());
      add(segment);
    }
  }

  /** Whether {@link #append} releases that lent buffer at once. */
  boolean copies(ByteBuffer data) {
    int length = data.remaining();
    return length <= SMALL_BYTES || (length <= COPY_LIMIT && canStage(length) && !stays(data));
  }

  /** Whether a lent buffer is sent where it lies. */
  private boolean stays(ByteBuffer data) {
    return gathers && Segment.Bytes.isSentInPlace(data);
  }

  /** Copies bytes to the last segment, or to a new one, which is small behind one that is lent. */
  private void copy(ByteBuffer data) {
    int length = data.remaining();
    Segment before = segments == null ? null : segments.peekLast();
    if (before instanceof Segment.Bytes last && last.takes(data)) {
      pending += length;
      overhead -= length;
    } else {
      add(Segment.Bytes.copyOf(data, before != null && !before.isOwn()));
    }
  }

  void append(FileSegment file) {
    long length = file.remaining();
    add(file);
    pendingOfFiles += length;
  }

  /** Runs the callback when no byte appended so far is unsent, perhaps at once. */
  void mark(FlushCallback callback) {
    if (pending == 0) {
      callback.onFlushed();
      return;
    }
    marks.add(written + pending, callback);
    nextMark = Math.min(nextMark, written + pending);
  }

  /**
   * Hands bytes to the transport until all are sent, the socket is full, or the budget is spent.
   */
  Result flush(Transport transport) {
    long before = written;
    while (pending > 0 && written - before < FLUSH_BYTES) {
      long n;
      long wanted;
      if (staged == 0 && first() instanceof FileSegment file) {
        wanted = file.nextCount();
        if (wanted == 0) {
          return Result.WAITING;
        }
        staging.claim(this);
        n = file.transferTo(transport, staging);
        consumeFile(n);
      } else if (staged > 0 && first() instanceof FileSegment file && file.takesHead()) {
        int head = staged;
        wanted = head + file.nextCount();
        n = file.transferBehind(transport, staging.buffer, stagedAt, head);
        consume(Math.min(n, head));
        if (n > head) {
          consumeFile(n - head);
        }
      } else {
        stageFile();
        IoVector vector = direct == 0 ? null : transport.vector();
        if (vector != null) {
          wanted = Gathering.gather(this, staging, vector);
          n = transport.writeVector();
        } else {
          wanted = Gathering.gather(this, staging);
          n = transport.write(staging.buffer, staged == 0 ? staging.end() : stagedAt, (int) wanted);
          mostCopied = Gathering.mostCopied(mostCopied, n, wanted);
        }
        consume(n);
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
    return pending == 0 ? Result.DRAINED : Result.MORE;
  }

  /** Moves staged bytes to memory of this queue, because another connection needs the buffer. */
  void spill() {
    keepStaged(0);
  }

  /** Drops all bytes: notifies waiting callbacks, and releases lent buffers and files. */
  void clear(CloseReason reason) {
    staging.release(this);
    pending = 0;
    pendingOfFiles = 0;
    overhead = 0;
    lent = 0;
    direct = 0;
    ArrayDeque<Segment> rest = segments;
    segments = null;
    nextMark = FlushMarks.NONE;
    Throwable failure = marks.drop(reason);
    Releases.all(rest == null ? List.of() : rest);
    Releases.rethrow(failure);
  }

  private boolean canStage(int length) {
    if (segments != null && !segments.isEmpty()) {
      return false;
    }
    return staged + length <= staging.capacity();
  }

  /** Makes this queue's region longer. Returns the index of the bytes that were added. */
  private int stage(int length) {
    if (!staging.hasRoom(this, length)) {
      staging.claim(this);
    }
    return staging.grow(this, length);
  }

  private void add(Segment segment) {
    if (segment.remaining() == 0) {
      segment.release();
      return;
    }
    if (segments == null) {
      segments = new ArrayDeque<>(4);
    }
    segments.addLast(segment); // first: without memory for it nothing is counted that is not there
    pending += segment.remaining();
    overhead += segment.overhead();
    lent += segment.lent();
    direct += segment.isDirect() ? 1 : 0;
  }

  private @Nullable Segment first() {
    return segments == null ? null : segments.peekFirst();
  }

  /**
   * Consumes {@code n} sent bytes. Staged bytes that were not sent move to a segment; sent bytes of
   * segments are consumed. Lent buffers are released last, when all counts are settled, because a
   * release may write again: to this connection, or through the same staging buffer to another.
   */
  private void consume(long n) {
    long taken = Math.max(0, n);
    long ofSegments = Math.max(0, taken - staged);
    keepStaged((int) Math.min(taken, staged));
    sent(taken);
    List<Segment> done = List.of();
    try {
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
    } finally {
      Releases.all(done);
    }
  }

  /** Brings bytes that were read of a file behind the region in front of it: one write for both. */
  private void stageFile() {
    if (staged > 0 && first() instanceof FileSegment file) {
      int n = Math.min(file.inMemory(), COPY_LIMIT);
      if (n > 0 && staging.hasRoom(this, n)) {
        file.moveTo(staging.buffer.bytes(), staging.grow(this, n), n);
        pendingOfFiles -= n;
        consumeFile(0); // the file may be at its end
      }
    }
  }

  private void consumeFile(long n) {
    sent(Math.max(0, n));
    pendingOfFiles -= Math.max(0, n);
    if (first() instanceof FileSegment file && file.remaining() == 0) {
      removeFirst();
      file.release();
    }
  }

  /** Moves the bytes of the region from that index on to a segment, and gives the region back. */
  private void keepStaged(int from) {
    if (from < staged) {
      byte[] rest = new byte[staged - from];
      staging.buffer.bytes().get(stagedAt + from, rest);
      if (segments == null) {
        segments = new ArrayDeque<>(4);
      }
      Segment kept = Segment.Bytes.own(rest);
      segments.addFirst(kept);
      overhead += kept.overhead();
    }
    staging.release(this);
  }

  private void removeFirst() {
    if (segments != null) {
      Segment gone = segments.removeFirst();
      overhead -= gone.overhead();
      lent -= gone.lent();
      direct -= gone.isDirect() ? 1 : 0;
      if (segments.isEmpty()) {
        segments = null;
      }
    }
  }

  private void sent(long n) {
    pending -= n;
    written += n;
  }

  /** Runs the callbacks whose bytes have been sent. A callback may append more. */
  void fireMarks() {
    if (written >= nextMark) {
      marks.fire(written);
      nextMark = marks.next();
    }
  }
}

package io.kqueueserver.net;

import io.kqueueserver.net.Segment.Bytes;
import io.kqueueserver.socket.IoVector;
import java.nio.ByteBuffer;

/**
 * Brings the first bytes of a queue together for one write: those of its region of the staging
 * buffer, and those of the segments up to a file. Nothing is consumed. The loop's thread only.
 */
final class Gathering {
  /** 512 KiB: most bytes of one writev, as of one write from the heap. */
  private static final int MAX_VECTOR_BYTES = 512 * 1024;

  /**
   * 128 KiB: least bytes that are copied for a write, for a peer that takes few at a time. More
   * than a transport keeps encrypted of a write that was short, which the next one must begin with.
   */
  private static final int LEAST_COPIED = 128 * 1024;

  /** 4 KiB: what frames and small pieces between lent buffers take of the staging buffer. */
  private static final int LEAST_ROOM = 4 * 1024;

  private Gathering() {}

  /**
   * Copies bytes of segments to the staging buffer, behind the region of the queue if it has one.
   * Returns the number of bytes for the next write, the region included.
   */
  static int gather(OutboundQueue queue, Staging staging) {
    if (queue.segments == null) {
      return queue.staged;
    }
    int most = Math.max(queue.staged, Math.min(queue.mostCopied, staging.capacity()));
    int wanted = (int) Math.min(queue.pendingOfBytes(), most);
    int from = regionStart(queue, staging, wanted - queue.staged);
    int room = Math.min(most, staging.capacity() - from);
    int total = queue.staged;
    ByteBuffer out = staging.buffer.bytes();
    for (Segment segment : queue.segments) {
      if (!(segment instanceof Bytes bytes) || total == room) {
        break;
      }
      int n = Math.min(bytes.data.remaining(), room - total);
      out.put(from + total, bytes.data, bytes.data.position(), n);
      total += n;
    }
    return total;
  }

  /** How many bytes are copied at most for the write after one that has taken so many. */
  static int mostCopied(int before, long taken, long wanted) {
    if (taken < wanted) {
      return (int) Math.max(LEAST_COPIED, 2 * taken);
    }
    return before > Integer.MAX_VALUE / 4 ? Integer.MAX_VALUE : 4 * before;
  }

  /**
   * Lists the memory of the next writev: native memory where it lies, and other bytes in the
   * staging buffer. Returns the number of bytes.
   */
  static long gather(OutboundQueue queue, Staging staging, IoVector vector) {
    int from = regionStart(queue, staging, LEAST_ROOM);
    long base = staging.buffer.address();
    vector.clear();
    if (queue.staged > 0) {
      vector.add(base + from, queue.staged);
    }
    int at = from + queue.staged;
    ByteBuffer out = staging.buffer.bytes();
    if (queue.segments != null) {
      for (Segment segment : queue.segments) {
        int most = (int) (MAX_VECTOR_BYTES - vector.total());
        if (!(segment instanceof Bytes bytes) || vector.isFull() || most <= 0) {
          break;
        }
        int length = bytes.data.remaining();
        int n;
        if (bytes.isDirect()) {
          n = Math.min(length, most);
          vector.add(bytes.address + bytes.data.position(), n);
        } else {
          n = Math.min(Math.min(length, most), staging.capacity() - at);
          if (n == 0) {
            break;
          }
          out.put(at, bytes.data, bytes.data.position(), n);
          vector.add(base + at, n);
          at += n;
        }
        if (n < length) {
          break;
        }
      }
    }
    return vector.total();
  }

  /** Where the region of the queue begins, behind which there is room, if there can be. */
  private static int regionStart(OutboundQueue queue, Staging staging, int room) {
    if (!staging.hasRoom(queue, room)) {
      staging.claim(queue);
    }
    return queue.staged == 0 ? staging.end() : staging.grow(queue, 0) - queue.staged;
  }
}

package io.kqueueserver.net;

import io.kqueueserver.ffi.NativeBuffer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The native write buffer of a loop. Bytes that connections write during an event or a turn are
 * collected here, and those of one connection leave in one write(2), without an allocation. Each
 * queue has a region; the regions lie one behind the other, and the buffer is empty again when all
 * were sent. A queue that needs more room than is left claims the whole buffer: the other queues
 * move their bytes to their own memory, and send them at the end of the turn. The loop's thread
 * only.
 */
public final class Staging {
  final NativeBuffer buffer;

  /** Where the free bytes begin. */
  private int end;

  /** The queue whose region ends there, so that it can grow. */
  private @Nullable OutboundQueue last;

  /** Number of regions. */
  private int regions;

  /** Queues that have a region, and some that had one; each once. */
  private final List<OutboundQueue> queues = new ArrayList<>();

  public Staging(NativeBuffer buffer) {
    this.buffer = buffer;
  }

  public int capacity() {
    return buffer.bytes().capacity();
  }

  /** Index of the first free byte. */
  int end() {
    return end;
  }

  /** Whether the region of the queue can grow by so many bytes as things are. */
  boolean hasRoom(OutboundQueue queue, int length) {
    int moved = last == queue ? 0 : queue.staged;
    return length <= capacity() - end - moved;
  }

  /**
   * Adds bytes to the region of the queue, for which there is {@link #hasRoom room}. A region that
   * lies before others moves behind them. Without bytes there is no region, which nobody would
   * release. Returns the index of the first added byte.
   */
  int grow(OutboundQueue queue, int length) {
    if (queue.staged + length == 0) {
      return end;
    }
    if (last != queue) {
      if (queue.staged == 0) {
        list(queue);
        regions++;
      }
      moveTo(end, queue);
      last = queue;
    }
    int at = queue.stagedAt + queue.staged;
    queue.staged += length;
    end = at + length;
    return at;
  }

  /** Lists a queue once, however often it has a region before all regions have ended. */
  private void list(OutboundQueue queue) {
    if (!queue.listed) {
      queues.add(queue); // first: it may fail for want of memory
      queue.listed = true;
    }
  }

  /** Number of queues that are listed. */
  int listed() {
    return queues.size();
  }

  private void moveTo(int index, OutboundQueue queue) {
    ByteBuffer bytes = buffer.bytes();
    bytes.put(index, bytes, queue.stagedAt, queue.staged);
    queue.stagedAt = index;
  }

  /** Gives all room to the queue: its region moves to the start of the buffer. */
  void claim(OutboundQueue queue) {
    for (int i = 0; i < queues.size(); i++) {
      OutboundQueue other = queues.get(i);
      if (other != queue && other.staged > 0) {
        other.spill();
      }
    }
    if (queue.staged > 0) {
      moveTo(0, queue);
      last = queue;
      end = queue.staged;
    }
  }

  /** The region of the queue ends; its bytes were sent, or were moved to memory of the queue. */
  void release(OutboundQueue queue) {
    if (queue.staged == 0) {
      return;
    }
    queue.staged = 0;
    if (last == queue) {
      last = null;
      end = queue.stagedAt;
    }
    if (--regions == 0) {
      end = 0;
      for (int i = 0; i < queues.size(); i++) {
        queues.get(i).listed = false;
      }
      queues.clear();
    }
  }
}

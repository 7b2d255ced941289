package io.kqueueserver.net;

import io.kqueueserver.ffi.NativeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A loop's one native write buffer. What a connection writes during its own event is collected here
 * and leaves in one write(2), without an allocation. One queue owns it at a time; when another
 * wants it, the owner moves its bytes to its own memory and keeps them for the end of the turn.
 */
public final class Staging {
  final NativeBuffer buffer;

  /** Bytes of the owner, from the start of the buffer. */
  int length;

  @Nullable OutboundQueue owner;

  public Staging(NativeBuffer buffer) {
    this.buffer = buffer;
  }

  public int capacity() {
    return buffer.bytes().capacity();
  }

  /** Makes the queue the owner; a former owner takes its bytes along. */
  void claim(OutboundQueue queue) {
    if (owner != queue) {
      if (owner != null) {
        owner.spill();
      }
      owner = queue;
      length = 0;
    }
  }

  void release(OutboundQueue queue) {
    if (owner == queue) {
      owner = null;
      length = 0;
    }
  }
}

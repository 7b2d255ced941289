package io.kqueueserver.server.h1;

import io.kqueueserver.net.ReadMemory;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that were read, and wait to be decoded: many where they lie, few as a copy. The loop's
 * thread only.
 */
final class Stash {
  private final ReadMemory memory;
  private ByteBuffer bytes;

  /** Holds the memory of the bytes; null of a copy. */
  private ReadMemory.@Nullable Part part;

  private Stash(ReadMemory memory, ByteBuffer bytes, ReadMemory.@Nullable Part part) {
    this.memory = memory;
    this.bytes = bytes;
    this.part = part;
  }

  /** Keeps the rest of a read, which is consumed. */
  static Stash of(ByteBuffer rest, ReadMemory memory) {
    ReadMemory.Part part = memory.keepIfMany(rest);
    Stash stash = new Stash(memory, part == null ? copy(rest) : part.bytes(), part);
    rest.position(rest.limit());
    return stash;
  }

  /** The bytes that are left, valid until {@link #release}. */
  ByteBuffer bytes() {
    return bytes;
  }

  /** Runs the action, in which pieces of these bytes can be lent without a copy, too. */
  void decode(Runnable action) {
    ReadMemory.Part outer = memory.decode(part);
    try {
      action.run();
    } finally {
      memory.decode(outer);
    }
  }

  /** Gives memory back that a short rest does not need. */
  void shrink() {
    if (part != null && bytes.remaining() < ReadMemory.MIN_KEPT_BESIDE) {
      ByteBuffer rest = copy(bytes);
      release();
      bytes = rest;
    }
  }

  /** The bytes that are left, as a copy that lasts. This stash is released. */
  ByteBuffer toCopy() {
    ByteBuffer rest = part == null ? bytes : copy(bytes);
    release();
    return rest;
  }

  /** The bytes are not needed any more. */
  void release() {
    ReadMemory.Part held = part;
    part = null;
    if (held != null) {
      held.release();
    }
  }

  private static ByteBuffer copy(ByteBuffer from) {
    return ByteBuffer.allocate(from.remaining()).put(from.duplicate()).flip();
  }
}

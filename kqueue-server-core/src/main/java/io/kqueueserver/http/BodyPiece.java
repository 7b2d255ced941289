package io.kqueueserver.http;

import java.nio.ByteBuffer;

/**
 * A piece of a request body in memory that the server lends to one holder. A piece that is never
 * released is garbage, but the server then has less memory to lend, and copies instead. Any thread.
 */
public interface BodyPiece {
  /** The bytes, in native memory. They must not be used after {@link #release}. */
  ByteBuffer bytes();

  /**
   * Gives the memory back, which then holds other bytes.
   *
   * @throws IllegalStateException if the piece was released before
   */
  void release();

  /**
   * Has the server never use the memory again, for a view whose users nobody knows: it keeps its
   * bytes, and the collector frees it.
   */
  void forfeit();
}

package io.kqueueserver.spring.http;

import io.kqueueserver.http.BodyPiece;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the holders of one piece of a body: buffers, slices, open iterators, and writes under way.
 * The last one gives the memory back. Any thread.
 */
final class PieceHold extends AtomicInteger implements Runnable {
  private static final long serialVersionUID = 1L;

  private final transient BodyPiece piece;

  PieceHold(BodyPiece piece) {
    super(1);
    this.piece = piece;
  }

  boolean isReleased() {
    return get() <= 0;
  }

  /**
   * Checks that the memory is held.
   *
   * @throws IllegalStateException if it was given back
   */
  void check() {
    if (get() <= 0) {
      throw released();
    }
  }

  void retain() {
    if (getAndUpdate(holders -> holders <= 0 ? 0 : holders + 1) <= 0) {
      throw released();
    }
  }

  /** Ends one hold. Returns whether it was the last one. */
  boolean release() {
    int before = getAndUpdate(holders -> Math.max(0, holders - 1));
    if (before <= 0) {
      throw released();
    }
    if (before == 1) {
      piece.release();
    }
    return before == 1;
  }

  /** The memory is never used again: somebody has a view of it whose end nobody knows. */
  void forfeit() {
    piece.forfeit();
  }

  /** The bytes were sent: gives back what the write and the buffer have held. */
  @Override
  public void run() {
    release();
    release();
  }

  private static IllegalStateException released() {
    return new IllegalStateException(
        "This piece of a request body was released. A handler that keeps it must retain it, or "
            + "copy its bytes.");
  }
}

package io.kqueueserver.spring.http;

import java.nio.ByteBuffer;
import java.util.NoSuchElementException;
import org.springframework.core.io.buffer.DataBuffer;

/** The bytes of a piece as one part. Holds the memory until it is closed. */
final class PieceIterator implements DataBuffer.ByteBufferIterator {
  private final PieceHold hold;
  private final ByteBuffer part;
  private boolean returned;
  private boolean closed;

  /** Takes over one hold. */
  PieceIterator(PieceHold hold, ByteBuffer part) {
    this.hold = hold;
    this.part = part;
  }

  @Override
  public boolean hasNext() {
    return !closed && !returned;
  }

  @Override
  public ByteBuffer next() {
    if (closed || returned) {
      throw new NoSuchElementException(closed ? "The iterator is closed" : "There is one part");
    }
    returned = true;
    return part;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      hold.release();
    }
  }
}

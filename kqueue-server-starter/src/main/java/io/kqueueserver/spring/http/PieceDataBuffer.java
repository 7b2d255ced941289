package io.kqueueserver.spring.http;

import io.kqueueserver.http.BodyPiece;
import io.kqueueserver.http.Exchange;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.util.NoSuchElementException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferFactory;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.core.io.buffer.PooledDataBuffer;

/**
 * A piece of a request body that lies where the server has read it. Its memory goes back when the
 * buffer and all its slices were released; every access afterwards throws. A buffer that is never
 * released is garbage, no leak.
 *
 * <p>Views that Spring declares to share the memory and that nobody releases, {@link #asByteBuffer}
 * and what {@link #writableByteBuffers} returns, keep their bytes for ever: the server never uses
 * that memory again. An iterator of {@link #readableByteBuffers} holds the memory until it is
 * closed. {@code docs/buffers.md} has the rules for applications.
 */
@SuppressWarnings("deprecation") // Spring's own, which it still calls
final class PieceDataBuffer implements PooledDataBuffer, DataBuffer {
  /** Counts the holders of one piece: buffers, slices, and open iterators. */
  private static final class Hold extends AtomicInteger implements Runnable {
    private static final long serialVersionUID = 1L;

    private final transient BodyPiece piece;

    Hold(BodyPiece piece) {
      super(1);
      this.piece = piece;
    }

    boolean isReleased() {
      return get() <= 0;
    }

    void retain() {
      if (getAndUpdate(holders -> holders <= 0 ? 0 : holders + 1) <= 0) {
        throw released();
      }
    }

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

    /** The bytes were sent: gives back what the write and the buffer have held. */
    @Override
    public void run() {
      release();
      release();
    }

    static IllegalStateException released() {
      return new IllegalStateException(
          "This piece of a request body was released. A handler that keeps it must retain it, or "
              + "copy its bytes.");
    }
  }

  private final Hold hold;

  /** The bytes with their positions; null until the first use, which a relay does without. */
  private @Nullable DataBuffer view;

  PieceDataBuffer(BodyPiece piece) {
    this.hold = new Hold(piece);
  }

  private PieceDataBuffer(Hold hold, DataBuffer view) {
    this.hold = hold;
    this.view = view;
  }

  private DataBuffer bytes() {
    if (hold.isReleased()) {
      throw Hold.released();
    }
    return view();
  }

  private DataBuffer view() {
    DataBuffer made = view;
    if (made == null) {
      made = DefaultDataBufferFactory.sharedInstance.wrap(hold.piece.bytes());
      view = made;
    }
    return made;
  }

  /**
   * Writes the readable bytes, and releases this buffer when they are no longer needed. Read
   * positions are not moved. The loop's thread only.
   */
  void sendTo(Exchange exchange) {
    hold.retain(); // of its own, so that a release too many costs nobody's bytes
    boolean written = false;
    try {
      exchange.write(readable(), hold);
      written = true;
    } finally {
      if (!written) {
        hold.run(); // what has thrown does not call back
      }
    }
  }

  private ByteBuffer readable() {
    DataBuffer made = view;
    if (made == null) {
      return hold.piece.bytes().duplicate();
    }
    try (ByteBufferIterator parts = made.readableByteBuffers()) {
      return parts.hasNext() ? parts.next() : ByteBuffer.allocate(0);
    }
  }

  // ---- PooledDataBuffer

  @Override
  public boolean isAllocated() {
    return !hold.isReleased();
  }

  @Override
  public PieceDataBuffer retain() {
    hold.retain();
    return this;
  }

  @Override
  public PieceDataBuffer touch(Object hint) {
    return this;
  }

  @Override
  public boolean release() {
    return hold.release();
  }

  // ---- views

  @Deprecated
  @Override
  public DataBuffer slice(int index, int length) {
    return new PieceDataBuffer(hold, bytes().slice(index, length));
  }

  @Deprecated
  @Override
  public DataBuffer retainedSlice(int index, int length) {
    hold.retain();
    return new PieceDataBuffer(hold, view().slice(index, length));
  }

  @Override
  public DataBuffer split(int index) {
    DataBuffer first = bytes().split(index);
    hold.retain();
    return new PieceDataBuffer(hold, first);
  }

  @Deprecated
  @Override
  public ByteBuffer asByteBuffer() {
    DataBuffer shared = bytes();
    hold.piece.forfeit();
    return shared.asByteBuffer();
  }

  @Deprecated
  @Override
  public ByteBuffer asByteBuffer(int index, int length) {
    DataBuffer shared = bytes();
    hold.piece.forfeit();
    return shared.asByteBuffer(index, length);
  }

  @Override
  public ByteBufferIterator writableByteBuffers() {
    DataBuffer shared = bytes();
    hold.piece.forfeit();
    return shared.writableByteBuffers();
  }

  @Override
  public ByteBufferIterator readableByteBuffers() {
    hold.retain();
    return new Parts(hold, view().readableByteBuffers());
  }

  /** The bytes as one part. Holds the memory until it is closed. */
  private static final class Parts implements ByteBufferIterator {
    private final Hold hold;
    private final ByteBufferIterator parts;
    private boolean closed;

    Parts(Hold hold, ByteBufferIterator parts) {
      this.hold = hold;
      this.parts = parts;
    }

    @Override
    public boolean hasNext() {
      return !closed && parts.hasNext();
    }

    @Override
    public ByteBuffer next() {
      if (closed) {
        throw new NoSuchElementException("The iterator is closed");
      }
      return parts.next();
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        parts.close();
        hold.release();
      }
    }
  }

  // ---- all else

  @Override
  public DataBufferFactory factory() {
    return view().factory();
  }

  @Override
  public int indexOf(IntPredicate predicate, int fromIndex) {
    return bytes().indexOf(predicate, fromIndex);
  }

  @Override
  public int lastIndexOf(IntPredicate predicate, int fromIndex) {
    return bytes().lastIndexOf(predicate, fromIndex);
  }

  @Override
  public int readableByteCount() {
    DataBuffer made = view;
    return made == null ? hold.piece.bytes().remaining() : made.readableByteCount();
  }

  @Override
  public int writableByteCount() {
    return view().writableByteCount();
  }

  @Override
  public int capacity() {
    return view().capacity();
  }

  @Deprecated
  @Override
  public DataBuffer capacity(int capacity) {
    bytes().capacity(capacity);
    return this;
  }

  @Override
  public DataBuffer ensureWritable(int capacity) {
    bytes().ensureWritable(capacity);
    return this;
  }

  @Override
  public int readPosition() {
    return view().readPosition();
  }

  @Override
  public DataBuffer readPosition(int readPosition) {
    bytes().readPosition(readPosition);
    return this;
  }

  @Override
  public int writePosition() {
    return view().writePosition();
  }

  @Override
  public DataBuffer writePosition(int writePosition) {
    bytes().writePosition(writePosition);
    return this;
  }

  @Override
  public byte getByte(int index) {
    return bytes().getByte(index);
  }

  @Override
  public byte read() {
    return bytes().read();
  }

  @Override
  public DataBuffer read(byte[] destination) {
    bytes().read(destination);
    return this;
  }

  @Override
  public DataBuffer read(byte[] destination, int offset, int length) {
    bytes().read(destination, offset, length);
    return this;
  }

  @Override
  public DataBuffer write(byte b) {
    bytes().write(b);
    return this;
  }

  @Override
  public DataBuffer write(byte[] source) {
    bytes().write(source);
    return this;
  }

  @Override
  public DataBuffer write(byte[] source, int offset, int length) {
    bytes().write(source, offset, length);
    return this;
  }

  @Override
  public DataBuffer write(DataBuffer... buffers) {
    bytes().write(buffers);
    return this;
  }

  @Override
  public DataBuffer write(ByteBuffer... buffers) {
    bytes().write(buffers);
    return this;
  }

  @Deprecated
  @Override
  public ByteBuffer toByteBuffer(int index, int length) {
    return bytes().toByteBuffer(index, length);
  }

  @Override
  public void toByteBuffer(int srcPos, ByteBuffer dest, int destPos, int length) {
    bytes().toByteBuffer(srcPos, dest, destPos, length);
  }

  @Override
  public String toString(int index, int length, Charset charset) {
    return bytes().toString(index, length, charset);
  }

  @Override
  public String toString() {
    return "PieceDataBuffer (" + (isAllocated() ? view() : "released") + ")";
  }
}

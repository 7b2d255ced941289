package io.kqueueserver.spring.http;

import io.kqueueserver.http.BodyPiece;
import io.kqueueserver.http.Exchange;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferFactory;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.core.io.buffer.PooledDataBuffer;

/**
 * A piece of a request body. Its memory goes back when the buffer and all its slices were released;
 * every access afterwards throws. A buffer that is never released is garbage, no leak.
 *
 * <p>Views that Spring declares to share the memory and that nobody releases, {@link #asByteBuffer}
 * and what {@link #writableByteBuffers} returns, keep their bytes for ever: the server never uses
 * that memory again. An iterator of {@link #readableByteBuffers} holds the memory until it is
 * closed. {@code docs/buffers.md} has the rules for applications.
 *
 * <p>Bytes are read where they lie, and not through Spring's {@code DefaultDataBuffer}, which makes
 * five objects for each {@code getByte}: parsers of multipart bodies call it for every byte. Only a
 * buffer that the application writes to becomes one.
 */
@SuppressWarnings("deprecation") // Spring's own, which it still calls
final class PieceDataBuffer extends WrittenDataBuffer implements PooledDataBuffer {
  private final PieceHold hold;

  /** The memory, addressed by index; its position and limit are not used. */
  private ByteBuffer bytes;

  private int readPosition;
  private int writePosition;

  /** What took this buffer's place when it was written to; null before. */
  private @Nullable DataBuffer written;

  PieceDataBuffer(BodyPiece piece) {
    this(new PieceHold(piece), whole(piece.bytes()));
  }

  private PieceDataBuffer(PieceHold hold, ByteBuffer bytes) {
    this.hold = hold;
    this.bytes = bytes;
    this.writePosition = bytes.capacity();
  }

  @Override
  DataBuffer written() {
    hold.check();
    DataBuffer made = written;
    if (made == null) {
      made = DefaultDataBufferFactory.sharedInstance.wrap(bytes.duplicate().clear());
      made.readPosition(readPosition).writePosition(writePosition);
      written = made;
    }
    return made;
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

  // ---- sent from where it lies

  /**
   * Writes the readable bytes, and releases this buffer when they are no longer needed. Read
   * positions are not moved. The loop's thread only.
   */
  void sendTo(Exchange exchange) {
    hold.retain(); // of its own, so that a release too many costs nobody's bytes
    boolean sent = false;
    try {
      exchange.write(readable(), hold);
      sent = true;
    } finally {
      if (!sent) {
        hold.run(); // what has thrown does not call back
      }
    }
  }

  /** Writes a copy of the readable bytes. The loop's thread only. */
  void copyTo(Exchange exchange) {
    hold.check();
    exchange.write(readable(), null);
  }

  private ByteBuffer readable() {
    DataBuffer made = written;
    if (made == null) {
      return bytes.slice(readPosition, writePosition - readPosition);
    }
    try (ByteBufferIterator parts = made.readableByteBuffers()) {
      return parts.hasNext() ? parts.next() : ByteBuffer.allocate(0);
    }
  }

  // ---- views

  @Deprecated
  @Override
  public DataBuffer slice(int index, int length) {
    hold.check();
    checkPart(index, length);
    DataBuffer made = written;
    if (made == null) {
      return new PieceDataBuffer(hold, bytes.slice(index, length));
    }
    PieceDataBuffer part = new PieceDataBuffer(hold, bytes);
    part.written = made.slice(index, length);
    return part;
  }

  @Deprecated
  @Override
  public DataBuffer retainedSlice(int index, int length) {
    DataBuffer part = slice(index, length);
    hold.retain();
    return part;
  }

  @Override
  public DataBuffer split(int index) {
    hold.check();
    check(index >= 0 && index <= capacity(), "index", index, capacity());
    DataBuffer made = written;
    if (made != null) {
      PieceDataBuffer first = new PieceDataBuffer(hold, bytes);
      first.written = made.split(index);
      hold.retain();
      return first;
    }
    PieceDataBuffer first = new PieceDataBuffer(hold, bytes.slice(0, index));
    ByteBuffer rest = bytes.slice(index, bytes.capacity() - index);
    hold.retain();
    first.readPosition = Math.min(readPosition, index);
    first.writePosition = Math.min(writePosition, index);
    readPosition = Math.max(readPosition, index) - index;
    writePosition = Math.max(writePosition, index) - index;
    bytes = rest;
    return first;
  }

  @Deprecated
  @Override
  public ByteBuffer asByteBuffer() {
    return asByteBuffer(readPosition(), readableByteCount());
  }

  @Deprecated
  @Override
  public ByteBuffer asByteBuffer(int index, int length) {
    hold.check();
    checkPart(index, length);
    hold.forfeit();
    DataBuffer made = written;
    return made == null ? bytes.slice(index, length) : made.asByteBuffer(index, length);
  }

  @Override
  public ByteBufferIterator writableByteBuffers() {
    DataBuffer shared = written();
    hold.forfeit();
    return shared.writableByteBuffers();
  }

  @Override
  public ByteBufferIterator readableByteBuffers() {
    hold.retain();
    return new PieceIterator(hold, readable().asReadOnlyBuffer());
  }

  // ---- positions

  @Override
  public DataBufferFactory factory() {
    return DefaultDataBufferFactory.sharedInstance;
  }

  @Override
  public int readableByteCount() {
    DataBuffer made = written;
    return made == null ? writePosition - readPosition : made.readableByteCount();
  }

  @Override
  public int writableByteCount() {
    DataBuffer made = written;
    return made == null ? bytes.capacity() - writePosition : made.writableByteCount();
  }

  @Override
  public int capacity() {
    DataBuffer made = written;
    return made == null ? bytes.capacity() : made.capacity();
  }

  @Override
  public int readPosition() {
    DataBuffer made = written;
    return made == null ? readPosition : made.readPosition();
  }

  @Override
  public DataBuffer readPosition(int position) {
    hold.check();
    DataBuffer made = written;
    if (made != null) {
      made.readPosition(position);
    } else {
      check(position >= 0 && position <= writePosition, "readPosition", position, writePosition);
      readPosition = position;
    }
    return this;
  }

  @Override
  public int writePosition() {
    DataBuffer made = written;
    return made == null ? writePosition : made.writePosition();
  }

  @Override
  public DataBuffer writePosition(int position) {
    hold.check();
    DataBuffer made = written;
    if (made != null) {
      made.writePosition(position);
    } else {
      int end = bytes.capacity();
      check(position >= readPosition && position <= end, "writePosition", position, end);
      writePosition = position;
    }
    return this;
  }

  // ---- reads

  @Override
  public int indexOf(IntPredicate predicate, int fromIndex) {
    hold.check();
    DataBuffer made = written;
    if (made != null) {
      return made.indexOf(predicate, fromIndex);
    }
    int from = Math.max(0, fromIndex);
    return forEachByte(from, Math.max(0, writePosition - from), value -> !predicate.test(value));
  }

  @Override
  public int lastIndexOf(IntPredicate predicate, int fromIndex) {
    hold.check();
    DataBuffer made = written;
    if (made != null) {
      return made.lastIndexOf(predicate, fromIndex);
    }
    for (int i = Math.min(fromIndex, writePosition - 1); i >= 0; i--) {
      if (predicate.test(bytes.get(i))) {
        return i;
      }
    }
    return -1;
  }

  @Override
  public int forEachByte(int index, int length, ByteProcessor processor) {
    hold.check();
    DataBuffer made = written;
    if (made != null) {
      return made.forEachByte(index, length, processor);
    }
    check(length >= 0, "length", length, writePosition - index);
    int end = (int) Math.min((long) index + length, writePosition);
    byte[] part = new byte[Math.max(0, Math.min(end - index, 512))];
    for (int from = index; from < end; from += part.length) {
      int count = Math.min(part.length, end - from);
      hold.check(); // the processor may have released the buffer
      bytes.get(from, part, 0, count); // an array is read by one load per byte
      for (int i = 0; i < count; i++) {
        if (!processor.process(part[i])) {
          return from + i;
        }
      }
    }
    // No sooner, as Spring's own: the processor may have stopped before the end.
    check(length == 0 || end - index == length, "length", length, writePosition - index);
    return -1;
  }

  @Override
  public byte getByte(int index) {
    hold.check();
    DataBuffer made = written;
    if (made != null) {
      return made.getByte(index);
    }
    check(index >= 0 && index < writePosition, "index", index, writePosition);
    return bytes.get(index);
  }

  @Override
  public byte read() {
    hold.check();
    DataBuffer made = written;
    if (made != null) {
      return made.read();
    }
    check(readPosition < writePosition, "readPosition", readPosition, writePosition);
    byte value = bytes.get(readPosition);
    readPosition++;
    return value;
  }

  @Override
  public DataBuffer read(byte[] destination) {
    return read(destination, 0, destination.length);
  }

  @Override
  public DataBuffer read(byte[] destination, int offset, int length) {
    hold.check();
    DataBuffer made = written;
    if (made != null) {
      made.read(destination, offset, length);
    } else {
      check(length <= writePosition - readPosition, "length", length, writePosition - readPosition);
      bytes.get(readPosition, destination, offset, length);
      readPosition += length;
    }
    return this;
  }

  @Deprecated
  @Override
  public ByteBuffer toByteBuffer(int index, int length) {
    hold.check();
    checkPart(index, length);
    ByteBuffer copy = ByteBuffer.allocate(length);
    toByteBuffer(index, copy, 0, length);
    return copy;
  }

  @Override
  public void toByteBuffer(int srcPos, ByteBuffer dest, int destPos, int length) {
    hold.check();
    DataBuffer made = written;
    if (made != null) {
      made.toByteBuffer(srcPos, dest, destPos, length);
    } else {
      checkPart(srcPos, length);
      dest.put(destPos, bytes, srcPos, length);
    }
  }

  @Override
  public String toString(int index, int length, Charset charset) {
    hold.check();
    DataBuffer made = written;
    if (made != null) {
      return made.toString(index, length, charset);
    }
    checkPart(index, length);
    byte[] copy = new byte[length];
    bytes.get(index, copy);
    return new String(copy, charset);
  }

  @Override
  public String toString() {
    String positions = "r: " + readPosition() + ", w: " + writePosition() + ", c: " + capacity();
    return "PieceDataBuffer (" + (isAllocated() ? positions : "released") + ")";
  }
}

package io.kqueueserver.spring.http;

import io.kqueueserver.http.Exchange;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.core.io.buffer.CloseableDataBuffer;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBuffer;
import org.springframework.core.io.buffer.PooledDataBuffer;

/**
 * Writes Spring's buffers, of any implementation, to an exchange. Read positions are not moved,
 * because applications send one buffer many times. Loop thread only.
 */
final class DataBuffers {
  /**
   * 4 KiB: copying up to this many bytes to the connection's queue costs less than retaining the
   * buffer.
   */
  private static final int COPY_LIMIT = 4 * 1024;

  private DataBuffers() {}

  /**
   * Writes the readable bytes. The caller keeps its reference to the buffer and may release it at
   * once.
   */
  static void write(Exchange exchange, DataBuffer buffer) {
    if (buffer instanceof PooledDataBuffer && buffer.readableByteCount() > COPY_LIMIT) {
      writeAndRelease(exchange, DataBufferUtils.retain(buffer));
    } else if (buffer instanceof CloseableDataBuffer) {
      // A buffer that cannot be retained must be copied.
      writeCopying(exchange, buffer);
    } else if (buffer.readableByteCount() > COPY_LIMIT) {
      writeAndRelease(exchange, buffer);
    } else {
      writeCopying(exchange, buffer);
    }
  }

  /** Writes the readable bytes and releases the buffer when its bytes are no longer needed. */
  static void writeAndRelease(Exchange exchange, DataBuffer buffer) {
    if (buffer.readableByteCount() > COPY_LIMIT) {
      writeKeeping(exchange, buffer);
    } else {
      try {
        writeCopying(exchange, buffer);
      } finally {
        DataBufferUtils.release(buffer);
      }
    }
  }

  private static void writeCopying(Exchange exchange, DataBuffer buffer) {
    if (buffer instanceof DefaultDataBuffer unpooled) {
      ByteBuffer bytes = unpooled.getNativeBuffer();
      if (bytes.hasRemaining()) {
        exchange.write(bytes, null);
      }
      return;
    }
    if (buffer instanceof PieceDataBuffer piece) {
      piece.copyTo(exchange);
      return;
    }
    try (DataBuffer.ByteBufferIterator parts = buffer.readableByteBuffers()) {
      while (parts.hasNext()) {
        exchange.write(parts.next(), null);
      }
    }
  }

  private static void writeKeeping(Exchange exchange, DataBuffer buffer) {
    if (buffer instanceof DefaultDataBuffer unpooled) {
      // Unpooled: there is nothing to release, but the caller may not reuse the bytes at once.
      exchange.write(unpooled.getNativeBuffer(), DataBuffers::nothing);
      return;
    }
    if (buffer instanceof PieceDataBuffer piece) {
      piece.sendTo(exchange);
      return;
    }
    DataBuffer.ByteBufferIterator parts = buffer.readableByteBuffers();
    Kept kept = new Kept(buffer, parts);
    try {
      while (parts.hasNext()) {
        kept.write(exchange, parts.next());
      }
    } finally {
      kept.run();
    }
  }

  private static void nothing() {}

  /** Counts the parts of a buffer that are still to be sent. The last part releases the buffer. */
  private static final class Kept extends AtomicInteger implements Runnable {
    private static final long serialVersionUID = 1L;

    private final transient DataBuffer buffer;
    private final transient DataBuffer.ByteBufferIterator parts;

    Kept(DataBuffer buffer, DataBuffer.ByteBufferIterator parts) {
      super(1);
      this.buffer = buffer;
      this.parts = parts;
    }

    void write(Exchange exchange, ByteBuffer part) {
      incrementAndGet();
      boolean written = false;
      try {
        exchange.write(part, this);
        written = true;
      } finally {
        if (!written) {
          decrementAndGet(); // what has thrown does not call back
        }
      }
    }

    @Override
    public void run() {
      if (decrementAndGet() == 0) {
        parts.close();
        DataBufferUtils.release(buffer);
      }
    }
  }
}

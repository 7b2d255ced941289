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
 * Writes Spring's buffers, of whatever implementation, to an exchange. Read positions stay where
 * they are: applications send one buffer many times. Loop thread only.
 */
final class DataBuffers {
  /**
   * 4 KiB: up to here copying into the connection's queue costs less than keeping the buffer for
   * it.
   */
  private static final int COPY_LIMIT = 4 * 1024;

  private DataBuffers() {}

  /** Writes the readable bytes; the caller keeps its reference and may release it at once. */
  static void write(Exchange exchange, DataBuffer buffer) {
    if (buffer instanceof PooledDataBuffer && buffer.readableByteCount() > COPY_LIMIT) {
      writeAndRelease(exchange, DataBufferUtils.retain(buffer));
    } else if (buffer instanceof CloseableDataBuffer) {
      // It cannot be retained, so nothing of it may be kept.
      writeCopying(exchange, buffer);
    } else if (buffer.readableByteCount() > COPY_LIMIT) {
      writeAndRelease(exchange, buffer);
    } else {
      writeCopying(exchange, buffer);
    }
  }

  /** Writes the readable bytes and releases the buffer when they are no longer needed. */
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
    try (DataBuffer.ByteBufferIterator parts = buffer.readableByteBuffers()) {
      while (parts.hasNext()) {
        exchange.write(parts.next(), null);
      }
    }
  }

  private static void writeKeeping(Exchange exchange, DataBuffer buffer) {
    if (buffer instanceof DefaultDataBuffer unpooled) {
      // Unpooled: nothing to release, but the bytes must not be taken for reusable either.
      exchange.write(unpooled.getNativeBuffer(), DataBuffers::nothing);
      return;
    }
    DataBuffer.ByteBufferIterator parts = buffer.readableByteBuffers();
    Kept kept = new Kept(buffer, parts);
    try {
      while (parts.hasNext()) {
        ByteBuffer part = parts.next();
        kept.retain();
        exchange.write(part, kept);
      }
    } finally {
      kept.run();
    }
  }

  private static void nothing() {}

  /** Counts the parts of a buffer still to be sent; the last one out releases the buffer. */
  private static final class Kept extends AtomicInteger implements Runnable {
    private static final long serialVersionUID = 1L;

    private final transient DataBuffer buffer;
    private final transient DataBuffer.ByteBufferIterator parts;

    Kept(DataBuffer buffer, DataBuffer.ByteBufferIterator parts) {
      super(1);
      this.buffer = buffer;
      this.parts = parts;
    }

    void retain() {
      incrementAndGet();
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

package io.kqueueserver.http.coding;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/** A coding that its library offers as a stream. One body each: a stream cannot be reset. */
final class StreamEncoder extends ContentEncoder {
  /** 16 KiB: bytes that are passed to the library at a time. */
  static final int PIECE = 16 * 1024;

  /** Makes the library's stream on top of the output. */
  @FunctionalInterface
  interface Opener {
    OutputStream open(OutputStream sink) throws IOException;
  }

  private final class Sink extends OutputStream {
    @Override
    public void write(int octet) {
      room(1);
      bytes()[length()] = (byte) octet;
      produced(1);
    }

    @Override
    public void write(byte[] from, int offset, int count) {
      append(from, offset, count);
    }
  }

  private final OutputStream stream;

  StreamEncoder(ContentCoding coding, Opener opener) {
    super(coding);
    try {
      stream = opener.open(new Sink());
    } catch (IOException e) {
      throw new UncheckedIOException(coding + " encoder", e);
    }
  }

  @Override
  public void encode(ByteBuffer in) {
    try {
      if (in.hasArray()) {
        stream.write(in.array(), in.arrayOffset() + in.position(), in.remaining());
        in.position(in.limit());
        return;
      }
      byte[] piece = new byte[Math.min(PIECE, in.remaining())];
      while (in.hasRemaining()) {
        int n = Math.min(piece.length, in.remaining());
        in.get(piece, 0, n);
        stream.write(piece, 0, n);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(coding() + " encoder", e);
    }
  }

  @Override
  public void flush() {
    try {
      stream.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(coding() + " encoder", e);
    }
  }

  @Override
  public void finish() {
    try {
      stream.close();
    } catch (IOException e) {
      throw new UncheckedIOException(coding() + " encoder", e);
    }
  }

  @Override
  boolean reset() {
    return false;
  }

  @Override
  void end() {
    try {
      stream.close(); // again, if need be: a closed stream does nothing
    } catch (IOException | RuntimeException e) {
      // Both libraries free their memory in spite of it, and no client waits for the end of a body
      // that was broken off. The caller has more to clean up.
    }
    forget();
  }
}

package io.kqueueserver.http.coding;

import java.nio.ByteBuffer;

/** Encoders of a library that gives up. */
public final class BrokenEncoders {
  /** When it gives up. */
  public enum At {
    ENCODE,
    FLUSH,
    FINISH
  }

  private BrokenEncoders() {}

  public static EncoderPool pool(At at, Throwable cause) {
    return new EncoderPool(coding -> new Broken(coding, at, cause), 10);
  }

  private static final class Broken extends ContentEncoder {
    private final At at;
    private final Throwable cause;

    Broken(ContentCoding coding, At at, Throwable cause) {
      super(coding);
      this.at = at;
      this.cause = cause;
    }

    private void reached(At point) {
      if (point == at) {
        BrokenEncoders.<RuntimeException>rethrow(cause);
      }
    }

    @Override
    public void encode(ByteBuffer in) {
      reached(At.ENCODE);
      while (in.hasRemaining()) {
        append(new byte[] {in.get()}, 0, 1);
      }
    }

    @Override
    public void flush() {
      reached(At.FLUSH);
    }

    @Override
    public void finish() {
      reached(At.FINISH);
    }

    @Override
    boolean reset() {
      return false;
    }

    @Override
    void end() {}
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> void rethrow(Throwable cause) throws T {
    throw (T) cause;
  }
}

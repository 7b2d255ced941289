package io.kqueueserver.server;

import io.kqueueserver.net.FlushCallback;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The output of one response or one byte stream. Several outputs may share a connection; all
 * methods and callbacks concern the bytes of this output alone. The loop's thread only.
 */
public interface WireOutput {
  /** Sends and consumes the bytes of a buffer, at least one. */
  void write(ByteBuffer data, @Nullable Runnable release);

  /** Adds to the count of bytes held above the wire and not written; negative for fewer. */
  void holds(long change);

  /**
   * Whether more may be written. Once a write has made it false, the owner's {@code writable} is
   * called when it is true again.
   */
  boolean isWritable();

  /** Hands bytes to the kernel. A version with several streams may do so at the turn's end. */
  void flush();

  /** Calls back when the kernel has taken all bytes written so far. */
  void whenFlushed(FlushCallback callback);
}

package io.kqueueserver.server;

import io.kqueueserver.net.FlushCallback;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Where the bytes of one response or one byte stream go. Several of them may share a connection:
 * all questions and callbacks are about this one's bytes alone. The loop's thread only.
 */
interface WireOutput {
  /** Sends bytes, at least one, and consumes the buffer. */
  void write(ByteBuffer data, @Nullable Runnable release);

  /** Counts bytes that are held above the wire and not written; negative for fewer. */
  void holds(long change);

  /** Whether more may be written; if not, the owner's {@code writable} is called when it is so. */
  boolean isWritable();

  /** Hands what waits to the kernel; a version with several streams may do it at the turn's end. */
  void flush();

  /** Calls back when the kernel has taken all that was written so far. */
  void whenFlushed(FlushCallback callback);
}

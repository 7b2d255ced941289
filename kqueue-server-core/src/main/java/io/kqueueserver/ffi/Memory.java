package io.kqueueserver.ffi;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Addresses of direct buffers. */
public final class Memory {
  private Memory() {}

  /**
   * The address of byte 0 of a direct buffer, for any position. Costs a native call: keep the
   * answer.
   *
   * @throws IllegalArgumentException if the buffer is not direct
   */
  public static long address(ByteBuffer direct) {
    if (!direct.isDirect()) {
      throw new IllegalArgumentException("not a direct buffer: " + direct);
    }
    return MemoryIO.getInstance().getDirectBufferAddress(direct);
  }

  /** A view of memory that native code owns and frees, in native byte order. */
  public static ByteBuffer at(long address, int size) {
    return MemoryIO.getInstance().newDirectByteBuffer(address, size).order(ByteOrder.nativeOrder());
  }
}

package io.kqueueserver.ffi;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.IntFunction;

/**
 * Native memory in native byte order. Lives as long as this object is reachable, so a caller that
 * passes the address to a system call must still hold the buffer when the call returns. Not
 * thread-safe.
 *
 * @param bytes the memory, for absolute access
 * @param address where byte 0 lies
 */
public record NativeBuffer(ByteBuffer bytes, long address) {
  /** The one place where native memory is taken. Tests replace it by one that has none. */
  static volatile IntFunction<ByteBuffer> memory = ByteBuffer::allocateDirect;

  /** Zeroed memory, at least 8-byte aligned. */
  public static NativeBuffer allocate(int size) {
    ByteBuffer bytes = memory.apply(size).order(ByteOrder.nativeOrder());
    return new NativeBuffer(bytes, Memory.address(bytes));
  }

  public int size() {
    return bytes.capacity();
  }
}

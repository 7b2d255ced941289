package io.kqueueserver.http.h2;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A few bytes gathered from input that may be cut anywhere, and the numbers in them in network
 * order. {@link #gather} keeps its place from call to call.
 */
final class Octets {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final byte[] bytes;
  private int gathered;

  Octets(int capacity) {
    bytes = new byte[capacity];
  }

  /** Gathers so many bytes from index 0; false if some are still to come. */
  boolean gather(ByteBuffer in, int size) {
    int count = Math.min(size - gathered, in.remaining());
    in.get(bytes, gathered, count);
    gathered += count;
    if (gathered < size) {
      return false;
    }
    gathered = 0;
    return true;
  }

  int capacity() {
    return bytes.length;
  }

  /** The bytes themselves, not a copy. */
  byte[] bytes() {
    return bytes;
  }

  int uint8(int at) {
    return bytes[at] & 0xff;
  }

  int int32(int at) {
    return (int) INT.get(bytes, at);
  }

  /** 31 bits behind one that is reserved. */
  int uint31(int at) {
    return int32(at) & Integer.MAX_VALUE;
  }

  long uint32(int at) {
    return int32(at) & 0xffffffffL;
  }

  long int64(int at) {
    return (long) LONG.get(bytes, at);
  }
}

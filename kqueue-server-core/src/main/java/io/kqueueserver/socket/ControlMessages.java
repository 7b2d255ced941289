package io.kqueueserver.socket;

import io.kqueueserver.ffi.Abi;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Descriptors as control messages of sendmsg(2) and recvmsg(2), in the layout of one system: the
 * CMSG macros of sys/socket.h. Pure.
 */
final class ControlMessages {
  private final Abi abi;
  private final int align;
  private final int lengthAt;
  private final int lengthSize;
  private final int levelAt;
  private final int typeAt;

  ControlMessages(Abi abi) {
    this.abi = abi;
    align = abi.constant("cmsg.align");
    lengthAt = abi.constant("cmsghdr.cmsg_len.offset");
    lengthSize = abi.constant("cmsghdr.cmsg_len.size");
    levelAt = abi.constant("cmsghdr.cmsg_level.offset");
    typeAt = abi.constant("cmsghdr.cmsg_type.offset");
  }

  private int aligned(int bytes) {
    return (bytes + align - 1) / align * align;
  }

  /** Where the descriptors begin behind their header: CMSG_DATA. */
  private int dataAt() {
    return aligned(abi.constant("cmsghdr.sizeof"));
  }

  /** Bytes of a message of that many descriptors: CMSG_SPACE. */
  int space(int descriptors) {
    return dataAt() + aligned(descriptors * Integer.BYTES);
  }

  /** Writes one message with the descriptors to the start of the buffer, which is zeroed. */
  void write(ByteBuffer control, int... descriptors) {
    put(control, lengthAt, lengthSize, dataAt() + descriptors.length * Integer.BYTES);
    control.putInt(levelAt, abi.constant("SOL_SOCKET"));
    control.putInt(typeAt, abi.constant("SCM_RIGHTS"));
    for (int i = 0; i < descriptors.length; i++) {
      control.putInt(dataAt() + i * Integer.BYTES, descriptors[i]);
    }
  }

  /**
   * The descriptors of all messages. Each is open in this process, and the caller's to close.
   *
   * @param filled number of bytes that the kernel has written
   */
  int[] read(ByteBuffer control, int filled) {
    int[] found = new int[control.capacity() / Integer.BYTES];
    int n = 0;
    int at = 0;
    while (at + dataAt() <= filled) {
      int length = get(control, at + lengthAt, lengthSize);
      int end = Math.min(at + length, filled); // cut short (MSG_CTRUNC): what is there, is open
      if (length < dataAt()) {
        break;
      }
      if (control.getInt(at + levelAt) == abi.constant("SOL_SOCKET")
          && control.getInt(at + typeAt) == abi.constant("SCM_RIGHTS")) {
        for (int i = at + dataAt(); i + Integer.BYTES <= end; i += Integer.BYTES) {
          found[n++] = control.getInt(i);
        }
      }
      at += aligned(length);
    }
    return Arrays.copyOf(found, n);
  }

  /** Writes a length as wide as the system has it. */
  static void put(ByteBuffer bytes, int at, int size, int value) {
    if (size == Long.BYTES) {
      bytes.putLong(at, value);
    } else {
      bytes.putInt(at, value);
    }
  }

  /** Reads a length as wide as the system has it. */
  static int get(ByteBuffer bytes, int at, int size) {
    return size == Long.BYTES ? (int) bytes.getLong(at) : bytes.getInt(at);
  }
}

package io.kqueueserver.socket;

import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ffi.MessageCalls;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;

/**
 * One byte with descriptors beside it (SCM_RIGHTS), over a Unix domain socket. The descriptors of
 * the other process are of the same sockets under numbers of its own. One thread at a time.
 */
final class DescriptorMessage {
  /** More sockets than one server ever has. */
  static final int MOST = 64;

  private final Native natives;
  private final Abi abi;
  private final MessageCalls calls;
  private final ControlMessages layout;
  private final NativeBuffer header;
  private final NativeBuffer vector;
  private final NativeBuffer control;
  private final NativeBuffer octet = NativeBuffer.allocate(1);

  DescriptorMessage(Native natives) {
    this.natives = natives;
    abi = natives.abi();
    calls = natives.bind(MessageCalls.class);
    layout = new ControlMessages(abi);
    header = NativeBuffer.allocate(abi.constant("msghdr.sizeof"));
    vector = NativeBuffer.allocate(abi.constant("iovec.sizeof"));
    control = NativeBuffer.allocate(layout.space(MOST));
    vector.bytes().putLong(abi.constant("iovec.iov_base.offset"), octet.address());
    vector.bytes().putLong(abi.constant("iovec.iov_len.offset"), octet.size());
  }

  /** Sends them; returns 1 or {@code -errno}. */
  int send(int fd, byte value, int... descriptors) {
    octet.bytes().put(0, value);
    control.bytes().put(0, new byte[control.size()]);
    layout.write(control.bytes(), descriptors);
    describe(descriptors.length == 0 ? 0 : layout.space(descriptors.length));
    return (int) natives.result(calls.sendmsg(fd, header.address(), 0));
  }

  /**
   * Takes the next message; returns 1, 0 at the end, or {@code -errno}. After 1 it is in {@link
   * #receivedByte} and {@link #receivedDescriptors}.
   */
  int receive(int fd) {
    describe(control.size());
    // Close-on-exec from birth where the system can, or a process started meanwhile inherits them.
    int flags = abi.constant("MSG_CMSG_CLOEXEC", 0);
    return (int) natives.result(calls.recvmsg(fd, header.address(), flags));
  }

  /** The byte of the message that was taken last. */
  byte receivedByte() {
    return octet.bytes().get(0);
  }

  /** The descriptors of the message that was taken last; the caller's to close. */
  int[] receivedDescriptors() {
    int filled =
        ControlMessages.get(
            header.bytes(),
            abi.constant("msghdr.msg_controllen.offset"),
            abi.constant("msghdr.msg_controllen.size"));
    return layout.read(control.bytes(), filled);
  }

  private void describe(int controlBytes) {
    header.bytes().put(0, new byte[header.size()]);
    header.bytes().putLong(abi.constant("msghdr.msg_iov.offset"), vector.address());
    put("msghdr.msg_iovlen", 1);
    if (controlBytes > 0) {
      header.bytes().putLong(abi.constant("msghdr.msg_control.offset"), control.address());
    }
    put("msghdr.msg_controllen", controlBytes);
  }

  private void put(String field, int value) {
    ControlMessages.put(
        header.bytes(), abi.constant(field + ".offset"), abi.constant(field + ".size"), value);
  }
}

package io.kqueueserver.socket;

import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ffi.NativeBuffer;
import java.nio.ByteBuffer;

/**
 * Memory for the address that accept(2) writes, and what may be believed of it. On a TCP listener
 * only a whole IPv4 or IPv6 address is one: xnu gives out connections that were reset before they
 * were accepted, with a name of length 0, where other systems fail with ECONNABORTED.
 */
final class PeerName {
  private final Abi abi;
  private final boolean tcp;
  private final NativeBuffer sockaddr;
  private final NativeBuffer length = NativeBuffer.allocate(Integer.BYTES);
  private final int familyAt;
  private final boolean byteFamily;
  private final int inet;
  private final int inetSize;
  private final int inet6;
  private final int inet6Size;

  /**
   * @param tcp whether the listener is of TCP; peers of a Unix domain socket have no address
   */
  PeerName(Abi abi, boolean tcp) {
    this.abi = abi;
    this.tcp = tcp;
    sockaddr = NativeBuffer.allocate(abi.constant("sockaddr_storage.sizeof"));
    familyAt = abi.constant("sockaddr.sa_family.offset");
    byteFamily = abi.constant("sockaddr.sa_family.size") == 1;
    inet = abi.constant("AF_INET");
    inetSize = abi.constant("sockaddr_in.sizeof");
    inet6 = abi.constant("AF_INET6");
    inet6Size = abi.constant("sockaddr_in6.sizeof");
  }

  /** Makes room for the next name: nothing of the one before may pass for it. */
  void clear() {
    length.bytes().putInt(0, sockaddr.size());
    ByteBuffer bytes = sockaddr.bytes();
    if (byteFamily) {
      bytes.put(familyAt, (byte) 0);
    } else {
      bytes.putShort(familyAt, (short) 0);
    }
  }

  long address() {
    return sockaddr.address();
  }

  long lengthAddress() {
    return length.address();
  }

  /** Whether the system has written the address of a peer. */
  boolean isWhole() {
    if (!tcp) {
      return true;
    }
    int written = length.bytes().getInt(0);
    int family = family();
    return (family == inet && written >= inetSize) || (family == inet6 && written >= inet6Size);
  }

  private int family() {
    ByteBuffer bytes = sockaddr.bytes();
    return byteFamily
        ? Byte.toUnsignedInt(bytes.get(familyAt))
        : Short.toUnsignedInt(bytes.getShort(familyAt));
  }

  /** A copy of the address, for {@link SocketAddresses#decode}. */
  byte[] copy() {
    if (!tcp) {
      return SocketAddresses.unnamedUnix(abi);
    }
    byte[] copy = new byte[Math.min(length.bytes().getInt(0), sockaddr.size())];
    sockaddr.bytes().get(0, copy);
    return copy;
  }
}

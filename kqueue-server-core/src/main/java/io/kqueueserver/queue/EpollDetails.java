package io.kqueueserver.queue;

import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ffi.LibC;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeBuffer;

/** Asks Linux for the data that kevent delivers with an event. Loop thread only. */
final class EpollDetails implements EventList.Details {
  private static final int TCP_INFO_BYTES = 64;

  private final Native natives;
  private final LibC libc;
  private final long fionread;
  private final int solSocket;
  private final int soError;
  private final int tcp;
  private final int tcpInfo;
  private final int tcpListen;
  private final int stateAt;
  private final int unackedAt;
  private final int soMeminfo;
  private final int meminfoBytes;
  private final int sndbufAt;
  private final int wmemQueuedAt;
  private final int epipe;
  private final int econnreset;
  private final NativeBuffer value = NativeBuffer.allocate(TCP_INFO_BYTES);
  private final NativeBuffer length = NativeBuffer.allocate(Integer.BYTES);

  EpollDetails(Native natives) {
    this.natives = natives;
    this.libc = natives.libc();
    Abi abi = natives.abi();
    fionread = abi.longConstant("FIONREAD");
    solSocket = abi.constant("SOL_SOCKET");
    soError = abi.constant("SO_ERROR");
    tcp = abi.constant("IPPROTO_TCP");
    tcpInfo = abi.constant("TCP_INFO");
    tcpListen = abi.constant("TCP_LISTEN");
    stateAt = abi.constant("tcp_info.tcpi_state.offset");
    unackedAt = abi.constant("tcp_info.tcpi_unacked.offset");
    soMeminfo = abi.constant("SO_MEMINFO");
    meminfoBytes = abi.constant("SK_MEMINFO_VARS") * Integer.BYTES;
    sndbufAt = abi.constant("SK_MEMINFO_SNDBUF") * Integer.BYTES;
    wmemQueuedAt = abi.constant("SK_MEMINFO_WMEM_QUEUED") * Integer.BYTES;
    epipe = natives.errno().EPIPE;
    econnreset = natives.errno().ECONNRESET;
  }

  @Override
  public long data(int fd, Filter filter) {
    if (filter != Filter.EVFILT_READ) {
      return filter == Filter.EVFILT_WRITE ? sendSpace(fd) : EventList.UNKNOWN;
    }
    if (natives.result(libc.ioctl(fd, fionread, value.address())) >= 0) {
      return value.bytes().getInt(0);
    }
    // A listener answers EINVAL; its queue is in tcpi_unacked (tcp_get_info in net/ipv4/tcp.c).
    if (get(fd, tcp, tcpInfo, TCP_INFO_BYTES) >= 0 && value.bytes().get(stateAt) == tcpListen) {
      return value.bytes().getInt(unackedAt);
    }
    return EventList.UNKNOWN;
  }

  /**
   * What the kernel itself asks before it calls a socket writable: sk_stream_wspace in
   * include/net/sock.h. SO_SNDBUF less SIOCOUTQ is not it: SO_SNDBUF counts bookkeeping, socket(7).
   */
  private long sendSpace(int fd) {
    if (get(fd, solSocket, soMeminfo, meminfoBytes) < 0) { // before 4.12, or no socket
      return EventList.UNKNOWN;
    }
    int queued = value.bytes().getInt(wmemQueuedAt);
    return Math.max(0, value.bytes().getInt(sndbufAt) - queued);
  }

  @Override
  public int socketError(int fd) {
    if (get(fd, solSocket, soError, Integer.BYTES) < 0) {
      return 0;
    }
    // A reset after the peer's FIN is EPIPE here (tcp_reset in net/ipv4/tcp_input.c), ECONNRESET on
    // the BSDs: KqueueEndContract.aWriteToAPeerThatIsGoneEndsInAReset
    int error = value.bytes().getInt(0);
    return error == epipe ? econnreset : error;
  }

  private int get(int fd, int level, int option, int size) {
    length.bytes().putInt(0, size);
    return natives.result(libc.getsockopt(fd, level, option, value.address(), length.address()));
  }
}

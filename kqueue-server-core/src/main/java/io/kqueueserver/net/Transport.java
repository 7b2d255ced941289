package io.kqueueserver.net;

import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.socket.IoVector;
import io.kqueueserver.stats.CloseReason;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * The layer between a connection's plain bytes and its socket: none, or TLS. A result is a count of
 * bytes, 0 if the socket is empty or full for now, a constant of this interface, or a negative
 * errno. The loop's thread only. A transport never blocks.
 *
 * <p>A transport may have bytes of its own to send, such as those of a handshake, an alert or a
 * close_notify. If the socket has no room for them, the transport calls {@link
 * TransportHost#blocked()}, and {@link #flush} is called when the socket has room.
 */
public interface Transport {
  /**
   * The result depends on a task on another thread. {@link TransportHost#ready()} is called when
   * that task has ended.
   */
  int PENDING = Integer.MIN_VALUE;

  /** Of a read, the end of the peer's bytes; of a sendfile, the end of the file. */
  int END = Integer.MIN_VALUE + 1;

  /** Of a read: the socket's bytes have ended without the peer's close_notify. */
  int TRUNCATED = Integer.MIN_VALUE + 2;

  /**
   * Of a write, a sendfile or a flush: the system is out of buffers. EVFILT_WRITE would fire at
   * once, because the socket has room, so the call is tried again after a while.
   */
  int OUT_OF_BUFFERS = Integer.MIN_VALUE + 3;

  /** The transport has failed for a reason without errno. */
  int FAILED = Integer.MIN_VALUE + 4;

  /** Whether a result is a failure, and not a count or another constant. */
  static boolean isError(long result) {
    return result < 0 && result > OUT_OF_BUFFERS;
  }

  /**
   * Reads plain bytes to the start of the buffer, at most {@code most} from the socket. A transport
   * with records may read one record more.
   */
  int read(NativeBuffer into, int most);

  /** Number of bytes that the transport keeps, without the bytes that it was given to write. */
  default long heldBytes() {
    return 0;
  }

  /**
   * Whether {@link #read} counts the bytes of the socket, so that a short read has emptied the
   * socket. If not, {@link #mayHaveMore} decides.
   */
  default boolean countsSocketBytes() {
    return true;
  }

  /** After a read: whether another read may return bytes without a new event. */
  default boolean mayHaveMore() {
    return false;
  }

  /**
   * After a read that is {@link #PENDING}: whether a connection of a peer that has ended its side
   * cannot become usable any more, whatever the task returns.
   */
  default boolean needsPeer() {
    return false;
  }

  /**
   * Writes plain bytes of the buffer, which is the loop's staging buffer, from the offset on. Bytes
   * beyond the returned count must come first in the next write, because the transport may have
   * encrypted them.
   */
  int write(NativeBuffer from, int offset, int length);

  /** The list of memory for {@link #writeVector}; null if bytes must be gathered for a write. */
  default @Nullable IoVector vector() {
    return null;
  }

  /** As {@link #write}, of the memory in {@link #vector}. */
  default int writeVector() {
    throw new UnsupportedOperationException("the transport has no vector");
  }

  /** Whether the transport supports {@link #sendfile}. */
  boolean hasSendfile();

  /** Sends part of an open file. Blocks only for pages that are not in memory. */
  long sendfile(int fileFd, long offset, long count);

  /**
   * As {@link #sendfile}, with bytes of the buffer in front, in one segment where that pays and the
   * system can. Returns the count of both.
   */
  default long sendfile(
      NativeBuffer head, int at, int length, int fileFd, long offset, long count) {
    throw new UnsupportedOperationException("the transport has no sendfile");
  }

  /**
   * Sends the transport's own bytes. Returns more than 0 if all are sent, 0 if the socket is full,
   * and {@link #OUT_OF_BUFFERS} if the system is out of buffers.
   */
  default int flush() {
    return 1;
  }

  /**
   * Ends the sent bytes above the socket, as TLS does by close_notify. Returns false if that cannot
   * leave yet; the method is then called again after {@link #flush}. From the first call on reads
   * are dropped.
   */
  default boolean finish() {
    return true;
  }

  /** As {@link #finish}, but the peer's bytes are still read. No write follows. */
  default boolean finishOutput() {
    return true;
  }

  /** Sends FIN. */
  void shutdownWrite();

  /** The connection is closed. No method is called afterwards. */
  default void closed(CloseReason reason) {}

  /** Whether the bytes of this connection are encrypted by TLS. Any thread. */
  default boolean isSecure() {
    return false;
  }

  /** The TLS session; null without TLS, or before the handshake is done. */
  default @Nullable SSLSession session() {
    return null;
  }
}

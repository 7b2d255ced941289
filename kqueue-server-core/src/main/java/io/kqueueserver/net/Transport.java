package io.kqueueserver.net;

import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.stats.CloseReason;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * What lies between a connection's plain bytes and its socket: nothing, or TLS. A result is a count
 * of bytes, 0 if the socket is empty or full for now, one of the constants here, or a negative
 * errno. The loop's thread only; it never blocks.
 *
 * <p>A transport with bytes of its own to send (a handshake, an answer to the peer, a farewell)
 * that the socket does not take says {@link TransportHost#blocked()}; {@link #flush} is called when
 * there is room.
 */
public interface Transport {
  /**
   * Nothing can be said before a task on another thread has ended; {@link TransportHost#ready()} is
   * called then.
   */
  int PENDING = Integer.MIN_VALUE;

  /** The end: of the peer's bytes for a read, of the file for a sendfile. */
  int END = Integer.MIN_VALUE + 1;

  /** Of a read: the socket's bytes have ended without the farewell that shows they are all. */
  int TRUNCATED = Integer.MIN_VALUE + 2;

  /**
   * Of a write, a sendfile or a flush: the system is out of buffers. EVFILT_WRITE would fire at
   * once, for the socket has room; so it is tried again after a while.
   */
  int OUT_OF_BUFFERS = Integer.MIN_VALUE + 3;

  /** It can go on no more, for a reason that has no errno. */
  int FAILED = Integer.MIN_VALUE + 4;

  /** Whether a result is a failure, as opposed to a count or a constant that is none. */
  static boolean isError(long result) {
    return result < 0 && result > OUT_OF_BUFFERS;
  }

  /**
   * Reads plain bytes to the start of the buffer, at most so many from the socket. Where they come
   * in records, that may be one record more.
   */
  int read(NativeBuffer into, int most);

  /** Bytes kept for this connection, besides those it was given to write. */
  default long heldBytes() {
    return 0;
  }

  /**
   * Whether {@link #read} counts the bytes of the socket, so that a short read has emptied it. If
   * not, {@link #mayHaveMore} is asked.
   */
  default boolean countsSocketBytes() {
    return true;
  }

  /** After a read: whether another may give bytes without a new event. */
  default boolean mayHaveMore() {
    return false;
  }

  /**
   * Writes the first plain bytes of the buffer, which is the loop's staging buffer. Bytes that it
   * did not count must come first in the next write: it may have taken them already.
   */
  int write(NativeBuffer from, int length);

  /** Whether {@link #sendfile} works here. */
  boolean hasSendfile();

  /** Sends part of an open file; blocks only for pages that are not in memory. */
  long sendfile(int fileFd, long offset, long count);

  /**
   * Sends what the transport itself has left; more than 0 when nothing of it is left, 0 if the
   * socket is full, {@link #OUT_OF_BUFFERS} if the system is.
   */
  default int flush() {
    return 1;
  }

  /**
   * Says to the peer whatever ends our bytes, above the socket. False if that cannot leave yet: it
   * is called again after {@link #flush} has. From the first call on reads are thrown away.
   */
  default boolean finish() {
    return true;
  }

  /** As {@link #finish}, but the peer's bytes are still read. Nothing is written after it. */
  default boolean finishOutput() {
    return true;
  }

  /** Sends FIN. */
  void shutdownWrite();

  /** The connection is closed: no method is called any more. */
  default void closed(CloseReason reason) {}

  /** Whether the peer is who a certificate says, and nobody listens. Any thread. */
  default boolean isSecure() {
    return false;
  }

  /** The TLS session; null without TLS, or before the handshake is done. */
  default @Nullable SSLSession session() {
    return null;
  }
}

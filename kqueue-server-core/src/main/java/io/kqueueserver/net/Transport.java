package io.kqueueserver.net;

import io.kqueueserver.ffi.NativeBuffer;

/**
 * What lies between a connection's plain bytes and its socket: nothing, or TLS. A result is a count
 * of bytes, 0 if the socket is empty or full for now, one of the constants here, or a negative
 * errno. The loop's thread only; it never blocks.
 */
public interface Transport {
  /**
   * Nothing can be said before a task on another thread has ended; {@link
   * Connection#onTransportReady()} is called then.
   */
  int PENDING = Integer.MIN_VALUE;

  /** The end: of the peer's bytes for a read, of the file for a sendfile. */
  int END = Integer.MIN_VALUE + 1;

  /** Whether a result is a failure, as opposed to a count or a constant. */
  static boolean isError(long result) {
    return result < 0 && result > END;
  }

  /** Reads plain bytes to the start of the buffer. */
  int read(NativeBuffer into);

  /** Writes plain bytes. */
  int write(long address, int length);

  /** Whether {@link #sendfile} works here. */
  boolean hasSendfile();

  /** Sends part of an open file; blocks only for pages that are not in memory. */
  long sendfile(int fileFd, long offset, long count);

  /** Tells the peer that no more bytes come. */
  void shutdownWrite();
}

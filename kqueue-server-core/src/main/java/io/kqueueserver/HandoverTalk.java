package io.kqueueserver;

import io.kqueueserver.socket.Sockets;
import io.kqueueserver.socket.UnixPeer;

/**
 * One conversation of two servers about listening sockets, byte by byte. The old process begins
 * with READY or REFUSED. The new one says TAKE; the answer is the number of sockets, with their
 * descriptors. The new one serves them and says SERVING; the old one lets go of its path and says
 * LEAVING. Whatever else comes, or nothing in time, ends the conversation, and the old process goes
 * on as before.
 */
final class HandoverTalk implements AutoCloseable {
  /** The digit is the version of the conversation. */
  static final int READY = '1';

  /** The process that has connected is not trusted. */
  static final int REFUSED = 'R';

  static final int TAKE = 'T';
  static final int SERVING = 'S';
  static final int LEAVING = 'L';

  /** The answer did not come in time. */
  static final int LATE = -1;

  private final Sockets sockets;
  private final ReadWait wait;
  private final UnixPeer peer;
  private final long timeoutNanos;

  HandoverTalk(Sockets sockets, ReadWait wait, int fd, long timeoutNanos) {
    this.sockets = sockets;
    this.wait = wait;
    this.peer = new UnixPeer(sockets, fd);
    this.timeoutNanos = timeoutNanos;
  }

  UnixPeer peer() {
    return peer;
  }

  /** Sends a byte; returns whether it could be sent. */
  boolean say(int value, int... descriptors) {
    return peer.send(value, descriptors) > 0;
  }

  /** The next byte, {@link UnixPeer#END} also for an error, or {@link #LATE}. */
  int hear() {
    long deadline = System.nanoTime() + timeoutNanos;
    while (true) {
      int octet = peer.read();
      if (octet >= 0) {
        return octet;
      }
      if (!goesOn(octet)) {
        return UnixPeer.END;
      }
      if (!wait.until(peer.fd(), deadline)) {
        return LATE;
      }
    }
  }

  /**
   * The next byte with descriptors, as {@link #hear()}; they are then in {@link UnixPeer#received}.
   */
  int hearDescriptors() {
    long deadline = System.nanoTime() + timeoutNanos;
    while (true) {
      int result = peer.receive();
      if (result >= 0) {
        return result == UnixPeer.END ? result : peer.receivedByte();
      }
      if (!goesOn(result)) {
        return UnixPeer.END;
      }
      if (!wait.until(peer.fd(), deadline)) {
        return LATE;
      }
    }
  }

  private boolean goesOn(int negErrno) {
    return sockets.wouldBlock(negErrno) || sockets.isInterrupted(negErrno);
  }

  @Override
  public void close() {
    wait.forget(peer.fd());
    peer.close();
  }
}

package io.kqueueserver.net;

import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.WireProtocol;
import java.net.InetSocketAddress;

/** Notified of each closed descriptor of a client, on the loop's thread, if it wants to be. */
public interface CloseListener {
  CloseListener NONE = closed -> {};

  /**
   * A descriptor that is about to be closed.
   *
   * @param udata slot and generation of the connection; 0 if the descriptor was no connection yet
   * @param peer the client's address
   * @param requests number of requests since the connection was accepted
   * @param ageNanos time since the connection was accepted
   */
  record Closed(
      long udata,
      InetSocketAddress peer,
      CloseReason reason,
      WireProtocol protocol,
      int requests,
      long bytesRead,
      long bytesWritten,
      long ageNanos) {

    /** A descriptor that was no connection yet, and of which nothing was read. */
    static Closed early(InetSocketAddress peer, CloseReason reason, long ageNanos) {
      return new Closed(0, peer, reason, WireProtocol.UNDECIDED, 0, 0, 0, ageNanos);
    }
  }

  /** Whether {@link #onClosed} must be called. A close pays only this call if not. */
  default boolean wantsCloses() {
    return false;
  }

  void onClosed(Closed closed);
}

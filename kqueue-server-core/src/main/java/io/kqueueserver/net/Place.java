package io.kqueueserver.net;

import static io.kqueueserver.socket.SocketAddresses.NO_NETWORK;

import org.jspecify.annotations.Nullable;

/**
 * What one accepted socket takes of the server's limits, from the accept to the end. The close of
 * the socket runs the place, which gives all of it back. The loop's thread only.
 */
final class Place implements Runnable {
  private final Worker worker;
  private final Runnable onClose;
  private final @Nullable AddressLimit limit;
  private long network = NO_NETWORK;

  /**
   * Makes the place of a socket that was assigned to the worker.
   *
   * @param onClose called once after the descriptor was closed
   */
  Place(Worker worker, Runnable onClose, @Nullable AddressLimit limit) {
    this.worker = worker;
    this.onClose = onClose;
    this.limit = limit;
  }

  /** Counts the socket for another network than before. Returns false if that has too many. */
  boolean countFor(long another) {
    AddressLimit perAddress = limit;
    if (perAddress == null || another == network) {
      return true;
    }
    if (!perAddress.tryAcquire(another)) {
      return false;
    }
    long before = network;
    network = another;
    perAddress.release(before);
    return true;
  }

  @Override
  public void run() {
    long counted = network;
    network = NO_NETWORK;
    try {
      if (limit != null) {
        limit.release(counted);
      }
    } finally {
      worker.unassign();
      onClose.run();
    }
  }
}

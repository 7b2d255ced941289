package io.kqueueserver.net;

import io.kqueueserver.queue.EventList;
import java.nio.ByteBuffer;

/**
 * The receiving side of a connection: knows whether bytes may wait in the socket, and reads them
 * while they are wanted. Edge-triggered: what is not read now is not reported again. The loop's
 * thread only.
 */
final class Inbound {
  /** Reads per turn: at 64 KiB each, one uploader takes a mebibyte before others are served. */
  private static final int READ_BUDGET = 16;

  private final Connection connection;
  private final Transport transport;

  /** Whether a short read has emptied the socket; asked once, for it is asked at each read. */
  private final boolean exact;

  private boolean readable;

  /** Bytes that kevent told of and that were not read yet; UNKNOWN where it does not tell. */
  private long told = EventList.UNKNOWN;

  private boolean peerClosed;
  private boolean ended;
  private boolean reading;
  private boolean readAgainScheduled;

  Inbound(Connection connection, Transport transport) {
    this.connection = connection;
    this.transport = transport;
    this.exact = transport.countsSocketBytes();
  }

  /** An edge: more bytes, or FIN, or both in one. */
  void onEvent(EventList events, int index) {
    readable = !ended; // TLS says that it ends before FIN does
    told = events.dataIfTold(index);
    peerClosed |= events.isEof(index);
    read();
  }

  /** A task of the transport has ended: there may be something to read. */
  void onTransportReady() {
    readable = true;
    told = EventList.UNKNOWN;
    read();
  }

  /** Reads while there are bytes, they are wanted, and the budget of this turn lasts. */
  private void read() {
    if (reading) {
      return;
    }
    reading = true;
    try {
      for (int i = 0; readable && connection.wantsInput(); i++) {
        if (i == READ_BUDGET) {
          readInNextTurn();
          return;
        }
        readOnce();
      }
    } finally {
      reading = false;
    }
    if (peerClosed && readable) {
      connection.peerClosedUnread();
    }
  }

  private void readOnce() {
    ByteBuffer in = connection.resources().readBuffer().bytes();
    int most = Math.min(in.capacity(), connection.readSize());
    int n = transport.read(connection.resources().readBuffer(), most);
    if (n > 0) {
      told = told == EventList.UNKNOWN ? told : Math.max(0, told - n);
      // A short read has emptied the socket, and so has one that took all kevent told of. But FIN
      // may
      // have come with the data, in this very event: read on to the end then.
      readable = peerClosed || (exact ? n == most && told != 0 : transport.mayHaveMore());
      connection.received(in.limit(n).position(0));
      in.clear();
    } else if (n == Transport.END || n == Transport.TRUNCATED) {
      readable = false;
      peerClosed = true;
      ended = true;
      connection.inputEnded(n == Transport.TRUNCATED);
    } else {
      readable = !exact && n == 0 && transport.mayHaveMore();
      if (Transport.isError(n)) {
        connection.failed("read", n);
      }
    }
  }

  /** Goes on with bytes that wait in the socket, in the next turn. */
  void resume() {
    if (readable && !reading) {
      readInNextTurn();
    }
  }

  private void readInNextTurn() {
    if (!readAgainScheduled) {
      connection
          .loop()
          .nextTurn(
              () -> {
                readAgainScheduled = false;
                connection.guarded(this::read);
              });
      readAgainScheduled = true; // not if there was no memory for that
    }
  }

  /** Whether bytes may wait in the socket that were not read. */
  boolean mayHaveUnread() {
    return readable;
  }

  /** Whether FIN was seen and everything before it was read. */
  boolean hasEnded() {
    return peerClosed && !readable;
  }
}

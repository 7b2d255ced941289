package io.kqueueserver.net;

import io.kqueueserver.queue.EventList;
import io.kqueueserver.stats.ConnectionStats;
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
      for (int i = 0; readable && wantsInput(); i++) {
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
      peerClosedUnread();
    }
  }

  private void readOnce() {
    ByteBuffer in = connection.resources().readBuffer().bytes();
    int most = Math.min(in.capacity(), readSize());
    int n = transport.read(connection.resources().readBuffer(), most);
    if (n > 0) {
      told = told == EventList.UNKNOWN ? told : Math.max(0, told - n);
      // A short read has emptied the socket, and so has one that took all kevent told of. But FIN
      // may have come with the data, in this very event: read on to the end then.
      readable = peerClosed || (exact ? n == most && told != 0 : transport.mayHaveMore());
      received(in.limit(n).position(0));
      in.clear();
    } else if (n == Transport.END || n == Transport.TRUNCATED) {
      readable = false;
      peerClosed = true;
      ended = true;
      end(n == Transport.TRUNCATED);
    } else {
      readable = !exact && n == 0 && transport.mayHaveMore();
      if (Transport.isError(n)) {
        connection.closing.failed("read", n);
      }
    }
  }

  private boolean wantsInput() {
    if (connection.closing.discardsInput()) {
      return true;
    }
    ConnectionHandler handler = connection.openHandler();
    return handler != null
        && handler.wantsInput()
        && (handler.needsInput() || connection.resources().memory().mayRead(connection));
  }

  /** How many bytes the next read may take. */
  private int readSize() {
    ConnectionHandler handler = connection.handler();
    if (connection.closing.discardsInput() || handler == null) {
      return Integer.MAX_VALUE; // thrown away
    }
    return connection.resources().memory().isTight()
        ? Connection.SHORT_READ_BYTES
        : handler.readSize();
  }

  /** Bytes from the peer, in the buffer all connections of the loop share. */
  private void received(ByteBuffer data) {
    int n = data.remaining();
    ConnectionStats stats = connection.stats();
    stats.bytesRead += n;
    stats.lastActiveNanos = connection.loop().now();
    connection.loop().stats().bytesRead += n;
    ConnectionHandler handler = connection.handler();
    if (connection.closing.discardsInput()) {
      connection.closing.discarded(n);
    } else if (handler != null) {
      handler.onInput(data);
    }
  }

  /** The peer has sent all it will send, and all of it was read. */
  private void end(boolean truncated) {
    ConnectionHandler handler = connection.openHandler();
    if (connection.closing.isLingering()) {
      connection.closing.lingerEnded();
    } else if (handler != null) {
      if (truncated) {
        handler.onInputTruncated();
      } else {
        handler.onInputEnd();
      }
    }
  }

  /** FIN was seen, but bytes before it are not wanted now. */
  private void peerClosedUnread() {
    ConnectionHandler handler = connection.openHandler();
    if (handler != null) {
      handler.onPeerClosed();
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

package io.kqueueserver.net;

import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.queue.EventList;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.ConnectionStats;
import java.nio.ByteBuffer;

/**
 * The receiving side of a connection. It keeps track of whether the socket may hold bytes, and
 * reads them while the handler wants input. Events are edge-triggered: bytes that are not read now
 * are not reported again. The loop's thread only.
 */
final class Inbound {
  /** 16 reads per turn: at 64 KiB each, one upload takes a mebibyte before others are served. */
  private static final int READ_BUDGET = 16;

  private final Connection connection;
  private final Transport transport;

  /** Whether a short read has emptied the socket; cached, because each read needs it. */
  private final boolean exact;

  private boolean readable;

  /** Bytes that kevent has reported and that were not read yet; UNKNOWN without such a report. */
  private long reported = EventList.UNKNOWN;

  private boolean peerClosed;
  private boolean ended;
  private boolean reading;
  private boolean readAgainScheduled;

  Inbound(Connection connection, Transport transport) {
    this.connection = connection;
    this.transport = transport;
    this.exact = transport.countsSocketBytes();
  }

  /** An edge: more bytes, or FIN, or both in one event. */
  void onEvent(EventList events, int index) {
    readable = !ended; // the close_notify of TLS comes before FIN
    reported = events.dataIfReported(index);
    peerClosed |= events.isEof(index);
    read();
  }

  /** A task of the transport has ended: bytes may be readable. */
  void onTransportReady() {
    readable = true;
    reported = EventList.UNKNOWN;
    read();
  }

  /** Reads while bytes are readable, the handler wants them, and the budget of this turn lasts. */
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
    NativeBuffer memory = connection.resources().reads().forRead();
    ByteBuffer in = memory.bytes();
    int most = Math.min(in.capacity(), readSize());
    int n = transport.read(memory, most);
    if (n > 0) {
      reported = reported == EventList.UNKNOWN ? reported : Math.max(0, reported - n);
      // A short read has emptied the socket, and so has a read of all bytes that kevent has
      // reported. But FIN may have come in the same event: then read on to the end.
      readable = peerClosed || (exact ? n == most && reported != 0 : transport.mayHaveMore());
      try {
        received(in.limit(n).position(0));
      } finally {
        in.clear(); // the next connection of the loop gets the whole buffer, whatever was thrown
      }
    } else if (n == Transport.END || n == Transport.TRUNCATED) {
      readable = false;
      peerClosed = true;
      ended = true;
      end(n == Transport.TRUNCATED);
    } else {
      readable = !exact && n == 0 && transport.mayHaveMore();
      if (Transport.isError(n)) {
        connection.closing.failed("read", n);
      } else if (n == Transport.PENDING && peerClosed && transport.needsPeer()) {
        connection.close(CloseReason.PEER_GONE);
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
      return Integer.MAX_VALUE; // input is discarded
    }
    return connection.resources().memory().isTight()
        ? Connection.SHORT_READ_BYTES
        : handler.readSize();
  }

  /** Passes on bytes from the peer, in the buffer that all connections of the loop share. */
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

  /** The peer has ended its sending side, and all of its bytes were read. */
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

  /** FIN was seen while the handler wants no input. */
  private void peerClosedUnread() {
    ConnectionHandler handler = connection.openHandler();
    if (handler != null) {
      handler.onPeerClosed();
    }
  }

  /** Reads the bytes in the socket in the next turn. */
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
      readAgainScheduled = true; // after the call, which may fail for want of memory
    }
  }

  /** Whether the socket may hold unread bytes. */
  boolean mayHaveUnread() {
    return readable;
  }

  /** Whether FIN was seen and all bytes before it were read. */
  boolean hasEnded() {
    return peerClosed && !readable;
  }
}

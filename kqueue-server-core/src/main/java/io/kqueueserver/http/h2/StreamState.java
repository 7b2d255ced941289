package io.kqueueserver.http.h2;

import static io.kqueueserver.http.h2.StreamEvent.DATA_END_STREAM_RECEIVED;
import static io.kqueueserver.http.h2.StreamEvent.DATA_END_STREAM_SENT;
import static io.kqueueserver.http.h2.StreamEvent.DATA_RECEIVED;
import static io.kqueueserver.http.h2.StreamEvent.DATA_SENT;
import static io.kqueueserver.http.h2.StreamEvent.HEADERS_END_STREAM_RECEIVED;
import static io.kqueueserver.http.h2.StreamEvent.HEADERS_END_STREAM_SENT;
import static io.kqueueserver.http.h2.StreamEvent.HEADERS_RECEIVED;
import static io.kqueueserver.http.h2.StreamEvent.HEADERS_SENT;
import static io.kqueueserver.http.h2.StreamEvent.PRIORITY_RECEIVED;
import static io.kqueueserver.http.h2.StreamEvent.RST_STREAM_RECEIVED;
import static io.kqueueserver.http.h2.StreamEvent.RST_STREAM_SENT;
import static io.kqueueserver.http.h2.StreamEvent.WINDOW_UPDATE_RECEIVED;
import static io.kqueueserver.http.h2.StreamEvent.WINDOW_UPDATE_SENT;

/**
 * The states of a stream as a server that pushes nothing sees them (RFC 9113 5.1), and the table of
 * what each event does in each state. R is received, S sent, ES a frame with END_STREAM.
 *
 * <pre>
 *                     +--------+
 *       .-------------|  IDLE  |-------------.
 *       |             +--------+             |
 *       | R HEADERS                          | R HEADERS + ES
 *       v                                    v
 *   +--------+           R ES       +--------------------+
 *   |  OPEN  |---------------------&gt;| HALF_CLOSED_REMOTE |
 *   +--------+                      +--------------------+
 *       | S ES                               | S ES
 *       v                                    v
 *   +-------------------+    R ES       +----------+
 *   | HALF_CLOSED_LOCAL |--------------&gt;|  CLOSED  |
 *   +-------------------+               +----------+
 *
 *   OPEN, HALF_CLOSED_*:  S RST_STREAM -&gt; RESET_LOCAL,  R RST_STREAM -&gt; RESET_REMOTE
 *   RESET_LOCAL:  R RST_STREAM -&gt; RESET_REMOTE
 * </pre>
 *
 * The RFC's closed state is four here, since what may still arrive depends on how a stream was
 * closed.
 */
public enum StreamState {
  /** Not opened, with an identifier above that of every stream opened so far. */
  IDLE,
  OPEN,
  /** The client has sent END_STREAM: the request is complete. */
  HALF_CLOSED_REMOTE,
  /** The server has sent END_STREAM, the request goes on. */
  HALF_CLOSED_LOCAL,
  /** Both have sent END_STREAM. */
  CLOSED,
  /** The server has sent RST_STREAM, which the client may not have seen: its frames are dropped. */
  RESET_LOCAL,
  /** The client has sent RST_STREAM, and must send no more. */
  RESET_REMOTE,
  /**
   * Nothing is known of a stream whose identifier is not above all others: it was closed long ago,
   * or passed over by the client, which closes it (RFC 9113 5.1.1).
   */
  FORGOTTEN;

  /** The treatment of a frame. */
  public enum Action {
    /** The frame takes effect. */
    ACCEPT,
    /** The frame has no effect; DATA is counted by flow control, a field block is decoded. */
    IGNORE,
    /** The peer is at fault, and the stream ends. */
    STREAM_ERROR,
    /** The peer is at fault, and the connection ends. */
    CONNECTION_ERROR,
    /** The frame must not be sent; that it is tried is an error of the server's own. */
    FORBIDDEN
  }

  /**
   * One cell of the table.
   *
   * @param next the state behind the event; after a connection error it means nothing
   * @param code of the error, else NO_ERROR
   */
  public record Transition(StreamState next, Action action, ErrorCode code) {}

  /** A row for each state, and in it a cell for each event. */
  private static final Transition[][] TABLE =
      new Transition[values().length][StreamEvent.values().length];

  static {
    IDLE.put(HEADERS_RECEIVED, accept(OPEN));
    IDLE.put(HEADERS_END_STREAM_RECEIVED, accept(HALF_CLOSED_REMOTE));
    IDLE.accepts(PRIORITY_RECEIVED);
    // RFC 9113 5.1, idle: any other frame is a connection error.
    IDLE.connectionError(ErrorCode.PROTOCOL_ERROR);

    OPEN.accepts(DATA_RECEIVED, PRIORITY_RECEIVED, WINDOW_UPDATE_RECEIVED);
    OPEN.accepts(HEADERS_SENT, DATA_SENT, WINDOW_UPDATE_SENT);
    OPEN.streamError(ErrorCode.PROTOCOL_ERROR, HEADERS_RECEIVED); // trailers end a stream (8.1)
    OPEN.put(HEADERS_END_STREAM_RECEIVED, accept(HALF_CLOSED_REMOTE));
    OPEN.put(DATA_END_STREAM_RECEIVED, accept(HALF_CLOSED_REMOTE));
    OPEN.put(HEADERS_END_STREAM_SENT, accept(HALF_CLOSED_LOCAL));
    OPEN.put(DATA_END_STREAM_SENT, accept(HALF_CLOSED_LOCAL));
    OPEN.resets();

    HALF_CLOSED_REMOTE.accepts(PRIORITY_RECEIVED, WINDOW_UPDATE_RECEIVED);
    HALF_CLOSED_REMOTE.accepts(HEADERS_SENT, DATA_SENT, WINDOW_UPDATE_SENT);
    HALF_CLOSED_REMOTE.streamError(
        ErrorCode.STREAM_CLOSED,
        HEADERS_RECEIVED,
        HEADERS_END_STREAM_RECEIVED,
        DATA_RECEIVED,
        DATA_END_STREAM_RECEIVED);
    HALF_CLOSED_REMOTE.put(HEADERS_END_STREAM_SENT, accept(CLOSED));
    HALF_CLOSED_REMOTE.put(DATA_END_STREAM_SENT, accept(CLOSED));
    HALF_CLOSED_REMOTE.resets();

    HALF_CLOSED_LOCAL.accepts(DATA_RECEIVED, PRIORITY_RECEIVED, WINDOW_UPDATE_RECEIVED);
    HALF_CLOSED_LOCAL.accepts(WINDOW_UPDATE_SENT);
    HALF_CLOSED_LOCAL.streamError(ErrorCode.PROTOCOL_ERROR, HEADERS_RECEIVED);
    HALF_CLOSED_LOCAL.put(HEADERS_END_STREAM_RECEIVED, accept(CLOSED));
    HALF_CLOSED_LOCAL.put(DATA_END_STREAM_RECEIVED, accept(CLOSED));
    HALF_CLOSED_LOCAL.resets();

    // RFC 9113 5.1, closed: WINDOW_UPDATE and RST_STREAM may have crossed the last frame; DATA and
    // HEADERS of a client that has sent END_STREAM or RST_STREAM cannot have.
    CLOSED.ignores(PRIORITY_RECEIVED, RST_STREAM_RECEIVED, WINDOW_UPDATE_RECEIVED);
    CLOSED.connectionError(ErrorCode.STREAM_CLOSED);
    RESET_REMOTE.ignores(PRIORITY_RECEIVED, RST_STREAM_RECEIVED, WINDOW_UPDATE_RECEIVED);
    RESET_REMOTE.connectionError(ErrorCode.STREAM_CLOSED);

    RESET_LOCAL.ignores(HEADERS_RECEIVED, HEADERS_END_STREAM_RECEIVED);
    RESET_LOCAL.ignores(DATA_RECEIVED, DATA_END_STREAM_RECEIVED);
    RESET_LOCAL.ignores(PRIORITY_RECEIVED, WINDOW_UPDATE_RECEIVED);
    // Now the client is known to have closed it, too.
    RESET_LOCAL.put(
        RST_STREAM_RECEIVED, new Transition(RESET_REMOTE, Action.IGNORE, ErrorCode.NO_ERROR));

    // DATA may be late on a stream that was reset by the server long ago.
    FORGOTTEN.ignores(DATA_RECEIVED, DATA_END_STREAM_RECEIVED);
    FORGOTTEN.ignores(PRIORITY_RECEIVED, RST_STREAM_RECEIVED, WINDOW_UPDATE_RECEIVED);
    // RFC 9113 5.1.1: the identifier of a new stream is above all others.
    FORGOTTEN.connectionError(ErrorCode.PROTOCOL_ERROR);

    for (StreamState state : values()) {
      for (StreamEvent event : StreamEvent.values()) {
        state.putIfAbsent(event, new Transition(state, Action.FORBIDDEN, ErrorCode.INTERNAL_ERROR));
      }
    }
  }

  /** The cell of that event. */
  public Transition on(StreamEvent event) {
    return TABLE[ordinal()][event.ordinal()];
  }

  /**
   * Looks up what an event does, and throws where it is an error.
   *
   * @return the cell, whose action is ACCEPT or IGNORE
   * @throws Http2Exception if the peer is at fault
   * @throws IllegalStateException if the server would send a frame it must not send
   */
  public Transition allow(StreamEvent event, int streamId) {
    Transition cell = on(event);
    return switch (cell.action) {
      case ACCEPT, IGNORE -> cell;
      case STREAM_ERROR -> throw Http2Exception.stream(streamId, cell.code, text(event, streamId));
      case CONNECTION_ERROR -> throw Http2Exception.connection(cell.code, text(event, streamId));
      case FORBIDDEN -> throw new IllegalStateException(text(event, streamId));
    };
  }

  /** Whether a stream in this state counts as open (RFC 9113 5.1.2). */
  public boolean isActive() {
    return this == OPEN || this == HALF_CLOSED_LOCAL || this == HALF_CLOSED_REMOTE;
  }

  private String text(StreamEvent event, int streamId) {
    return event + " on stream " + streamId + ", which is " + this;
  }

  private static Transition accept(StreamState next) {
    return new Transition(next, Action.ACCEPT, ErrorCode.NO_ERROR);
  }

  private void accepts(StreamEvent... events) {
    fill(new Transition(this, Action.ACCEPT, ErrorCode.NO_ERROR), events);
  }

  private void ignores(StreamEvent... events) {
    fill(new Transition(this, Action.IGNORE, ErrorCode.NO_ERROR), events);
  }

  private void streamError(ErrorCode code, StreamEvent... events) {
    fill(new Transition(RESET_LOCAL, Action.STREAM_ERROR, code), events);
  }

  /** Every event that is received and has no cell yet. */
  private void connectionError(ErrorCode code) {
    Transition cell = new Transition(this, Action.CONNECTION_ERROR, code);
    for (StreamEvent event : StreamEvent.values()) {
      if (event.isReceived()) {
        putIfAbsent(event, cell);
      }
    }
  }

  private void resets() {
    put(RST_STREAM_RECEIVED, accept(RESET_REMOTE));
    put(RST_STREAM_SENT, accept(RESET_LOCAL));
  }

  private void fill(Transition cell, StreamEvent... events) {
    for (StreamEvent event : events) {
      put(event, cell);
    }
  }

  private void put(StreamEvent event, Transition cell) {
    TABLE[ordinal()][event.ordinal()] = cell;
  }

  private void putIfAbsent(StreamEvent event, Transition cell) {
    if (TABLE[ordinal()][event.ordinal()] == null) {
      put(event, cell);
    }
  }
}

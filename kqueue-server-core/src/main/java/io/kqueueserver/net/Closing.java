package io.kqueueserver.net;

import io.kqueueserver.net.Connection.Linger;
import io.kqueueserver.stats.CloseReason;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state of one connection, and its way to the end.
 *
 * <pre>
 *                                     all sent, FIN          the peer's end, or
 *        closeAfterFlush, YES         sent by us             a bound of Discard
 *   OPEN ----------------> FLUSHING ----------------> LINGERING --------------> CLOSED
 *   OPEN ----------------> FLUSHING ------------------------------------------> CLOSED
 *        closeAfterFlush, NO          all sent: close(2) sends FIN
 *   OPEN ----------------> FLUSHING ------------------------------------------> CLOSED
 *        resetAfterFlush              all sent: reset, without a farewell of the transport
 *   any  ---------------------------------------------------------------------> CLOSED
 *        close: unsent bytes are lost; reset: and the peer sees RST
 * </pre>
 *
 * <p>With {@link Linger#YES} the input of FLUSHING and LINGERING is thrown away. The step from
 * FLUSHING waits for {@link Transport#finish} too, which may need room in the socket. CLOSED is
 * final; each step of the release happens whatever becomes of those before it. The loop's thread
 * only.
 */
final class Closing {
  private static final Logger log = LoggerFactory.getLogger(Connection.class);

  /** 2 MiB in writes of 128 KiB: about what a kernel takes of a response that is ready. */
  private static final int LAST_FLUSHES = 4;

  /** The states, in the order in which they follow each other. */
  enum State {
    OPEN,
    /** Takes no more writes; closes when all is sent. */
    FLUSHING,
    /** FIN was sent: input is thrown away, so that no RST destroys the last bytes of ours. */
    LINGERING,
    CLOSED
  }

  /** The sending side of an open connection; FIN goes out on the step to ENDED. */
  private enum Output {
    OPEN,
    ENDING,
    ENDED
  }

  private final Connection connection;
  private final Runnable onClose;

  private State state = State.OPEN;
  private CloseReason reason = CloseReason.RESPONSE_END;
  private Linger linger = Linger.NO;
  private boolean resetsAfterFlush;
  private Output output = Output.OPEN;

  /** Must be reset, even if there was no memory for that when it failed. */
  private boolean failed;

  private @Nullable Discard discard;

  /**
   * The end of one connection.
   *
   * @param onClose called once after the descriptor was closed
   */
  Closing(Connection connection, Runnable onClose) {
    this.connection = connection;
    this.onClose = onClose;
  }

  // ---- where it is

  /** The state now; any thread may look, and sees one of the past. */
  State state() {
    return state;
  }

  boolean isOpen() {
    return state == State.OPEN;
  }

  /** Whether written bytes still go to the socket. */
  boolean sends() {
    return state == State.OPEN || state == State.FLUSHING;
  }

  boolean isLingering() {
    return state == State.LINGERING;
  }

  boolean isClosed() {
    return state == State.CLOSED;
  }

  /** Whether input is thrown away by the connection, and not by its handler. */
  boolean discardsInput() {
    return state == State.LINGERING || (state == State.FLUSHING && linger == Linger.YES);
  }

  /** Why the connection was closed, or is being closed. */
  CloseReason reason() {
    return reason;
  }

  // ---- the way to the end

  void closeAfterFlush(CloseReason why, Linger how) {
    if (state != State.OPEN) {
      return;
    }
    state = State.FLUSHING;
    reason = why;
    linger = how;
    connection.timer.handlerGivesUp();
    if (connection.pendingBytes() == 0) {
      finish();
    } else {
      connection.out.schedule();
      if (linger == Linger.YES) {
        // A client that writes all before it reads would not let the rest leave.
        connection.in.resume();
      }
    }
  }

  void resetAfterFlush(CloseReason why) {
    if (state == State.OPEN) {
      resetsAfterFlush = true;
      closeAfterFlush(why, Linger.NO);
    }
  }

  /** No written byte waits any more. */
  void outputDrained() {
    if (state == State.FLUSHING) {
      if (discard != null) {
        discard.outputDrained();
      }
      finish();
    } else if (output == Output.ENDING && connection.transport.finishOutput()) {
      output = Output.ENDED;
      connection.transport.shutdownWrite();
    }
  }

  /** Ends the sending side behind what was written; the connection stays open for input. */
  void finishOutput() {
    if (state == State.OPEN && output == Output.OPEN) {
      output = Output.ENDING;
      connection.out.schedule(); // a flush that finds no bytes is the end of them, too
    }
  }

  private void finish() {
    if (resetsAfterFlush) {
      reset(reason); // and no close_notify: it would call the message complete
      return;
    }
    if (!connection.transport.finish()) {
      return; // the socket is full: outputDrained comes again
    }
    if (linger == Linger.NO || connection.in.hasEnded()) {
      close(reason);
      return;
    }
    state = State.LINGERING;
    connection.transport.shutdownWrite();
    connection.deadline(discard().due());
    // Not at once: the caller may be another connection's handler, whose input lies in the read
    // buffer that all connections of the loop share.
    connection.in.resume();
  }

  /** The peer's last byte was read while the connection lingers, or its reset was met. */
  void lingerEnded() {
    close(reason);
  }

  // ---- input that is thrown away

  /** What is thrown away of the connection's input, from the first call on. */
  Discard discard() {
    Discard current = discard;
    if (current == null) {
      current = new Discard(connection, connection.resources().options().discarding());
      discard = current;
    }
    return current;
  }

  /** Nothing is thrown away any more: the next {@link #discard} begins anew. */
  void endDiscard() {
    discard = null;
  }

  /** Counts bytes that were thrown away; more than may be end the connection. */
  void discarded(int bytes) {
    if (!discard().took(bytes)) {
      close(reason);
    }
  }

  /** When lingering must be looked at again; {@code before} if a bound has ended it just now. */
  long lingerDue(long before) {
    if (discard().isOver()) {
      close(reason);
      return before;
    }
    return discard().due();
  }

  // ---- the end

  /** Reading or writing failed: the peer has gone. */
  void failed(String call, long result) {
    // After our FIN a reset is but the peer's way to close: why it was closed has not changed.
    close(state == State.LINGERING ? reason : CloseReason.PEER_RESET, call, result);
  }

  /** A callback threw. */
  void onFailure() {
    failed = true;
    reset(CloseReason.SERVER_ERROR);
  }

  /** Whether {@link #onFailure} could not end the connection, which is tried once more. */
  boolean endsFailed() {
    if (failed) {
      reset(CloseReason.SERVER_ERROR);
    }
    return failed;
  }

  /** The loop ends: offers the socket what the handler still has to send, then closes. */
  void stop() {
    try {
      ConnectionHandler handler = connection.openHandler();
      if (handler != null) {
        handler.onStop();
      }
      for (int i = 0; i < LAST_FLUSHES && connection.pendingBytes() > 0; i++) {
        connection.flushNow();
      }
    } finally {
      if (resetsAfterFlush) {
        reset(CloseReason.STOP);
      } else {
        close(CloseReason.STOP);
      }
    }
  }

  void reset(CloseReason why) {
    if (state != State.CLOSED) {
      connection.resources().sockets().lingerZero(connection.fd());
      close(why);
    }
  }

  void close(CloseReason why) {
    close(why, "", 0);
  }

  private void close(CloseReason why, String call, long result) {
    if (state == State.CLOSED) {
      return;
    }
    state = State.CLOSED;
    reason = why;
    // There may be no memory left, and a descriptor that is not closed now is lost.
    try {
      connection.facts.closed();
      connection.loop().deregister(connection.udata());
      connection.loop().cancel(connection.timer);
      connection.loop().stats().closed(why);
      connection.loop().closing(connection.fd());
      CloseLog.closed(
          connection.resources().sockets(),
          connection.fd(),
          why,
          call,
          result,
          connection.stats(),
          connection.facts.protocol(),
          connection.loop().now());
    } finally {
      try {
        closeDescriptor();
      } finally {
        letGo(why);
      }
    }
  }

  private void closeDescriptor() {
    int closed = connection.resources().sockets().close(connection.fd());
    if (closed < 0) {
      String errno = connection.resources().sockets().errnoName(-closed);
      log.warn("close(fd {}): {}", connection.fd(), errno);
    }
  }

  private void letGo(CloseReason why) {
    try {
      connection.held.close();
      connection.transport.closed(why);
    } finally {
      try {
        connection.out.clear(why);
      } finally {
        notifyClosed(why);
      }
    }
  }

  private void notifyClosed(CloseReason why) {
    try {
      ConnectionHandler handler = connection.handler();
      if (handler != null) {
        handler.onClosed(why);
      }
    } finally {
      onClose.run();
    }
  }
}

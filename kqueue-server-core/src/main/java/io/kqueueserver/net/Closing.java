package io.kqueueserver.net;

import io.kqueueserver.net.Connection.Linger;
import io.kqueueserver.stats.CloseReason;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state machine of one connection.
 *
 * <pre>
 *                                     all sent, FIN          the peer's end, or
 *        closeAfterFlush, YES         sent by the server     a bound of Discard
 *   OPEN ----------------> FLUSHING ----------------> LINGERING --------------> CLOSED
 *   OPEN ----------------> FLUSHING ------------------------------------------> CLOSED
 *        closeAfterFlush, NO          all sent: close(2) sends FIN
 *   OPEN ----------------> FLUSHING ------------------------------------------> CLOSED
 *        resetAfterFlush              all sent: reset, without close_notify
 *   any  ---------------------------------------------------------------------> CLOSED
 *        close: unsent bytes are lost; reset: and the peer sees RST
 * </pre>
 *
 * <p>With {@link Linger#YES} the input of FLUSHING and LINGERING is read and dropped. The step from
 * FLUSHING waits for {@link Transport#finish} too, which may need room in the socket. CLOSED is
 * final. Each step of the release runs even if a step before it has failed. The loop's thread only.
 */
final class Closing {
  private static final Logger log = LoggerFactory.getLogger(Connection.class);

  /** 2 flushes of 1 MiB: about what a kernel takes of a response at once. */
  private static final int LAST_FLUSHES = 2;

  /** The states, in the order in which they follow each other. */
  enum State {
    OPEN,
    /** The connection takes no more writes, and closes when all is sent. */
    FLUSHING,
    /** FIN was sent. Input is read and dropped, so that no RST destroys the last bytes sent. */
    LINGERING,
    CLOSED
  }

  /** The sending side of an open connection. The step to ENDED sends FIN. */
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

  /** Whether the connection must be reset, even if memory was lacking for that at the failure. */
  private boolean failed;

  private @Nullable Discard discard;

  /**
   * Makes the state machine of one connection.
   *
   * @param onClose called once after the descriptor was closed
   */
  Closing(Connection connection, Runnable onClose) {
    this.connection = connection;
    this.onClose = onClose;
  }

  // ---- the state

  /** The state. Another thread may call this, and gets a past state. */
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

  /** Whether the connection, and not its handler, drops the input. */
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
        // A client that writes all before it reads takes the rest only if its bytes are read.
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

  /** The last written byte was sent. */
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

  /** Ends the sending side after the written bytes. The connection stays open for input. */
  void finishOutput() {
    if (state == State.OPEN && output == Output.OPEN) {
      output = Output.ENDING;
      connection.out.schedule(); // a flush without bytes also ends in outputDrained
    }
  }

  private void finish() {
    if (resetsAfterFlush) {
      reset(reason); // without close_notify, which would declare the message complete
      return;
    }
    if (!connection.transport.finish()) {
      return; // the socket is full: outputDrained is called again
    }
    if (linger == Linger.NO || connection.in.hasEnded()) {
      close(reason);
      return;
    }
    state = State.LINGERING;
    connection.transport.shutdownWrite();
    connection.deadline(discard().due());
    // In the next turn: the caller may be another connection's handler, whose input lies in the
    // read buffer that all connections of the loop share.
    connection.in.resume();
  }

  /** The lingering connection has read the peer's last byte, or met the peer's reset. */
  void lingerEnded() {
    close(reason);
  }

  // ---- discarded input

  /** The measure of discarded input, which the first call starts. */
  Discard discard() {
    Discard current = discard;
    if (current == null) {
      current = new Discard(connection, connection.resources().options().discarding());
      discard = current;
    }
    return current;
  }

  /** Discarding has ended: the next {@link #discard} starts a new measure. */
  void endDiscard() {
    discard = null;
  }

  /** Counts discarded bytes. Closes the connection above the limit. */
  void discarded(int bytes) {
    if (!discard().took(bytes)) {
      close(reason);
    }
  }

  /**
   * The next time at which a bound may end lingering; {@code before} if a bound has ended it now.
   */
  long lingerDue(long before) {
    if (discard().checkBounds()) {
      close(reason);
      return before;
    }
    return discard().due();
  }

  // ---- the end

  /** A read or a write failed: the peer has gone. */
  void failed(String call, long result) {
    // After the server's FIN a reset is the peer's way to close: the reason stays.
    close(state == State.LINGERING ? reason : CloseReason.PEER_RESET, call, result);
  }

  /** A callback has thrown: resets the connection. */
  void onFailure() {
    failed = true;
    reset(CloseReason.SERVER_ERROR);
  }

  /** Ends a connection that {@link #onFailure} could not end. Returns whether there was one. */
  boolean endFailed() {
    if (failed) {
      reset(CloseReason.SERVER_ERROR);
    }
    return failed;
  }

  /** The loop ends: flushes the handler's last bytes once, then closes. */
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
    // Memory may be exhausted, and a descriptor that is not closed now leaks.
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
      CloseListener listener = connection.resources().options().closes();
      if (listener.wantsCloses()) {
        listener.onClosed(connection.facts.closed(connection.udata(), why));
      }
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

package io.kqueueserver.server;

import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.stats.CloseReason;

/**
 * The half of one byte stream that differs between HTTP versions. {@link SwitchedStream} calls it;
 * in turn the wire passes input, writability, the deadline, a drain and the end to the stream. The
 * loop's thread only.
 */
public interface StreamWire extends WireOutput {
  /** Input is wanted that was not before. */
  void inputWanted();

  /** Ends the sending side behind what was written. */
  void finish();

  /**
   * Both sides have ended: {@link SwitchedStream#ended} with null follows when all has left.
   *
   * @param byPeer whether the peer was the first to end its side
   */
  void end(boolean byPeer);

  /**
   * Breaks the stream off so that the peer notices; unsent bytes are lost.
   *
   * @param reason what becomes of a connection that carries nothing else
   * @param cause has the code for a version that sends one
   */
  void reset(CloseReason reason, ExchangeException cause);

  /** Sets the time, in the loop's nanoseconds, of {@link SwitchedStream#deadlinePassed}. */
  void deadline(long dueNanos);

  /** Whether bytes wait to be sent, or input is not read because the server holds too much. */
  boolean isBusy();
}

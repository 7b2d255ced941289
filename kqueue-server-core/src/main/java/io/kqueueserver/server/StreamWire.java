package io.kqueueserver.server;

import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.stats.CloseReason;

/**
 * The half of one byte stream that differs between HTTP versions. {@link SwitchedStream} calls the
 * wire. The wire passes input, writability, the deadline, a drain and the end to the stream. The
 * loop's thread only.
 */
public interface StreamWire extends WireOutput {
  /** The stream wants input and did not before. */
  void inputWanted();

  /** Ends the sending side after the written bytes. */
  void finish();

  /**
   * Both sides have ended. {@link SwitchedStream#ended} with null follows when all bytes have left.
   *
   * @param byPeer whether the peer was the first to end its side
   */
  void end(boolean byPeer);

  /**
   * Resets the stream, so that the peer notices. Unsent bytes are lost.
   *
   * @param reason the reason of the close, if the stream has its connection to itself
   * @param cause holds the error code, for a version that sends one
   */
  void reset(CloseReason reason, ExchangeException cause);

  /** Sets the time, in the loop's nanoseconds, of {@link SwitchedStream#deadlinePassed}. */
  void deadline(long dueNanos);

  /** Number of written bytes that wait for the kernel, or over HTTP/2 for a frame. */
  long unsentBytes();

  /** Whether bytes wait to be sent, or reading is paused because the server holds too much. */
  boolean isBusy();
}

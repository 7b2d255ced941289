package io.kqueueserver.http;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Bytes in both directions after {@link Exchange#switchTo}: the rest of an HTTP/1 connection, or
 * one HTTP/2 stream. Each side ends on its own. The stream ends when both sides have ended, or by a
 * reset. Methods must be called on the loop's thread of the exchange unless they are marked
 * otherwise; {@link #execute} runs tasks there. Calls on a stream that has ended only release lent
 * buffers.
 *
 * <p>Over an HTTP/1 connection with TLS 1.2 the peer's end is the end of both sides (RFC 5246
 * 7.2.1): the server answers close_notify at once. Bytes written afterwards are lost, and {@link
 * StreamHandler#onEnd} is called with a cause. TLS 1.3 ends each side on its own.
 *
 * <pre>
 *            finish()                     onInputEnd()
 *   OPEN ---------------> INPUT ONLY ------------------.
 *     |                                                 v
 *     |    onInputEnd()                   finish()
 *     '-----------------> OUTPUT ONLY --------------> ENDED: onEnd(null), once all bytes have left
 *   any -----------------------------------------------> ENDED: onEnd(cause) after reset(cause), an
 *                                                        error, a timeout, a drain, the peer's reset
 * </pre>
 */
public interface ByteStream {
  /** The request that opened the stream. Any thread. */
  RequestHead request();

  /** The id of the exchange that opened the stream. Any thread. */
  String id();

  /** The client's address. Any thread. */
  InetSocketAddress remoteAddress();

  /** The address the client connected to. Any thread. */
  InetSocketAddress localAddress();

  /** The session of the TLS the stream uses; null in the clear. Any thread. */
  @Nullable SSLSession tlsSession();

  /** Whether the caller is on the loop thread. Any thread. */
  boolean inLoop();

  /**
   * Runs the task on the loop thread, later; returns false if the loop has ended, in which case the
   * task will not run. What the task throws ends this stream, as what a callback throws. Any
   * thread.
   */
  boolean execute(Runnable task);

  /**
   * Writes bytes and consumes the buffer, as {@link Exchange#write}. Bytes after {@link #finish}
   * are dropped.
   *
   * @param release called once when the bytes are no longer needed, perhaps before this method
   *     returns; null if the caller may change the buffer after the return
   */
  void write(ByteBuffer data, @Nullable Runnable release);

  /**
   * Counts bytes that the handler keeps in memory for this stream and has not written. The sum of
   * all changes must be zero in the end.
   *
   * @param change how many more bytes are kept; negative for fewer
   */
  void holds(long change);

  /**
   * Whether the queue of unsent bytes is below its high watermark. After false {@link
   * StreamHandler#onWritable} follows.
   */
  boolean isWritable();

  /** Number of written bytes that wait for the kernel, or over HTTP/2 for a frame. */
  long unsentBytes();

  /** Hands queued bytes to the kernel, at the latest at the end of this turn. */
  void flush();

  /**
   * Calls back when all bytes written so far were handed to the kernel, perhaps at once. If the
   * stream ends before, the callback is not called.
   */
  void whenFlushed(Runnable callback);

  /**
   * Stops calls of {@link StreamHandler#onBytes} until {@link #resumeInput}. The peer must wait.
   */
  void pauseInput();

  /** Continues input, perhaps before this method returns. */
  void resumeInput();

  /**
   * Ends this side after all written bytes. Input goes on until the peer has ended its side, too.
   */
  void finish();

  /** Whether {@link #finish} was called, or the stream has ended. */
  boolean isFinished();

  /**
   * Resets the stream, so that the peer cannot take it for complete. Unsent bytes are lost. {@link
   * StreamHandler#onEnd} is called with the cause before this method returns.
   */
  void reset(ExchangeException cause);

  /**
   * Calls {@link StreamHandler#onDeadline} once, after a delay. A stream has one deadline, which
   * another call replaces.
   *
   * @param delayNanos the delay from the beginning of the current turn; negative for no deadline
   */
  void deadline(long delayNanos);
}

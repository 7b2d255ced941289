package io.kqueueserver.http;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Bytes both ways after {@link Exchange#switchTo}: the rest of an HTTP/1 connection, or one HTTP/2
 * stream. Each side ends on its own; the stream ends when both sides have ended, or by a reset. All
 * methods must be called on the loop thread of the exchange unless they say otherwise; {@link
 * #execute} takes work there. Calls on a stream that has ended do nothing, but lent buffers come
 * back.
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
   * task will not run. Any thread.
   */
  boolean execute(Runnable task);

  /**
   * Writes bytes and consumes the buffer; as {@link Exchange#write}. Bytes after {@link #finish}
   * are dropped.
   *
   * @param release called once when the bytes are no longer needed, perhaps before this returns;
   *     null if the buffer may be changed as soon as this returns
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

  /** Hands queued bytes to the kernel as soon as the protocol sees fit, at the latest this turn. */
  void flush();

  /**
   * Calls back when all that was written so far has been handed to the kernel; perhaps at once. The
   * callback of a stream that ends before is not called.
   */
  void whenFlushed(Runnable callback);

  /** No more {@link StreamHandler#onBytes} until {@link #resumeInput}; the peer is held back. */
  void pauseInput();

  /** Goes on with input, perhaps before this returns. */
  void resumeInput();

  /**
   * Ends this side after all written bytes; the peer sees the end of its input. Input goes on until
   * the peer has ended its side too.
   */
  void finish();

  /** Whether {@link #finish} was called, or the stream has ended. */
  boolean isFinished();

  /**
   * Breaks the stream off so that the peer cannot take it for complete. Unsent bytes are lost;
   * {@link StreamHandler#onEnd} is called with the cause before this returns.
   */
  void reset(ExchangeException cause);

  /**
   * Calls {@link StreamHandler#onDeadline} once, after this time. There is one deadline: another
   * call replaces it.
   *
   * @param delayNanos from the beginning of the current turn; negative for no deadline
   */
  void deadline(long delayNanos);
}

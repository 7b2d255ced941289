package io.kqueueserver.http;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.Supplier;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * One request and its response: the interface between a protocol and an application, independent of
 * the HTTP version. Methods must be called on the loop's thread of the exchange unless they are
 * marked otherwise; {@link #execute} runs tasks there. Calls on an exchange that has ended do
 * nothing.
 */
public interface Exchange {
  /** For {@link #respond}: the body's length is not known in advance. */
  long UNKNOWN_LENGTH = -1;

  /** The request's control data and fields. Any thread. */
  RequestHead request();

  /**
   * The scheme by which the request reached this server: {@code http} or {@code https}. Any thread.
   */
  String scheme();

  /** The TLS session of the request's connection; null in the clear. Any thread. */
  default @Nullable SSLSession tlsSession() {
    return null;
  }

  /**
   * The id of the exchange for logs, unique among servers, processes and restarts. It consists of
   * letters, digits and a hyphen, and does not change. Any thread.
   */
  String id();

  /** The client's address. Any thread. */
  InetSocketAddress remoteAddress();

  /**
   * Whether {@link #remoteAddress} is the address of the client. False if a proxy relays a client
   * without its address (PROXY protocol). The address is then that of the proxy, and must not be
   * the reason to trust the request. Any thread.
   */
  default boolean isClientKnown() {
    return true;
  }

  /** The address the client connected to. Any thread. */
  InetSocketAddress localAddress();

  /**
   * Sets the listener of body bytes, writability and the end. Must be called inside {@link
   * ExchangeHandler#handle}.
   */
  void listener(ExchangeListener listener);

  /**
   * Sets the name of the handler for observers, such as the report of a blocked loop. Observers
   * call the supplier on their threads, at any time during the exchange. The supplier must not
   * block, and may return null.
   */
  default void handledBy(Supplier<@Nullable String> handler) {}

  /**
   * A service of the server on the loop of this exchange, such as WebSocket; null if there is none.
   * Any thread.
   */
  default <T> @Nullable T service(Class<T> type) {
    return null;
  }

  /**
   * Keeps the place of this exchange among the concurrent requests of its connection until the
   * returned action runs, even after the exchange has ended. An application keeps the place for
   * work that goes on after {@link ExchangeListener#onError}, such as a call that blocks another
   * thread. Otherwise a client that resets its requests could make more of them run than it may
   * send at a time. Has no effect where a connection has one request at a time.
   *
   * <p>The call must be made on the loop thread, in {@link ExchangeListener#onError} at the latest.
   *
   * @return gives the place back. Runs on any thread; further runs do nothing
   */
  default Runnable keepPlace() {
    return () -> {};
  }

  /** Whether the caller is on the loop thread. Any thread. */
  boolean inLoop();

  /**
   * Runs the task on the loop thread, later; returns false if the loop has ended, in which case the
   * task will not run. What the task throws ends this exchange, as what a callback throws. Any
   * thread.
   */
  boolean execute(Runnable task);

  /**
   * Allows {@code pieces} more calls of {@link ExchangeListener#onBody}. The server's options bound
   * the length of a piece. The first demand sends 100 (Continue) if the client waits for it.
   */
  void demand(long pieces);

  /**
   * Drops the rest of the request body: up to {@link Limits#maxUnreadBodyBytes()} before the
   * response is complete, and further bytes after that.
   */
  void discardBody();

  /**
   * Sends an informational (1xx) response, but not 101. Sends nothing to a client that does not
   * understand such responses.
   */
  void inform(int status, HeaderSource fields);

  /**
   * Sends status and fields. The server frames the body and adds {@code Date}, {@code Connection}
   * and the framing fields of the version. {@code Content-Length} among the fields is honoured if
   * {@code contentLength} is {@link #UNKNOWN_LENGTH}. {@code Transfer-Encoding} and {@code
   * Connection: keep-alive} are not passed on. The head leaves with the first body bytes, or at the
   * end of the turn. Over HTTP/1 it ends the connection if a large rest of the request body is to
   * come that the application has not begun to read by {@link #demand}, or has given up.
   *
   * @param contentLength number of body bytes to follow, or {@link #UNKNOWN_LENGTH}
   * @throws IllegalStateException if a response head was already sent
   * @throws IllegalArgumentException if a field is malformed; nothing was sent then
   */
  void respond(int status, HeaderSource fields, long contentLength);

  /**
   * Writes body bytes and consumes the buffer. Never blocks and never refuses bytes. Bytes that the
   * socket does not take are queued, so callers should check {@link #isWritable()}. Body bytes of a
   * response without body (HEAD, 204, 304) are dropped. More bytes than announced reset the
   * exchange.
   *
   * @param release called once when the bytes are no longer needed, perhaps before this method
   *     returns; not called if the method throws for want of memory; null if the caller may change
   *     the buffer after the return, for which queued bytes are copied
   */
  void write(ByteBuffer data, @Nullable Runnable release);

  /**
   * Opens a file on the calling thread, for {@link #respondFile}. It may block, and so is for
   * threads other than the loop's, which it spares a wait for a thread that opens the file. The
   * caller must close {@link FileRegion#opened()} of the result, if there is one, when respondFile
   * has returned or is not called: what is being sent then stays open. Any thread.
   *
   * @return the region with its open file; the same region if this exchange opens files in another
   *     way, or this one cannot be opened
   */
  default FileRegion openNow(FileRegion region) {
    return region;
  }

  /**
   * Answers with part of a file: head, body and end. The file is opened first, so that a failure is
   * answered with an error status: 404 if the file does not exist, 403 if it may not be read, 503
   * if the process or the system has no descriptor left, else 500. {@link ExchangeListener#onError}
   * then gets the cause. Before the file is open, no byte is sent and the fields are not read.
   *
   * @param contentLength as of {@link #respond}
   * @param done called once, when the file is no longer needed
   */
  default void respondFile(
      int status,
      HeaderSource fields,
      long contentLength,
      FileRegion region,
      @Nullable Runnable done) {
    respond(status, fields, contentLength);
    writeFile(region.file(), region.position(), region.count(), done);
    finish();
  }

  /**
   * Writes part of a file as body bytes without blocking the loop: by sendfile(2) if possible, else
   * through a file worker. A file that cannot be opened resets the response. A response of one file
   * should be sent by {@link #respondFile}.
   *
   * @param done called once, when the file is no longer needed
   */
  void writeFile(Path file, long position, long count, @Nullable Runnable done);

  /**
   * Counts bytes of the response that a wrapper of this exchange keeps in memory and has not
   * written yet. The sum of all changes must be zero in the end.
   *
   * @param change how many more bytes are kept; negative for fewer
   */
  default void holds(long change) {}

  /** Whether the queue of unsent bytes is below its high watermark. */
  boolean isWritable();

  /**
   * Hands queued bytes to the kernel now, as far as the socket has room, and not at the end of the
   * turn.
   */
  void flush();

  /**
   * Calls back when all bytes written so far were handed to the kernel, perhaps at once. If the
   * exchange fails before, {@link ExchangeListener#onError} is called instead.
   */
  void whenFlushed(Runnable callback);

  /** Ends the response. Fewer bytes than announced reset the exchange. */
  default void finish() {
    finish(HeaderSource.NONE);
  }

  /**
   * Ends the response with trailers. They are dropped if the version or the framing cannot carry
   * them.
   */
  void finish(HeaderSource trailers);

  /**
   * Resets the exchange, so that the client cannot take the response for complete. Bytes written
   * before are sent, also coded ones. If no head was sent, the client gets a 500 instead, because a
   * client that gets the end of a connection and no byte of a response may repeat its request.
   */
  void reset(ExchangeException cause);

  /** Whether a response head was sent. */
  boolean isCommitted();

  /**
   * Takes the byte stream over after this exchange: sends the version's head of a switch with these
   * fields, then connects the bytes of both directions to the handler. Bytes that arrived with the
   * request come first. The head is 101 (Switching Protocols) on HTTP/1.1, with {@code Connection:
   * upgrade} and, unless it is among the fields, the first protocol of the request's {@code
   * Upgrade}; it is 200 for CONNECT. The exchange is complete when the head has left; the stream
   * goes on.
   *
   * @throws IllegalStateException if the response has begun, or the request has not ended
   * @throws IllegalArgumentException if a field is malformed; nothing was sent then
   * @throws UnsupportedOperationException if the request does not allow a switch
   */
  void switchTo(HeaderSource fields, StreamHandler handler);
}

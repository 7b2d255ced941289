package io.kqueueserver.http;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.Supplier;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * One request and its response, the only thing a protocol and an application know of each other. It
 * is not shaped after any HTTP version. All methods, unless they say otherwise, must be called on
 * the loop thread that owns the exchange; {@link #execute} takes work there. Calls on an exchange
 * that has ended do nothing.
 */
public interface Exchange {
  /** For {@link #respond}: the body's length is not known in advance. */
  long UNKNOWN_LENGTH = -1;

  /** The request's control data and fields. Any thread. */
  RequestHead request();

  /** {@code http} or {@code https}: how the request reached this server. Any thread. */
  String scheme();

  /** The session of the TLS the request came by; null if it came in the clear. Any thread. */
  default @Nullable SSLSession tlsSession() {
    return null;
  }

  /**
   * Identifies the exchange for logs, among those of all servers, processes and restarts: letters,
   * digits and a hyphen. Always the same for one exchange. Any thread.
   */
  String id();

  /** The client's address. Any thread. */
  InetSocketAddress remoteAddress();

  /**
   * Whether {@link #remoteAddress} is that of the sender of these bytes. False if a proxy said that
   * it relays them and not for whom (PROXY protocol): the address is the proxy's then, and nothing
   * may be believed because of it. Any thread.
   */
  default boolean isClientKnown() {
    return true;
  }

  /** The address the client connected to. Any thread. */
  InetSocketAddress localAddress();

  /**
   * Who hears of body bytes, writability and the end. Set it inside {@link ExchangeHandler#handle}.
   */
  void listener(ExchangeListener listener);

  /**
   * Tells observers, such as the report of a blocked loop, who serves this exchange. The supplier
   * is asked on their threads, at any time during the exchange; it must not block, and may answer
   * null.
   */
  default void handledBy(Supplier<@Nullable String> handler) {}

  /**
   * What the server keeps on the loop of this exchange for a subject of its own, such as WebSocket;
   * null if it has no such thing. Any thread.
   */
  default <T> @Nullable T service(Class<T> type) {
    return null;
  }

  /** Whether the caller is on the loop thread. Any thread. */
  boolean inLoop();

  /**
   * Runs the task on the loop thread, later; returns false if the loop has ended, in which case the
   * task will not run. Any thread.
   */
  boolean execute(Runnable task);

  /**
   * Allows {@code pieces} more calls of {@link ExchangeListener#onBody}, each with a piece no
   * longer than the server's options say, however much was read at once. The first demand sends 100
   * (Continue) if the client waits for it.
   */
  void demand(long pieces);

  /**
   * Throws the rest of the request body away: up to {@link Limits#maxUnreadBodyBytes()} before the
   * response is complete, and what comes after that then.
   */
  void discardBody();

  /**
   * Sends an informational (1xx) response; silently nothing for a client that cannot understand it.
   * Not for 101.
   */
  void inform(int status, HeaderSource fields);

  /**
   * Sends status and fields; the server frames the body and adds {@code Date}, {@code Connection}
   * and whatever framing fields the version needs. {@code Content-Length} among the fields is
   * honoured where {@code contentLength} is {@link #UNKNOWN_LENGTH}; {@code Transfer-Encoding} and
   * {@code Connection: keep-alive} are not passed on. The bytes leave with the first body bytes, or
   * at the end of the turn.
   *
   * @param contentLength body bytes to follow, or {@link #UNKNOWN_LENGTH}
   * @throws IllegalStateException if a response head was already sent
   * @throws IllegalArgumentException if a field is malformed; nothing was sent then
   */
  void respond(int status, HeaderSource fields, long contentLength);

  /**
   * Writes body bytes and consumes the buffer. It never blocks and never refuses: what the socket
   * does not take is queued, so watch {@link #isWritable()}. Body bytes of a response that has none
   * (HEAD, 204, 304) are dropped. More bytes than announced reset the exchange.
   *
   * @param release called once when the bytes are no longer needed, perhaps before this returns;
   *     null if the buffer may be changed as soon as this returns (what is queued is copied then)
   */
  void write(ByteBuffer data, @Nullable Runnable release);

  /**
   * Answers with part of a file: head, body and end. The file is opened first, so that one which
   * cannot be is answered with an error instead of a head without its body: 404 if there is none,
   * 403 if it may not be read, 503 if the process or the system has no descriptor left, else 500.
   * {@link ExchangeListener#onError} has the cause then. Until the file is open nothing is sent,
   * and the fields are read only when it is.
   *
   * @param contentLength as for {@link #respond}
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
   * Writes part of a file as body bytes without blocking the loop: by sendfile(2) where that is
   * possible, else through a file worker. A file that cannot be opened breaks the response off; a
   * response that is one file is better sent by {@link #respondFile}.
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
   * Hands queued bytes to the kernel now, as far as it takes them, instead of at the end of the
   * turn.
   */
  void flush();

  /**
   * Calls back when all that was written so far has been handed to the kernel; perhaps at once. If
   * the exchange fails before, {@link ExchangeListener#onError} is called instead.
   */
  void whenFlushed(Runnable callback);

  /** Ends the response. Fewer bytes than announced reset the exchange. */
  default void finish() {
    finish(HeaderSource.NONE);
  }

  /**
   * Ends the response with trailers, which are dropped where the version or framing cannot carry
   * them.
   */
  void finish(HeaderSource trailers);

  /**
   * Breaks the exchange off so that the client cannot take it for a complete response. What was
   * written before is sent, coded bytes too. If no head was sent, the client gets a 500 instead:
   * one that meets the end of a connection and no byte of a response may send its request again.
   */
  void reset(ExchangeException cause);

  /** Whether a response head was sent. */
  boolean isCommitted();

  /**
   * Takes the byte stream over after this exchange: sends the version's head of a switch with these
   * fields, then hands bytes both ways to the handler, those that arrived with the request first.
   * The head is 101 (Switching Protocols) on HTTP/1.1, with {@code Connection: upgrade} and, unless
   * it is among the fields, the first protocol of the request's {@code Upgrade}; it is 200 for
   * CONNECT. The exchange is complete when the head has left; the stream lives on.
   *
   * @throws IllegalStateException if the response has begun, or the request has not ended
   * @throws IllegalArgumentException if a field is malformed; nothing was sent then
   * @throws UnsupportedOperationException if the request does not allow a switch
   */
  void switchTo(HeaderSource fields, StreamHandler handler);
}

package io.kqueueserver.server;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.FileRegion;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.net.FileOpening;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.CurrentRequest;
import org.jspecify.annotations.Nullable;

/**
 * The half of one exchange that differs between HTTP versions: the framing of its parts, and their
 * effects on the connection. {@link ExchangeCore} calls the wire in an order that {@code Exchange}
 * allows. The bytes between the parts go to the exchange's {@link WireOutput}. The loop's thread
 * only.
 */
public interface ExchangeWire {
  /** Result of {@link #respond}: the response has no body, and bytes of a body are dropped. */
  long NO_BODY = -2;

  /** Sends an informational response, unless the version or the client does not support it. */
  void inform(int status, HeaderSource fields);

  /**
   * Sends the head of the response.
   *
   * @param contentLength number of body bytes to follow, or {@link Exchange#UNKNOWN_LENGTH}
   * @return number of body bytes that must follow, {@link Exchange#UNKNOWN_LENGTH}, or {@link
   *     #NO_BODY}
   * @throws IllegalArgumentException if a field is malformed; nothing was sent then
   */
  long respond(int status, HeaderSource fields, long contentLength);

  /** As {@link io.kqueueserver.http.Exchange#openNow}. Any thread. */
  default FileRegion openNow(FileRegion region) {
    return region;
  }

  /**
   * Begins to open a file, of which at least one byte will be written.
   *
   * @param done runs once, when the file is no longer needed
   * @param outcome notified before the file is written; null if the file is written at once, and a
   *     file that cannot be read then resets the exchange
   */
  FileOpening openFile(
      FileRegion region, @Nullable Runnable done, FileOpening.@Nullable Outcome outcome);

  /** Sends {@code count} bytes, which are the whole region of a file. */
  void writeFile(FileOpening opened, long count);

  /**
   * Sends the end of the body.
   *
   * @throws IllegalArgumentException if a trailer is malformed; nothing was sent then
   */
  void end(HeaderSource trailers);

  /**
   * The exchange has advanced. Either body bytes are wanted that were not before, to be passed on
   * or dropped; or the response is complete except for bytes that have not left.
   */
  void advanced();

  /** Resets the exchange, so that the client notices the failure. */
  void reset(ExchangeException cause);

  /** Resets the exchange at once: bytes of it that wait to be sent are dropped. */
  default void cut(CloseReason reason, String message) {
    reset(new ExchangeException(ExchangeException.Reason.LIMIT, message));
  }

  /**
   * Sends the head after which the bytes of this exchange belong to another protocol, and binds
   * them to the stream by {@link SwitchedStream#on}.
   *
   * @return the status that was sent
   * @throws IllegalArgumentException if a field is malformed; nothing was sent then
   * @throws UnsupportedOperationException if the request does not allow a switch
   */
  int switchTo(HeaderSource fields, SwitchedStream stream);

  /**
   * Keeps the place of the exchange among those of its connection.
   *
   * @return gives the place back. Any thread; further runs do nothing
   */
  default Runnable keepPlace() {
    return () -> {};
  }

  /** The number of the stream that carries the exchange, for observers. Any thread. */
  default long streamId() {
    return CurrentRequest.NO_STREAM;
  }

  /** Whether the client may send further requests after this one, by the response head. */
  boolean keepsAlive();
}

package io.kqueueserver.server;

import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.FileRegion;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.net.FileOpening;
import io.kqueueserver.stats.CurrentRequest;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The half of one exchange that differs between HTTP versions: how its parts are framed, and what
 * they mean to the connection. {@link ExchangeCore} calls it, in an order that {@code Exchange}
 * allows, and tells it nothing that the version must not hear. The loop's thread only.
 */
public interface ExchangeWire extends WireOutput {
  /** Answer of {@link #respond}: the response has no body, whatever is written of one. */
  long NO_BODY = -2;

  /** Sends an informational response; nothing where the version or the client has none. */
  void inform(int status, HeaderSource fields);

  /**
   * Sends the head of the response.
   *
   * @param contentLength body bytes to follow, or {@code Exchange.UNKNOWN_LENGTH}
   * @return body bytes that must follow, {@code Exchange.UNKNOWN_LENGTH}, or {@link #NO_BODY}
   * @throws IllegalArgumentException if a field is malformed; nothing was sent then
   */
  long respond(int status, HeaderSource fields, long contentLength);

  /** Sends {@code count} bytes of a file, at least one. */
  void writeFile(Path file, long position, long count, @Nullable Runnable done);

  /** Begins to open a file, of which at least one byte will be wanted, before the head is sent. */
  FileOpening openFile(FileRegion region, @Nullable Runnable done, FileOpening.Outcome outcome);

  /** Sends {@code count} bytes of a file that is open. */
  void writeFile(FileOpening opened, long count);

  /**
   * Sends what ends the body.
   *
   * @throws IllegalArgumentException if a trailer is malformed; nothing was sent then
   */
  void end(HeaderSource trailers);

  /** The response is complete, but for bytes that are still to leave. */
  void responseEnded();

  /** Body bytes are wanted that were not before, or are to be thrown away. */
  void bodyDemanded();

  /** Body bytes were thrown away. */
  void bodyDiscarded(int count);

  /** Breaks the exchange off so that the client notices. */
  void reset(ExchangeException cause);

  /**
   * Sends the head after which the bytes of this exchange belong to another protocol, and binds
   * them to the stream by {@link SwitchedStream#on}.
   *
   * @return the status that was sent
   * @throws IllegalArgumentException if a field is malformed; nothing was sent then
   * @throws UnsupportedOperationException if the request does not allow a switch
   */
  int switchTo(HeaderSource fields, SwitchedStream stream);

  /** The number of the stream that carries the exchange, for observers. Any thread. */
  default long streamId() {
    return CurrentRequest.NO_STREAM;
  }

  /** Whether the client may send further requests after this one, as the head has said. */
  boolean keepsAlive();
}

package io.kqueueserver.server.h2;

import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.net.FlushCallback;
import io.kqueueserver.stats.CloseReason;
import org.jspecify.annotations.Nullable;

/**
 * The end of one stream's response: which frame ends it after the waiting bytes, whether that frame
 * was written, and whether it has left. The loop's thread only.
 *
 * <pre>
 *   waiting bytes --ending--> END_STREAM written --> flushed
 *        '-------breaking---> RST_STREAM
 * </pre>
 */
final class ResponseEnd implements FlushCallback {
  private final Http2Stream stream;

  private @Nullable FlushCallback callback;
  private boolean ending;
  private @Nullable Trailers trailers;
  private @Nullable ErrorCode breaking;
  private boolean written;
  private boolean flushed;

  ResponseEnd(Http2Stream stream) {
    this.stream = stream;
  }

  /** The response ends after the waiting bytes. */
  void ending(@Nullable Trailers fields) {
    ending = true;
    trailers = fields;
  }

  boolean isEnding() {
    return ending;
  }

  /** The trailers; null for none. */
  @Nullable Trailers trailers() {
    return trailers;
  }

  /** The response is reset after the waiting bytes. */
  void breaking(ErrorCode code) {
    ending = false;
    breaking = code;
  }

  /** The code of the reset of the response; null if it is not reset. */
  @Nullable ErrorCode breaking() {
    return breaking;
  }

  /** END_STREAM was written. */
  void written() {
    written = true;
    if (callback != null) {
      stream.owner.connection.whenFlushed(this);
    }
    if (stream.isReceiving() && !stream.isSwitched()) {
      stream.owner.ends.endSoon(stream);
    }
  }

  /** Whether END_STREAM was written. */
  boolean isWritten() {
    return written;
  }

  /** Calls back when the end of the response has left. */
  void whenFlushed(FlushCallback whenEnded) {
    callback = whenEnded;
    if (written) {
      stream.owner.connection.whenFlushed(this);
    }
  }

  /** Whether a callback waits for the end of the response. */
  boolean isAwaited() {
    return callback != null;
  }

  @Override
  public void onFlushed() {
    flushed = true;
    if (callback != null) {
      callback.onFlushed();
    }
    stream.owner.streams.removeIfDone(stream);
  }

  @Override
  public void onDropped(CloseReason reason) {
    flushed = true;
    if (callback != null) {
      callback.onDropped(reason);
    }
  }

  /** Nothing of the response waits to leave any more. */
  void abandon() {
    flushed = true;
  }

  /** Whether nothing of the response waits to leave. */
  boolean isFlushed() {
    return flushed;
  }
}

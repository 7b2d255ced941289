package io.kqueueserver.http.h2;

import io.kqueueserver.stats.Limit;
import org.jspecify.annotations.Nullable;

/**
 * A violation of HTTP/2 by the peer, with its scope: an error of one stream is answered by
 * RST_STREAM, an error of the connection by GOAWAY and its end (RFC 9113 5.4). It has no stack
 * trace, so that a flood of violations costs no stack walk each.
 */
public final class Http2Exception extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The scope of a connection error, where a stream identifier would stand. */
  private static final int CONNECTION = 0;

  private final int streamId;
  private final ErrorCode code;
  private final @Nullable Limit limit;

  private Http2Exception(int streamId, ErrorCode code, @Nullable Limit limit, String message) {
    super(message, null, false, false);
    this.streamId = streamId;
    this.code = code;
    this.limit = limit;
  }

  /** An error after which the connection cannot go on. */
  public static Http2Exception connection(ErrorCode code, String message) {
    return new Http2Exception(CONNECTION, code, null, message);
  }

  /** An error of one stream; the connection goes on. */
  public static Http2Exception stream(int streamId, ErrorCode code, String message) {
    return new Http2Exception(streamId, code, null, message);
  }

  /**
   * A limit of the connection that the peer crossed: ENHANCE_YOUR_CALM. The message, which is the
   * debug data of GOAWAY, names the property of the limit.
   */
  public static Http2Exception limit(Limit limit, String message) {
    return new Http2Exception(
        CONNECTION, ErrorCode.ENHANCE_YOUR_CALM, limit, message + " (" + limit.property() + ")");
  }

  /** A stream that depends on itself (RFC 7540 5.3.1). */
  public static Http2Exception selfDependency(int streamId) {
    return stream(streamId, ErrorCode.PROTOCOL_ERROR, "stream " + streamId + " depends on itself");
  }

  /** An error whose scope is the stream, or the connection where {@code streamId} is 0. */
  static Http2Exception scoped(int streamId, ErrorCode code, String message) {
    return new Http2Exception(streamId, code, null, message);
  }

  /** Whether the whole connection is at fault. */
  public boolean isConnectionError() {
    return streamId == CONNECTION;
  }

  /** The stream at fault; 0 for a connection error. */
  public int streamId() {
    return streamId;
  }

  public ErrorCode code() {
    return code;
  }

  /** The limit that was crossed, or null if the frame was simply wrong. */
  public @Nullable Limit limit() {
    return limit;
  }
}

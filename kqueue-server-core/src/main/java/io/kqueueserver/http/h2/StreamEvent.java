package io.kqueueserver.http.h2;

/**
 * What happens to a stream: a frame received or sent on it, distinguished by END_STREAM where that
 * matters. HEADERS means a whole field block, of a head or of trailers.
 */
public enum StreamEvent {
  HEADERS_RECEIVED,
  HEADERS_END_STREAM_RECEIVED,
  DATA_RECEIVED,
  DATA_END_STREAM_RECEIVED,
  PRIORITY_RECEIVED,
  RST_STREAM_RECEIVED,
  WINDOW_UPDATE_RECEIVED,
  HEADERS_SENT,
  HEADERS_END_STREAM_SENT,
  DATA_SENT,
  DATA_END_STREAM_SENT,
  RST_STREAM_SENT,
  WINDOW_UPDATE_SENT;

  /** Whether the peer caused it. */
  boolean isReceived() {
    return ordinal() < HEADERS_SENT.ordinal();
  }

  /** HEADERS that the peer sent. */
  public static StreamEvent headersReceived(boolean endStream) {
    return endStream ? HEADERS_END_STREAM_RECEIVED : HEADERS_RECEIVED;
  }

  /** DATA that the peer sent. */
  public static StreamEvent dataReceived(boolean endStream) {
    return endStream ? DATA_END_STREAM_RECEIVED : DATA_RECEIVED;
  }

  /** HEADERS to the peer. */
  public static StreamEvent headersSent(boolean endStream) {
    return endStream ? HEADERS_END_STREAM_SENT : HEADERS_SENT;
  }

  /** DATA to the peer. */
  public static StreamEvent dataSent(boolean endStream) {
    return endStream ? DATA_END_STREAM_SENT : DATA_SENT;
  }
}

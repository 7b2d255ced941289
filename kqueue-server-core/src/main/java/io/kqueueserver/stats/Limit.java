package io.kqueueserver.stats;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Every bound on what a client may send, take or hold; counters and metrics are kept per constant.
 * {@code docs/limits.md} is made from these constants.
 */
public enum Limit {
  REQUEST_LINE_SIZE("kqueue.server.max-request-line-size", "414"),
  HEADER_SIZE("server.max-http-request-header-size", "431"),
  HEADER_COUNT("kqueue.server.max-header-count", "431"),
  BODY_SIZE("kqueue.server.max-request-body-size", "413"),
  CHUNK_LINE_SIZE(null, "400"),
  TRAILER_SIZE("server.max-http-request-header-size", "431"),
  UNREAD_BODY("kqueue.server.max-unread-body-size", "the response, with `Connection: close`"),
  KEEP_ALIVE_REQUESTS(
      "kqueue.server.max-keep-alive-requests",
      "the response, with `Connection: close`; in HTTP/2 GOAWAY"),
  CONNECTION_AGE(
      "kqueue.server.max-connection-age",
      "the next response with `Connection: close`, GOAWAY, or close code 1001"),
  CONNECTIONS_PER_ADDRESS("kqueue.server.max-connections-per-address", "a reset"),
  RUNNING_REQUESTS("kqueue.server.max-running-requests", Answers.BUSY),
  RUNNING_MANAGEMENT_REQUESTS("kqueue.server.max-running-management-requests", Answers.BUSY),
  TLS_HANDSHAKES("kqueue.server.tls.max-handshakes", "a TLS alert, internal_error"),
  TLS_HANDSHAKE_TIMEOUT("kqueue.server.tls.handshake-timeout", "nothing"),
  HEADER_TIMEOUT("kqueue.server.request-header-timeout", "408 if a head had begun"),
  BODY_TIMEOUT("kqueue.server.body-timeout", Answers.LATE_BODY),
  REQUEST_RATE("kqueue.server.request-rate.min-rate", Answers.LATE_BODY),
  REQUEST_BODY_TIME("kqueue.server.max-request-body-time", Answers.LATE_BODY),
  WRITE_TIMEOUT("kqueue.server.write-timeout", "a reset"),
  RESPONSE_RATE("kqueue.server.response-rate.min-rate", "a reset"),
  HANDLER_TIMEOUT("kqueue.server.handler-timeout", "503 with `Retry-After`"),
  REQUEST_TIME(
      "kqueue.server.max-request-time",
      "503 with `Retry-After` if no response had begun, else a reset"),
  IDLE_TIMEOUT("kqueue.server.idle-timeout", "nothing"),
  DISCARD_TIMEOUT("kqueue.server.discard.timeout", Answers.RESPONSE),
  DISCARD_IDLE_TIMEOUT("kqueue.server.discard.idle-timeout", Answers.RESPONSE),
  DISCARD_RATE("kqueue.server.discard.min-rate", Answers.RESPONSE),
  DISCARD_SIZE("kqueue.server.max-discard-size", Answers.RESPONSE),
  ENCODERS("kqueue.server.compression.max-encoders", "the response, not compressed"),
  HELD_BYTES("kqueue.server.max-held-bytes", "a reset of the largest holder without progress"),
  HTTP2_STREAMS("kqueue.server.http2.max-concurrent-streams", "RST_STREAM(REFUSED_STREAM)"),
  HTTP2_RESETS("kqueue.server.http2.max-resets", Answers.CALM),
  HTTP2_HEADER_BLOCK("server.max-http-request-header-size", Answers.CALM),
  HTTP2_CONTINUATIONS("kqueue.server.http2.max-continuations", Answers.CALM),
  HTTP2_EMPTY_DATA("kqueue.server.http2.max-empty-data", Answers.CALM),
  HTTP2_CONTROL_FRAMES("kqueue.server.http2.max-control-frames", Answers.CALM),
  HTTP2_QUEUED_CONTROL_FRAMES("kqueue.server.http2.max-queued-control-frames", Answers.CALM),
  HTTP2_STALLED_STREAM("kqueue.server.http2.stalled-stream-timeout", "RST_STREAM(CANCEL)"),
  WEBSOCKET_FRAME_SIZE("kqueue.server.websocket.max-frame-size", "close code 1009"),
  WEBSOCKET_MESSAGE_SIZE("kqueue.server.websocket.max-message-size", "close code 1009"),
  WEBSOCKET_FRAGMENTS("kqueue.server.websocket.max-fragments", "close code 1008"),
  WEBSOCKET_INFLATE_RATIO("kqueue.server.websocket.max-inflate-ratio", "close code 1009"),
  WEBSOCKET_CONTROL_FRAMES("kqueue.server.websocket.max-control-frames", "close code 1008"),
  WEBSOCKET_QUEUED_BYTES("kqueue.server.websocket.max-queued-bytes", "close code 1008"),
  WEBSOCKET_MESSAGE_TIMEOUT("kqueue.server.websocket.message-timeout", "close code 1008"),
  WEBSOCKET_IDLE_TIMEOUT("kqueue.server.websocket.idle-timeout", "close code 1001"),
  WEBSOCKET_CLOSE_TIMEOUT("kqueue.server.websocket.close-timeout", "FIN, then a reset"),
  WEBSOCKET_SESSIONS("kqueue.server.websocket.max-sessions", "503"),
  WEBSOCKET_DEFLATERS(null, "messages that are not compressed");

  private final @Nullable String property;
  private final String answer;

  Limit(@Nullable String property, String answer) {
    this.property = property;
    this.answer = answer;
  }

  /** Name of the property that sets this limit; null for a limit that cannot be set. */
  public @Nullable String property() {
    return property;
  }

  /** The effect of this limit on a client, in words. */
  public String answer() {
    return answer;
  }

  /** Name of this limit in meters and reports: {@code header-size}. */
  public String tag() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Constants of an enum cannot refer to its own static fields. */
  private static final class Answers {
    static final String LATE_BODY = "408 if no response had begun, else a reset";
    static final String RESPONSE = "the response, and the end of the connection behind it";
    static final String BUSY = "503 with `Retry-After`";
    static final String CALM = "GOAWAY(ENHANCE_YOUR_CALM)";
  }
}

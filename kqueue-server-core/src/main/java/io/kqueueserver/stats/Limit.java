package io.kqueueserver.stats;

/**
 * Every bound on what a client may send, take or hold; counters and metrics are kept per constant.
 */
public enum Limit {
  REQUEST_LINE_SIZE,
  HEADER_SIZE,
  HEADER_COUNT,
  BODY_SIZE,
  CHUNK_LINE_SIZE,
  TRAILER_SIZE,
  UNREAD_BODY,
  KEEP_ALIVE_REQUESTS,
  TLS_HANDSHAKE_TIMEOUT,
  HEADER_TIMEOUT,
  BODY_TIMEOUT,
  WRITE_TIMEOUT,
  IDLE_TIMEOUT,
  DISCARD_TIMEOUT,
  DISCARD_IDLE_TIMEOUT,
  DISCARD_RATE,
  DISCARD_SIZE,
  ENCODERS,
  HELD_BYTES
}

package io.kqueueserver.http.forwarded;

/**
 * The family of fields a proxy writes. Only one is ever read: a proxy that sets one passes the
 * other on as the client sent it.
 */
public enum ForwardedFormat {
  /**
   * {@code X-Forwarded-For}, {@code -Proto}, {@code -Ssl}, {@code -Host}, {@code -Port}, {@code
   * -Prefix}.
   */
  X_FORWARDED,
  /** {@code Forwarded}, RFC 7239. */
  FORWARDED
}

package io.kqueueserver.http;

/**
 * Options of reading HTTP/1 messages, for cases with more than one safe way.
 *
 * @param strictTarget whether a request target must keep to RFC 3986; if not, the octets that
 *     browsers send raw are accepted and percent-encoded
 */
public record Http1Options(boolean strictTarget) {
  public static final Http1Options DEFAULTS = new Http1Options(false);
}

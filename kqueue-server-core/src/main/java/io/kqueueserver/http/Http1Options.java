package io.kqueueserver.http;

/**
 * How HTTP/1 messages are read where more than one way is safe.
 *
 * @param strictTarget whether a request target must keep to RFC 3986; if not, the octets that
 *     browsers send raw are accepted and shown percent-encoded
 */
public record Http1Options(boolean strictTarget) {
  public static final Http1Options DEFAULTS = new Http1Options(false);
}

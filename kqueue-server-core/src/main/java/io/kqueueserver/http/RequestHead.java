package io.kqueueserver.http;

import org.jspecify.annotations.Nullable;

/**
 * The control data and fields of one request, the same for every HTTP version (RFC 9110 6.2).
 * Immutable and safe to keep, because a head does not refer to a reused buffer.
 */
public interface RequestHead {
  /** The method token, case-sensitive; any token is legal. */
  String method();

  /**
   * Path and query as RFC 3986 writes them, nothing decoded: {@code /a%20b?c}. The octets that
   * browsers send raw are percent-encoded, {@code |} as {@code %7C}; all others stay as they were
   * sent. {@code *} for the asterisk-form, the empty string for CONNECT without a {@link
   * #protocol}. An absolute-form target is cut down to its path ({@code /} if it had none).
   */
  String path();

  /**
   * As {@link #path()}, but with every octet as it was sent. Only for records such as an access
   * log: a decision by this form could be evaded by another spelling.
   */
  default String pathAsSent() {
    return path();
  }

  /**
   * The protocol that a CONNECT requests for its stream ({@code :protocol}, RFC 8441 4); null for
   * every other request.
   */
  default @Nullable String protocol() {
    return null;
  }

  /**
   * Host and optional port: from an absolute-form target if there is one (RFC 9112 3.2.2), else
   * from {@code Host} or {@code :authority}. Empty if the client named no host: HTTP/1.0 without
   * {@code Host}, or an empty one. Its syntax has been checked: a host, an IPv6 literal in
   * brackets, or nothing, and at most one port of digits.
   */
  String authority();

  HttpVersion version();

  Headers headers();

  /**
   * The announced body length in bytes; 0 if the message has no body, {@link
   * Exchange#UNKNOWN_LENGTH} if it is not known in advance.
   */
  long contentLength();

  /** Whether the client waits for an interim 100 before it sends the body (RFC 9110 10.1.1). */
  boolean expectsContinue();
}

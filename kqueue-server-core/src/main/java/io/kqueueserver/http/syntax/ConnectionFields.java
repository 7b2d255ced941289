package io.kqueueserver.http.syntax;

/**
 * Fields that concern one HTTP/1 connection and have no meaning in HTTP/2 or HTTP/3. A request with
 * such a field is malformed; a response is sent without them (RFC 9113 8.2.2, RFC 9114 4.2).
 */
public final class ConnectionFields {
  private ConnectionFields() {}

  /** Whether a field of this name, in lower case, concerns the connection. */
  public static boolean isConnectionSpecific(String lowerCase) {
    return switch (lowerCase) {
      case "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade" -> true;
      default -> false;
    };
  }
}

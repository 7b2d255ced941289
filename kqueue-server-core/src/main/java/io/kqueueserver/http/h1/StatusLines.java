package io.kqueueserver.http.h1;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Whole status lines, made once. The version is always HTTP/1.1, also in answer to HTTP/1.0,
 * because the version states the server's ability and not that of the exchange (RFC 9110 2.5, 6.2).
 */
final class StatusLines {
  private static final int FIRST = 100;
  private static final int LAST = 999;

  private static final byte[] @Nullable [] LINES = new byte[LAST - FIRST + 1][];

  static {
    // RFC 9110 15, and the registry for the rest.
    String reasons =
        """
        100 Continue
        101 Switching Protocols
        102 Processing
        103 Early Hints
        200 OK
        201 Created
        202 Accepted
        203 Non-Authoritative Information
        204 No Content
        205 Reset Content
        206 Partial Content
        207 Multi-Status
        208 Already Reported
        226 IM Used
        300 Multiple Choices
        301 Moved Permanently
        302 Found
        303 See Other
        304 Not Modified
        305 Use Proxy
        307 Temporary Redirect
        308 Permanent Redirect
        400 Bad Request
        401 Unauthorized
        402 Payment Required
        403 Forbidden
        404 Not Found
        405 Method Not Allowed
        406 Not Acceptable
        407 Proxy Authentication Required
        408 Request Timeout
        409 Conflict
        410 Gone
        411 Length Required
        412 Precondition Failed
        413 Content Too Large
        414 URI Too Long
        415 Unsupported Media Type
        416 Range Not Satisfiable
        417 Expectation Failed
        418 I'm a teapot
        421 Misdirected Request
        422 Unprocessable Content
        423 Locked
        424 Failed Dependency
        425 Too Early
        426 Upgrade Required
        428 Precondition Required
        429 Too Many Requests
        431 Request Header Fields Too Large
        451 Unavailable For Legal Reasons
        500 Internal Server Error
        501 Not Implemented
        502 Bad Gateway
        503 Service Unavailable
        504 Gateway Timeout
        505 HTTP Version Not Supported
        506 Variant Also Negotiates
        507 Insufficient Storage
        508 Loop Detected
        510 Not Extended
        511 Network Authentication Required
        """;
    reasons
        .lines()
        .forEach(line -> LINES[Integer.parseInt(line.substring(0, 3)) - FIRST] = line(line));
  }

  private StatusLines() {}

  /**
   * The status line with its line end. An unknown status has an empty reason, but the space before
   * it stays (RFC 9112 4).
   *
   * @throws IllegalArgumentException if the status has not three digits
   */
  static byte[] of(int status) {
    if (status < FIRST || status > LAST) {
      throw new IllegalArgumentException("status " + status + " is not between 100 and 999");
    }
    byte[] line = LINES[status - FIRST];
    return line != null ? line : line(status + " ");
  }

  private static byte[] line(String statusAndReason) {
    return ("HTTP/1.1 " + statusAndReason + "\r\n").getBytes(StandardCharsets.US_ASCII);
  }
}

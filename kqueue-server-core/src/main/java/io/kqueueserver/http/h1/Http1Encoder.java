package io.kqueueserver.http.h1;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.HeaderSink;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.HttpDate;
import io.kqueueserver.http.HttpVersion;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.syntax.TrailerNames;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Writes response heads and chunk framing (RFC 9112) into a buffer of its own, which the next call
 * overwrites: the view of {@link #bytes()} up to {@link #length()} is valid until then. One per
 * loop; not thread-safe. After an exception the view is empty.
 */
public final class Http1Encoder {
  private static final byte[] CRLF = ascii("\r\n");
  private static final byte[] CONTENT_LENGTH = ascii("Content-Length: ");
  private static final byte[] CHUNKED = ascii("Transfer-Encoding: chunked\r\n");
  private static final byte[] CLOSE = ascii("Connection: close\r\n");
  private static final byte[] KEEP_ALIVE = ascii("Connection: keep-alive\r\n");
  private static final byte[] UPGRADE = ascii("Connection: upgrade\r\n");
  private static final byte[] LAST_CHUNK = ascii("0\r\n");

  private final HeadWriter out = new HeadWriter();
  private final ResponseFields fields = new ResponseFields(out);
  private final HeaderSink informing = this::informingField;
  private final HeaderSink switching = this::switchingField;
  private final HeaderSink trailing = this::trailerField;

  /** Whether the fields of a switch have an Upgrade among them. */
  private boolean namesProtocol;

  /** {@code Date: ...} with its line end, for {@link #encodeHead}; made once per second. */
  public static byte[] dateLine(long epochSecond) {
    byte[] date = HttpDate.format(epochSecond);
    byte[] line = ascii("Date: " + "-".repeat(HttpDate.LENGTH) + "\r\n");
    System.arraycopy(date, 0, line, "Date: ".length(), date.length);
    return line;
  }

  /** {@code Server: ...} with its line end, for {@link #encodeHead}. */
  public static byte[] serverLine(String product) {
    HeadWriter line = new HeadWriter();
    line.field("Server", product);
    return Arrays.copyOf(line.bytes(), line.length());
  }

  /** The bytes that the last call wrote, from index 0. */
  public byte[] bytes() {
    return out.bytes();
  }

  /** How much of {@link #bytes()} the last call wrote. */
  public int length() {
    return out.length();
  }

  /**
   * Decides how the body is framed, and writes status line and fields. The application's
   * Content-Length counts where none is given here, and for responses that only describe a body
   * (HEAD, 304). Its Transfer-Encoding and Connection are not passed on, but {@code Connection:
   * close} is obeyed.
   *
   * @param contentLength body bytes to follow, or {@link Exchange#UNKNOWN_LENGTH}
   * @param keepAlive whether client and server would keep the connection
   * @param date a ready {@code Date} line, left out if the application sets its own
   * @param server a ready {@code Server} line, left out if the application sets its own
   * @throws IllegalArgumentException if a field is malformed, lengths contradict each other, or the
   *     status has not three digits
   */
  public ResponseFraming encodeHead(
      RequestHead request,
      int status,
      HeaderSource fields,
      long contentLength,
      boolean keepAlive,
      byte @Nullable [] date,
      byte @Nullable [] server) {
    out.clear();
    try {
      return writeHead(request, status, fields, contentLength, keepAlive, date, server);
    } catch (RuntimeException e) {
      out.clear();
      throw e;
    }
  }

  /**
   * Writes a head after which the exchange goes on. Fields go out as they are; only framing fields
   * are dropped, since there is no body (RFC 9110 8.6, RFC 9112 6.1).
   *
   * @throws IllegalArgumentException if a field is malformed or the status has not three digits
   */
  public void encodeInformational(int status, HeaderSource fields) {
    out.clear();
    try {
      out.raw(StatusLines.of(status));
      fields.writeTo(informing);
      out.raw(CRLF);
    } catch (RuntimeException e) {
      out.clear();
      throw e;
    }
  }

  /**
   * Writes the head after which the connection belongs to another protocol: 101, or the 2xx that
   * opens a CONNECT tunnel. Framing fields and Connection of the application are dropped; 101 has
   * {@code Connection: upgrade} and an Upgrade field (RFC 9110 7.8), which CONNECT has not.
   *
   * @param offered the request's Upgrade field, whose first protocol is taken if the application
   *     names none; null for CONNECT
   * @throws IllegalArgumentException if a field is malformed
   */
  public void encodeSwitch(int status, HeaderSource fields, @Nullable String offered) {
    out.clear();
    try {
      out.raw(StatusLines.of(status));
      namesProtocol = false;
      fields.writeTo(switching);
      if (offered != null) {
        if (!namesProtocol) {
          int comma = offered.indexOf(',');
          out.field("Upgrade", comma < 0 ? offered : offered.substring(0, comma).strip());
        }
        out.raw(UPGRADE);
      }
      out.raw(CRLF);
    } catch (RuntimeException e) {
      out.clear();
      throw e;
    }
  }

  /** Writes a whole response without body that ends the connection. */
  public void encodeError(int status) {
    encodeError(status, null, null);
  }

  /** As {@link #encodeError(int)}, with ready {@code Date} and {@code Server} lines. */
  public void encodeError(int status, byte @Nullable [] date, byte @Nullable [] server) {
    out.clear();
    out.raw(StatusLines.of(status));
    if (date != null) {
      out.raw(date);
    }
    if (server != null) {
      out.raw(server);
    }
    contentLength(0);
    out.raw(CLOSE);
    out.raw(CRLF);
  }

  /**
   * Writes the line before a chunk's data; CRLF must follow the data.
   *
   * @throws IllegalArgumentException if the size is not positive: 0 would end the body
   */
  public void encodeChunkHead(long size) {
    out.clear();
    if (size <= 0) {
      throw new IllegalArgumentException("chunk of " + size + " bytes");
    }
    out.hex(size);
    out.raw(CRLF);
  }

  /**
   * Writes the end of a chunked body. Fields that must not come so late (RFC 9110 6.5.1) are
   * dropped.
   *
   * @throws IllegalArgumentException if a field is malformed
   */
  public void encodeLastChunk(HeaderSource trailers) {
    out.clear();
    try {
      out.raw(LAST_CHUNK);
      if (trailers != HeaderSource.NONE) {
        trailers.writeTo(trailing);
      }
      out.raw(CRLF);
    } catch (RuntimeException e) {
      out.clear();
      throw e;
    }
  }

  private ResponseFraming writeHead(
      RequestHead request,
      int status,
      HeaderSource source,
      long contentLength,
      boolean keepAlive,
      byte @Nullable [] date,
      byte @Nullable [] server) {
    out.raw(StatusLines.of(status));
    fields.begin();
    source.writeTo(fields);
    if (date != null && !fields.hasDate()) {
      out.raw(date);
    }
    if (server != null && !fields.hasServer()) {
      out.raw(server);
    }
    boolean mayKeep = keepAlive && !fields.isClose();
    ResponseFraming framing = frame(request, status, contentLength, mayKeep);
    connection(framing.keepAlive(), request.version());
    out.raw(CRLF);
    return framing;
  }

  private ResponseFraming frame(RequestHead request, int status, long given, boolean keepAlive) {
    if (status < 200) {
      // No client takes 1xx for the end of an exchange: it would wait for more on this connection.
      return ResponseFraming.NONE_CLOSE;
    }
    if (status == 204) {
      return ResponseFraming.none(keepAlive);
    }
    if (status == 205) {
      contentLength(0); // RFC 9110 15.3.6: says itself that nothing follows
      return ResponseFraming.none(keepAlive);
    }
    if (status < 300 && request.method().equals("CONNECT")) {
      return ResponseFraming.UNTIL_CLOSE; // RFC 9112 6.3: a tunnel begins behind the head
    }
    if (status == 304 || request.method().equals("HEAD")) {
      describeLength(status == 304 ? Exchange.UNKNOWN_LENGTH : given);
      return ResponseFraming.none(keepAlive);
    }
    long length = bodyLength(given);
    if (length >= 0) {
      contentLength(length);
      return ResponseFraming.length(length, keepAlive);
    }
    if (request.version() == HttpVersion.HTTP_1_0) {
      return ResponseFraming.UNTIL_CLOSE;
    }
    out.raw(CHUNKED);
    return ResponseFraming.chunked(keepAlive);
  }

  /**
   * The length of a body that is not sent, for HEAD and 304. Without a written byte the length of
   * GET's body is unknown, so a given 0 is no length; a Content-Length of the application is one.
   */
  private void describeLength(long given) {
    if (fields.contentLength() != Exchange.UNKNOWN_LENGTH) {
      contentLength(fields.contentLength());
    } else if (given > 0) {
      contentLength(given);
    }
  }

  private long bodyLength(long given) {
    long announced = fields.contentLength();
    if (given >= 0 && announced != Exchange.UNKNOWN_LENGTH && announced != given) {
      throw new IllegalArgumentException(
          "Content-Length is " + announced + " but the body has " + given + " bytes");
    }
    return given >= 0 ? given : announced;
  }

  private void connection(boolean keepAlive, HttpVersion version) {
    if (!keepAlive) {
      out.raw(CLOSE);
    } else if (version == HttpVersion.HTTP_1_0) {
      out.raw(KEEP_ALIVE);
    }
    if (fields.hasUpgrade()) {
      out.raw(UPGRADE);
    }
  }

  private void contentLength(long length) {
    out.raw(CONTENT_LENGTH);
    out.decimal(length);
    out.raw(CRLF);
  }

  private void informingField(String name, String value) {
    if (!isFraming(name)) {
      out.field(name, value);
    }
  }

  private void switchingField(String name, String value) {
    if (!isFraming(name) && !name.equalsIgnoreCase("Connection")) {
      namesProtocol |= name.equalsIgnoreCase("Upgrade");
      out.field(name, value);
    }
  }

  private void trailerField(String name, String value) {
    if (!TrailerNames.isDropped(name)) {
      out.field(name, value);
    }
  }

  private static boolean isFraming(String name) {
    return name.equalsIgnoreCase("Content-Length") || name.equalsIgnoreCase("Transfer-Encoding");
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}

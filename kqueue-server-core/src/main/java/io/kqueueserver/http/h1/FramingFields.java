package io.kqueueserver.http.h1;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.HttpVersion;
import io.kqueueserver.http.syntax.HostSyntax;
import io.kqueueserver.http.syntax.Octets;
import io.kqueueserver.stats.Limit;

/**
 * What the fields of a request head say about the message itself: where its body ends, which host
 * it is for, what becomes of the connection. Wrong fields are refused as they come, wrong
 * combinations at the end of the head.
 */
final class FramingFields implements FieldParser.Visitor {
  private final long maxBodyBytes;

  private boolean hasContentLength;
  private long contentLength;
  private boolean contentLengthOverflow;
  private final TransferCodings codings = new TransferCodings();
  private boolean hasHost;
  private int hostStart;
  private int hostEnd;
  private boolean close;
  private boolean keepAlive;
  private boolean upgrade;
  private boolean expectContinue;
  private boolean expectOther;

  FramingFields(long maxBodyBytes) {
    this.maxBodyBytes = maxBodyBytes;
  }

  void begin() {
    hasContentLength = false;
    contentLength = 0;
    contentLengthOverflow = false;
    codings.begin();
    hasHost = false;
    hostStart = 0;
    hostEnd = 0;
    close = false;
    keepAlive = false;
    upgrade = false;
    expectContinue = false;
    expectOther = false;
  }

  @Override
  public void field(byte[] b, int nameStart, int nameEnd, int valueStart, int valueEnd) {
    switch (nameEnd - nameStart) {
      case 4 -> {
        if (Octets.matches(b, nameStart, nameEnd, "host")) {
          host(b, valueStart, valueEnd);
        }
      }
      case 6 -> {
        if (Octets.matches(b, nameStart, nameEnd, "expect")) {
          expect(b, valueStart, valueEnd);
        }
      }
      case 10 -> {
        if (Octets.matches(b, nameStart, nameEnd, "connection")) {
          connection(b, valueStart, valueEnd);
        }
      }
      case 14 -> {
        if (Octets.matches(b, nameStart, nameEnd, "content-length")) {
          contentLength(b, valueStart, valueEnd);
        }
      }
      case 17 -> {
        if (Octets.matches(b, nameStart, nameEnd, "transfer-encoding")) {
          codings.add(b, valueStart, valueEnd);
        }
      }
      default -> {}
    }
  }

  /** The head is complete: refuses what cannot be framed or served. */
  void end(HttpVersion version) {
    boolean isHttp10 = version == HttpVersion.HTTP_1_0;
    if (!hasHost && !isHttp10) {
      throw HttpException.badRequest("no Host"); // RFC 9112 3.2
    }
    if (codings.isPresent()) {
      if (isHttp10) {
        // RFC 9112 6.1: a server may take that for a faulty framing, and must close then.
        throw HttpException.badRequest("Transfer-Encoding in an HTTP/1.0 request");
      }
      if (hasContentLength) {
        // RFC 9112 6.3: it may be smuggling, and a server may refuse it.
        throw HttpException.badRequest("Transfer-Encoding beside Content-Length");
      }
      codings.end();
    }
    long most = maxBodyBytes < 0 ? Long.MAX_VALUE : maxBodyBytes;
    if (contentLengthOverflow || contentLength > most) {
      throw HttpException.limit(413, Limit.BODY_SIZE, "body larger than " + most + " bytes");
    }
    if (expectOther) {
      throw HttpException.of(417, "an expectation other than 100-continue");
    }
    if (isHttp10) {
      expectContinue = false; // RFC 9110 10.1.1: must be ignored
      upgrade = false; // RFC 9110 7.8: must be ignored
    }
  }

  /** Octets of the body; 0 without body, {@link Exchange#UNKNOWN_LENGTH} if chunks carry it. */
  long contentLength() {
    return codings.isPresent() ? Exchange.UNKNOWN_LENGTH : contentLength;
  }

  int hostStart() {
    return hostStart;
  }

  int hostEnd() {
    return hostEnd;
  }

  /** RFC 9112 9.3. */
  boolean isKeepAlive(HttpVersion version) {
    return !close && (keepAlive || version != HttpVersion.HTTP_1_0);
  }

  /** {@code Connection: upgrade} on a version that has it. */
  boolean isUpgrade() {
    return upgrade;
  }

  /** The client waits for 100 before it sends a body that is not empty. */
  boolean expectsContinue() {
    return expectContinue && contentLength() != 0;
  }

  private void host(byte[] b, int from, int to) {
    if (hasHost) {
      throw HttpException.badRequest("several Host fields");
    }
    if (!HostSyntax.isHostField(b, from, to)) {
      throw HttpException.badRequest("malformed Host");
    }
    hasHost = true;
    hostStart = from;
    hostEnd = to;
  }

  /**
   * {@code 1*DIGIT}, once. RFC 9110 8.6 allows to merge equal values; no honest client needs that.
   */
  private void contentLength(byte[] b, int from, int to) {
    if (hasContentLength) {
      throw HttpException.badRequest("several Content-Length fields");
    }
    if (from == to) {
      throw HttpException.badRequest("empty Content-Length");
    }
    hasContentLength = true;
    long length = 0;
    for (int i = from; i < to; i++) {
      int digit = b[i] - '0';
      if (digit < 0 || digit > 9) {
        throw HttpException.badRequest("Content-Length is not a number");
      }
      if (length > (Long.MAX_VALUE - digit) / 10) {
        contentLengthOverflow = true;
        length = 0;
      }
      length = length * 10 + digit;
    }
    contentLength = length;
  }

  private void connection(byte[] b, int from, int to) {
    for (int i = from; i < to; ) {
      int comma = Octets.indexOf(b, ',', i, to);
      int start = Octets.skipBlanks(b, i, comma);
      int end = Octets.trimBlanks(b, start, comma);
      if (Octets.matches(b, start, end, "close")) {
        close = true;
      } else if (Octets.matches(b, start, end, "keep-alive")) {
        keepAlive = true;
      } else if (Octets.matches(b, start, end, "upgrade")) {
        upgrade = true;
      }
      i = comma + 1;
    }
  }

  private void expect(byte[] b, int from, int to) {
    for (int i = from; i < to; ) {
      int comma = Octets.indexOf(b, ',', i, to);
      int start = Octets.skipBlanks(b, i, comma);
      int end = Octets.trimBlanks(b, start, comma);
      if (Octets.matches(b, start, end, "100-continue")) {
        expectContinue = true;
      } else if (start < end) {
        expectOther = true;
      }
      i = comma + 1;
    }
  }
}

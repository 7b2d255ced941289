package io.kqueueserver.http.h1;

import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.HttpVersion;
import io.kqueueserver.http.syntax.Octets;
import io.kqueueserver.http.syntax.TargetSyntax;
import io.kqueueserver.stats.Limit;
import java.nio.charset.StandardCharsets;

/**
 * {@code method SP request-target SP HTTP-version CRLF}, one space each and nothing else (RFC 9112
 * 3). Resumes at any octet, and refuses at the first octet that cannot be right.
 */
final class RequestLineParser {
  /** Far longer than any registered method; RFC 9112 3 requires 501 for a longer method. */
  static final int MAX_METHOD_BYTES = 64;

  private static final String VERSION_PREFIX = "HTTP/";
  private static final int VERSION_BYTES = 8;
  private static final long HTTP_1_1 =
      (long) Octets.LONG.get("HTTP/1.1".getBytes(StandardCharsets.US_ASCII), 0);

  /** One String each; the most frequent first. */
  private static final String[] COMMON_METHODS = {
    "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "CONNECT"
  };

  // METHOD -> TARGET -> VERSION -> LINE_CR -> LINE_LF -> DONE
  private enum State {
    METHOD,
    TARGET,
    VERSION,
    LINE_CR,
    LINE_LF,
    DONE
  }

  private final int maxBytes;
  private final boolean strictTarget;

  private State state = State.METHOD;
  private int methodEnd;
  private int targetEnd;

  private String method = "";
  private HttpVersion version = HttpVersion.HTTP_1_1;
  private final TargetSyntax targetSyntax = new TargetSyntax();
  private final RequestTarget target = new RequestTarget();

  RequestLineParser(int maxBytes, boolean strictTarget) {
    this.maxBytes = maxBytes;
    this.strictTarget = strictTarget;
  }

  /** Makes ready for a line that starts at index 0. */
  void begin() {
    state = State.METHOD;
    targetSyntax.begin();
  }

  boolean isDone() {
    return state == State.DONE;
  }

  String method() {
    return method;
  }

  HttpVersion version() {
    return version;
  }

  RequestTarget target() {
    return target;
  }

  /**
   * Parses on from {@code from} and returns how far it came: behind the line end, to {@code to}, or
   * to a percent sign whose digits are still to come.
   */
  int parse(byte[] b, int from, int to) {
    int i = from;
    int end = Math.min(to, maxBytes);
    if (state == State.METHOD) {
      while (i < end && Octets.isTchar(b[i])) {
        i++;
      }
      if (i > MAX_METHOD_BYTES) {
        throw HttpException.of(501, "method longer than " + MAX_METHOD_BYTES + " bytes");
      }
      if (i == end) {
        return needMore(i, to);
      }
      if (b[i] != Octets.SP || i == 0) {
        throw HttpException.badRequest(
            "request line: the method is not a token followed by a space");
      }
      methodEnd = i++;
      state = State.TARGET;
    }
    if (state == State.TARGET) {
      i = targetSyntax.scan(b, i, end);
      if (TargetSyntax.isBrokenPercent(b, i, end)) {
        throw HttpException.badRequest("request line: % without two hexadecimal digits");
      }
      if (i == end || b[i] == '%') {
        return needMore(i, to);
      }
      if (b[i] != Octets.SP || i == methodEnd + 1) {
        throw HttpException.badRequest("request line: illegal byte in the target, or no version");
      }
      targetEnd = i++;
      state = State.VERSION;
    }
    if (state == State.VERSION) {
      i = parseVersion(b, i, end);
      if (state == State.VERSION) {
        return needMore(i, to);
      }
    }
    return parseLineEnd(b, i, to);
  }

  private int parseVersion(byte[] b, int from, int end) {
    int start = targetEnd + 1;
    if (from == start
        && end - start >= VERSION_BYTES
        && (long) Octets.LONG.get(b, start) == HTTP_1_1) {
      version = HttpVersion.HTTP_1_1;
      state = State.LINE_CR;
      return start + VERSION_BYTES;
    }
    for (int i = from; i < end; i++) {
      int at = i - start;
      boolean right =
          at < VERSION_PREFIX.length()
              ? b[i] == VERSION_PREFIX.charAt(at)
              : at == 6 ? b[i] == '.' : Octets.isDigit(b[i]);
      if (!right) {
        throw HttpException.badRequest("request line: malformed version");
      }
      if (at == VERSION_BYTES - 1) {
        // RFC 9110 2.5: a higher minor version is read as the highest supported one.
        version = b[i] == '0' ? HttpVersion.HTTP_1_0 : HttpVersion.HTTP_1_1;
        state = State.LINE_CR;
        return i + 1;
      }
    }
    return end;
  }

  private int parseLineEnd(byte[] b, int from, int to) {
    int i = from;
    if (state == State.LINE_CR) {
      if (i == to) {
        return i;
      }
      if (b[i++] != Octets.CR) {
        throw HttpException.badRequest("request line: no CRLF after the version");
      }
      state = State.LINE_LF;
    }
    if (i == to) {
      return i;
    }
    if (b[i++] != Octets.LF) {
      throw HttpException.badRequest("request line: CR without LF");
    }
    finish(b);
    return i;
  }

  private void finish(byte[] b) {
    int major = b[targetEnd + 1 + VERSION_PREFIX.length()];
    if (major != '1') {
      throw HttpException.of(505, "HTTP major version " + (char) major);
    }
    method = methodText(b, methodEnd);
    target.resolve(method, b, methodEnd + 1, targetEnd);
    if (targetSyntax.hasBrowserOctets() && target.encodes(b) && strictTarget) {
      throw HttpException.badRequest("request line: octet in the target that RFC 3986 refuses");
    }
    state = State.DONE;
  }

  private int needMore(int i, int to) {
    if (to > maxBytes) {
      throw HttpException.limit(
          414, Limit.REQUEST_LINE_SIZE, "request line longer than " + maxBytes + " bytes");
    }
    return i;
  }

  private static String methodText(byte[] b, int length) {
    for (String method : COMMON_METHODS) {
      if (method.length() == length && isMethod(b, method)) {
        return method;
      }
    }
    return new String(b, 0, length, StandardCharsets.ISO_8859_1);
  }

  /** Methods are case-sensitive (RFC 9110 9.1). */
  private static boolean isMethod(byte[] b, String method) {
    for (int i = 0; i < method.length(); i++) {
      if (b[i] != method.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}

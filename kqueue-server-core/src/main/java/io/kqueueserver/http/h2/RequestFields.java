package io.kqueueserver.http.h2;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.Limits;
import io.kqueueserver.http.syntax.FieldSyntax;
import io.kqueueserver.http.syntax.Octets;
import io.kqueueserver.stats.Limit;
import org.jspecify.annotations.Nullable;

/**
 * Makes a request head from the fields of the block that opens a stream. A malformed head is an
 * error of the stream (RFC 9113 8.1.1); one that is well formed, but that HTTP/1 refuses as well,
 * is an {@link HttpException} with its status.
 */
public final class RequestFields extends FieldSection {
  /** As in HTTP/1: far longer than any registered method. */
  private static final int MAX_METHOD_CHARS = 64;

  private final long maxBodyBytes;
  private final boolean connectProtocol;
  private final PathCheck pathCheck;
  private final AuthorityCheck authorityCheck = new AuthorityCheck();

  private @Nullable String method;
  private @Nullable String scheme;
  private @Nullable String authority;
  private @Nullable String path;
  private String encodedPath = "";
  private @Nullable String protocol;

  private @Nullable String host;
  private int cookieIndex;
  private @Nullable StringBuilder crumbs;
  private boolean hasContentLength;
  private long contentLength;
  private boolean contentLengthOverflow;
  private boolean expectContinue;
  private boolean expectOther;
  private Priority priority = Priority.DEFAULT;

  /**
   * Accepts the heads that HTTP/1 would accept.
   *
   * @param limits of which the size of a body is held here; the decoder holds those of fields
   * @param strictTarget whether octets are refused that browsers send and RFC 3986 does not allow
   * @param connectProtocol whether extended CONNECT was announced (RFC 8441 3)
   */
  public RequestFields(Limits limits, boolean strictTarget, boolean connectProtocol) {
    this.maxBodyBytes = limits.maxBodyBytes() < 0 ? Long.MAX_VALUE : limits.maxBodyBytes();
    this.connectProtocol = connectProtocol;
    this.pathCheck = new PathCheck(strictTarget);
  }

  @Override
  public void begin(int stream) {
    super.begin(stream);
    method = null;
    scheme = null;
    authority = null;
    path = null;
    protocol = null;
    host = null;
    cookieIndex = -1;
    crumbs = null;
    hasContentLength = false;
    contentLength = 0;
    contentLengthOverflow = false;
    expectContinue = false;
    expectOther = false;
    priority = Priority.DEFAULT;
  }

  /**
   * The block is complete.
   *
   * @param endStream whether the request has no body
   * @throws Http2Exception for the stream if the request is malformed
   * @throws HttpException if the request is refused
   */
  public Http2RequestHead end(boolean endStream) {
    requireSound();
    String verb = require(method, "no :method");
    boolean connects = verb.equals("CONNECT");
    boolean tunnels = connects && protocol == null;
    require(connects || protocol == null, ":protocol without CONNECT");
    String target = tunnels ? requireNoTarget() : requireTarget(verb);
    String name = requireAuthority(tunnels);
    boolean bodiless = endStream || connects;
    require(
        !bodiless || (contentLength == 0 && !contentLengthOverflow),
        "Content-Length of a request without body");
    refuseAsHttp1(verb);
    if (crumbs != null) {
      value(cookieIndex, crumbs.toString());
    }
    long length = bodiless ? 0 : hasContentLength ? contentLength : Exchange.UNKNOWN_LENGTH;
    return new Http2RequestHead(
        verb,
        tunnels ? "" : require(scheme, "no :scheme"),
        name,
        tunnels ? "" : encodedPath,
        target,
        protocol,
        take(),
        length,
        expectContinue && length != 0,
        priority);
  }

  @Override
  void pseudo(String name, String value) {
    switch (name) {
      case ":method" -> {
        requireFirst(method, name);
        method = value;
        if (!FieldSyntax.isToken(value)) {
          malformed(":method is not a token");
        }
      }
      case ":scheme" -> {
        requireFirst(scheme, name);
        scheme = value;
        if (!isScheme(value)) {
          malformed(":scheme is not the scheme of a URI");
        }
      }
      case ":authority" -> {
        requireFirst(authority, name);
        authority = value;
        add("host", value);
        if (!authorityCheck.isAuthority(value)) {
          malformed(":authority is not a host");
        }
      }
      case ":path" -> {
        requireFirst(path, name);
        path = value;
        encodedPath = pathCheck.encode(value);
        if (encodedPath.isEmpty()) {
          malformed(":path is not the path of a request");
        }
      }
      case ":protocol" -> {
        requireFirst(protocol, name);
        protocol = value;
        if (!connectProtocol || !FieldSyntax.isToken(value)) {
          malformed(connectProtocol ? ":protocol is not a token" : ":protocol is not supported");
        }
      }
      default -> malformed("unknown pseudo-header field");
    }
  }

  @Override
  void regular(String name, String value) {
    switch (name) {
      case "host" -> {
        host(value);
        return;
      }
      case "cookie" -> {
        if (!isFirstCrumb(value)) {
          return;
        }
      }
      case "content-length" -> contentLength(value);
      case "expect" -> expect(value);
      case "priority" -> priority = Priority.parse(value);
      default -> {}
    }
    add(name, value);
  }

  private void requireFirst(@Nullable String earlier, String name) {
    if (earlier != null) {
      malformed("several " + name + " fields");
    }
  }

  /** RFC 9113 8.5: CONNECT names an authority, and nothing else. */
  private String requireNoTarget() {
    require(scheme == null && path == null, "CONNECT with :scheme or :path");
    return "";
  }

  private String requireTarget(String verb) {
    require(scheme, "no :scheme");
    String sent = require(path, "no :path");
    require(!sent.equals("*") || verb.equals("OPTIONS"), ":path of * without OPTIONS");
    return sent;
  }

  /**
   * RFC 9113 8.3.1: {@code Host} must not differ from {@code :authority}, and stands for it if
   * there is none.
   */
  private String requireAuthority(boolean withPort) {
    String name = authority;
    if (name == null) {
      name = require(withPort ? null : host, "no :authority");
    } else if (host != null) {
      require(
          AuthorityCheck.isSame(name, host, scheme == null ? "" : scheme),
          "Host is not :authority");
    }
    require(!withPort || AuthorityCheck.isHostAndPort(name), "CONNECT to no host:port");
    return name;
  }

  private void host(String value) {
    if (host != null) {
      malformed("several Host fields");
    } else if (!authorityCheck.isAuthority(value)) {
      malformed("Host is not a host");
    } else if (authority == null) {
      add("host", value);
    }
    host = value;
  }

  /** RFC 9113 8.2.3: crumbs are joined to one field, where the first of them was. */
  private boolean isFirstCrumb(String value) {
    if (cookieIndex < 0) {
      cookieIndex = size();
      return true;
    }
    if (crumbs == null) {
      crumbs = new StringBuilder(value(cookieIndex));
    }
    crumbs.append("; ").append(value);
    return false;
  }

  /** As in HTTP/1: digits only, once. */
  private void contentLength(String value) {
    if (hasContentLength) {
      malformed("several Content-Length fields");
      return;
    }
    hasContentLength = true;
    int size = value.length();
    long length = 0;
    for (int i = 0; i < size; i++) {
      int digit = value.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        malformed("Content-Length is not a number");
        return;
      }
      if (length > (Long.MAX_VALUE - digit) / 10) {
        contentLengthOverflow = true;
        length = 0;
      }
      length = length * 10 + digit;
    }
    if (size == 0) {
      malformed("empty Content-Length");
    }
    contentLength = length;
  }

  private void expect(String value) {
    for (int from = 0; from <= value.length(); ) {
      int comma = value.indexOf(',', from);
      int to = comma < 0 ? value.length() : comma;
      String expectation = value.substring(from, to).strip();
      if (expectation.equalsIgnoreCase("100-continue")) {
        expectContinue = true;
      } else if (!expectation.isEmpty()) {
        expectOther = true;
      }
      from = to + 1;
    }
  }

  /** Refuses requests that are well formed and not served in any version. */
  private void refuseAsHttp1(String verb) {
    if (verb.length() > MAX_METHOD_CHARS) {
      throw HttpException.of(501, "method longer than " + MAX_METHOD_CHARS + " bytes");
    }
    if (scheme != null && !isHttp(scheme)) {
      throw HttpException.badRequest("a scheme other than http and https");
    }
    if (contentLengthOverflow || contentLength > maxBodyBytes) {
      throw HttpException.limit(
          413, Limit.BODY_SIZE, "body larger than " + maxBodyBytes + " bytes");
    }
    if (expectOther) {
      throw HttpException.of(417, "an expectation other than 100-continue");
    }
  }

  /** RFC 3986 3.1. */
  private static boolean isScheme(String text) {
    int size = text.length();
    for (int i = 0; i < size; i++) {
      int c = text.charAt(i);
      boolean letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
      boolean other = Octets.isDigit(c) || c == '+' || c == '-' || c == '.';
      if (!letter && (i == 0 || !other)) {
        return false;
      }
    }
    return size > 0;
  }

  private static boolean isHttp(String scheme) {
    return scheme.equalsIgnoreCase("https") || scheme.equalsIgnoreCase("http");
  }
}

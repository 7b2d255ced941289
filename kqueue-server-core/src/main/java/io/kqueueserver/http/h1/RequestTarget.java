package io.kqueueserver.http.h1;

import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.syntax.HostSyntax;
import io.kqueueserver.http.syntax.Octets;
import io.kqueueserver.http.syntax.TargetSyntax;

/**
 * Tells the four forms of a request target apart (RFC 9112 3.2) and finds path and authority in it.
 */
final class RequestTarget {
  private static final String SCHEME_END = "://";

  private int pathStart;
  private int pathEnd;
  private boolean slashMissing;
  private int authorityStart;
  private int authorityEnd;
  private boolean hasAuthority;
  private boolean encoded;

  int pathStart() {
    return pathStart;
  }

  int pathEnd() {
    return pathEnd;
  }

  /** The target is an absolute-form without path: {@code http://host?query}. */
  boolean slashMissing() {
    return slashMissing;
  }

  /** The target names the authority itself, which then replaces {@code Host} (RFC 9112 3.2.2). */
  boolean hasAuthority() {
    return hasAuthority;
  }

  /** Path or query has octets that must be percent-encoded to make a URI of it. */
  boolean encoded() {
    return encoded;
  }

  int authorityStart() {
    return authorityStart;
  }

  int authorityEnd() {
    return authorityEnd;
  }

  void resolve(String method, byte[] b, int from, int to) {
    pathStart = from;
    pathEnd = to;
    slashMissing = false;
    hasAuthority = false;
    encoded = false;
    if (method.equals("CONNECT")) {
      resolveAuthorityForm(b, from, to);
    } else if (b[from] == '*' && to == from + 1) {
      if (!method.equals("OPTIONS")) {
        throw HttpException.badRequest("request target * with a method other than OPTIONS");
      }
    } else if (b[from] != '/') {
      resolveAbsoluteForm(b, from, to);
    }
  }

  /**
   * Looks for octets that RFC 3986 wants percent-encoded in path and query, and returns whether
   * there are any. The brackets of an IPv6 address in the authority are none.
   */
  boolean encodes(byte[] b) {
    encoded = TargetSyntax.needsEncoding(b, pathStart, pathEnd);
    return encoded;
  }

  private void resolveAuthorityForm(byte[] b, int from, int to) {
    if (!HostSyntax.isHostAndPort(b, from, to)) {
      throw HttpException.badRequest("request target of CONNECT is not host:port");
    }
    authority(from, to);
    pathStart = to;
  }

  private void resolveAbsoluteForm(byte[] b, int from, int to) {
    int colon = Octets.indexOf(b, ':', from, to);
    int start = colon + SCHEME_END.length();
    boolean http =
        Octets.matches(b, from, colon, "http") || Octets.matches(b, from, colon, "https");
    if (!http || start > to || !Octets.matches(b, colon, start, SCHEME_END)) {
      throw HttpException.badRequest("request target is neither a path nor an http URI");
    }
    int end = start;
    while (end < to && b[end] != '/' && b[end] != '?') {
      end++;
    }
    // Userinfo fails here too: RFC 9110 4.2.4 wants it treated as an error.
    if (!HostSyntax.isAuthority(b, start, end)) {
      throw HttpException.badRequest("request target with a malformed authority");
    }
    authority(start, end);
    pathStart = end;
    slashMissing = end == to || b[end] == '?';
  }

  private void authority(int from, int to) {
    hasAuthority = true;
    authorityStart = from;
    authorityEnd = to;
  }
}

package io.kqueueserver.spring.http;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.forwarded.Origin;
import io.kqueueserver.ip.IpText;
import java.net.URI;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * Makes the absolute URI of a request. Path and query stay as they were sent. The part before the
 * path is the same for nearly every request, so the last such part is kept. Any thread.
 */
final class RequestUris {
  /** The start of a URI, with the scheme and the authority that it was made from. */
  private record Prefix(String scheme, String authority, String text) {
    boolean isFor(String scheme, String authority) {
      return this.authority.equals(authority) && this.scheme.equals(scheme);
    }
  }

  /**
   * A URI made before. The record is immutable, so that a racy read of the table returns a whole
   * record or null.
   */
  private record Known(String prefix, String path, URI uri) {
    boolean isFor(String prefix, String path) {
      return this.path.equals(path) && this.prefix.equals(prefix);
    }
  }

  /** 64 table slots, a power of two. Of two paths that share a slot, the later one is kept. */
  private static final int SLOTS = 64;

  /**
   * 64: most characters of a path that is kept. Bounds the table, which clients fill, to some KiB.
   */
  private static final int MAX_KNOWN_PATH = 64;

  private final @Nullable Known[] known = new Known[SLOTS];
  private volatile @Nullable Prefix last;

  /**
   * The URI of this exchange's request.
   *
   * @throws URISyntaxException if the target holds characters no URI may have
   */
  URI of(Exchange exchange) throws URISyntaxException {
    RequestHead head = exchange.request();
    return of(head.path(), prefix(exchange.scheme(), head.authority(), exchange));
  }

  /** As {@link #of(Exchange)}, with the scheme, authority and path prefix of {@code origin}. */
  URI of(Exchange exchange, Origin origin) throws URISyntaxException {
    String contextPath = contextPath(exchange.request(), origin);
    String path = exchange.request().path();
    return of(
        contextPath == null ? path : contextPath + path,
        prefix(origin.scheme(), origin.authority(), exchange));
  }

  /** The prefix that a proxy cut off the path; null if there is none, or the target is no path. */
  static @Nullable String contextPath(RequestHead head, Origin origin) {
    return origin.prefix().isEmpty() || !head.path().startsWith("/") ? null : origin.prefix();
  }

  private URI of(String path, String prefix) throws URISyntaxException {
    if (path.length() > MAX_KNOWN_PATH || path.indexOf('?') >= 0) {
      return parse(prefix, path);
    }
    int slot = path.hashCode() & (SLOTS - 1);
    Known found = known[slot];
    if (found == null || !found.isFor(prefix, path)) {
      found = new Known(prefix, path, parse(prefix, path));
      known[slot] = found;
    }
    return found.uri();
  }

  private static URI parse(String prefix, String path) throws URISyntaxException {
    boolean isRooted = path.isEmpty() || path.charAt(0) == '/';
    return new URI(isRooted ? prefix + path : prefix + '/' + path);
  }

  private String prefix(String scheme, String authority, Exchange exchange) {
    if (authority.isEmpty()) {
      // HTTP/1.0 without Host: only the address that the client connected to is known.
      return scheme + "://" + withoutDefaultPort(scheme, IpText.of(exchange.localAddress()));
    }
    Prefix cached = last;
    if (cached == null || !cached.isFor(scheme, authority)) {
      cached =
          new Prefix(scheme, authority, scheme + "://" + withoutDefaultPort(scheme, authority));
      last = cached;
    }
    return cached.text();
  }

  private static String withoutDefaultPort(String scheme, String authority) {
    String port = scheme.equals("https") ? ":443" : ":80";
    if (authority.endsWith(port)) {
      return authority.substring(0, authority.length() - port.length());
    }
    return authority.endsWith(":") ? authority.substring(0, authority.length() - 1) : authority;
  }
}

package io.kqueueserver.http.forwarded;

import io.kqueueserver.http.Headers;
import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.ip.IpRanges;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a request's origin from the fields of trusted proxies. The list of hops is walked from the
 * right, where the nearest proxy writes, as long as the hop is a trusted proxy itself. Hops further
 * left may be forged. Immutable; any thread.
 */
public final class ForwardedHeaders {
  /** 64: most hops of one request. A chain of proxies is much shorter. */
  static final int MAX_HOPS = 64;

  private final ForwardedFormat format;
  private final IpRanges trusted;

  public ForwardedHeaders(ForwardedFormat format, IpRanges trusted) {
    this.format = format;
    this.trusted = trusted;
  }

  /**
   * The origin of a request; null if the peer is no trusted proxy, or its fields are absent.
   *
   * @param scheme the scheme by which the request reached this server
   * @param peer address of the sender
   * @throws HttpException 400 if a value of a trusted proxy cannot be part of a URI
   */
  public @Nullable Origin read(RequestHead head, String scheme, InetSocketAddress peer) {
    if (!trusted.contains(peer)) {
      return null;
    }
    return switch (format) {
      case X_FORWARDED -> readXForwarded(head, scheme, peer);
      case FORWARDED -> readForwarded(head, scheme, peer);
    };
  }

  // ---- X-Forwarded-*

  private @Nullable Origin readXForwarded(RequestHead head, String scheme, InetSocketAddress peer) {
    Headers headers = head.headers();
    List<String> hops = list(headers, "X-Forwarded-For");
    List<String> protos = list(headers, "X-Forwarded-Proto");
    List<String> hosts = list(headers, "X-Forwarded-Host");
    List<String> ports = list(headers, "X-Forwarded-Port");
    List<String> prefixes = list(headers, "X-Forwarded-Prefix");
    List<String> ssl = protos.isEmpty() ? list(headers, "X-Forwarded-Ssl") : List.of();
    if (hops.isEmpty()
        && protos.isEmpty()
        && hosts.isEmpty()
        && ports.isEmpty()
        && prefixes.isEmpty()
        && ssl.isEmpty()) {
      return null;
    }
    Walk walk = new Walk(peer);
    for (int i = hops.size() - 1; i >= 0 && walk.passes(hops.get(i)); i--) {}
    String proto = walk.valueIn(protos);
    if (proto == null && "on".equalsIgnoreCase(walk.valueIn(ssl))) {
      proto = "https";
    }
    String host = walk.valueIn(hosts);
    String port = walk.valueIn(ports);
    String authority = host == null ? head.authority() : OriginSyntax.authority(host);
    return new Origin(
        proto == null ? scheme : OriginSyntax.scheme(proto),
        port == null ? authority : OriginSyntax.withPort(authority, port),
        walk.client,
        joined(prefixes));
  }

  /** Joins the prefixes that the proxies have cut off, the outermost first. */
  private static String joined(List<String> prefixes) {
    StringBuilder prefix = new StringBuilder();
    for (String piece : prefixes) {
      prefix.append(OriginSyntax.prefix(piece));
    }
    return prefix.toString();
  }

  /** The values of all lines of that name, empty ones left out. */
  private static List<String> list(Headers headers, String name) {
    List<String> lines = headers.all(name);
    if (lines.isEmpty()) {
      return lines;
    }
    List<String> values = new ArrayList<>();
    for (String line : lines) {
      for (int start = 0, comma; start <= line.length(); start = comma + 1) {
        comma = line.indexOf(',', start);
        comma = comma < 0 ? line.length() : comma;
        String value = line.substring(start, comma).strip();
        if (!value.isEmpty()) {
          values.add(value);
        }
      }
      if (values.size() > MAX_HOPS) {
        throw HttpException.badRequest(name + " has more than " + MAX_HOPS + " values");
      }
    }
    return values;
  }

  // ---- Forwarded

  private @Nullable Origin readForwarded(RequestHead head, String scheme, InetSocketAddress peer) {
    List<ForwardedElements.Element> hops = ForwardedElements.parse(head.headers().all("Forwarded"));
    if (hops.isEmpty()) {
      return null;
    }
    Walk walk = new Walk(peer);
    String proto = null;
    String host = null;
    for (int i = hops.size() - 1; i >= 0; i--) {
      ForwardedElements.Element hop = hops.get(i);
      // A trusted proxy has written each hop; the value of the outermost hop counts.
      proto = hop.proto == null ? proto : hop.proto;
      host = hop.host == null ? host : hop.host;
      if (!walk.passes(hop.forNode)) {
        break;
      }
    }
    return new Origin(
        proto == null ? scheme : OriginSyntax.scheme(proto),
        host == null ? head.authority() : OriginSyntax.authority(host),
        walk.client,
        "");
  }

  /** The walk from the peer outwards. */
  private final class Walk {
    private InetSocketAddress client;

    /** Number of steps: 1 when the hop of the nearest proxy was read. */
    private int steps;

    Walk(InetSocketAddress peer) {
      this.client = peer;
    }

    /**
     * Takes a step. Returns false if the step was the last. A hop that is hidden or unreadable ends
     * the walk at the hop before it.
     */
    boolean passes(@Nullable String node) {
      steps++;
      InetSocketAddress address = node == null ? null : NodeName.address(node);
      if (address == null) {
        return false;
      }
      client = address;
      return trusted.contains(address);
    }

    /**
     * The value that the proxy at the end of the walk has written in a list beside the hops. Values
     * are counted from the right, as hops are; if proxies replace the field instead of appending,
     * the leftmost value counts.
     */
    @Nullable String valueIn(List<String> values) {
      return values.isEmpty() ? null : values.get(Math.max(0, values.size() - Math.max(1, steps)));
    }
  }
}

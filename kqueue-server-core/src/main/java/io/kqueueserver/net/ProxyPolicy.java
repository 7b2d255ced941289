package io.kqueueserver.net;

import io.kqueueserver.ip.IpRanges;
import io.kqueueserver.socket.Peeker;
import java.net.InetSocketAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The policy of one loop for connections whose first bytes may be a PROXY header. */
public final class ProxyPolicy {
  private static final Logger log = LoggerFactory.getLogger(ProxyPolicy.class);
  private static final long WARN_INTERVAL_NANOS = 10_000_000_000L;

  private final boolean required;
  private final IpRanges trusted;
  private final long timeoutNanos;
  private final Peeker peeker;
  private long lastWarning = Long.MIN_VALUE / 2;

  /**
   * @param required whether every connection must come from a trusted proxy and begin with a
   *     header; if not, connections of trusted proxies may, and every other peer is served as a
   *     plain client
   * @param trusted the addresses with trusted headers
   * @param timeoutNanos how long a proxy may take for its header
   */
  public ProxyPolicy(boolean required, IpRanges trusted, long timeoutNanos, Peeker peeker) {
    this.required = required;
    this.trusted = trusted;
    this.timeoutNanos = timeoutNanos;
    this.peeker = peeker;
  }

  boolean isRequired() {
    return required;
  }

  boolean isTrusted(InetSocketAddress peer) {
    return trusted.contains(peer);
  }

  long timeoutNanos() {
    return timeoutNanos;
  }

  Peeker peeker() {
    return peeker;
  }

  /** Logs why a connection was refused, at most once in ten seconds. */
  void refused(InetSocketAddress peer, String why, long now) {
    if (now - lastWarning >= WARN_INTERVAL_NANOS) {
      lastWarning = now;
      log.warn(
          "{} is closed: {}; check that its proxy sends the PROXY protocol"
              + " (proxy-protocol, trusted-proxies)",
          peer,
          why);
    } else {
      log.debug("{} is closed: {}", peer, why);
    }
  }
}

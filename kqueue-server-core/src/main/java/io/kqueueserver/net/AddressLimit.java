package io.kqueueserver.net;

import static io.kqueueserver.socket.SocketAddresses.NO_NETWORK;

import io.kqueueserver.ffi.Abi;
import io.kqueueserver.ip.IpRanges;
import io.kqueueserver.net.proxy.ProxyHeader;
import io.kqueueserver.socket.SocketAddresses;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The maximum number of open connections per client address, over all loops. IPv4-mapped addresses
 * are IPv4 addresses, and IPv6 addresses with the same first 64 bits are one. Peers of Unix sockets
 * are exempt, and trusted proxies, whose connections are those of many clients. Any thread.
 */
public final class AddressLimit {
  private static final Logger log = LoggerFactory.getLogger(AddressLimit.class);
  private static final long WARN_INTERVAL_NANOS = 10_000_000_000L;

  private final int max;
  private final IpRanges greeters;
  private final IpRanges forwarders;
  private final AddressCounts counts = new AddressCounts();
  private final AtomicLong lastWarning = new AtomicLong(Long.MIN_VALUE / 2);

  /**
   * Makes the limit of one server.
   *
   * @param greeters addresses whose connections may begin with a PROXY header; such a connection
   *     counts when the header has been read, and by its source
   * @param forwarders addresses whose connections carry requests of many clients; exempt
   */
  public AddressLimit(int max, IpRanges greeters, IpRanges forwarders) {
    this.max = max;
    this.greeters = greeters;
    this.forwarders = forwarders;
  }

  /** Number of addresses with a counted connection. */
  public int addresses() {
    return counts.size();
  }

  /** The network that an accepted connection counts for; NO_NETWORK if it is exempt for now. */
  long ofPeer(Abi abi, byte[] peer) {
    long network = SocketAddresses.network(abi, peer);
    if (network == NO_NETWORK) {
      return NO_NETWORK;
    }
    InetSocketAddress address = SocketAddresses.decode(abi, peer);
    return greeters.contains(address) || forwarders.contains(address) ? NO_NETWORK : network;
  }

  /**
   * The network that a connection counts for after its greeting; NO_NETWORK if it is exempt.
   *
   * @param client the address of the header's source, or of the peer without a source
   */
  long ofClient(Abi abi, byte[] client, ProxyHeader.Complete header) {
    boolean isProxys = header.length() > 0 && header.source() == null;
    return isProxys || forwarders.contains(SocketAddresses.decode(abi, client))
        ? NO_NETWORK
        : SocketAddresses.network(abi, client);
  }

  boolean tryAcquire(long network) {
    return network == NO_NETWORK || counts.tryAcquire(network, max);
  }

  void release(long network) {
    if (network != NO_NETWORK) {
      counts.release(network);
    }
  }

  /** Logs a refused connection, at most once in ten seconds. */
  void refused(InetSocketAddress client, long now) {
    long last = lastWarning.get();
    if (now - last >= WARN_INTERVAL_NANOS && lastWarning.compareAndSet(last, now)) {
      log.warn(
          "{} is closed: {} connections of its address are open, the limit"
              + " (max-connections-per-address); if it is a proxy, name it in trusted-proxies",
          client,
          max);
    } else {
      log.debug("{} is closed: {} connections of its address are open", client, max);
    }
  }
}

package io.kqueueserver.net;

import io.kqueueserver.net.proxy.ProxyHeader;
import io.kqueueserver.socket.SocketAddresses;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.ConnectionStats;
import io.kqueueserver.stats.WireProtocol;
import java.net.InetSocketAddress;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * The facts about one connection: its two ends, its protocol and its counters, and the observer's
 * view of them. The loop's thread writes; any thread may read, racily.
 */
final class ConnectionFacts implements Endpoint {
  private final LoopResources resources;
  private final int fd;
  private final byte[] peer;
  private final Transport transport;
  private final Closing closing;
  private final ConnectionStats stats;

  private volatile @Nullable InetSocketAddress localAddress;
  private ProxyHeader.Complete greeting = ProxyHeader.Complete.NONE;
  private WireProtocol protocol = WireProtocol.UNDECIDED;
  private boolean counted;

  /**
   * Makes the facts of a connection that was accepted just now.
   *
   * @param peer the raw address that accept(2) gave
   */
  ConnectionFacts(
      LoopResources resources, int fd, byte[] peer, Transport transport, Closing closing) {
    this.resources = resources;
    this.fd = fd;
    this.peer = peer;
    this.transport = transport;
    this.closing = closing;
    this.stats = new ConnectionStats(resources.loop().now());
  }

  ConnectionStats stats() {
    return stats;
  }

  // ---- the protocol, and the loop's count of connections that speak it

  /** The connection is served from now on. */
  void opened() {
    count(1);
  }

  /** The connection is no longer served. */
  void closed() {
    if (counted) {
      count(-1);
    }
  }

  void protocol(WireProtocol chosen) {
    if (counted) {
      count(-1);
      protocol = chosen;
      count(1);
    } else {
      protocol = chosen;
    }
  }

  WireProtocol protocol() {
    return protocol;
  }

  private void count(int change) {
    resources.loop().stats().active(protocol, change);
    counted = change > 0;
  }

  // ---- the observer's view

  /**
   * The observer's view of the connection.
   *
   * @param udata slot and generation of the connection
   * @param handler the handler of the connection; null if it is closed
   */
  ConnectionView view(long udata, @Nullable ConnectionHandler handler) {
    ConnectionView.Requests requests = ConnectionView.Requests.of(stats.requests, handler);
    WireProtocol current = protocol;
    boolean active = requests.active() > 0 || current == WireProtocol.UPGRADED;
    return new ConnectionView(
        udata,
        new ConnectionView.Socket(fd, remoteAddress(), current, transport.isSecure()),
        switch (closing.state()) {
          case OPEN, CLOSED -> active ? ConnectionView.State.ACTIVE : ConnectionView.State.IDLE;
          case FLUSHING -> ConnectionView.State.FLUSHING;
          case LINGERING -> ConnectionView.State.LINGERING;
        },
        new ConnectionView.Times(stats.openedNanos, stats.lastActiveNanos),
        new ConnectionView.Traffic(stats.bytesRead, stats.bytesWritten, stats.queuedBytes),
        requests,
        handler == null ? null : handler.sharedFlow());
  }

  /** The facts for a listener of closes. */
  CloseListener.Closed closed(long udata, CloseReason reason) {
    return new CloseListener.Closed(
        udata,
        remoteAddress(),
        reason,
        protocol,
        stats.requests,
        stats.bytesRead,
        stats.bytesWritten,
        resources.loop().now() - stats.openedNanos);
  }

  // ---- the two ends

  /** Takes the client's addresses from the proxy's header. */
  void greeted(ProxyHeader.Complete header) {
    greeting = header;
    localAddress = header.destination();
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return SocketAddresses.decode(resources.sockets().abi(), peer);
  }

  @Override
  public boolean isClientKnown() {
    return !greeting.hidesClient();
  }

  @Override
  public @Nullable InetSocketAddress localAddress() {
    InetSocketAddress known = localAddress;
    // Another thread must not use a descriptor that this loop may close meanwhile.
    if (known == null && resources.loop().inLoop() && !closing.isClosed()) {
      known = resources.sockets().localAddress(fd);
      localAddress = known;
    }
    return known;
  }

  @Override
  public boolean isSecure() {
    return transport.isSecure();
  }

  @Override
  public @Nullable SSLSession tlsSession() {
    return transport.session();
  }
}

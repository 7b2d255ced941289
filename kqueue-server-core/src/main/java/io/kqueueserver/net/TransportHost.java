package io.kqueueserver.net;

import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.net.Connection.Linger;
import io.kqueueserver.stats.CloseReason;
import java.net.InetSocketAddress;
import java.util.concurrent.Executor;

/**
 * A connection as its {@link Transport} sees it: news from below, work on other threads, and the
 * end. The loop's thread only.
 */
public final class TransportHost {
  private final Connection connection;

  TransportHost(Connection connection) {
    this.connection = connection;
  }

  /** A task of the transport has ended: reads and writes may go on. */
  public void ready() {
    connection.in.onTransportReady();
    connection.out.schedule();
  }

  /** The socket has no room for the transport's own bytes; {@link Transport#flush} follows. */
  public void blocked() {
    if (!connection.isClosed()) {
      connection.out.transportBlocked();
    }
  }

  /** The peer has taken some of the transport's own bytes, or of those that it has encrypted. */
  public void progressed() {
    connection.out.transportProgressed();
  }

  /**
   * The transport is ready for plain bytes: a TLS handshake is done.
   *
   * @param applicationProtocol what ALPN has chosen; empty if it was not used
   */
  public void secured(String applicationProtocol) {
    ConnectionHandler handler = connection.openHandler();
    if (handler != null) {
      handler.onSecured(applicationProtocol);
    }
  }

  /**
   * Runs work of the transport on another thread, then {@code ended} on the loop, then goes on
   * reading and writing. {@code ended} does not run if the connection has been closed meanwhile,
   * which slot and generation show. False if the executor takes no more.
   *
   * @param work must touch nothing the loop may touch meanwhile
   */
  public boolean offLoop(Executor executor, Runnable work, Runnable ended) {
    Runnable back =
        () -> {
          ended.run();
          ready();
        };
    return new OffLoopWork(connection, work, back).start(executor);
  }

  /** Hands written bytes to the transport, as far as the socket has room. */
  public void flushNow() {
    connection.flushNow();
  }

  /** Closes at once; unsent bytes are lost. */
  public void close(CloseReason reason) {
    connection.close(reason);
  }

  /** Sends what was written, then closes. */
  public void closeAfterFlush(CloseReason reason, Linger linger) {
    connection.closeAfterFlush(reason, linger);
  }

  public EventLoop loop() {
    return connection.loop();
  }

  /** The descriptor, for logs. */
  public int fd() {
    return connection.fd();
  }

  public InetSocketAddress remoteAddress() {
    return connection.endpoint().remoteAddress();
  }
}

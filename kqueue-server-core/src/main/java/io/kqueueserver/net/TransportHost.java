package io.kqueueserver.net;

import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.net.Connection.Linger;
import io.kqueueserver.stats.CloseReason;
import java.net.InetSocketAddress;
import java.util.concurrent.Executor;

/**
 * The methods of a connection that its {@link Transport} calls: notices, work on other threads, and
 * the end. The loop's thread only.
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

  /**
   * The socket has refused the transport's own bytes: the connection ends in the next turn, so that
   * the caller's bytes come first. The error must not be dropped: a call takes it from the socket,
   * and the next read may find an orderly end.
   *
   * @param result the negative errno of the write
   */
  public void refused(int result) {
    connection
        .loop()
        .nextTurn(() -> connection.guarded(() -> connection.closing.failed("write", result)));
  }

  /** The peer has taken some of the transport's own or encrypted bytes. */
  public void progressed() {
    connection.out.transportProgressed();
  }

  /**
   * The transport is ready for plain bytes: a TLS handshake is done.
   *
   * @param applicationProtocol the protocol that ALPN has chosen; empty without ALPN
   */
  public void secured(String applicationProtocol) {
    ConnectionHandler handler = connection.openHandler();
    if (handler != null) {
      handler.onSecured(applicationProtocol);
    }
  }

  /**
   * Runs work of the transport on another thread, then {@code ended} on the loop, then continues to
   * read and write. {@code ended} does not run if the connection was closed meanwhile, which slot
   * and generation show. Returns false if the executor refuses the work.
   *
   * @param work the work, which must not use state that the loop may use meanwhile
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

  /** Sends the written bytes, then closes. */
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

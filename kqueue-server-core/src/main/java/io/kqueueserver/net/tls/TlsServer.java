package io.kqueueserver.net.tls;

import io.kqueueserver.net.ApplicationProtocol;
import io.kqueueserver.net.TransportFactory;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The parts of TLS that all loops of a run share: the options, the threads for delegated tasks, and
 * the count of handshakes under way. Any thread. {@link #close} ends the threads.
 */
public final class TlsServer implements AutoCloseable {
  private final TlsOptions options;
  private final TlsTasks tasks;
  private final TlsLog log = new TlsLog();
  private final AtomicInteger handshakes = new AtomicInteger();

  /**
   * Makes the shared parts.
   *
   * @param name prefix of the thread names: {@code name-tls-0}
   * @param threads number of threads for delegated tasks
   */
  public TlsServer(TlsOptions options, String name, int threads) {
    this.options = options;
    this.tasks = new TlsTasks(name, threads, options.maxHandshakes());
  }

  /**
   * The factory of one loop's transports.
   *
   * @param applicationProtocols the protocols of ALPN, in order of preference
   */
  public TransportFactory newLoop(List<ApplicationProtocol> applicationProtocols) {
    TlsBuffers buffers = new TlsBuffers(applicationProtocols);
    return (host, below) -> new TlsTransport(this, buffers, host, below);
  }

  /** Number of bytes that each loop keeps in buffers for all of its connections. */
  public static int bufferBytes() {
    return TlsBuffers.BYTES;
  }

  /** The minimum size of a loop's read buffer: a whole record, which engines return at once. */
  public static int minReadBufferBytes() {
    return TlsRecords.MAX_RECORD;
  }

  public TlsOptions options() {
    return options;
  }

  TlsTasks tasks() {
    return tasks;
  }

  TlsLog log() {
    return log;
  }

  /** Counts a handshake as under way. Returns false at the maximum. */
  boolean begin() {
    if (handshakes.incrementAndGet() > options.maxHandshakes()) {
      handshakes.decrementAndGet();
      return false;
    }
    return true;
  }

  /** A handshake counted by {@link #begin} has ended. */
  void end() {
    handshakes.decrementAndGet();
  }

  @Override
  public void close() {
    tasks.close();
  }
}

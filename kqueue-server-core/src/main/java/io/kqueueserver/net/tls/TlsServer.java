package io.kqueueserver.net.tls;

import io.kqueueserver.net.TransportFactory;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * TLS of one run of a server, shared by its loops: the options, the threads for delegated tasks,
 * and how many handshakes are under way. Any thread; {@link #close} ends the threads.
 */
public final class TlsServer implements AutoCloseable {
  private final TlsOptions options;
  private final TlsTasks tasks;
  private final TlsLog log = new TlsLog();
  private final AtomicInteger handshakes = new AtomicInteger();

  /**
   * Makes what the loops share.
   *
   * @param name prefix of the thread names: {@code name-tls-0}
   * @param threads for delegated tasks
   */
  public TlsServer(TlsOptions options, String name, int threads) {
    this.options = options;
    this.tasks = new TlsTasks(name, threads, options.maxHandshakes());
  }

  /**
   * The transports of one loop, which owns what this makes.
   *
   * @param applicationProtocols ALPN names in order of preference
   */
  public TransportFactory newLoop(List<String> applicationProtocols) {
    TlsBuffers buffers = new TlsBuffers(applicationProtocols);
    return (host, below) -> new TlsTransport(this, buffers, host, below);
  }

  /** Bytes of buffers each loop keeps for all its connections. */
  public static int bufferBytes() {
    return TlsBuffers.BYTES;
  }

  /** What a loop's read buffer must hold at least: a whole record, for engines give no less. */
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

  /** Takes one of the handshakes that may be under way; false if there are too many. */
  boolean begin() {
    if (handshakes.incrementAndGet() > options.maxHandshakes()) {
      handshakes.decrementAndGet();
      return false;
    }
    return true;
  }

  /** Gives it back. */
  void end() {
    handshakes.decrementAndGet();
  }

  @Override
  public void close() {
    tasks.close();
  }
}

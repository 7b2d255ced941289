package io.kqueueserver.server;

import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.http.ExchangeHandler;
import io.kqueueserver.http.Http1Options;
import io.kqueueserver.http.Limits;
import io.kqueueserver.http.coding.Compression;
import io.kqueueserver.ip.IpRanges;
import io.kqueueserver.net.Discarding;
import io.kqueueserver.net.tls.TlsOptions;
import java.net.InetAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Everything that can be told to a server; made by {@code KqueueServer.builder()}. Immutable.
 *
 * @param port TCP port; 0 for one the system picks, -1 for none
 * @param address address to bind; null for all, IPv6 and IPv4
 * @param loops event loops, each one thread
 * @param backlog length of the kernel's queue of connections not yet accepted
 * @param reusePort sets SO_REUSEPORT so that several processes may share the port
 * @param listen where else to listen, and options of the sockets
 * @param proxyProtocol whether connections begin with a PROXY header
 * @param trustedProxies whose PROXY headers are believed
 * @param maxConnections open connections; at the limit accepting pauses
 * @param allowHalfClose whether a client that has sent FIN is still served; if not, FIN cancels
 * @param idleTimeout between requests on a connection
 * @param headerTimeout from a request's first byte (or the connection's start) to the end of its
 *     head
 * @param bodyTimeout without a byte of a body the application waits for
 * @param writeTimeout without progress while bytes wait to be sent
 * @param stallThreshold a longer turn of a loop is reported as a stall; zero or less to never look
 * @param readBufferBytes size of each loop's read buffer, the most one read takes
 * @param writeHighWatermark unsent bytes per connection above which it is not writable
 * @param writeLowWatermark unsent bytes per connection below which it is writable again
 * @param serverHeader value of the {@code Server} field where the application sets none; null for
 *     none
 * @param name prefix of the thread names: {@code name-loop-0}
 * @param threads makes the loop threads
 * @param natives which native library to bind
 * @param listener hears of rare events
 * @param compression how responses are compressed; null for not at all
 * @param limits bounds on one request
 * @param http1 how HTTP/1 messages are read
 * @param discarding bounds on input that is thrown away
 * @param memory bounds on what is held in memory for clients
 * @param tls keys and how to use them; null to serve in the clear
 * @param handler the application
 */
public record ServerOptions(
    int port,
    @Nullable InetAddress address,
    int loops,
    int backlog,
    boolean reusePort,
    ListenOptions listen,
    ProxyProtocol proxyProtocol,
    IpRanges trustedProxies,
    int maxConnections,
    boolean allowHalfClose,
    Duration idleTimeout,
    Duration headerTimeout,
    Duration bodyTimeout,
    Duration writeTimeout,
    Duration stallThreshold,
    int readBufferBytes,
    int writeHighWatermark,
    int writeLowWatermark,
    @Nullable String serverHeader,
    String name,
    LoopThreads threads,
    NativeOptions natives,
    ServerListener listener,
    @Nullable Compression compression,
    Limits limits,
    Http1Options http1,
    Discarding discarding,
    MemoryLimits memory,
    @Nullable TlsOptions tls,
    ExchangeHandler handler) {

  /**
   * Checks every bound, so that a bad one fails here, by name, and not later on a loop.
   *
   * @throws IllegalArgumentException naming the option, its value and what is allowed
   */
  public ServerOptions {
    within("port", port, -1, 65_535);
    within("tcp-fast-open", listen.tcp().fastOpen(), 0, Integer.MAX_VALUE);
    within("loops", loops, 1, MAX_LOOPS);
    within("backlog", backlog, 1, Integer.MAX_VALUE);
    within("max-connections", maxConnections, 1, Integer.MAX_VALUE);
    within("read-buffer-size", readBufferBytes, 1_024, 16 << 20);
    within("write-high-watermark", writeHighWatermark, 1, 1 << 30);
    within("write-low-watermark", writeLowWatermark, 0, writeHighWatermark);
    positive("idle-timeout", idleTimeout);
    positive("request-header-timeout", headerTimeout);
    positive("body-timeout", bodyTimeout);
    positive("write-timeout", writeTimeout);
  }

  private static void within(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          name + " is " + value + "; it must be from " + least + " to " + most);
    }
  }

  private static void positive(String name, Duration value) {
    if (value.isNegative() || value.isZero()) {
      throw new IllegalArgumentException(name + " is " + value + "; it must be more than zero");
    }
  }

  /** Makes a loop's thread; the thread must not be started. */
  @FunctionalInterface
  public interface LoopThreads {
    Thread newThread(Runnable loop, String name);
  }

  /** Far more threads than any machine has processors. */
  public static final int MAX_LOOPS = 1_024;

  /** A century: longer than any wait, and its end can be reckoned in nanoseconds. */
  private static final Duration LONGEST = Duration.ofDays(36_500);

  public static final ServerOptions DEFAULTS =
      new ServerOptions(
          8080,
          null,
          Runtime.getRuntime().availableProcessors(),
          1024,
          false,
          ListenOptions.DEFAULTS,
          ProxyProtocol.OFF,
          IpRanges.of(IpRanges.PRIVATE),
          8192,
          false,
          Duration.ofSeconds(60),
          Duration.ofSeconds(15),
          Duration.ofSeconds(30),
          Duration.ofSeconds(60),
          Duration.ofSeconds(1),
          64 * 1024,
          64 * 1024,
          32 * 1024,
          null,
          "kqueue",
          Thread::new,
          NativeOptions.DEFAULTS,
          ServerListener.NONE,
          null,
          Limits.DEFAULTS,
          Http1Options.DEFAULTS,
          Discarding.DEFAULTS,
          MemoryLimits.DEFAULTS,
          null,
          exchange -> {
            exchange.respond(404, sink -> {}, 0);
            exchange.finish();
          });

  /** A timeout as a span of a loop's clock. */
  public static long nanos(Duration timeout) {
    return (timeout.compareTo(LONGEST) < 0 ? timeout : LONGEST).toNanos();
  }
}

package io.kqueueserver;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.http.ExchangeHandler;
import io.kqueueserver.http.Http1Options;
import io.kqueueserver.http.Limits;
import io.kqueueserver.http.coding.Compression;
import io.kqueueserver.ip.IpRanges;
import io.kqueueserver.net.Discarding;
import io.kqueueserver.net.tls.TlsOptions;
import io.kqueueserver.net.tls.TlsProfile;
import io.kqueueserver.server.ListenOptions;
import io.kqueueserver.server.MemoryLimits;
import io.kqueueserver.server.ProxyProtocol;
import io.kqueueserver.server.ServerListener;
import io.kqueueserver.server.ServerOptions;
import io.kqueueserver.server.SocketActivation;
import io.kqueueserver.socket.TcpOptions;
import java.net.InetAddress;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP server on kqueue event loops. Made by {@link #builder()}; may be started, stopped and
 * started again. All methods may be called from any thread but its own loops, and close twice is a
 * no-op.
 */
public final class KqueueServer {
  /** Longer than a stop takes whose loops are all blocked, and whose listener is slow. */
  private static final long STOP_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final ServerOptions options;
  private @Nullable RunningServer running;
  private volatile @Nullable Throwable failure;

  /** Who stops it now. */
  private @Nullable Thread stopping;

  private KqueueServer(ServerOptions options) {
    this.options = options;
  }

  public static Builder builder() {
    return new Builder();
  }

  /**
   * Loads and links the native library in the background, so that {@link #start} finds it ready:
   * the first use of it in a JVM costs a few hundred milliseconds. Failures are reported by start.
   */
  public static void preload(NativeOptions natives) {
    Native.preload(natives);
  }

  /**
   * Binds and serves; returns when connections are accepted. Does nothing if it is running; waits
   * for a stop that is under way. If it fails, nothing is left behind and it may be tried again.
   *
   * @throws io.kqueueserver.ffi.NativeException naming call, address and errno if the port cannot
   *     be had
   * @throws io.kqueueserver.ffi.NativeUnavailableException if the native library cannot be used
   */
  public synchronized void start() {
    awaitStop(); // it still has the port, and listeners hear of its end before our beginning
    if (running == null) {
      failure = null;
      running = RunningServer.start(options, this::failed);
    }
  }

  /**
   * Stops at once: open exchanges are broken off; all descriptors and threads are gone on return.
   * Does nothing if it is not running; waits for another stop that is under way.
   */
  public void stop() {
    RunningServer server;
    synchronized (this) {
      server = running;
      if (server == null) {
        awaitStop();
        return;
      }
      forget();
    }
    end(server);
  }

  private synchronized void forget() {
    running = null;
    stopping = Thread.currentThread();
  }

  private void end(RunningServer server) {
    try {
      server.stop();
    } finally {
      stopped();
    }
  }

  /**
   * The loops of a run have failed for good: tells the listener, then stops what is left of that
   * run. One that was stopped meanwhile needs neither, and the next has nothing to do with it.
   */
  private void failed(RunningServer run, Throwable cause) {
    synchronized (this) {
      if (running != run) {
        return;
      }
      failure = cause;
    }
    try {
      options.listener().onFailed(cause);
    } finally {
      stop(run);
    }
  }

  private void stop(RunningServer run) {
    synchronized (this) {
      if (running != run) {
        return;
      }
      forget();
    }
    end(run);
  }

  /**
   * Why the last run ended by itself, its event loops having failed for good; null if it did not.
   */
  public @Nullable Throwable failure() {
    return failure;
  }

  private synchronized void stopped() {
    if (stopping == Thread.currentThread()) {
      stopping = null;
      notifyAll();
    }
  }

  /** Returns at once within a callback of that stop, and early if interrupted. */
  private synchronized void awaitStop() {
    long deadline = System.nanoTime() + STOP_NANOS;
    try {
      while (stopping != null && stopping != Thread.currentThread()) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          return;
        }
        TimeUnit.NANOSECONDS.timedWait(this, left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Stops accepting, closes idle connections, and answers running exchanges with {@code Connection:
   * close}. Returns at once; {@code whenIdle} runs once, on any thread, when the last exchange has
   * ended or {@link #stop()} came first; at once if the server is not running.
   */
  public void drain(Runnable whenIdle) {
    RunningServer server = current();
    if (server == null) {
      whenIdle.run();
    } else {
      server.drain(whenIdle);
    }
  }

  /** Exchanges between their head and the last byte of their response. */
  public int activeExchanges() {
    RunningServer server = current();
    return server == null ? 0 : server.activeExchanges();
  }

  /** Connections open now. */
  public int connections() {
    RunningServer server = current();
    return server == null ? 0 : server.connections();
  }

  /** The bound TCP port; -1 while not listening. */
  public int port() {
    RunningServer server = current();
    return server == null ? -1 : server.port();
  }

  /** The running loops, for observers; null while not running. */
  public @Nullable RunningServer running() {
    return current();
  }

  public ServerOptions options() {
    return options;
  }

  private synchronized @Nullable RunningServer current() {
    return running;
  }

  /** Collects options; each default is that of {@link ServerOptions#DEFAULTS}. */
  public static final class Builder {
    private int port = ServerOptions.DEFAULTS.port();
    private @Nullable InetAddress address = ServerOptions.DEFAULTS.address();
    private int loops = ServerOptions.DEFAULTS.loops();
    private int backlog = ServerOptions.DEFAULTS.backlog();
    private boolean reusePort = ServerOptions.DEFAULTS.reusePort();
    private @Nullable Path unixPath = ListenOptions.DEFAULTS.unixPath();
    private Set<PosixFilePermission> unixPermissions = ListenOptions.DEFAULTS.unixPermissions();
    private SocketActivation activation = ListenOptions.DEFAULTS.activation();
    private boolean tcpNoDelay = TcpOptions.DEFAULTS.noDelay();
    private boolean tcpKeepAlive = TcpOptions.DEFAULTS.keepAlive();
    private int tcpFastOpen = TcpOptions.DEFAULTS.fastOpen();
    private boolean deferAccept = TcpOptions.DEFAULTS.deferAccept();
    private ProxyProtocol proxyProtocol = ServerOptions.DEFAULTS.proxyProtocol();
    private IpRanges trustedProxies = ServerOptions.DEFAULTS.trustedProxies();
    private int maxConnections = ServerOptions.DEFAULTS.maxConnections();
    private boolean allowHalfClose = ServerOptions.DEFAULTS.allowHalfClose();
    private Duration idleTimeout = ServerOptions.DEFAULTS.idleTimeout();
    private Duration headerTimeout = ServerOptions.DEFAULTS.headerTimeout();
    private Duration bodyTimeout = ServerOptions.DEFAULTS.bodyTimeout();
    private Duration writeTimeout = ServerOptions.DEFAULTS.writeTimeout();
    private Duration stallThreshold = ServerOptions.DEFAULTS.stallThreshold();
    private int readBufferBytes = ServerOptions.DEFAULTS.readBufferBytes();
    private int writeHighWatermark = ServerOptions.DEFAULTS.writeHighWatermark();
    private int writeLowWatermark = ServerOptions.DEFAULTS.writeLowWatermark();
    private @Nullable String serverHeader = ServerOptions.DEFAULTS.serverHeader();
    private String name = ServerOptions.DEFAULTS.name();
    private ServerOptions.LoopThreads threads = ServerOptions.DEFAULTS.threads();
    private NativeOptions natives = ServerOptions.DEFAULTS.natives();
    private ServerListener listener = ServerOptions.DEFAULTS.listener();
    private @Nullable Compression compression = ServerOptions.DEFAULTS.compression();
    private Limits limits = ServerOptions.DEFAULTS.limits();
    private Http1Options http1 = ServerOptions.DEFAULTS.http1();
    private Discarding discarding = ServerOptions.DEFAULTS.discarding();
    private MemoryLimits memory = ServerOptions.DEFAULTS.memory();
    private @Nullable TlsOptions tls = ServerOptions.DEFAULTS.tls();
    private @Nullable Duration tlsHandshakeTimeout;
    private @Nullable Integer tlsMaxHandshakes;
    private ExchangeHandler handler = ServerOptions.DEFAULTS.handler();

    private Builder() {}

    /** TCP port; 0 for one the system picks, -1 for none. */
    public Builder port(int port) {
      this.port = port;
      return this;
    }

    /** Address to bind; null for all, IPv6 and IPv4. */
    public Builder address(@Nullable InetAddress address) {
      this.address = address;
      return this;
    }

    /** Event loops, each one thread. */
    public Builder loops(int loops) {
      this.loops = loops;
      return this;
    }

    /** Length of the kernel's queue of connections not yet accepted. */
    public Builder backlog(int backlog) {
      this.backlog = backlog;
      return this;
    }

    /** Sets SO_REUSEPORT so that several processes may share the port. */
    public Builder reusePort(boolean reusePort) {
      this.reusePort = reusePort;
      return this;
    }

    /**
     * File of a Unix domain socket to listen on, beside the port or instead of it; null for none.
     */
    public Builder unixSocket(@Nullable Path path) {
      this.unixPath = path;
      return this;
    }

    /** Permissions of that file: who may write to it may connect. */
    public Builder unixSocketPermissions(Set<PosixFilePermission> permissions) {
      this.unixPermissions = Set.copyOf(permissions);
      return this;
    }

    /**
     * Whether sockets that systemd or launchd have opened for this process replace port and path.
     */
    public Builder socketActivation(SocketActivation activation) {
      this.activation = activation;
      return this;
    }

    /** Whether small pieces are sent at once (TCP_NODELAY). */
    public Builder tcpNoDelay(boolean tcpNoDelay) {
      this.tcpNoDelay = tcpNoDelay;
      return this;
    }

    /** Whether the system looks after silent connections (SO_KEEPALIVE). */
    public Builder tcpKeepAlive(boolean tcpKeepAlive) {
      this.tcpKeepAlive = tcpKeepAlive;
      return this;
    }

    /** Connections opened by TCP_FASTOPEN that may wait; 0 to do without. */
    public Builder tcpFastOpen(int tcpFastOpen) {
      this.tcpFastOpen = tcpFastOpen;
      return this;
    }

    /** Whether connections are taken only when their first bytes are there. */
    public Builder deferAccept(boolean deferAccept) {
      this.deferAccept = deferAccept;
      return this;
    }

    /** Whether connections begin with a PROXY header, which tells the client's address. */
    public Builder proxyProtocol(ProxyProtocol proxyProtocol) {
      this.proxyProtocol = proxyProtocol;
      return this;
    }

    /** Whose PROXY headers are believed; private and loopback addresses by default. */
    public Builder trustedProxies(IpRanges trustedProxies) {
      this.trustedProxies = trustedProxies;
      return this;
    }

    /** Open connections; at the limit accepting pauses. */
    public Builder maxConnections(int maxConnections) {
      this.maxConnections = maxConnections;
      return this;
    }

    /** Whether a client that has sent FIN is still served; if not, FIN cancels. */
    public Builder allowHalfClose(boolean allowHalfClose) {
      this.allowHalfClose = allowHalfClose;
      return this;
    }

    /** Between requests on a connection. */
    public Builder idleTimeout(Duration idleTimeout) {
      this.idleTimeout = idleTimeout;
      return this;
    }

    /** From a request's first byte (or the connection's start) to the end of its head. */
    public Builder headerTimeout(Duration headerTimeout) {
      this.headerTimeout = headerTimeout;
      return this;
    }

    /** Without a byte of a body the application waits for. */
    public Builder bodyTimeout(Duration bodyTimeout) {
      this.bodyTimeout = bodyTimeout;
      return this;
    }

    /** Without progress while bytes wait to be sent. */
    public Builder writeTimeout(Duration writeTimeout) {
      this.writeTimeout = writeTimeout;
      return this;
    }

    /**
     * How long one turn of a loop may last before it is reported as a stall, with its stack; zero
     * or less to never look.
     */
    public Builder stallThreshold(Duration stallThreshold) {
      this.stallThreshold = stallThreshold;
      return this;
    }

    /** Size of each loop's read buffer, the most one read takes. */
    public Builder readBufferBytes(int readBufferBytes) {
      this.readBufferBytes = readBufferBytes;
      return this;
    }

    /** Unsent bytes per connection above which it is not writable. */
    public Builder writeHighWatermark(int writeHighWatermark) {
      this.writeHighWatermark = writeHighWatermark;
      return this;
    }

    /** Unsent bytes per connection below which it is writable again. */
    public Builder writeLowWatermark(int writeLowWatermark) {
      this.writeLowWatermark = writeLowWatermark;
      return this;
    }

    /** Value of the {@code Server} field where the application sets none; null for none. */
    public Builder serverHeader(@Nullable String serverHeader) {
      this.serverHeader = serverHeader;
      return this;
    }

    /** Prefix of the thread names: {@code name-loop-0}. */
    public Builder name(String name) {
      this.name = name;
      return this;
    }

    /** Makes the loop threads. */
    public Builder threads(ServerOptions.LoopThreads threads) {
      this.threads = threads;
      return this;
    }

    /** Which native library to bind. */
    public Builder natives(NativeOptions natives) {
      this.natives = natives;
      return this;
    }

    /** Hears of rare events. */
    public Builder listener(ServerListener listener) {
      this.listener = listener;
      return this;
    }

    /** One more listener, told after those before it. */
    public Builder addListener(ServerListener added) {
      this.listener = ServerListener.both(listener, added);
      return this;
    }

    /** How responses are compressed; null for not at all. */
    public Builder compression(@Nullable Compression compression) {
      this.compression = compression;
      return this;
    }

    /** Bounds on one request. */
    public Builder limits(Limits limits) {
      this.limits = limits;
      return this;
    }

    /** How HTTP/1 messages are read. */
    public Builder http1(Http1Options http1) {
      this.http1 = http1;
      return this;
    }

    /** Bounds on input that is thrown away. */
    public Builder discarding(Discarding discarding) {
      this.discarding = discarding;
      return this;
    }

    /** As {@link #discarding(Discarding)}, value by value. */
    public Builder discarding(
        Duration timeout, Duration idleTimeout, long minBytesPerSecond, long maxBytes) {
      return discarding(new Discarding(timeout, idleTimeout, minBytesPerSecond, maxBytes));
    }

    /** Bounds on what is held in memory for clients. */
    public Builder memory(MemoryLimits memory) {
      this.memory = memory;
      return this;
    }

    /** Serves over TLS, as the options say; null for in the clear. */
    public Builder tls(@Nullable TlsOptions tls) {
      this.tls = tls;
      return this;
    }

    /** Serves over TLS with the keys of this context. */
    public Builder tls(SSLContext context) {
      return tls(TlsOptions.of(TlsProfile.of(context)));
    }

    /** From the connect to the end of a TLS handshake; goes before what {@link #tls} says. */
    public Builder tlsHandshakeTimeout(Duration tlsHandshakeTimeout) {
      this.tlsHandshakeTimeout = tlsHandshakeTimeout;
      return this;
    }

    /** TLS handshakes under way at once; goes before what {@link #tls} says. */
    public Builder tlsMaxHandshakes(int tlsMaxHandshakes) {
      this.tlsMaxHandshakes = tlsMaxHandshakes;
      return this;
    }

    /** The application. */
    public Builder handler(ExchangeHandler handler) {
      this.handler = handler;
      return this;
    }

    public KqueueServer build() {
      return new KqueueServer(
          new ServerOptions(
              port,
              address,
              loops,
              backlog,
              reusePort,
              new ListenOptions(
                  unixPath,
                  unixPermissions,
                  activation,
                  new TcpOptions(tcpNoDelay, tcpKeepAlive, tcpFastOpen, deferAccept)),
              proxyProtocol,
              trustedProxies,
              maxConnections,
              allowHalfClose,
              idleTimeout,
              headerTimeout,
              bodyTimeout,
              writeTimeout,
              stallThreshold,
              readBufferBytes,
              writeHighWatermark,
              writeLowWatermark,
              serverHeader,
              name,
              threads,
              natives,
              listener,
              compression,
              limits,
              http1,
              discarding,
              memory,
              tls == null ? null : tls.with(tlsHandshakeTimeout, tlsMaxHandshakes),
              handler));
    }
  }
}

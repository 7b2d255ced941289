package io.kqueueserver;

import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.http.ExchangeHandler;
import io.kqueueserver.http.Http1Options;
import io.kqueueserver.http.Limits;
import io.kqueueserver.http.coding.Compression;
import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.http.ws.WebSocketOptions;
import io.kqueueserver.ip.IpRanges;
import io.kqueueserver.net.Discarding;
import io.kqueueserver.net.tls.TlsOptions;
import io.kqueueserver.net.tls.TlsProfile;
import io.kqueueserver.server.Admission;
import io.kqueueserver.server.Buffers;
import io.kqueueserver.server.ConnectionOptions;
import io.kqueueserver.server.HandoverOptions;
import io.kqueueserver.server.ListenOptions;
import io.kqueueserver.server.LoopOptions;
import io.kqueueserver.server.MemoryLimits;
import io.kqueueserver.server.Pace;
import io.kqueueserver.server.ProxyOptions;
import io.kqueueserver.server.ProxyProtocol;
import io.kqueueserver.server.ServerListener;
import io.kqueueserver.server.ServerOptions;
import io.kqueueserver.server.SocketActivation;
import io.kqueueserver.server.StreamOptions;
import io.kqueueserver.server.Timeouts;
import io.kqueueserver.server.UnixOptions;
import io.kqueueserver.server.WireLogOptions;
import io.kqueueserver.socket.ListenSocket;
import io.kqueueserver.socket.TcpOptions;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Collects the options of a {@link KqueueServer}. The defaults are {@link ServerOptions#DEFAULTS}.
 * A record sets a whole group of options ({@link #timeouts(Timeouts)}). Frequent options have
 * methods of their own, which change one value of their group. A value out of bounds throws an
 * {@link IllegalArgumentException} that names the option.
 */
public final class KqueueServerBuilder {
  private LoopOptions loops = ServerOptions.DEFAULTS.loops();
  private ListenOptions listen = ServerOptions.DEFAULTS.listen();
  private ProxyOptions proxy = ServerOptions.DEFAULTS.proxy();
  private ConnectionOptions connections = ServerOptions.DEFAULTS.connections();
  private Admission admission = ServerOptions.DEFAULTS.admission();
  private Timeouts timeouts = ServerOptions.DEFAULTS.timeouts();
  private Buffers buffers = ServerOptions.DEFAULTS.buffers();
  private MemoryLimits memory = ServerOptions.DEFAULTS.memory();
  private StreamOptions streams = ServerOptions.DEFAULTS.streams();
  private WebSocketOptions webSocket = ServerOptions.DEFAULTS.webSocket();
  private Pace pace = ServerOptions.DEFAULTS.pace();
  private Discarding discarding = ServerOptions.DEFAULTS.discarding();
  private Limits limits = ServerOptions.DEFAULTS.limits();
  private Http1Options http1 = ServerOptions.DEFAULTS.http1();
  private @Nullable Http2Options http2 = ServerOptions.DEFAULTS.http2();
  private @Nullable TlsOptions tls = ServerOptions.DEFAULTS.tls();
  private @Nullable Duration tlsHandshakeTimeout;
  private @Nullable Integer tlsMaxHandshakes;
  private @Nullable Compression compression = ServerOptions.DEFAULTS.compression();
  private @Nullable String serverHeader = ServerOptions.DEFAULTS.serverHeader();
  private WireLogOptions wireLog = ServerOptions.DEFAULTS.wireLog();
  private ServerListener listener = ServerOptions.DEFAULTS.listener();
  private ExchangeHandler handler = ServerOptions.DEFAULTS.handler();

  KqueueServerBuilder() {}

  // ---- groups

  /** Bounds on the time that a client may keep a connection waiting. */
  public KqueueServerBuilder timeouts(Timeouts timeouts) {
    this.timeouts = timeouts;
    return this;
  }

  /** Sizes of the buffers between sockets and exchanges. */
  public KqueueServerBuilder buffers(Buffers buffers) {
    this.buffers = buffers;
    return this;
  }

  /** Options of connections of every protocol. */
  public KqueueServerBuilder connections(ConnectionOptions connections) {
    this.connections = connections;
    return this;
  }

  /** Bounds on what clients may have of the server at once. */
  public KqueueServerBuilder admission(Admission admission) {
    this.admission = admission;
    return this;
  }

  /** Bounds on byte streams after a switch of protocols. */
  public KqueueServerBuilder streams(StreamOptions streams) {
    this.streams = streams;
    return this;
  }

  /** Options of WebSocket sessions. */
  public KqueueServerBuilder webSocket(WebSocketOptions webSocket) {
    this.webSocket = webSocket;
    return this;
  }

  /** Bounds on the bytes held in memory for clients. */
  public KqueueServerBuilder memory(MemoryLimits memory) {
    this.memory = memory;
    return this;
  }

  /** Bounds on slow clients. */
  public KqueueServerBuilder pace(Pace pace) {
    this.pace = pace;
    return this;
  }

  /** Bounds on input that is read and dropped. */
  public KqueueServerBuilder discarding(Discarding discarding) {
    this.discarding = discarding;
    return this;
  }

  /** Bounds on one request. */
  public KqueueServerBuilder limits(Limits limits) {
    this.limits = limits;
    return this;
  }

  /** How HTTP/1 messages are read. */
  public KqueueServerBuilder http1(Http1Options http1) {
    this.http1 = http1;
    return this;
  }

  /** Options of the PROXY protocol, and the addresses with trusted headers. */
  public KqueueServerBuilder proxy(ProxyOptions proxy) {
    this.proxy = proxy;
    return this;
  }

  /** Options of a Unix domain socket beside the port, or instead of the port. */
  public KqueueServerBuilder unix(UnixOptions unix) {
    return listen(listen.unix(unix));
  }

  /** Options of TCP sockets. */
  public KqueueServerBuilder tcp(TcpOptions tcp) {
    return listen(listen.tcp(tcp));
  }

  /** The sockets that the server accepts from. Replaces all options of sockets set before. */
  public KqueueServerBuilder listen(ListenOptions listen) {
    this.listen = listen;
    return this;
  }

  // ---- listening

  /** TCP port; 0 for a port that the system picks, {@link ListenSocket#NO_PORT} (-1) for none. */
  public KqueueServerBuilder port(int port) {
    return listen(listen.port(port));
  }

  /** Address to bind; null for all, IPv6 and IPv4. */
  public KqueueServerBuilder address(@Nullable InetAddress address) {
    return listen(listen.address(address));
  }

  /** Length of the kernel's queue of connections not yet accepted. */
  public KqueueServerBuilder backlog(int backlog) {
    return listen(listen.backlog(backlog));
  }

  /** Sets SO_REUSEPORT so that several processes may share the port. */
  public KqueueServerBuilder reusePort(boolean reusePort) {
    return listen(listen.reusePort(reusePort));
  }

  /** File of a Unix domain socket beside the port, or instead of the port; null for none. */
  public KqueueServerBuilder unixSocket(@Nullable Path path) {
    return listen(listen.unix(listen.unix().path(path)));
  }

  /** Whether sockets that systemd or launchd have opened for this process replace port and path. */
  public KqueueServerBuilder socketActivation(SocketActivation activation) {
    return listen(listen.activation(activation));
  }

  /** How the listening sockets go to the process that replaces this one; by default not at all. */
  public KqueueServerBuilder handover(HandoverOptions handover) {
    return listen(listen.handover(handover));
  }

  /** Whether connections begin with a PROXY header, which holds the client's address. */
  public KqueueServerBuilder proxyProtocol(ProxyProtocol protocol) {
    return proxy(proxy.protocol(protocol));
  }

  /** Addresses whose PROXY headers are trusted; by default private and loopback addresses. */
  public KqueueServerBuilder trustedProxies(IpRanges trusted) {
    return proxy(proxy.trusted(trusted));
  }

  // ---- loops

  /** Number of event loops, each one thread. */
  public KqueueServerBuilder loops(int count) {
    loops = loops.count(count);
    return this;
  }

  /** Prefix of the thread names: {@code name-loop-0}. */
  public KqueueServerBuilder name(String name) {
    loops = loops.name(name);
    return this;
  }

  /** Factory of the loops' threads. */
  public KqueueServerBuilder threads(LoopOptions.Threads threads) {
    loops = loops.threads(threads);
    return this;
  }

  /** The native library to bind. */
  public KqueueServerBuilder natives(NativeOptions natives) {
    loops = loops.natives(natives);
    return this;
  }

  /**
   * How long one turn of a loop may last before the turn is reported as a stall, with the stack.
   * Zero or less switches the watchdog off.
   */
  public KqueueServerBuilder stallThreshold(Duration threshold) {
    loops = loops.stallThreshold(threshold);
    return this;
  }

  // ---- connections

  /** Maximum number of open connections. At the limit accepting pauses. */
  public KqueueServerBuilder maxConnections(int max) {
    return connections(connections.max(max));
  }

  /** Whether a client that has sent FIN is still served; if not, FIN cancels. */
  public KqueueServerBuilder allowHalfClose(boolean allow) {
    return connections(connections.allowHalfClose(allow));
  }

  /** How long a connection may stay open between two requests. */
  public KqueueServerBuilder idleTimeout(Duration timeout) {
    return timeouts(timeouts.idle(timeout));
  }

  /** Time from a request's first byte (or the connection's start) to the end of its head. */
  public KqueueServerBuilder headerTimeout(Duration timeout) {
    return timeouts(timeouts.header(timeout));
  }

  /** How long a client may send nothing of a body that the application waits for. */
  public KqueueServerBuilder bodyTimeout(Duration timeout) {
    return timeouts(timeouts.body(timeout));
  }

  /** How long a client may take nothing while bytes wait to be sent. */
  public KqueueServerBuilder writeTimeout(Duration timeout) {
    return timeouts(timeouts.write(timeout));
  }

  /** Size of each loop's read buffer, which is the most that one read takes. */
  public KqueueServerBuilder readBufferBytes(int bytes) {
    return buffers(buffers.read(bytes));
  }

  /**
   * Unsent bytes per connection.
   *
   * @param high a connection with more unsent bytes is not writable
   * @param low a connection with fewer unsent bytes is writable again
   */
  public KqueueServerBuilder writeWatermarks(int high, int low) {
    return buffers(buffers.watermarks(high, low));
  }

  // ---- TLS

  /** Options of TLS; null to serve in the clear. */
  public KqueueServerBuilder tls(@Nullable TlsOptions tls) {
    this.tls = tls;
    return this;
  }

  /** Serves over TLS with the keys of this context. */
  public KqueueServerBuilder tls(SSLContext context) {
    return tls(TlsOptions.of(TlsProfile.of(context)));
  }

  /** Time from the connect to the end of a TLS handshake. Overrides the value in {@link #tls}. */
  public KqueueServerBuilder tlsHandshakeTimeout(Duration timeout) {
    tlsHandshakeTimeout = timeout;
    return this;
  }

  /** Maximum number of TLS handshakes under way. Overrides the value in {@link #tls}. */
  public KqueueServerBuilder tlsMaxHandshakes(int max) {
    tlsMaxHandshakes = max;
    return this;
  }

  /** Options of HTTP/2 beside HTTP/1 on the same port; null for HTTP/1 alone. */
  public KqueueServerBuilder http2(@Nullable Http2Options http2) {
    this.http2 = http2;
    return this;
  }

  // ---- answers

  /** Options of compressed responses; null for no compression. */
  public KqueueServerBuilder compression(@Nullable Compression compression) {
    this.compression = compression;
    return this;
  }

  /** Value of the {@code Server} field if the application sets no such field; null for no field. */
  public KqueueServerBuilder serverHeader(@Nullable String value) {
    this.serverHeader = value;
    return this;
  }

  /** Options of the log of heads and frames. */
  public KqueueServerBuilder wireLog(WireLogOptions wireLog) {
    this.wireLog = wireLog;
    return this;
  }

  /** Sets the listener of rare events, in place of the listeners set before. */
  public KqueueServerBuilder listener(ServerListener listener) {
    this.listener = listener;
    return this;
  }

  /** Adds a listener, which is notified after the listeners set before. */
  public KqueueServerBuilder addListener(ServerListener added) {
    this.listener = ServerListener.both(listener, added);
    return this;
  }

  /** The application's handler. */
  public KqueueServerBuilder handler(ExchangeHandler handler) {
    this.handler = handler;
    return this;
  }

  public KqueueServer build() {
    return new KqueueServer(
        new ServerOptions(
            loops,
            listen,
            proxy,
            connections,
            admission,
            timeouts,
            pace,
            buffers,
            memory,
            discarding,
            limits,
            http1,
            http2,
            streams,
            webSocket,
            tls == null ? null : tls.with(tlsHandshakeTimeout, tlsMaxHandshakes),
            compression,
            serverHeader,
            wireLog,
            listener,
            handler));
  }
}

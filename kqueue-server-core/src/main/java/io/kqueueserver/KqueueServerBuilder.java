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
import io.kqueueserver.server.Buffers;
import io.kqueueserver.server.ConnectionOptions;
import io.kqueueserver.server.ListenOptions;
import io.kqueueserver.server.LoopOptions;
import io.kqueueserver.server.MemoryLimits;
import io.kqueueserver.server.ProxyOptions;
import io.kqueueserver.server.ProxyProtocol;
import io.kqueueserver.server.ServerListener;
import io.kqueueserver.server.ServerOptions;
import io.kqueueserver.server.SocketActivation;
import io.kqueueserver.server.StreamOptions;
import io.kqueueserver.server.Timeouts;
import io.kqueueserver.server.UnixOptions;
import io.kqueueserver.server.WireLogOptions;
import io.kqueueserver.socket.TcpOptions;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Collects the options of a {@link KqueueServer}; each default is that of {@link
 * ServerOptions#DEFAULTS}. A group is given whole by its record ({@link #timeouts(Timeouts)}); what
 * is set most often has a method of its own, which changes that one value of its group. A value out
 * of bounds throws an {@link IllegalArgumentException} that names the option.
 */
public final class KqueueServerBuilder {
  private LoopOptions loops = ServerOptions.DEFAULTS.loops();
  private ListenOptions listen = ServerOptions.DEFAULTS.listen();
  private ProxyOptions proxy = ServerOptions.DEFAULTS.proxy();
  private ConnectionOptions connections = ServerOptions.DEFAULTS.connections();
  private Timeouts timeouts = ServerOptions.DEFAULTS.timeouts();
  private Buffers buffers = ServerOptions.DEFAULTS.buffers();
  private MemoryLimits memory = ServerOptions.DEFAULTS.memory();
  private StreamOptions streams = ServerOptions.DEFAULTS.streams();
  private WebSocketOptions webSocket = ServerOptions.DEFAULTS.webSocket();
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

  /** How long a client may keep a connection waiting. */
  public KqueueServerBuilder timeouts(Timeouts timeouts) {
    this.timeouts = timeouts;
    return this;
  }

  /** Sizes of the buffers between sockets and exchanges. */
  public KqueueServerBuilder buffers(Buffers buffers) {
    this.buffers = buffers;
    return this;
  }

  /** What holds for connections of every protocol. */
  public KqueueServerBuilder connections(ConnectionOptions connections) {
    this.connections = connections;
    return this;
  }

  /** Bounds on byte streams after a switch of protocols. */
  public KqueueServerBuilder streams(StreamOptions streams) {
    this.streams = streams;
    return this;
  }

  /** How WebSocket sessions are run. */
  public KqueueServerBuilder webSocket(WebSocketOptions webSocket) {
    this.webSocket = webSocket;
    return this;
  }

  /** Bounds on what is held in memory for clients. */
  public KqueueServerBuilder memory(MemoryLimits memory) {
    this.memory = memory;
    return this;
  }

  /** Bounds on input that is thrown away. */
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

  /** The PROXY protocol, and the addresses whose headers are believed. */
  public KqueueServerBuilder proxy(ProxyOptions proxy) {
    this.proxy = proxy;
    return this;
  }

  /** Unix domain socket beside the port, or instead of it. */
  public KqueueServerBuilder unix(UnixOptions unix) {
    return listen(listen.unix(unix));
  }

  /** Options of TCP sockets. */
  public KqueueServerBuilder tcp(TcpOptions tcp) {
    return listen(listen.tcp(tcp));
  }

  /** Sockets the server accepts from, in place of what was said of them before. */
  public KqueueServerBuilder listen(ListenOptions listen) {
    this.listen = listen;
    return this;
  }

  // ---- listening

  /** TCP port; 0 for one the system picks, -1 for none. */
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

  /** File of a Unix domain socket beside the port, or instead of it; null for none. */
  public KqueueServerBuilder unixSocket(@Nullable Path path) {
    return listen(listen.unix(listen.unix().path(path)));
  }

  /** Whether sockets that systemd or launchd have opened for this process replace port and path. */
  public KqueueServerBuilder socketActivation(SocketActivation activation) {
    return listen(listen.activation(activation));
  }

  /** Whether connections begin with a PROXY header, which tells the client's address. */
  public KqueueServerBuilder proxyProtocol(ProxyProtocol protocol) {
    return proxy(proxy.protocol(protocol));
  }

  /** Addresses whose PROXY headers are believed; private and loopback ones by default. */
  public KqueueServerBuilder trustedProxies(IpRanges trusted) {
    return proxy(proxy.trusted(trusted));
  }

  // ---- loops

  /** Event loops, each one thread. */
  public KqueueServerBuilder loops(int count) {
    loops = loops.count(count);
    return this;
  }

  /** Prefix of the thread names: {@code name-loop-0}. */
  public KqueueServerBuilder name(String name) {
    loops = loops.name(name);
    return this;
  }

  /** Makes the loop threads. */
  public KqueueServerBuilder threads(LoopOptions.Threads threads) {
    loops = loops.threads(threads);
    return this;
  }

  /** Which native library to bind. */
  public KqueueServerBuilder natives(NativeOptions natives) {
    loops = loops.natives(natives);
    return this;
  }

  /**
   * How long one turn of a loop may last before it is reported as a stall, with its stack; zero or
   * less to never look.
   */
  public KqueueServerBuilder stallThreshold(Duration threshold) {
    loops = loops.stallThreshold(threshold);
    return this;
  }

  // ---- connections

  /** Open connections; at the limit accepting pauses. */
  public KqueueServerBuilder maxConnections(int max) {
    return connections(connections.max(max));
  }

  /** Whether a client that has sent FIN is still served; if not, FIN cancels. */
  public KqueueServerBuilder allowHalfClose(boolean allow) {
    return connections(connections.allowHalfClose(allow));
  }

  /** Between requests on a connection. */
  public KqueueServerBuilder idleTimeout(Duration timeout) {
    return timeouts(timeouts.idle(timeout));
  }

  /** From a request's first byte (or the connection's start) to the end of its head. */
  public KqueueServerBuilder headerTimeout(Duration timeout) {
    return timeouts(timeouts.header(timeout));
  }

  /** Without a byte of a body the application waits for. */
  public KqueueServerBuilder bodyTimeout(Duration timeout) {
    return timeouts(timeouts.body(timeout));
  }

  /** Without progress while bytes wait to be sent. */
  public KqueueServerBuilder writeTimeout(Duration timeout) {
    return timeouts(timeouts.write(timeout));
  }

  /** Size of each loop's read buffer, the most one read takes. */
  public KqueueServerBuilder readBufferBytes(int bytes) {
    return buffers(buffers.read(bytes));
  }

  /** Unsent bytes per connection above which it is not writable, and below which it is again. */
  public KqueueServerBuilder writeWatermarks(int high, int low) {
    return buffers(buffers.watermarks(high, low));
  }

  // ---- TLS

  /** Serves over TLS, as the options say; null for in the clear. */
  public KqueueServerBuilder tls(@Nullable TlsOptions tls) {
    this.tls = tls;
    return this;
  }

  /** Serves over TLS with the keys of this context. */
  public KqueueServerBuilder tls(SSLContext context) {
    return tls(TlsOptions.of(TlsProfile.of(context)));
  }

  /** From the connect to the end of a TLS handshake; goes before what {@link #tls} says. */
  public KqueueServerBuilder tlsHandshakeTimeout(Duration timeout) {
    tlsHandshakeTimeout = timeout;
    return this;
  }

  /** TLS handshakes under way at once; goes before what {@link #tls} says. */
  public KqueueServerBuilder tlsMaxHandshakes(int max) {
    tlsMaxHandshakes = max;
    return this;
  }

  /** HTTP/2 beside HTTP/1 on the same port; null for HTTP/1 alone. */
  public KqueueServerBuilder http2(@Nullable Http2Options http2) {
    this.http2 = http2;
    return this;
  }

  // ---- answers

  /** How responses are compressed; null for not at all. */
  public KqueueServerBuilder compression(@Nullable Compression compression) {
    this.compression = compression;
    return this;
  }

  /** Value of the {@code Server} field where the application sets none; null for none. */
  public KqueueServerBuilder serverHeader(@Nullable String value) {
    this.serverHeader = value;
    return this;
  }

  /** Log of what goes over the wire. */
  public KqueueServerBuilder wireLog(WireLogOptions wireLog) {
    this.wireLog = wireLog;
    return this;
  }

  /** Notified of rare events, in place of the listeners before it. */
  public KqueueServerBuilder listener(ServerListener listener) {
    this.listener = listener;
    return this;
  }

  /** One more listener, notified after those before it. */
  public KqueueServerBuilder addListener(ServerListener added) {
    this.listener = ServerListener.both(listener, added);
    return this;
  }

  /** The application. */
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
            timeouts,
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

package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.http.forwarded.ForwardedFormat;
import io.kqueueserver.http.forwarded.ForwardedHeaders;
import io.kqueueserver.ip.IpRanges;
import io.kqueueserver.server.ProxyProtocol;
import io.kqueueserver.server.SocketActivation;
import io.kqueueserver.spring.InvalidSettingException;
import io.kqueueserver.spring.OnLoopFailure;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;
import org.springframework.util.unit.DataSize;

/** What can be set on the kqueue server beyond {@code server.*}. */
@ConfigurationProperties("kqueue.server")
public class KqueueServerProperties {
  /** Number of event loops, each one thread. Default is one per available processor. */
  private @Nullable Integer loops;

  /** Length of the kernel's queue of connections that are not yet accepted. */
  private int backlog = 1024;

  /** Maximum number of open connections. At the limit accepting pauses. */
  private int maxConnections = 8192;

  /** How long a connection may stay open between two requests. */
  private Duration idleTimeout = Duration.ofSeconds(60);

  /** How long a client may take from the first byte of a request to the end of its header. */
  private Duration requestHeaderTimeout = Duration.ofSeconds(15);

  /** How long a client may send nothing of a request body the application waits for. */
  private Duration bodyTimeout = Duration.ofSeconds(30);

  /** How long a client may take nothing of a response while bytes wait to be sent. */
  private Duration writeTimeout = Duration.ofSeconds(60);

  /**
   * How long one turn of an event loop may last before it is reported as a stall, with the request
   * and the stack that block it. Zero or less switches the watchdog off.
   */
  private Duration stallThreshold = Duration.ofSeconds(1);

  /**
   * How often a graceful shutdown says what it still waits for. Zero or less means that it does
   * not.
   */
  private Duration shutdownReportInterval = Duration.ofSeconds(5);

  /**
   * What becomes of the application when its event loops have failed for good, after three
   * replacements within a minute. With stop, the web server stops and liveness is broken. With
   * exit, the application context is closed as well, with an exit code of 1.
   */
  private OnLoopFailure onLoopFailure = OnLoopFailure.STOP;

  /** Maximum size of a request body. A negative value means no limit, as bodies are streamed. */
  private DataSize maxRequestBodySize = DataSize.ofBytes(-1);

  /**
   * How much of a request body the application did not read is worth keeping the connection for.
   * Where more may come, the response says that the connection is closed after it.
   */
  private DataSize maxUnreadBodySize = DataSize.ofKilobytes(256);

  /**
   * Hardening: how many bytes of a request body are at most read and thrown away after the response
   * is complete. Clients that write all before they read lose the response beyond it. A negative
   * value means no limit but those of time.
   */
  private DataSize maxDiscardSize = DataSize.ofBytes(-1);

  /** Maximum number of requests on one connection. A negative value means no limit. */
  private int maxKeepAliveRequests = -1;

  /** Maximum size of the request line. */
  private DataSize maxRequestLineSize = DataSize.ofKilobytes(8);

  /** Maximum number of header fields in a request. */
  private int maxHeaderCount = 128;

  /**
   * Whether a request target must keep to RFC 3986. If not, the characters that browsers send raw
   * are accepted and shown to the application percent-encoded.
   */
  private boolean strictTarget = false;

  /** Whether several processes may share the port (SO_REUSEPORT). */
  private boolean reusePort = false;

  /** Whether small pieces of a response are sent at once (TCP_NODELAY). */
  private boolean tcpNoDelay = true;

  /** Whether the system looks after connections that are silent for hours (SO_KEEPALIVE). */
  private boolean tcpKeepAlive = false;

  /**
   * Number of connections opened by TCP_FASTOPEN that may wait. Zero does without. Linux, FreeBSD
   * and macOS have it.
   */
  private int tcpFastOpen = 0;

  /**
   * Whether connections are taken only when their first bytes are there (TCP_DEFER_ACCEPT on Linux,
   * the accept filter dataready on FreeBSD, NetBSD and DragonFly).
   */
  private boolean deferAccept = false;

  /**
   * Whether the listening sockets are those that systemd or launchd have opened for this process.
   * With auto, if there are any. They replace server.port and the Unix domain socket.
   */
  private SocketActivation socketActivation = SocketActivation.OFF;

  /**
   * Whether connections begin with a header of the PROXY protocol (version 1 or 2), believed from
   * kqueue.server.forwarded.trusted-proxies only. With auto, a client that sends none is served
   * too.
   */
  private ProxyProtocol proxyProtocol = ProxyProtocol.OFF;

  /**
   * Whether a client that has closed its sending side is still answered. If not, its requests are
   * cancelled.
   */
  private boolean allowHalfClose = false;

  /** Size of the read buffer of each event loop, which is the most one read takes. */
  private DataSize readBufferSize = DataSize.ofKilobytes(64);

  /**
   * Longest piece of a request body that is handed to the application at once. Parsers that recurse
   * once per record in a buffer need small ones.
   */
  private DataSize bodyPieceSize = DataSize.ofKilobytes(8);

  /**
   * Bytes held in memory for all clients: read ahead, or waiting to be sent. Above three quarters
   * of it reading pauses where most is held, and at it the largest holder that makes no progress is
   * cut off. Default is a quarter of the maximum heap.
   */
  private @Nullable DataSize maxHeldBytes;

  /** Unsent bytes per connection above which the application is no longer asked for more. */
  private DataSize writeHighWatermark = DataSize.ofKilobytes(64);

  /** Unsent bytes per connection below which the application is asked for more again. */
  private DataSize writeLowWatermark = DataSize.ofKilobytes(32);

  /**
   * Whether another reactive server on the class path takes over where the native library cannot be
   * loaded. If not, the start fails and says why.
   */
  private boolean fallback = false;

  @NestedConfigurationProperty
  private final KqueueAccessLogProperties accessLog = new KqueueAccessLogProperties();

  @NestedConfigurationProperty
  private final KqueueCompressionProperties compression = new KqueueCompressionProperties();

  @NestedConfigurationProperty
  private final KqueueDiscardProperties discard = new KqueueDiscardProperties();

  private final Forwarded forwarded = new Forwarded();

  private final UnixSocket unixSocket = new UnixSocket();

  private final Tls tls = new Tls();

  private final NativeLibrary nativeLibrary = new NativeLibrary();

  public @Nullable Integer getLoops() {
    return loops;
  }

  public void setLoops(@Nullable Integer loops) {
    this.loops = loops;
  }

  public int getBacklog() {
    return backlog;
  }

  public void setBacklog(int backlog) {
    this.backlog = backlog;
  }

  public int getMaxConnections() {
    return maxConnections;
  }

  public void setMaxConnections(int maxConnections) {
    this.maxConnections = maxConnections;
  }

  public Duration getIdleTimeout() {
    return idleTimeout;
  }

  public void setIdleTimeout(Duration idleTimeout) {
    this.idleTimeout = idleTimeout;
  }

  public Duration getRequestHeaderTimeout() {
    return requestHeaderTimeout;
  }

  public void setRequestHeaderTimeout(Duration requestHeaderTimeout) {
    this.requestHeaderTimeout = requestHeaderTimeout;
  }

  public Duration getBodyTimeout() {
    return bodyTimeout;
  }

  public void setBodyTimeout(Duration bodyTimeout) {
    this.bodyTimeout = bodyTimeout;
  }

  public Duration getWriteTimeout() {
    return writeTimeout;
  }

  public void setWriteTimeout(Duration writeTimeout) {
    this.writeTimeout = writeTimeout;
  }

  public Duration getStallThreshold() {
    return stallThreshold;
  }

  public void setStallThreshold(Duration stallThreshold) {
    this.stallThreshold = stallThreshold;
  }

  public Duration getShutdownReportInterval() {
    return shutdownReportInterval;
  }

  public void setShutdownReportInterval(Duration shutdownReportInterval) {
    this.shutdownReportInterval = shutdownReportInterval;
  }

  public KqueueAccessLogProperties getAccessLog() {
    return accessLog;
  }

  public KqueueCompressionProperties getCompression() {
    return compression;
  }

  public KqueueDiscardProperties getDiscard() {
    return discard;
  }

  public OnLoopFailure getOnLoopFailure() {
    return onLoopFailure;
  }

  public void setOnLoopFailure(OnLoopFailure onLoopFailure) {
    this.onLoopFailure = onLoopFailure;
  }

  public DataSize getMaxRequestBodySize() {
    return maxRequestBodySize;
  }

  public void setMaxRequestBodySize(DataSize maxRequestBodySize) {
    this.maxRequestBodySize = maxRequestBodySize;
  }

  public DataSize getMaxUnreadBodySize() {
    return maxUnreadBodySize;
  }

  public void setMaxUnreadBodySize(DataSize maxUnreadBodySize) {
    this.maxUnreadBodySize = maxUnreadBodySize;
  }

  public DataSize getMaxDiscardSize() {
    return maxDiscardSize;
  }

  public void setMaxDiscardSize(DataSize maxDiscardSize) {
    this.maxDiscardSize = maxDiscardSize;
  }

  public int getMaxKeepAliveRequests() {
    return maxKeepAliveRequests;
  }

  public void setMaxKeepAliveRequests(int maxKeepAliveRequests) {
    this.maxKeepAliveRequests = maxKeepAliveRequests;
  }

  public DataSize getMaxRequestLineSize() {
    return maxRequestLineSize;
  }

  public void setMaxRequestLineSize(DataSize maxRequestLineSize) {
    this.maxRequestLineSize = maxRequestLineSize;
  }

  public int getMaxHeaderCount() {
    return maxHeaderCount;
  }

  public void setMaxHeaderCount(int maxHeaderCount) {
    this.maxHeaderCount = maxHeaderCount;
  }

  public boolean isStrictTarget() {
    return strictTarget;
  }

  public void setStrictTarget(boolean strictTarget) {
    this.strictTarget = strictTarget;
  }

  public boolean isReusePort() {
    return reusePort;
  }

  public void setReusePort(boolean reusePort) {
    this.reusePort = reusePort;
  }

  public boolean isTcpNoDelay() {
    return tcpNoDelay;
  }

  public void setTcpNoDelay(boolean tcpNoDelay) {
    this.tcpNoDelay = tcpNoDelay;
  }

  public boolean isTcpKeepAlive() {
    return tcpKeepAlive;
  }

  public void setTcpKeepAlive(boolean tcpKeepAlive) {
    this.tcpKeepAlive = tcpKeepAlive;
  }

  public int getTcpFastOpen() {
    return tcpFastOpen;
  }

  public void setTcpFastOpen(int tcpFastOpen) {
    this.tcpFastOpen = tcpFastOpen;
  }

  public boolean isDeferAccept() {
    return deferAccept;
  }

  public void setDeferAccept(boolean deferAccept) {
    this.deferAccept = deferAccept;
  }

  public SocketActivation getSocketActivation() {
    return socketActivation;
  }

  public void setSocketActivation(SocketActivation socketActivation) {
    this.socketActivation = socketActivation;
  }

  public ProxyProtocol getProxyProtocol() {
    return proxyProtocol;
  }

  public void setProxyProtocol(ProxyProtocol proxyProtocol) {
    this.proxyProtocol = proxyProtocol;
  }

  public boolean isAllowHalfClose() {
    return allowHalfClose;
  }

  public void setAllowHalfClose(boolean allowHalfClose) {
    this.allowHalfClose = allowHalfClose;
  }

  public DataSize getReadBufferSize() {
    return readBufferSize;
  }

  public void setReadBufferSize(DataSize readBufferSize) {
    this.readBufferSize = readBufferSize;
  }

  public DataSize getBodyPieceSize() {
    return bodyPieceSize;
  }

  public void setBodyPieceSize(DataSize bodyPieceSize) {
    this.bodyPieceSize = bodyPieceSize;
  }

  public @Nullable DataSize getMaxHeldBytes() {
    return maxHeldBytes;
  }

  public void setMaxHeldBytes(@Nullable DataSize maxHeldBytes) {
    this.maxHeldBytes = maxHeldBytes;
  }

  public DataSize getWriteHighWatermark() {
    return writeHighWatermark;
  }

  public void setWriteHighWatermark(DataSize writeHighWatermark) {
    this.writeHighWatermark = writeHighWatermark;
  }

  public DataSize getWriteLowWatermark() {
    return writeLowWatermark;
  }

  public void setWriteLowWatermark(DataSize writeLowWatermark) {
    this.writeLowWatermark = writeLowWatermark;
  }

  public boolean isFallback() {
    return fallback;
  }

  public void setFallback(boolean fallback) {
    this.fallback = fallback;
  }

  public Forwarded getForwarded() {
    return forwarded;
  }

  public UnixSocket getUnixSocket() {
    return unixSocket;
  }

  public Tls getTls() {
    return tls;
  }

  public NativeLibrary getNative() {
    return nativeLibrary;
  }

  /** Which proxies are believed, and which of their headers. */
  public static class Forwarded {
    /**
     * Addresses and CIDR ranges of the proxies whose headers are believed. Default is every
     * private, link-local and loopback range, IPv4 and IPv6. An empty list trusts nobody.
     */
    private List<String> trustedProxies = new ArrayList<>(IpRanges.PRIVATE);

    /** The one family of headers that is read; the other is left alone. */
    private ForwardedFormat headerFormat = ForwardedFormat.X_FORWARDED;

    public List<String> getTrustedProxies() {
      return trustedProxies;
    }

    public void setTrustedProxies(List<String> trustedProxies) {
      this.trustedProxies = trustedProxies;
    }

    public ForwardedFormat getHeaderFormat() {
      return headerFormat;
    }

    public void setHeaderFormat(ForwardedFormat headerFormat) {
      this.headerFormat = headerFormat;
    }

    ForwardedHeaders toHeaders() {
      return new ForwardedHeaders(headerFormat, toRanges());
    }

    IpRanges toRanges() {
      try {
        return IpRanges.of(trustedProxies);
      } catch (IllegalArgumentException e) {
        throw new InvalidSettingException(
            "kqueue.server.forwarded.trusted-proxies",
            String.join(",", trustedProxies),
            "addresses and CIDR ranges (" + e.getMessage() + ")");
      }
    }
  }

  /** A Unix domain socket to listen on. */
  public static class UnixSocket {
    /**
     * File of a Unix domain socket to listen on beside server.port, or instead of it where that is
     * -1.
     */
    private @Nullable Path path;

    /** Permissions of that file. Who may write to it may connect. */
    private String permissions = "rw-rw----";

    public @Nullable Path getPath() {
      return path;
    }

    public void setPath(@Nullable Path path) {
      this.path = path;
    }

    public String getPermissions() {
      return permissions;
    }

    public void setPermissions(String permissions) {
      this.permissions = permissions;
    }

    Set<PosixFilePermission> toPermissions() {
      try {
        return PosixFilePermissions.fromString(permissions);
      } catch (IllegalArgumentException e) {
        throw new InvalidSettingException(
            "kqueue.server.unix-socket.permissions",
            permissions,
            "nine characters such as rw-rw----");
      }
    }
  }

  /** Handshakes; keys and protocols are set by {@code server.ssl}. */
  public static class Tls {
    /** How long a client may take from its connect to the end of its TLS handshake. */
    private Duration handshakeTimeout = Duration.ofSeconds(10);

    /** Maximum number of TLS handshakes under way at once. A client beyond it is refused. */
    private int maxHandshakes = 1024;

    public Duration getHandshakeTimeout() {
      return handshakeTimeout;
    }

    public void setHandshakeTimeout(Duration handshakeTimeout) {
      this.handshakeTimeout = handshakeTimeout;
    }

    public int getMaxHandshakes() {
      return maxHandshakes;
    }

    public void setMaxHandshakes(int maxHandshakes) {
      this.maxHandshakes = maxHandshakes;
    }
  }

  /** Which native library the server binds. */
  public static class NativeLibrary {
    /** Library, by path or name, from which only kqueue and kevent are taken. */
    private @Nullable String kqueueLibrary;

    /** ABI that library follows, for example libkqueue. */
    private @Nullable String kqueueAbi;

    /** Library, by path or name, from which all system calls are taken. */
    private @Nullable String library;

    /** ABI that library follows, for example netbsd-x86_64. */
    private @Nullable String abi;

    public @Nullable String getKqueueLibrary() {
      return kqueueLibrary;
    }

    public void setKqueueLibrary(@Nullable String kqueueLibrary) {
      this.kqueueLibrary = kqueueLibrary;
    }

    public @Nullable String getKqueueAbi() {
      return kqueueAbi;
    }

    public void setKqueueAbi(@Nullable String kqueueAbi) {
      this.kqueueAbi = kqueueAbi;
    }

    public @Nullable String getLibrary() {
      return library;
    }

    public void setLibrary(@Nullable String library) {
      this.library = library;
    }

    public @Nullable String getAbi() {
      return abi;
    }

    public void setAbi(@Nullable String abi) {
      this.abi = abi;
    }

    /** What an environment says before there are beans. */
    static NativeOptions in(Environment environment) {
      return Binder.get(environment)
          .bind("kqueue.server.native", NativeLibrary.class)
          .orElseGet(NativeLibrary::new)
          .toOptions();
    }

    NativeOptions toOptions() {
      return new NativeOptions(kqueueLibrary, kqueueAbi, library, abi);
    }
  }
}

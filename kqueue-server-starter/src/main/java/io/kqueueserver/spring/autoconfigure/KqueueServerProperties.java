package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.ffi.NativeOptions;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
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

  /** Maximum size of a request body. A negative value means no limit, as bodies are streamed. */
  private DataSize maxRequestBodySize = DataSize.ofBytes(-1);

  /**
   * How much of a request body the application did not read is read and thrown away to keep the
   * connection. Beyond it the connection is closed.
   */
  private DataSize maxUnreadBodySize = DataSize.ofKilobytes(256);

  /** Maximum number of requests on one connection. A negative value means no limit. */
  private int maxKeepAliveRequests = -1;

  /** Maximum size of the request line. */
  private DataSize maxRequestLineSize = DataSize.ofKilobytes(8);

  /** Maximum number of header fields in a request. */
  private int maxHeaderCount = 128;

  /** Whether several processes may share the port (SO_REUSEPORT). */
  private boolean reusePort = false;

  /**
   * Whether a client that has closed its sending side is still answered. If not, its requests are
   * cancelled.
   */
  private boolean allowHalfClose = false;

  /** Size of the read buffer of each event loop, which is the most one read takes. */
  private DataSize readBufferSize = DataSize.ofKilobytes(64);

  /** Unsent bytes per connection above which the application is no longer asked for more. */
  private DataSize writeHighWatermark = DataSize.ofKilobytes(64);

  /** Unsent bytes per connection below which the application is asked for more again. */
  private DataSize writeLowWatermark = DataSize.ofKilobytes(32);

  /**
   * Whether another reactive server on the class path takes over where the native library cannot be
   * loaded. If not, the start fails and says why.
   */
  private boolean fallback = false;

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

  public boolean isReusePort() {
    return reusePort;
  }

  public void setReusePort(boolean reusePort) {
    this.reusePort = reusePort;
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

  public Tls getTls() {
    return tls;
  }

  public NativeLibrary getNative() {
    return nativeLibrary;
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

package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.http.forwarded.ForwardedFormat;
import io.kqueueserver.http.forwarded.ForwardedHeaders;
import io.kqueueserver.ip.IpRanges;
import io.kqueueserver.server.ConnectionOptions;
import io.kqueueserver.server.WireLogOptions;
import io.kqueueserver.spring.InvalidSettingException;
import io.kqueueserver.spring.OnLoopFailure;
import io.kqueueserver.spring.TlsProviderOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/**
 * Settings of the kqueue server beyond {@code server.*}. Other subjects with this prefix have
 * classes of their own: {@link KqueuePropertyGroups}.
 */
@ConfigurationProperties("kqueue.server")
public class KqueueServerProperties {
  /** Number of event loops, each one thread. Default is one per available processor. */
  private @Nullable Integer loops;

  /** Maximum number of open connections. At the limit accepting pauses. */
  private int maxConnections = 8192;

  /**
   * Age at which a connection ends in good order, give or take a tenth: with its next response,
   * with GOAWAY, or with close code 1001. Zero means no limit.
   */
  private Duration maxConnectionAge = Duration.ZERO;

  /**
   * How long one turn of an event loop may last before it is reported as a stall, with the request
   * and the stack that block it. Zero or less switches the watchdog off.
   */
  private Duration stallThreshold = Duration.ofSeconds(1);

  /**
   * How often a graceful shutdown logs the requests that it still waits for. Zero or less means
   * never.
   */
  private Duration shutdownReportInterval = Duration.ofSeconds(5);

  /**
   * What becomes of the application when its event loops have failed for good, after three
   * replacements within a minute. With stop, the web server stops and liveness is broken. With
   * exit, the application context is closed as well, with an exit code of 1.
   */
  private OnLoopFailure onLoopFailure = OnLoopFailure.STOP;

  /**
   * Whether a client that has closed its sending side still gets responses. If not, its requests
   * are cancelled.
   */
  private boolean allowHalfClose = false;

  /**
   * Whether another reactive server on the class path takes over if the native library cannot be
   * loaded. If not, the start fails with the reason.
   */
  private boolean fallback = false;

  /**
   * Whether heads of all requests and responses are logged, with lengths of bodies, at INFO of the
   * logger kqueue.server.wire-log. For diagnosis, as the log shows paths and fields. Credentials
   * and queries show as their length.
   */
  private boolean wireLog = false;

  /** Names of further fields whose values the wire log shows as their length. */
  private List<String> wireLogMasked = new ArrayList<>();

  @NestedConfigurationProperty
  private final KqueueAccessLogProperties accessLog = new KqueueAccessLogProperties();

  @NestedConfigurationProperty
  private final KqueueCompressionProperties compression = new KqueueCompressionProperties();

  @NestedConfigurationProperty
  private final KqueueDiscardProperties discard = new KqueueDiscardProperties();

  @NestedConfigurationProperty
  private final KqueueRequestRateProperties requestRate = new KqueueRequestRateProperties();

  @NestedConfigurationProperty
  private final KqueueResponseRateProperties responseRate = new KqueueResponseRateProperties();

  @NestedConfigurationProperty
  private final KqueueShutdownProperties shutdown = new KqueueShutdownProperties();

  private final Forwarded forwarded = new Forwarded();

  @NestedConfigurationProperty private final KqueueTlsProperties tls = new KqueueTlsProperties();

  private final NativeLibrary nativeLibrary = new NativeLibrary();

  public @Nullable Integer getLoops() {
    return loops;
  }

  public void setLoops(@Nullable Integer loops) {
    this.loops = loops;
  }

  public int getMaxConnections() {
    return maxConnections;
  }

  public void setMaxConnections(int maxConnections) {
    this.maxConnections = maxConnections;
  }

  public Duration getMaxConnectionAge() {
    return maxConnectionAge;
  }

  public void setMaxConnectionAge(Duration maxConnectionAge) {
    this.maxConnectionAge = maxConnectionAge;
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

  public KqueueShutdownProperties getShutdown() {
    return shutdown;
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

  public KqueueRequestRateProperties getRequestRate() {
    return requestRate;
  }

  public KqueueResponseRateProperties getResponseRate() {
    return responseRate;
  }

  public OnLoopFailure getOnLoopFailure() {
    return onLoopFailure;
  }

  public void setOnLoopFailure(OnLoopFailure onLoopFailure) {
    this.onLoopFailure = onLoopFailure;
  }

  public boolean isAllowHalfClose() {
    return allowHalfClose;
  }

  public void setAllowHalfClose(boolean allowHalfClose) {
    this.allowHalfClose = allowHalfClose;
  }

  ConnectionOptions toConnections() {
    return new ConnectionOptions(maxConnections, allowHalfClose, maxConnectionAge);
  }

  public boolean isWireLog() {
    return wireLog;
  }

  public void setWireLog(boolean wireLog) {
    this.wireLog = wireLog;
  }

  public List<String> getWireLogMasked() {
    return wireLogMasked;
  }

  public void setWireLogMasked(List<String> wireLogMasked) {
    this.wireLogMasked = wireLogMasked;
  }

  WireLogOptions toWireLog() {
    return new WireLogOptions(wireLog, Set.copyOf(wireLogMasked));
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

  public KqueueTlsProperties getTls() {
    return tls;
  }

  TlsProviderOptions toTlsProviders() {
    return tls.toProviders(allowHalfClose);
  }

  public NativeLibrary getNative() {
    return nativeLibrary;
  }

  /** Settings of the trusted proxies and of their headers. */
  public static class Forwarded {
    /**
     * Addresses and CIDR ranges of the proxies with trusted headers. Default is every private,
     * link-local and loopback range, IPv4 and IPv6. An empty list trusts no proxy.
     */
    private List<String> trustedProxies = new ArrayList<>(IpRanges.PRIVATE);

    /** Family of headers that is read. The other family is ignored. */
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

  /** Settings of the native library that the server binds. */
  public static class NativeLibrary {
    /** Library, by path or name, from which only kqueue and kevent are taken. */
    private @Nullable String kqueueLibrary;

    /** ABI that the library of kqueue follows, for example libkqueue. */
    private @Nullable String kqueueAbi;

    /** Library, by path or name, from which all system calls are taken. */
    private @Nullable String library;

    /** ABI that the library of all system calls follows, for example netbsd-x86_64. */
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

    /** The options that an environment sets, read before there are beans. */
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

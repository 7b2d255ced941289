package io.kqueueserver.spring;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.KqueueServerBuilder;
import io.kqueueserver.http.coding.Compression;
import io.kqueueserver.http.forwarded.ForwardedHeaders;
import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.net.tls.TlsOptions;
import io.kqueueserver.server.ServerOptions;
import io.kqueueserver.server.SocketActivation;
import io.kqueueserver.spring.accesslog.AccessLog;
import io.kqueueserver.spring.accesslog.AccessLogOptions;
import io.kqueueserver.spring.http.EventStreams;
import io.kqueueserver.spring.http.HttpHandlerAdapter;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.web.server.Http2;
import org.springframework.boot.web.server.Ssl;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.boot.web.server.reactive.AbstractReactiveWebServerFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationContextAware;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.util.Assert;

/**
 * Makes {@link KqueueWebServer}s. The factory needs no injected bean, because Spring Boot creates
 * the factory of a management server from this class alone.
 */
public class KqueueReactiveWebServerFactory extends AbstractReactiveWebServerFactory
    implements ApplicationContextAware {

  private Set<KqueueServerCustomizer> serverCustomizers = new LinkedHashSet<>();
  private @Nullable ApplicationContext applicationContext;
  private @Nullable AccessLogOptions accessLog;
  private String managementAccessLogPrefix = "management_";
  private Supplier<Compression> compressionDefaults = () -> Compression.DEFAULTS;
  private Http2Options http2Options = Http2Options.DEFAULTS;
  private boolean webSocketOverHttp2;
  private ShutdownTimes shutdownTimes = ShutdownTimes.DEFAULTS;
  private @Nullable ForwardedHeaders forwardedHeaders;
  private TlsProviderOptions tlsProviders = TlsProviderOptions.DEFAULTS;
  private OnLoopFailure onLoopFailure = OnLoopFailure.STOP;

  public KqueueReactiveWebServerFactory() {}

  public KqueueReactiveWebServerFactory(int port) {
    super(port);
  }

  @Override
  public void setApplicationContext(ApplicationContext applicationContext) {
    this.applicationContext = applicationContext;
  }

  /**
   * The customizers, in the order in which they are applied. The collection may be changed until
   * the server is made.
   */
  public Collection<KqueueServerCustomizer> getServerCustomizers() {
    return serverCustomizers;
  }

  /** Replaces all customizers. */
  public void setServerCustomizers(Collection<? extends KqueueServerCustomizer> serverCustomizers) {
    Assert.notNull(serverCustomizers, "'serverCustomizers' must not be null");
    Assert.noNullElements(serverCustomizers, "'serverCustomizers' must not contain null");
    this.serverCustomizers = new LinkedHashSet<>(serverCustomizers);
  }

  /** Adds customizers. A customizer that was added before keeps its place and runs once. */
  public void addServerCustomizers(KqueueServerCustomizer... serverCustomizers) {
    Assert.notNull(serverCustomizers, "'serverCustomizers' must not be null");
    Assert.noNullElements(serverCustomizers, "'serverCustomizers' must not contain null");
    this.serverCustomizers.addAll(Arrays.asList(serverCustomizers));
  }

  /** Sets what the access log writes of each exchange, and where; null for no access log. */
  public void setAccessLog(@Nullable AccessLogOptions accessLog) {
    this.accessLog = accessLog;
  }

  /** Sets the prefix of the access log's file name for the server of a child context. */
  public void setManagementAccessLogPrefix(String managementAccessLogPrefix) {
    Assert.notNull(managementAccessLogPrefix, "'managementAccessLogPrefix' must not be null");
    this.managementAccessLogPrefix = managementAccessLogPrefix;
  }

  /**
   * Sets codings, level and bounds of compression. The supplier is called only if {@link
   * #setCompression} enables compression.
   */
  public void setCompressionDefaults(Supplier<Compression> compressionDefaults) {
    Assert.notNull(compressionDefaults, "'compressionDefaults' must not be null");
    this.compressionDefaults = compressionDefaults;
  }

  /** Sets the options of HTTP/2. {@link #setHttp2} enables the protocol. */
  public void setHttp2Options(Http2Options http2Options) {
    Assert.notNull(http2Options, "'http2Options' must not be null");
    this.http2Options = http2Options;
  }

  /**
   * Sets whether clients may open WebSockets over HTTP/2 (RFC 8441). The application needs {@link
   * KqueueRequestUpgradeStrategy} then; the auto-configuration sees to both.
   */
  public void setWebSocketOverHttp2(boolean webSocketOverHttp2) {
    this.webSocketOverHttp2 = webSocketOverHttp2;
  }

  /** Sets how long the steps of a graceful shutdown take. */
  public void setShutdownTimes(ShutdownTimes shutdownTimes) {
    Assert.notNull(shutdownTimes, "'shutdownTimes' must not be null");
    this.shutdownTimes = shutdownTimes;
  }

  /** Sets what becomes of the application when the event loops have failed for good. */
  public void setOnLoopFailure(OnLoopFailure onLoopFailure) {
    Assert.notNull(onLoopFailure, "'onLoopFailure' must not be null");
    this.onLoopFailure = onLoopFailure;
  }

  /**
   * Sets how requests get scheme, host, port, path prefix and remote address from trusted proxies;
   * null to take them from the connection.
   */
  public void setForwardedHeaders(@Nullable ForwardedHeaders forwardedHeaders) {
    this.forwardedHeaders = forwardedHeaders;
  }

  /** Sets whose engines encrypt the connections, with the keys that {@link #setSsl} names. */
  public void setTlsProviders(TlsProviderOptions tlsProviders) {
    Assert.notNull(tlsProviders, "'tlsProviders' must not be null");
    this.tlsProviders = tlsProviders;
  }

  /** Makes a web server. The server does not listen until it is started. */
  @Override
  public WebServer getWebServer(HttpHandler httpHandler) {
    EventStreams eventStreams = new EventStreams();
    KqueueServerBuilder builder =
        KqueueServer.builder()
            .port(Math.max(getPort(), -1))
            .address(getAddress())
            .serverHeader(getServerHeader())
            .name(name())
            .threads(KqueueLoopThread.seeing(applicationClassLoader()))
            .compression(CompressionOptions.of(getCompression(), compressionDefaults))
            .tls(tls())
            .http2(http2())
            .handler(new HttpHandlerAdapter(httpHandler, forwardedHeaders, eventStreams));
    for (KqueueServerCustomizer customizer : serverCustomizers) {
      customizer.customize(builder);
    }
    AccessLogOptions log = accessLogOptions();
    if (log != null) {
      builder.addListener(new AccessLog(log, name(), forwardedHeaders));
    }
    FailureReaction reaction = new FailureReaction(applicationContext, onLoopFailure);
    builder.addListener(reaction);
    builder.addListener(new HandoverReaction(applicationContext));
    KqueueServer server = builder.build();
    KqueueWebServer webServer =
        new KqueueWebServer(
            server, listens(server.options()), getShutdown(), shutdownTimes, eventStreams);
    reaction.of(webServer);
    return webServer;
  }

  /**
   * Whether the server listens. A server with a negative port listens only if its options name
   * another place to listen at.
   */
  private boolean listens(ServerOptions options) {
    return getPort() >= 0
        || options.listen().unix().path() != null
        || options.listen().activation() != SocketActivation.OFF;
  }

  /** Whether this factory makes the server of the management port, not the application's server. */
  public boolean isForManagement() {
    return applicationContext instanceof WebServerApplicationContext context
        && context.getServerNamespace() != null;
  }

  /**
   * The server's name: {@code kqueue} for the application's server, {@code kqueue-management} for
   * the server of a child context.
   */
  private String name() {
    String namespace = namespace();
    return namespace == null ? "kqueue" : "kqueue-" + namespace;
  }

  /** The server's namespace: {@code management}, or null for the application's own server. */
  private @Nullable String namespace() {
    return applicationContext instanceof WebServerApplicationContext context
        ? context.getServerNamespace()
        : null;
  }

  private @Nullable AccessLogOptions accessLogOptions() {
    String namespace = namespace();
    return accessLog == null || namespace == null
        ? accessLog
        : accessLog.of(namespace, managementAccessLogPrefix);
  }

  private @Nullable ClassLoader applicationClassLoader() {
    ClassLoader loader = applicationContext == null ? null : applicationContext.getClassLoader();
    return loader != null ? loader : getClass().getClassLoader();
  }

  /** The options of HTTP/2, or null if the server speaks HTTP/1.1 alone. */
  private @Nullable Http2Options http2() {
    Http2 http2 = getHttp2();
    if (http2 == null || !http2.isEnabled()) {
      return null;
    }
    return webSocketOverHttp2 ? http2Options.connectProtocol(true) : http2Options;
  }

  /**
   * The options of TLS, or null if the server speaks in the clear. Exceptions about the user's keys
   * and certificates are not wrapped.
   */
  private @Nullable TlsOptions tls() {
    Ssl ssl = getSsl();
    return ssl != null && Ssl.isEnabled(ssl)
        ? SslBundleTls.of(
            ssl, getSslBundle(), getServerNameSslBundles(), getSslBundles(), tlsProviders)
        : null;
  }
}

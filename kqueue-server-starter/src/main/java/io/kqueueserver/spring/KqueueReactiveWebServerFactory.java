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
import io.kqueueserver.spring.http.HttpHandlerAdapter;
import java.time.Duration;
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
 * Makes {@link KqueueWebServer}s. Needs nothing injected: Spring Boot creates the factory of a
 * management server from this class alone.
 */
public class KqueueReactiveWebServerFactory extends AbstractReactiveWebServerFactory
    implements ApplicationContextAware {

  private Set<KqueueServerCustomizer> serverCustomizers = new LinkedHashSet<>();
  private @Nullable ApplicationContext applicationContext;
  private @Nullable AccessLogOptions accessLog;
  private String managementAccessLogPrefix = "management_";
  private Supplier<Compression> compressionDefaults = () -> Compression.DEFAULTS;
  private Http2Options http2Options = Http2Options.DEFAULTS;
  private Duration shutdownReportInterval = KqueueWebServer.DEFAULT_SHUTDOWN_REPORT_INTERVAL;
  private @Nullable ForwardedHeaders forwardedHeaders;
  private OnLoopFailure onLoopFailure = OnLoopFailure.STOP;

  public KqueueReactiveWebServerFactory() {}

  public KqueueReactiveWebServerFactory(int port) {
    super(port);
  }

  @Override
  public void setApplicationContext(ApplicationContext applicationContext) {
    this.applicationContext = applicationContext;
  }

  /** The customizers in the order they are applied; may be changed until the server is made. */
  public Collection<KqueueServerCustomizer> getServerCustomizers() {
    return serverCustomizers;
  }

  /** Replaces all customizers. */
  public void setServerCustomizers(Collection<? extends KqueueServerCustomizer> serverCustomizers) {
    Assert.notNull(serverCustomizers, "'serverCustomizers' must not be null");
    Assert.noNullElements(serverCustomizers, "'serverCustomizers' must not contain null");
    this.serverCustomizers = new LinkedHashSet<>(serverCustomizers);
  }

  /** Adds customizers; one that is there already keeps its place and runs once. */
  public void addServerCustomizers(KqueueServerCustomizer... serverCustomizers) {
    Assert.notNull(serverCustomizers, "'serverCustomizers' must not be null");
    Assert.noNullElements(serverCustomizers, "'serverCustomizers' must not contain null");
    this.serverCustomizers.addAll(Arrays.asList(serverCustomizers));
  }

  /** What is written of each exchange, and where; null for nothing. */
  public void setAccessLog(@Nullable AccessLogOptions accessLog) {
    this.accessLog = accessLog;
  }

  /** Begins the name of the file where a child context's server writes, beside the parent's. */
  public void setManagementAccessLogPrefix(String managementAccessLogPrefix) {
    Assert.notNull(managementAccessLogPrefix, "'managementAccessLogPrefix' must not be null");
    this.managementAccessLogPrefix = managementAccessLogPrefix;
  }

  /**
   * Codings, level and bound of compression. Whether there is any, and of what, is said by {@link
   * #setCompression}, and only then is the supplier asked.
   */
  public void setCompressionDefaults(Supplier<Compression> compressionDefaults) {
    Assert.notNull(compressionDefaults, "'compressionDefaults' must not be null");
    this.compressionDefaults = compressionDefaults;
  }

  /** How HTTP/2 is served where {@link #setHttp2} enables it. */
  public void setHttp2Options(Http2Options http2Options) {
    Assert.notNull(http2Options, "'http2Options' must not be null");
    this.http2Options = http2Options;
  }

  /** How often a graceful shutdown says what it waits for; zero or less for never. */
  public void setShutdownReportInterval(Duration shutdownReportInterval) {
    Assert.notNull(shutdownReportInterval, "'shutdownReportInterval' must not be null");
    this.shutdownReportInterval = shutdownReportInterval;
  }

  /** What becomes of the application when the event loops have failed for good. */
  public void setOnLoopFailure(OnLoopFailure onLoopFailure) {
    Assert.notNull(onLoopFailure, "'onLoopFailure' must not be null");
    this.onLoopFailure = onLoopFailure;
  }

  /**
   * How requests get scheme, host, port, path prefix and remote address from trusted proxies; null
   * to leave them as the connection shows them.
   */
  public void setForwardedHeaders(@Nullable ForwardedHeaders forwardedHeaders) {
    this.forwardedHeaders = forwardedHeaders;
  }

  /** Makes a server that does not listen until it is started. */
  @Override
  public WebServer getWebServer(HttpHandler httpHandler) {
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
            .handler(new HttpHandlerAdapter(httpHandler, forwardedHeaders));
    for (KqueueServerCustomizer customizer : serverCustomizers) {
      customizer.customize(builder);
    }
    AccessLogOptions log = accessLogOptions();
    if (log != null) {
      builder.addListener(new AccessLog(log, name(), forwardedHeaders));
    }
    FailureReaction reaction = new FailureReaction(applicationContext, onLoopFailure);
    builder.addListener(reaction);
    KqueueServer server = builder.build();
    KqueueWebServer webServer =
        new KqueueWebServer(
            server, listens(server.options()), getShutdown(), shutdownReportInterval);
    reaction.of(webServer);
    return webServer;
  }

  /** A negative port means a server that does not listen, unless it has something else to do. */
  private boolean listens(ServerOptions options) {
    return getPort() >= 0
        || options.listen().unix().path() != null
        || options.listen().activation() != SocketActivation.OFF;
  }

  /** Whether it makes the server of the management port, not the application's. */
  public boolean isForManagement() {
    return applicationContext instanceof WebServerApplicationContext context
        && context.getServerNamespace() != null;
  }

  /**
   * {@code kqueue} for the application's server, {@code kqueue-management} for that of a child
   * context.
   */
  private String name() {
    String namespace = namespace();
    return namespace == null ? "kqueue" : "kqueue-" + namespace;
  }

  /** {@code management}, or null for the application's own server. */
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

  /** Null for HTTP/1.1 alone. */
  private @Nullable Http2Options http2() {
    Http2 http2 = getHttp2();
    return http2 != null && http2.isEnabled() ? http2Options : null;
  }

  /** Null in the clear. What is wrong with the user's material is thrown as it comes. */
  private @Nullable TlsOptions tls() {
    Ssl ssl = getSsl();
    return ssl != null && Ssl.isEnabled(ssl)
        ? SslBundleTls.of(ssl, getSslBundle(), getServerNameSslBundles(), getSslBundles())
        : null;
  }
}

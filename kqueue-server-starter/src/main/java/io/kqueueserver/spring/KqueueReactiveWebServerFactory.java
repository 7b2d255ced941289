package io.kqueueserver.spring;

import io.kqueueserver.KqueueServer;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.SslBundle;
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
  private static final Log logger = LogFactory.getLog(KqueueReactiveWebServerFactory.class);

  private Set<KqueueServerCustomizer> serverCustomizers = new LinkedHashSet<>();
  private @Nullable ApplicationContext applicationContext;

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

  /** Makes a server that does not listen until it is started. */
  @Override
  public WebServer getWebServer(HttpHandler httpHandler) {
    refuseSsl();
    warnOfWhatHasNoEffect();
    KqueueServer.Builder builder =
        KqueueServer.builder()
            .port(Math.max(getPort(), 0))
            .address(getAddress())
            .serverHeader(getServerHeader())
            .name(name())
            .threads(KqueueLoopThread.seeing(applicationClassLoader()))
            .handler(new HttpHandlerAdapter(httpHandler));
    for (KqueueServerCustomizer customizer : serverCustomizers) {
      customizer.customize(builder);
    }
    return new KqueueWebServer(builder.build(), getPort() >= 0, getShutdown());
  }

  /**
   * {@code kqueue} for the application's server, {@code kqueue-management} for that of a child
   * context.
   */
  private String name() {
    String namespace =
        applicationContext instanceof WebServerApplicationContext context
            ? context.getServerNamespace()
            : null;
    return namespace == null ? "kqueue" : "kqueue-" + namespace;
  }

  private @Nullable ClassLoader applicationClassLoader() {
    ClassLoader loader = applicationContext == null ? null : applicationContext.getClassLoader();
    return loader != null ? loader : getClass().getClassLoader();
  }

  private void refuseSsl() {
    Ssl ssl = getSsl();
    if (!Ssl.isEnabled(ssl)) {
      return;
    }
    // First what is wrong with the user's material, in Spring Boot's own words.
    verify(getSslBundle());
    getServerNameSslBundles().values().forEach(KqueueReactiveWebServerFactory::verify);
    throw new IllegalStateException(
        "SSL is configured, but the kqueue server does not speak TLS yet; remove the server.ssl"
            + " properties, set server.ssl.enabled=false, or use another web server");
  }

  private static void verify(SslBundle bundle) {
    bundle.getManagers().getKeyManagerFactory();
  }

  private void warnOfWhatHasNoEffect() {
    if (getCompression() != null && getCompression().getEnabled()) {
      logger.warn(
          "server.compression.enabled has no effect: the kqueue server does not compress yet");
    }
    if (getHttp2() != null && getHttp2().isEnabled()) {
      logger.warn(
          "server.http2.enabled has no effect: the kqueue server speaks HTTP/1.1 only as yet");
    }
  }
}

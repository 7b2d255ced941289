package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.http.Http1Options;
import io.kqueueserver.http.Limits;
import io.kqueueserver.http.forwarded.ForwardedHeaders;
import io.kqueueserver.server.MemoryLimits;
import io.kqueueserver.spring.KqueueReactiveWebServerFactory;
import io.kqueueserver.spring.KqueueServerCustomizer;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.cloud.CloudPlatform;
import org.springframework.boot.context.properties.PropertyMapper;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.boot.web.server.autoconfigure.ServerProperties.ForwardHeadersStrategy;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;
import org.springframework.util.unit.DataSize;

/**
 * Brings {@code kqueue.server.*}, and those {@code server.*} nobody else copies, to the factory.
 */
final class KqueueServerFactoryCustomizer
    implements WebServerFactoryCustomizer<KqueueReactiveWebServerFactory>, Ordered {
  private final Environment environment;
  private final ServerProperties serverProperties;
  private final KqueueServerProperties kqueueProperties;

  KqueueServerFactoryCustomizer(
      Environment environment,
      ServerProperties serverProperties,
      KqueueServerProperties kqueueProperties) {
    this.environment = environment;
    this.serverProperties = serverProperties;
    this.kqueueProperties = kqueueProperties;
  }

  /** As Spring Boot's own: user customizers without an order come later and win. */
  @Override
  public int getOrder() {
    return 0;
  }

  @Override
  public void customize(KqueueReactiveWebServerFactory factory) {
    SettingBounds.check(environment);
    factory.setForwardedHeaders(forwardedHeaders());
    PropertyMapper.get().from(serverProperties::getServerHeader).to(factory::setServerHeader);
    factory.setCompressionDefaults(kqueueProperties.getCompression()::toOptions);
    factory.setAccessLog(kqueueProperties.getAccessLog().toOptions());
    factory.setManagementAccessLogPrefix(kqueueProperties.getAccessLog().getManagementPrefix());
    factory.setOnLoopFailure(kqueueProperties.getOnLoopFailure());
    factory.setShutdownReportInterval(kqueueProperties.getShutdownReportInterval());
    // Properties first, so that the user's customizers have the last word.
    Set<KqueueServerCustomizer> customizers = new LinkedHashSet<>();
    customizers.add(this::applyTo);
    if (!factory.isForManagement()) {
      customizers.add(this::applyFrontTo);
    }
    customizers.addAll(factory.getServerCustomizers());
    factory.setServerCustomizers(customizers);
  }

  /**
   * As Spring Boot's other servers: {@code native}, or nothing said on a platform that puts a proxy
   * in front of everything.
   */
  private @Nullable ForwardedHeaders forwardedHeaders() {
    ForwardHeadersStrategy strategy = serverProperties.getForwardHeadersStrategy();
    CloudPlatform platform = strategy == null ? CloudPlatform.getActive(environment) : null;
    return strategy == ForwardHeadersStrategy.NATIVE
            || (platform != null && platform.isUsingForwardHeaders())
        ? kqueueProperties.getForwarded().toHeaders()
        : null;
  }

  private void applyTo(KqueueServer.Builder builder) {
    KqueueServerProperties from = kqueueProperties;
    PropertyMapper map = PropertyMapper.get();
    map.from(from::getLoops).to(builder::loops);
    map.from(from::getBacklog).to(builder::backlog);
    map.from(from::isReusePort).to(builder::reusePort);
    map.from(from::isTcpNoDelay).to(builder::tcpNoDelay);
    map.from(from::isTcpKeepAlive).to(builder::tcpKeepAlive);
    map.from(from::getTcpFastOpen).to(builder::tcpFastOpen);
    map.from(from::isDeferAccept).to(builder::deferAccept);
    map.from(from::getMaxConnections).to(builder::maxConnections);
    map.from(from::isAllowHalfClose).to(builder::allowHalfClose);
    map.from(from::getIdleTimeout).to(builder::idleTimeout);
    map.from(from::getRequestHeaderTimeout).to(builder::headerTimeout);
    map.from(from::getBodyTimeout).to(builder::bodyTimeout);
    map.from(from::getWriteTimeout).to(builder::writeTimeout);
    map.from(from::getStallThreshold).to(builder::stallThreshold);
    map.from(from::getReadBufferSize).as(this::toInt).to(builder::readBufferBytes);
    map.from(from::getWriteHighWatermark).as(this::toInt).to(builder::writeHighWatermark);
    map.from(from::getWriteLowWatermark).as(this::toInt).to(builder::writeLowWatermark);
    map.from(from.getTls()::getHandshakeTimeout).to(builder::tlsHandshakeTimeout);
    map.from(from.getTls()::getMaxHandshakes).to(builder::tlsMaxHandshakes);
    map.from(from::isStrictTarget).as(Http1Options::new).to(builder::http1);
    builder.limits(limits());
    from.getDiscard().applyTo(builder, from.getMaxDiscardSize());
    builder.memory(memory());
    builder.natives(natives());
  }

  /**
   * What only one server of a process can have, and what would lock probes out of a management port
   * of its own.
   */
  private void applyFrontTo(KqueueServer.Builder builder) {
    KqueueServerProperties from = kqueueProperties;
    PropertyMapper map = PropertyMapper.get();
    map.from(from::getProxyProtocol).to(builder::proxyProtocol);
    map.from(from.getForwarded()::toRanges).to(builder::trustedProxies);
    map.from(from.getUnixSocket()::getPath).to(builder::unixSocket);
    map.from(from.getUnixSocket()::toPermissions).to(builder::unixSocketPermissions);
    map.from(from::getSocketActivation).to(builder::socketActivation);
  }

  private Limits limits() {
    return new Limits(
        toInt(kqueueProperties.getMaxRequestLineSize()),
        toInt(serverProperties.getMaxHttpRequestHeaderSize()),
        kqueueProperties.getMaxHeaderCount(),
        Math.max(-1, kqueueProperties.getMaxRequestBodySize().toBytes()),
        kqueueProperties.getMaxUnreadBodySize().toBytes(),
        kqueueProperties.getMaxKeepAliveRequests());
  }

  private MemoryLimits memory() {
    DataSize held = kqueueProperties.getMaxHeldBytes();
    return new MemoryLimits(
        toInt(kqueueProperties.getBodyPieceSize()),
        held == null ? MemoryLimits.DEFAULTS.maxHeldBytes() : held.toBytes());
  }

  private NativeOptions natives() {
    return kqueueProperties.getNative().toOptions();
  }

  private int toInt(DataSize size) {
    return Math.toIntExact(size.toBytes());
  }
}

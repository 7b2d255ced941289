package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.KqueueServerBuilder;
import io.kqueueserver.http.forwarded.ForwardedHeaders;
import io.kqueueserver.server.ProxyOptions;
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

/**
 * Brings {@code kqueue.server.*}, and those {@code server.*} nobody else copies, to the factory.
 */
final class KqueueServerFactoryCustomizer
    implements WebServerFactoryCustomizer<KqueueReactiveWebServerFactory>, Ordered {
  private final Environment environment;
  private final ServerProperties serverProperties;
  private final KqueuePropertyGroups groups;

  KqueueServerFactoryCustomizer(
      Environment environment, ServerProperties serverProperties, KqueuePropertyGroups groups) {
    this.environment = environment;
    this.serverProperties = serverProperties;
    this.groups = groups;
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
    factory.setCompressionDefaults(groups.server().getCompression()::toOptions);
    factory.setHttp2Options(groups.http2().toOptions());
    factory.setAccessLog(groups.server().getAccessLog().toOptions());
    factory.setManagementAccessLogPrefix(groups.server().getAccessLog().getManagementPrefix());
    factory.setOnLoopFailure(groups.server().getOnLoopFailure());
    factory.setShutdownReportInterval(groups.server().getShutdownReportInterval());
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
        ? groups.server().getForwarded().toHeaders()
        : null;
  }

  private void applyTo(KqueueServerBuilder builder) {
    KqueueServerProperties server = groups.server();
    KqueueListenProperties listen = groups.listen();
    KqueueRequestProperties requests = groups.requests();
    PropertyMapper.get().from(server::getLoops).to(builder::loops);
    builder.stallThreshold(server.getStallThreshold()).natives(server.getNative().toOptions());
    builder.connections(server.toConnections()).wireLog(server.toWireLog());
    builder.tlsHandshakeTimeout(server.getTls().getHandshakeTimeout());
    builder.tlsMaxHandshakes(server.getTls().getMaxHandshakes());
    builder.backlog(listen.backlog()).reusePort(listen.reusePort()).tcp(listen.toTcp());
    builder.timeouts(groups.timeouts().toTimeouts());
    builder.streams(groups.timeouts().toStreams());
    builder.webSocket(groups.webSocket().toOptions());
    builder.buffers(groups.buffers().toBuffers()).memory(groups.buffers().toMemoryLimits());
    builder.limits(requests.toLimits(serverProperties.getMaxHttpRequestHeaderSize()));
    builder.http1(requests.toHttp1());
    builder.discarding(server.getDiscard().toOptions(requests.maxDiscardSize()));
  }

  /**
   * What only one server of a process can have, and what would lock probes out of a management port
   * of its own.
   */
  private void applyFrontTo(KqueueServerBuilder builder) {
    KqueueListenProperties listen = groups.listen();
    builder.proxy(
        new ProxyOptions(listen.proxyProtocol(), groups.server().getForwarded().toRanges()));
    builder.unix(listen.unixSocket().toOptions());
    builder.socketActivation(listen.socketActivation());
  }
}

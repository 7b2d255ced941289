package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.KqueueServerBuilder;
import io.kqueueserver.http.forwarded.ForwardedHeaders;
import io.kqueueserver.ip.IpRanges;
import io.kqueueserver.server.ProxyOptions;
import io.kqueueserver.spring.KqueueReactiveWebServerFactory;
import io.kqueueserver.spring.KqueueServerCustomizer;
import io.kqueueserver.spring.ShutdownTimes;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
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
 * Applies {@code kqueue.server.*} to the factory, and the {@code server.*} keys that Spring Boot's
 * own customizers do not apply.
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

  /**
   * The order of Spring Boot's own customizers. The user's customizers without an order run later
   * and override this one.
   */
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
    factory.setTlsProviders(groups.server().toTlsProviders());
    factory.setOnLoopFailure(groups.server().getOnLoopFailure());
    factory.setShutdownTimes(shutdownTimes(factory));
    // Properties come first, so that the user's customizers override them.
    Set<KqueueServerCustomizer> customizers = new LinkedHashSet<>();
    customizers.add(this::applyTo);
    customizers.add(factory.isForManagement() ? this::applyBackTo : this::applyFrontTo);
    customizers.addAll(factory.getServerCustomizers());
    factory.setServerCustomizers(customizers);
  }

  /**
   * The times of a graceful shutdown. A management server has no accept period: it is stopped after
   * the application's server has drained.
   */
  private ShutdownTimes shutdownTimes(KqueueReactiveWebServerFactory factory) {
    ShutdownTimes times =
        groups
            .server()
            .getShutdown()
            .toTimes()
            .reportInterval(groups.server().getShutdownReportInterval());
    return factory.isForManagement() ? times.acceptPeriod(Duration.ZERO) : times;
  }

  /**
   * The reader of forwarded headers, or null if they are not used. As with Spring Boot's other
   * servers, they are used with the strategy {@code native}, and without a strategy on a cloud
   * platform that puts a proxy in front of every application.
   */
  private @Nullable ForwardedHeaders forwardedHeaders() {
    return strategy() == ForwardHeadersStrategy.NATIVE
        ? groups.server().getForwarded().toHeaders()
        : null;
  }

  private ForwardHeadersStrategy strategy() {
    ForwardHeadersStrategy strategy = serverProperties.getForwardHeadersStrategy();
    if (strategy != null) {
      return strategy;
    }
    CloudPlatform platform = CloudPlatform.getActive(environment);
    return platform != null && platform.isUsingForwardHeaders()
        ? ForwardHeadersStrategy.NATIVE
        : ForwardHeadersStrategy.NONE;
  }

  /** Addresses whose connections carry requests of many clients, as forwarded headers show. */
  private IpRanges forwarders() {
    return strategy() == ForwardHeadersStrategy.NONE
        ? IpRanges.of(List.of())
        : groups.server().getForwarded().toRanges();
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
    builder.pace(groups.timeouts().toPace(server));
    builder.streams(groups.timeouts().toStreams());
    builder.webSocket(groups.webSocket().toOptions());
    builder.buffers(groups.buffers().toBuffers()).memory(groups.buffers().toMemoryLimits());
    builder.limits(requests.toLimits(serverProperties.getMaxHttpRequestHeaderSize()));
    builder.http1(requests.toHttp1());
    builder.discarding(server.getDiscard().toOptions(requests.maxDiscardSize()));
  }

  /**
   * Applies the settings of the application's server that a management server does not share. Only
   * one server of a process can have the Unix socket and the inherited sockets. The PROXY protocol
   * would lock probes out of a management port, and bounds on clients would lock operators out.
   */
  private void applyFrontTo(KqueueServerBuilder builder) {
    KqueueListenProperties listen = groups.listen();
    builder.proxy(
        new ProxyOptions(listen.proxyProtocol(), groups.server().getForwarded().toRanges()));
    builder.admission(groups.admission().toAdmission(forwarders(), ManagementPath.of(environment)));
    builder.unix(listen.unixSocket().toOptions());
    builder.socketActivation(listen.socketActivation());
    builder.handover(listen.handover().toOptions(groups.server().getShutdown().getAcceptPeriod()));
  }

  /**
   * Applies the settings that only a management server has. Of two processes between which the
   * application's sockets go, both have the management port for a while.
   */
  private void applyBackTo(KqueueServerBuilder builder) {
    KqueueListenProperties listen = groups.listen();
    builder.reusePort(listen.reusePort() || listen.handover().path() != null);
  }
}

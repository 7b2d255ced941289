package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.http.Http1Options;
import io.kqueueserver.http.Limits;
import io.kqueueserver.http.coding.Compression;
import io.kqueueserver.http.coding.ContentCoding;
import io.kqueueserver.http.forwarded.ForwardedFormat;
import io.kqueueserver.http.h2.Http2Defences;
import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.http.ws.MessageLimits;
import io.kqueueserver.http.ws.WebSocketOptions;
import io.kqueueserver.http.ws.WebSocketTimeouts;
import io.kqueueserver.ip.IpRanges;
import io.kqueueserver.net.Discarding;
import io.kqueueserver.net.MinRate;
import io.kqueueserver.net.tls.TlsOptions;
import io.kqueueserver.server.Admission;
import io.kqueueserver.server.Buffers;
import io.kqueueserver.server.ConnectionOptions;
import io.kqueueserver.server.HandoverOptions;
import io.kqueueserver.server.MemoryLimits;
import io.kqueueserver.server.Pace;
import io.kqueueserver.server.ProxyProtocol;
import io.kqueueserver.server.RunningLimits;
import io.kqueueserver.server.ServerOptions;
import io.kqueueserver.server.SocketActivation;
import io.kqueueserver.server.StreamOptions;
import io.kqueueserver.server.Timeouts;
import io.kqueueserver.server.UnixOptions;
import io.kqueueserver.server.WireLogOptions;
import io.kqueueserver.socket.TcpOptions;
import io.kqueueserver.spring.ShutdownTimes;
import io.kqueueserver.spring.TlsProvider;
import io.kqueueserver.spring.TlsProviderOptions;
import io.kqueueserver.spring.accesslog.AccessLogOptions;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.util.unit.DataSize;

class KqueueServerPropertiesTests {
  @Test
  void theDefaultsAreTheServersOwn() {
    KqueuePropertyGroups groups = bind(Map.of());
    KqueueServerProperties properties = groups.server();
    ServerOptions server = ServerOptions.DEFAULTS;
    assertThat(properties.getLoops()).isNull();
    assertThat(properties.getStallThreshold()).isEqualTo(server.loops().stallThreshold());
    assertThat(properties.toConnections()).isEqualTo(server.connections());
    assertThat(properties.toWireLog()).isEqualTo(server.wireLog());
    assertThat(properties.getForwarded().toRanges())
        .usingRecursiveComparison()
        .isEqualTo(server.proxy().trusted());
    KqueueListenProperties listen = groups.listen();
    assertThat(listen.backlog()).isEqualTo(server.listen().backlog());
    assertThat(listen.reusePort()).isEqualTo(server.listen().reusePort());
    assertThat(listen.toTcp()).isEqualTo(server.listen().tcp());
    assertThat(listen.unixSocket().toOptions()).isEqualTo(server.listen().unix());
    assertThat(listen.socketActivation()).isEqualTo(server.listen().activation());
    assertThat(listen.handover().toOptions(Duration.ZERO)).isEqualTo(server.listen().handover());
    assertThat(listen.proxyProtocol()).isEqualTo(server.proxy().protocol());
    assertThat(groups.admission().toAdmission(server.admission().forwarders(), null))
        .isEqualTo(server.admission());
    assertThat(groups.timeouts().toTimeouts()).isEqualTo(server.timeouts());
    assertThat(groups.timeouts().toPace(properties)).isEqualTo(server.pace());
    assertThat(groups.buffers().toBuffers()).isEqualTo(server.buffers());
    assertThat(groups.buffers().maxHeldBytes()).isNull();
    assertThat(groups.buffers().toMemoryLimits()).isEqualTo(server.memory());
    assertThat(groups.requests().toHttp1()).isEqualTo(server.http1());
    assertThat(groups.webSocket().toOptions()).isEqualTo(server.webSocket());
    assertThat(groups.http2().toOptions()).isEqualTo(Http2Options.DEFAULTS);
    assertThat(discarding(groups)).isEqualTo(server.discarding());
    assertThat(properties.getShutdown().toTimes()).isEqualTo(ShutdownTimes.DEFAULTS);
    assertThat(properties.getShutdownReportInterval())
        .isEqualTo(ShutdownTimes.DEFAULTS.reportInterval());
    assertThat(properties.getAccessLog().toOptions()).isNull();
    properties.getAccessLog().setEnabled(true);
    assertThat(properties.getAccessLog().toOptions()).isEqualTo(AccessLogOptions.DEFAULTS);
    assertThat(properties.getCompression().toOptions()).isEqualTo(Compression.DEFAULTS);
    assertThat(properties.toTlsProviders()).isEqualTo(TlsProviderOptions.DEFAULTS);
    assertThat(properties.getTls().getHandshakeTimeout())
        .isEqualTo(TlsOptions.DEFAULT_HANDSHAKE_TIMEOUT);
    assertThat(properties.getTls().getMaxHandshakes()).isEqualTo(TlsOptions.DEFAULT_MAX_HANDSHAKES);
    assertThat(properties.isFallback()).isFalse();
    assertThat(properties.getForwarded().getTrustedProxies()).isEqualTo(IpRanges.PRIVATE);
    assertThat(properties.getForwarded().getHeaderFormat()).isEqualTo(ForwardedFormat.X_FORWARDED);
    assertThat(properties.getNative().toOptions())
        .isEqualTo(new NativeOptions(null, null, null, null));
  }

  @Test
  void theLimitsAreTheServersOwn() {
    DataSize maxHeaderSize = new ServerProperties().getMaxHttpRequestHeaderSize();
    assertThat(bind(Map.of()).requests().toLimits(maxHeaderSize)).isEqualTo(Limits.DEFAULTS);
  }

  @Test
  void everyPropertyIsBound() {
    KqueuePropertyGroups groups =
        bind(
            Map.ofEntries(
                Map.entry("kqueue.server.loops", "3"),
                Map.entry("kqueue.server.backlog", "7"),
                Map.entry("kqueue.server.reuse-port", "true"),
                Map.entry("kqueue.server.strict-target", "true"),
                Map.entry("kqueue.server.tcp-no-delay", "false"),
                Map.entry("kqueue.server.tcp-keep-alive", "true"),
                Map.entry("kqueue.server.tcp-fast-open", "5"),
                Map.entry("kqueue.server.defer-accept", "true"),
                Map.entry("kqueue.server.unix-socket.path", "/run/app.sock"),
                Map.entry("kqueue.server.unix-socket.permissions", "rw-------"),
                Map.entry("kqueue.server.socket-activation", "required"),
                Map.entry("kqueue.server.handover.path", "/run/next.sock"),
                Map.entry("kqueue.server.handover.timeout", "9s"),
                Map.entry("kqueue.server.proxy-protocol", "auto"),
                Map.entry("kqueue.server.max-connections", "9"),
                Map.entry("kqueue.server.max-connection-age", "31m"),
                Map.entry("kqueue.server.max-connections-per-address", "91"),
                Map.entry("kqueue.server.max-running-requests", "92"),
                Map.entry("kqueue.server.running-request-wait", "93s"),
                Map.entry("kqueue.server.max-waiting-requests", "94"),
                Map.entry("kqueue.server.max-running-management-requests", "95"),
                Map.entry("kqueue.server.wire-log", "true"),
                Map.entry("kqueue.server.wire-log-masked", "X-A, x-b"),
                Map.entry("kqueue.server.allow-half-close", "true"),
                Map.entry("kqueue.server.idle-timeout", "1s"),
                Map.entry("kqueue.server.request-header-timeout", "2s"),
                Map.entry("kqueue.server.body-timeout", "3s"),
                Map.entry("kqueue.server.write-timeout", "4s"),
                Map.entry("kqueue.server.request-rate.min-rate", "5B"),
                Map.entry("kqueue.server.request-rate.grace-period", "6s"),
                Map.entry("kqueue.server.request-rate.excluded-paths", "/events, /feeds"),
                Map.entry("kqueue.server.response-rate.min-rate", "8B"),
                Map.entry("kqueue.server.response-rate.grace-period", "9s"),
                Map.entry("kqueue.server.max-request-time", "8m"),
                Map.entry("kqueue.server.handler-timeout", "9m"),
                Map.entry("kqueue.server.max-request-body-time", "7m"),
                Map.entry("kqueue.server.stream-idle-timeout", "41s"),
                Map.entry("kqueue.server.stream-drain-timeout", "42s"),
                Map.entry("kqueue.server.stall-threshold", "20s"),
                Map.entry("kqueue.server.shutdown-report-interval", "21s"),
                Map.entry("kqueue.server.shutdown.accept-period", "5s"),
                Map.entry("kqueue.server.shutdown.event-stream-timeout", "6s"),
                Map.entry("kqueue.server.access-log.enabled", "true"),
                Map.entry("kqueue.server.access-log.pattern", "json"),
                Map.entry("kqueue.server.access-log.file", "logs/a.log"),
                Map.entry("kqueue.server.access-log.max-file-size", "9MB"),
                Map.entry("kqueue.server.access-log.rotate-daily", "true"),
                Map.entry("kqueue.server.access-log.max-history", "3"),
                Map.entry("kqueue.server.access-log.logger", "l"),
                Map.entry("kqueue.server.access-log.queue-capacity", "5"),
                Map.entry("kqueue.server.access-log.management-prefix", "m_"),
                Map.entry("kqueue.server.compression.codings", "deflate,GZIP"),
                Map.entry("kqueue.server.compression.level", "7"),
                Map.entry("kqueue.server.compression.max-encoders", "8"),
                Map.entry("kqueue.server.max-request-body-size", "5MB"),
                Map.entry("kqueue.server.max-unread-body-size", "6KB"),
                Map.entry("kqueue.server.max-discard-size", "7KB"),
                Map.entry("kqueue.server.discard.timeout", "22s"),
                Map.entry("kqueue.server.discard.idle-timeout", "23s"),
                Map.entry("kqueue.server.discard.min-rate", "24B"),
                Map.entry("kqueue.server.max-keep-alive-requests", "8"),
                Map.entry("kqueue.server.max-request-line-size", "10KB"),
                Map.entry("kqueue.server.max-header-count", "11"),
                Map.entry("kqueue.server.read-buffer-size", "12KB"),
                Map.entry("kqueue.server.body-piece-size", "17KB"),
                Map.entry("kqueue.server.max-held-bytes", "18MB"),
                Map.entry("kqueue.server.write-high-watermark", "14KB"),
                Map.entry("kqueue.server.write-low-watermark", "13KB"),
                Map.entry("kqueue.server.http2.upgrade", "true"),
                Map.entry("kqueue.server.http2.max-concurrent-streams", "41"),
                Map.entry("kqueue.server.http2.header-table-size", "42"),
                Map.entry("kqueue.server.http2.stream-window", "43KB"),
                Map.entry("kqueue.server.http2.connection-window", "440KB"),
                Map.entry("kqueue.server.http2.stalled-stream-timeout", "4ns"),
                Map.entry("kqueue.server.http2.max-resets", "45"),
                Map.entry("kqueue.server.http2.max-continuations", "46"),
                Map.entry("kqueue.server.http2.max-empty-data", "47"),
                Map.entry("kqueue.server.http2.max-control-frames", "48"),
                Map.entry("kqueue.server.http2.max-queued-control-frames", "49"),
                Map.entry("kqueue.server.websocket.compression", "false"),
                Map.entry("kqueue.server.websocket.context-takeover", "true"),
                Map.entry("kqueue.server.websocket.max-frame-size", "31KB"),
                Map.entry("kqueue.server.websocket.max-message-size", "32KB"),
                Map.entry("kqueue.server.websocket.max-fragments", "33"),
                Map.entry("kqueue.server.websocket.max-empty-fragments", "34"),
                Map.entry("kqueue.server.websocket.max-inflate-ratio", "35"),
                Map.entry("kqueue.server.websocket.max-control-frames", "36"),
                Map.entry("kqueue.server.websocket.max-queued-bytes", "37KB"),
                Map.entry("kqueue.server.websocket.max-sessions", "38"),
                Map.entry("kqueue.server.websocket.ping-interval", "0"),
                Map.entry("kqueue.server.websocket.idle-timeout", "1ns"),
                Map.entry("kqueue.server.websocket.message-timeout", "2ns"),
                Map.entry("kqueue.server.websocket.close-timeout", "3ns"),
                Map.entry("kqueue.server.tls.handshake-timeout", "15s"),
                Map.entry("kqueue.server.tls.provider", "auto"),
                Map.entry("kqueue.server.tls.providers.web", "conscrypt"),
                Map.entry("kqueue.server.tls.max-handshakes", "16"),
                Map.entry("kqueue.server.fallback", "true"),
                Map.entry("kqueue.server.forwarded.trusted-proxies", "192.0.2.0/24, 2001:db8::/32"),
                Map.entry("kqueue.server.forwarded.header-format", "forwarded"),
                Map.entry("kqueue.server.native.kqueue-library", "a"),
                Map.entry("kqueue.server.native.kqueue-abi", "b"),
                Map.entry("kqueue.server.native.library", "c"),
                Map.entry("kqueue.server.native.abi", "d")));
    KqueueServerProperties properties = groups.server();
    assertThat(properties.getLoops()).isEqualTo(3);
    assertThat(properties.getStallThreshold()).isEqualTo(Duration.ofSeconds(20));
    assertThat(properties.toConnections())
        .isEqualTo(new ConnectionOptions(9, true, Duration.ofMinutes(31)));
    IpRanges proxies = IpRanges.of(List.of());
    assertThat(groups.admission().toAdmission(proxies, "/ops"))
        .isEqualTo(
            new Admission(
                91, proxies, new RunningLimits(92, Duration.ofSeconds(93), 94, 95, "/ops")));
    assertThat(properties.toWireLog()).isEqualTo(new WireLogOptions(true, Set.of("x-a", "x-b")));
    KqueueListenProperties listen = groups.listen();
    assertThat(listen.backlog()).isEqualTo(7);
    assertThat(listen.reusePort()).isTrue();
    assertThat(listen.toTcp()).isEqualTo(new TcpOptions(false, true, 5, true));
    assertThat(listen.unixSocket().toOptions())
        .isEqualTo(
            new UnixOptions(
                Path.of("/run/app.sock"), PosixFilePermissions.fromString("rw-------")));
    assertThat(listen.socketActivation()).isEqualTo(SocketActivation.REQUIRED);
    assertThat(listen.handover().toOptions(Duration.ofSeconds(8)))
        .isEqualTo(
            new HandoverOptions(
                Path.of("/run/next.sock"), Duration.ofSeconds(9), Duration.ofSeconds(8)));
    assertThat(listen.proxyProtocol()).isEqualTo(ProxyProtocol.AUTO);
    assertThat(groups.timeouts().toTimeouts())
        .isEqualTo(
            new Timeouts(
                Duration.ofSeconds(1),
                Duration.ofSeconds(2),
                Duration.ofSeconds(3),
                Duration.ofSeconds(4)));
    assertThat(groups.timeouts().toPace(properties))
        .isEqualTo(
            new Pace(
                new MinRate(5, Duration.ofSeconds(6)),
                List.of("/events", "/feeds"),
                new MinRate(8, Duration.ofSeconds(9)),
                Duration.ofMinutes(7),
                Duration.ofMinutes(8),
                Duration.ofMinutes(9)));
    assertThat(groups.timeouts().toStreams())
        .isEqualTo(new StreamOptions(Duration.ofSeconds(41), Duration.ofSeconds(42)));
    assertThat(groups.buffers().toBuffers())
        .isEqualTo(new Buffers(12 * 1024, 14 * 1024, 13 * 1024));
    assertThat(groups.buffers().toMemoryLimits()).isEqualTo(new MemoryLimits(17 * 1024, 18 << 20));
    assertThat(groups.requests().toHttp1()).isEqualTo(new Http1Options(true));
    assertThat(groups.requests().toLimits(DataSize.ofKilobytes(9)))
        .isEqualTo(new Limits(10 * 1024, 9 * 1024, 11, 5 << 20, 6 * 1024, 8));
    assertThat(properties.getShutdownReportInterval()).isEqualTo(Duration.ofSeconds(21));
    assertThat(properties.getShutdown().toTimes())
        .isEqualTo(
            ShutdownTimes.DEFAULTS
                .acceptPeriod(Duration.ofSeconds(5))
                .eventStreamTimeout(Duration.ofSeconds(6)));
    assertThat(properties.getAccessLog().toOptions())
        .isEqualTo(new AccessLogOptions("json", Path.of("logs/a.log"), 9 << 20, true, 3, "l", 5));
    assertThat(properties.getAccessLog().getManagementPrefix()).isEqualTo("m_");
    Compression compression = properties.getCompression().toOptions();
    assertThat(compression.codings()).containsExactly(ContentCoding.DEFLATE, ContentCoding.GZIP);
    assertThat(compression.level()).isEqualTo(7);
    assertThat(compression.maxEncoders()).isEqualTo(8);
    assertThat(discarding(groups))
        .isEqualTo(new Discarding(Duration.ofSeconds(22), Duration.ofSeconds(23), 24, 7 * 1024));
    assertThat(groups.http2().toOptions())
        .isEqualTo(
            new Http2Options(
                true,
                false,
                41,
                42,
                43 * 1024,
                440 * 1024,
                4,
                new Http2Defences(45, 46, 47, 48, 49)));
    assertThat(groups.webSocket().toOptions())
        .isEqualTo(
            new WebSocketOptions(
                new MessageLimits(31 * 1024, 32 * 1024, 33, 34, 35),
                false,
                true,
                36,
                37 * 1024,
                new WebSocketTimeouts(0, 1, 2, 3),
                38));
    assertThat(properties.getTls().getHandshakeTimeout()).isEqualTo(Duration.ofSeconds(15));
    assertThat(properties.getTls().getMaxHandshakes()).isEqualTo(16);
    assertThat(properties.toTlsProviders().standard()).isEqualTo(TlsProvider.AUTO);
    assertThat(properties.toTlsProviders().byBundle())
        .isEqualTo(Map.of("web", TlsProvider.CONSCRYPT));
    assertThat(properties.isFallback()).isTrue();
    assertThat(properties.getForwarded().getTrustedProxies())
        .containsExactly("192.0.2.0/24", "2001:db8::/32");
    assertThat(properties.getForwarded().getHeaderFormat()).isEqualTo(ForwardedFormat.FORWARDED);
    assertThat(properties.getNative().toOptions()).isEqualTo(new NativeOptions("a", "b", "c", "d"));
  }

  private static KqueuePropertyGroups bind(Map<String, String> values) {
    return KqueuePropertyGroups.bind(new Binder(new MapConfigurationPropertySource(values)));
  }

  private static Discarding discarding(KqueuePropertyGroups groups) {
    return groups.server().getDiscard().toOptions(groups.requests().maxDiscardSize());
  }
}

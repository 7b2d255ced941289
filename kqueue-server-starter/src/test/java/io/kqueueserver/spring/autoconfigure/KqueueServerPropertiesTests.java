package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.http.Limits;
import io.kqueueserver.http.coding.Compression;
import io.kqueueserver.http.coding.ContentCoding;
import io.kqueueserver.http.forwarded.ForwardedFormat;
import io.kqueueserver.ip.IpRanges;
import io.kqueueserver.net.Discarding;
import io.kqueueserver.net.tls.TlsOptions;
import io.kqueueserver.server.ProxyProtocol;
import io.kqueueserver.server.ServerOptions;
import io.kqueueserver.server.SocketActivation;
import io.kqueueserver.spring.KqueueWebServer;
import io.kqueueserver.spring.accesslog.AccessLogOptions;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.util.unit.DataSize;

class KqueueServerPropertiesTests {
  @Test
  void theDefaultsAreTheServersOwn() {
    KqueueServerProperties properties = new KqueueServerProperties();
    ServerOptions server = ServerOptions.DEFAULTS;
    assertThat(properties.getLoops()).isNull();
    assertThat(properties.getBacklog()).isEqualTo(server.backlog());
    assertThat(properties.isReusePort()).isEqualTo(server.reusePort());
    assertThat(properties.isStrictTarget()).isEqualTo(server.http1().strictTarget());
    assertThat(properties.isTcpNoDelay()).isEqualTo(server.listen().tcp().noDelay());
    assertThat(properties.isTcpKeepAlive()).isEqualTo(server.listen().tcp().keepAlive());
    assertThat(properties.getTcpFastOpen()).isEqualTo(server.listen().tcp().fastOpen());
    assertThat(properties.isDeferAccept()).isEqualTo(server.listen().tcp().deferAccept());
    assertThat(properties.getUnixSocket().getPath()).isEqualTo(server.listen().unixPath());
    assertThat(properties.getUnixSocket().toPermissions())
        .isEqualTo(server.listen().unixPermissions());
    assertThat(properties.getSocketActivation()).isEqualTo(server.listen().activation());
    assertThat(properties.getProxyProtocol()).isEqualTo(server.proxyProtocol());
    assertThat(properties.getForwarded().toRanges())
        .usingRecursiveComparison()
        .isEqualTo(server.trustedProxies());
    assertThat(properties.getMaxConnections()).isEqualTo(server.maxConnections());
    assertThat(properties.isAllowHalfClose()).isEqualTo(server.allowHalfClose());
    assertThat(properties.getIdleTimeout()).isEqualTo(server.idleTimeout());
    assertThat(properties.getRequestHeaderTimeout()).isEqualTo(server.headerTimeout());
    assertThat(properties.getBodyTimeout()).isEqualTo(server.bodyTimeout());
    assertThat(properties.getWriteTimeout()).isEqualTo(server.writeTimeout());
    assertThat(discarding(properties)).isEqualTo(server.discarding());
    assertThat(properties.getStallThreshold()).isEqualTo(server.stallThreshold());
    assertThat(properties.getReadBufferSize().toBytes()).isEqualTo(server.readBufferBytes());
    assertThat(properties.getBodyPieceSize().toBytes()).isEqualTo(server.memory().bodyPieceBytes());
    assertThat(properties.getMaxHeldBytes()).isNull();
    assertThat(properties.getWriteHighWatermark().toBytes()).isEqualTo(server.writeHighWatermark());
    assertThat(properties.getWriteLowWatermark().toBytes()).isEqualTo(server.writeLowWatermark());
    assertThat(properties.getShutdownReportInterval())
        .isEqualTo(KqueueWebServer.DEFAULT_SHUTDOWN_REPORT_INTERVAL);
    assertThat(properties.getAccessLog().toOptions()).isNull();
    properties.getAccessLog().setEnabled(true);
    assertThat(properties.getAccessLog().toOptions()).isEqualTo(AccessLogOptions.DEFAULTS);
    assertThat(properties.getCompression().toOptions()).isEqualTo(Compression.DEFAULTS);
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
    KqueueServerProperties properties = new KqueueServerProperties();
    Limits limits = Limits.DEFAULTS;
    assertThat(properties.getMaxRequestLineSize().toBytes())
        .isEqualTo(limits.maxRequestLineBytes());
    assertThat(properties.getMaxHeaderCount()).isEqualTo(limits.maxHeaderCount());
    assertThat(properties.getMaxRequestBodySize().toBytes()).isEqualTo(limits.maxBodyBytes());
    assertThat(properties.getMaxUnreadBodySize().toBytes()).isEqualTo(limits.maxUnreadBodyBytes());
    assertThat(properties.getMaxKeepAliveRequests()).isEqualTo(limits.maxKeepAliveRequests());
    assertThat(new ServerProperties().getMaxHttpRequestHeaderSize().toBytes())
        .isEqualTo(limits.maxHeaderBytes());
  }

  @Test
  void everyPropertyIsBound() {
    KqueueServerProperties properties =
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
                Map.entry("kqueue.server.proxy-protocol", "auto"),
                Map.entry("kqueue.server.max-connections", "9"),
                Map.entry("kqueue.server.allow-half-close", "true"),
                Map.entry("kqueue.server.idle-timeout", "1s"),
                Map.entry("kqueue.server.request-header-timeout", "2s"),
                Map.entry("kqueue.server.body-timeout", "3s"),
                Map.entry("kqueue.server.write-timeout", "4s"),
                Map.entry("kqueue.server.stall-threshold", "20s"),
                Map.entry("kqueue.server.shutdown-report-interval", "21s"),
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
                Map.entry("kqueue.server.tls.handshake-timeout", "15s"),
                Map.entry("kqueue.server.tls.max-handshakes", "16"),
                Map.entry("kqueue.server.fallback", "true"),
                Map.entry("kqueue.server.forwarded.trusted-proxies", "192.0.2.0/24, 2001:db8::/32"),
                Map.entry("kqueue.server.forwarded.header-format", "forwarded"),
                Map.entry("kqueue.server.native.kqueue-library", "a"),
                Map.entry("kqueue.server.native.kqueue-abi", "b"),
                Map.entry("kqueue.server.native.library", "c"),
                Map.entry("kqueue.server.native.abi", "d")));
    assertThat(properties.getLoops()).isEqualTo(3);
    assertThat(properties.getBacklog()).isEqualTo(7);
    assertThat(properties.isReusePort()).isTrue();
    assertThat(properties.isStrictTarget()).isTrue();
    assertThat(properties.isTcpNoDelay()).isFalse();
    assertThat(properties.isTcpKeepAlive()).isTrue();
    assertThat(properties.getTcpFastOpen()).isEqualTo(5);
    assertThat(properties.isDeferAccept()).isTrue();
    assertThat(properties.getUnixSocket().getPath()).isEqualTo(Path.of("/run/app.sock"));
    assertThat(properties.getUnixSocket().toPermissions())
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThat(properties.getSocketActivation()).isEqualTo(SocketActivation.REQUIRED);
    assertThat(properties.getProxyProtocol()).isEqualTo(ProxyProtocol.AUTO);
    assertThat(properties.getMaxConnections()).isEqualTo(9);
    assertThat(properties.isAllowHalfClose()).isTrue();
    assertThat(properties.getIdleTimeout()).isEqualTo(Duration.ofSeconds(1));
    assertThat(properties.getRequestHeaderTimeout()).isEqualTo(Duration.ofSeconds(2));
    assertThat(properties.getBodyTimeout()).isEqualTo(Duration.ofSeconds(3));
    assertThat(properties.getWriteTimeout()).isEqualTo(Duration.ofSeconds(4));
    assertThat(properties.getStallThreshold()).isEqualTo(Duration.ofSeconds(20));
    assertThat(properties.getShutdownReportInterval()).isEqualTo(Duration.ofSeconds(21));
    assertThat(properties.getAccessLog().toOptions())
        .isEqualTo(new AccessLogOptions("json", Path.of("logs/a.log"), 9 << 20, true, 3, "l", 5));
    assertThat(properties.getAccessLog().getManagementPrefix()).isEqualTo("m_");
    Compression compression = properties.getCompression().toOptions();
    assertThat(compression.codings()).containsExactly(ContentCoding.DEFLATE, ContentCoding.GZIP);
    assertThat(compression.level()).isEqualTo(7);
    assertThat(compression.maxEncoders()).isEqualTo(8);
    assertThat(properties.getMaxRequestBodySize().toMegabytes()).isEqualTo(5);
    assertThat(properties.getMaxUnreadBodySize().toKilobytes()).isEqualTo(6);
    assertThat(discarding(properties))
        .isEqualTo(new Discarding(Duration.ofSeconds(22), Duration.ofSeconds(23), 24, 7 * 1024));
    assertThat(properties.getMaxKeepAliveRequests()).isEqualTo(8);
    assertThat(properties.getMaxRequestLineSize().toKilobytes()).isEqualTo(10);
    assertThat(properties.getMaxHeaderCount()).isEqualTo(11);
    assertThat(properties.getReadBufferSize().toKilobytes()).isEqualTo(12);
    assertThat(properties.getBodyPieceSize().toKilobytes()).isEqualTo(17);
    assertThat(properties.getMaxHeldBytes()).isEqualTo(DataSize.ofMegabytes(18));
    assertThat(properties.getWriteHighWatermark().toKilobytes()).isEqualTo(14);
    assertThat(properties.getWriteLowWatermark().toKilobytes()).isEqualTo(13);
    assertThat(properties.getTls().getHandshakeTimeout()).isEqualTo(Duration.ofSeconds(15));
    assertThat(properties.getTls().getMaxHandshakes()).isEqualTo(16);
    assertThat(properties.isFallback()).isTrue();
    assertThat(properties.getForwarded().getTrustedProxies())
        .containsExactly("192.0.2.0/24", "2001:db8::/32");
    assertThat(properties.getForwarded().getHeaderFormat()).isEqualTo(ForwardedFormat.FORWARDED);
    assertThat(properties.getNative().toOptions()).isEqualTo(new NativeOptions("a", "b", "c", "d"));
  }

  private static KqueueServerProperties bind(Map<String, String> values) {
    return new Binder(new MapConfigurationPropertySource(values))
        .bind("kqueue.server", KqueueServerProperties.class)
        .get();
  }

  private static Discarding discarding(KqueueServerProperties properties) {
    KqueueDiscardProperties discard = properties.getDiscard();
    return new Discarding(
        discard.getTimeout(),
        discard.getIdleTimeout(),
        discard.getMinRate().toBytes(),
        Math.max(properties.getMaxDiscardSize().toBytes(), -1));
  }
}

package io.kqueueserver.actuate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.server.Admission;
import io.kqueueserver.server.RunningLimits;
import io.kqueueserver.stats.CloseReason;
import io.micrometer.common.docs.KeyName;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is documented, what is registered and what a real server does are the same. */
class KqueueServerMetricsTests {
  /** More than a socket takes whose client does not read. */
  private static final int LARGE = 16 << 20;

  private final KqueueServer server =
      KqueueServer.builder()
          .port(0)
          .loops(2)
          .name("metered")
          .http2(Http2Options.DEFAULTS)
          .admission(
              Admission.DEFAULTS
                  .maxConnectionsPerAddress(10)
                  .running(
                      RunningLimits.DEFAULTS
                          .max(1)
                          .waiting(Duration.ofMinutes(1), 10)
                          .management(1, "/ops")))
          .handler(
              exchange -> {
                if (exchange.request().path().endsWith("/hold")) {
                  return;
                }
                if (exchange.request().path().equals("/large")) {
                  exchange.respond(200, sink -> {}, LARGE);
                  exchange.write(ByteBuffer.allocate(LARGE), () -> {});
                  exchange.finish();
                  return;
                }
                exchange.respond(200, sink -> {}, 0);
                exchange.finish();
              })
          .build();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private KqueueServerMetrics metrics;

  @BeforeEach
  void start() {
    server.start();
    metrics = new KqueueServerMetrics(server.running(), "main", Tags.of("stage", "test"));
    metrics.bindTo(registry);
    new KqueueProcessMetrics().bindTo(registry);
  }

  @AfterEach
  void stop() {
    server.stop();
  }

  @Test
  void everyMeterOfTheListIsRegisteredAndNoOther() {
    assertThat(registry.getMeters().stream().map(meter -> meter.getId().getName()))
        .as("registered")
        .containsOnly(names());
    for (KqueueMeters meter : KqueueMeters.values()) {
      for (Meter registered : registry.find(meter.getName()).meters()) {
        Meter.Id id = registered.getId();
        assertThat(id.getType()).as(meter.getName()).isEqualTo(meter.getType());
        assertThat(id.getDescription()).isEqualTo(meter.meaning());
        assertThat(id.getTags().stream().map(Tag::getKey).filter(key -> !key.equals("stage")))
            .as(meter.getName())
            .containsExactlyInAnyOrder(
                Arrays.stream(meter.getKeyNames()).map(KeyName::asString).toArray(String[]::new));
      }
      assertThat(registry.find(meter.getName()).meters()).as(meter.getName()).isNotEmpty();
    }
  }

  @Test
  void theDocumentationIsTheList() throws IOException {
    List<String> rows =
        Files.readAllLines(Path.of("../docs/metrics.md")).stream()
            .filter(line -> line.startsWith("| `kqueue."))
            .toList();

    assertThat(rows)
        .containsExactly(
            Arrays.stream(KqueueMeters.values())
                .map(KqueueServerMetricsTests::row)
                .toArray(String[]::new));
  }

  @Test
  void theDocumentationHasEachCloseReasonOnce() throws IOException {
    String document = Files.readString(Path.of("../docs/metrics.md"));
    String table = document.substring(document.indexOf("by which `kqueue.connections.closed`"));
    table = table.substring(0, table.indexOf("by which `kqueue.tls.handshake.failures`"));

    assertThat(
            table
                .lines()
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.substring(0, line.indexOf('|', 1)))
                .flatMap(reasons -> Pattern.compile("`([a-z-]+)`").matcher(reasons).results())
                .map(result -> result.group(1)))
        .containsExactlyInAnyOrder(
            Arrays.stream(CloseReason.values()).map(Labels::of).toArray(String[]::new));
  }

  private static String row(KqueueMeters meter) {
    String kind =
        meter.getType() == Meter.Type.GAUGE
                && (meter.getName().endsWith(".percentile") || meter.getName().endsWith(".max"))
                && meter.getBaseUnit() == null
            ? "time gauge"
            : meter.getType().name().toLowerCase(java.util.Locale.ROOT);
    String unit = meter.getBaseUnit() == null ? "" : meter.getBaseUnit();
    String keys =
        Arrays.stream(meter.getKeyNames()).map(KeyName::asString).collect(Collectors.joining(", "));
    return String.join(
        " | ", "| `" + meter.getName() + "`", kind, unit, keys, meter.meaning() + " |");
  }

  private static String[] names() {
    return Arrays.stream(KqueueMeters.values()).map(KqueueMeters::getName).toArray(String[]::new);
  }

  @Test
  void closingTakesOutWhatWasBound() {
    metrics.close();

    assertThat(
            registry.getMeters().stream()
                .map(meter -> meter.getId().getName())
                .collect(Collectors.toSet()))
        .isEqualTo(Set.of(KqueueMeters.FDS_OPEN.getName(), KqueueMeters.FDS_LIMIT.getName()));
  }

  @Test
  void aRequestShows() throws IOException {
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      client
          .getOutputStream()
          .write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      String answer = "";
      while (!answer.endsWith("\r\n\r\n")) { // bytes left unread would make our FIN a reset
        answer += (char) client.getInputStream().read();
      }
      assertThat(answer).startsWith("HTTP/1.1 200");

      await().until(() -> sum(KqueueMeters.REQUESTS) == 1);
      assertThat(sum(KqueueMeters.CONNECTIONS_ACCEPTED)).isEqualTo(1);
      assertThat(sum(KqueueMeters.CONNECTIONS_ACTIVE, "protocol", "http/1.1")).isEqualTo(1);
      assertThat(sum(KqueueMeters.FDS_REGISTERED, "kind", "connection")).isEqualTo(1);
      assertThat(sum(KqueueMeters.FDS_REGISTERED, "kind", "wake-up")).isEqualTo(2);
      assertThat(sum(KqueueMeters.DATA_RECEIVED)).isEqualTo(27);
      assertThat(sum(KqueueMeters.LOOP_EVENTS, "filter", "read")).isGreaterThanOrEqualTo(2);
      assertThat(sum(KqueueMeters.BUFFERS_POOLED)).isEqualTo(2 * (64 + 512) * 1024);
      assertThat(sum(KqueueMeters.FDS_OPEN)).isPositive();
      assertThat(sum(KqueueMeters.FDS_LIMIT)).isGreaterThan(sum(KqueueMeters.FDS_OPEN));
      assertThat(registry.find("kqueue.loop.turn").functionTimers())
          .allSatisfy(timer -> assertThat(timer.count()).isPositive());
      assertThat(registry.find("kqueue.loop.poll.percentile").tag("phi", "0.99").timeGauges())
          .hasSize(2);
    }
    await().until(() -> sum(KqueueMeters.CONNECTIONS_CLOSED, "reason", "peer-closed") == 1);
    await().until(() -> sum(KqueueMeters.CONNECTIONS_ACTIVE) == 0);
  }

  @Test
  void whatIsBoundedForAllClientsShows() throws IOException {
    try (Socket holder = send("/hold");
        Socket management = send("/ops/hold")) {
      await().until(() -> sum(KqueueMeters.REQUESTS_RUNNING, "kind", "application") == 1);
      await().until(() -> sum(KqueueMeters.REQUESTS_RUNNING, "kind", "management") == 1);
      assertThat(sum(KqueueMeters.CONNECTIONS_ADDRESSES)).isEqualTo(1);
      assertThat(sum(KqueueMeters.REQUESTS_WAITING)).isZero();
      try (Socket waits = send("/large")) {
        await().until(() -> sum(KqueueMeters.REQUESTS_WAITING) == 1);
        assertThat(sum(KqueueMeters.BUFFERS_LENT)).isZero();
        holder.shutdownOutput();
        await().until(() -> sum(KqueueMeters.BUFFERS_LENT) == 1);
        assertThat(waits.isClosed()).isFalse();
      }
      await().until(() -> sum(KqueueMeters.BUFFERS_LENT) == 0);
      assertThat(management.isClosed()).isFalse();
    }
    await().until(() -> sum(KqueueMeters.REQUESTS_RUNNING) == 0);
    await().until(() -> sum(KqueueMeters.CONNECTIONS_ADDRESSES) == 0);
  }

  private Socket send(String path) throws IOException {
    Socket client = new Socket(InetAddress.getLoopbackAddress(), server.port());
    client
        .getOutputStream()
        .write(
            ("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
    return client;
  }

  @Test
  void aServerWithoutHttp2OrTheBoundsHasNoMetersOfThem() {
    KqueueServer plain = KqueueServer.builder().port(0).loops(1).build();
    plain.start();
    try {
      SimpleMeterRegistry itsOwn = new SimpleMeterRegistry();
      new KqueueServerMetrics(plain.running(), "plain", Tags.empty()).bindTo(itsOwn);
      assertThat(itsOwn.getMeters()).isNotEmpty();
      assertThat(itsOwn.getMeters())
          .noneMatch(
              meter ->
                  meter
                      .getId()
                      .getName()
                      .matches(".*(http2\\..*|requests.running|requests.waiting|addresses)"));
    } finally {
      plain.stop();
    }
  }

  @Test
  void framesOfHttp2Show() throws IOException {
    byte[] settings = {0, 0, 0, 4, 0, 0, 0, 0, 0};
    byte[] ping = {0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8};
    byte[] calm = {0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11};
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      OutputStream out = client.getOutputStream();
      out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      out.write(settings);
      out.write(ping);
      out.write(calm);

      await().until(() -> sum(KqueueMeters.HTTP2_FRAMES, "direction", "out", "type", "ping") == 1);
      await().until(() -> sum(KqueueMeters.HTTP2_GOAWAY, "by", "client") == 1);
    }
    assertThat(sum(KqueueMeters.HTTP2_FRAMES, "direction", "in")).isEqualTo(3);
    assertThat(sum(KqueueMeters.HTTP2_GOAWAY, "by", "client", "code", "enhance_your_calm"))
        .isEqualTo(1);
    assertThat(sum(KqueueMeters.HTTP2_RESETS)).isZero();
  }

  private double sum(KqueueMeters meter, String... tags) {
    return registry.find(meter.getName()).tags(tags).meters().stream()
        .mapToDouble(found -> found.measure().iterator().next().getValue())
        .sum();
  }
}

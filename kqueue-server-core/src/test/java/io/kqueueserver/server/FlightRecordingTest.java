package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.ThreadMXBean;
import io.kqueueserver.KqueueServer;
import io.kqueueserver.build.ChildJvm;
import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.net.ConnectionView;
import io.kqueueserver.server.observe.EventRecorder;
import io.kqueueserver.server.observe.LoopView;
import io.kqueueserver.stats.Limit;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import javax.management.ObjectName;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class FlightRecordingTest {
  private static final Duration THRESHOLD = Duration.ofMillis(100);

  @RegisterExtension
  final ServerExtension server =
      ServerExtension.with(builder -> builder.loops(1).stallThreshold(THRESHOLD))
          .on("/", exchange -> ServerExtension.answer(exchange, 200, "served"));

  private List<RecordedEvent> recorded(Recording recording, Path folder, String name)
      throws IOException {
    Path file = folder.resolve(name + ".jfr");
    recording.dump(file);
    return RecordingFile.readAllEvents(file).stream()
        .filter(event -> event.getEventType().getName().equals("io.kqueueserver." + name))
        .sorted(Comparator.comparing(RecordedEvent::getStartTime))
        .toList();
  }

  private ConnectionView onlyConnection() {
    LoopView loop = server.server().running().loops().get(0);
    return IntStream.range(0, loop.slots())
        .mapToObj(loop::connection)
        .filter(Objects::nonNull)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aRecordingHasTheClosesWithConnectionPeerAndReason(@TempDir Path folder) throws Exception {
    try (Recording recording = new Recording()) {
      recording.start();
      WirePeer peer = server.connect();
      peer.get("/").response();
      ConnectionView view = onlyConnection();
      peer.close();
      await().until(() -> server.server().connections() == 0);

      List<RecordedEvent> closes = recorded(recording, folder, "Close");
      assertThat(closes).hasSize(1);
      RecordedEvent close = closes.get(0);
      assertThat(close.getString("connection"))
          .isEqualTo("0-" + (int) view.udata() + "-" + (view.udata() >>> 32));
      assertThat(close.getString("peer")).endsWith(":" + view.socket().peer().getPort());
      assertThat(close.getString("reason")).isEqualTo("PEER_CLOSED");
      assertThat(close.getString("protocol")).isEqualTo("http/1.1");
      assertThat(close.getInt("requests")).isEqualTo(1);
      assertThat(close.getLong("bytesRead")).isEqualTo(view.traffic().read());
      assertThat(close.getThread().getJavaName()).isEqualTo("kqueue-loop-0");
    }
  }

  @Test
  void aRecordingHasTheLimitsThatClientsMetWithTheirProperties(@TempDir Path folder)
      throws Exception {
    server.restart(builder -> builder.idleTimeout(Duration.ofMillis(50)));
    try (Recording recording = new Recording()) {
      recording.start();
      server.connect().send("GET /" + "x".repeat(100_000) + " HTTP/1.1\r\n\r\n").response();
      server.connect().get("/").response();
      await().until(() -> server.limitHits(Limit.IDLE_TIMEOUT) == 1);
      await().until(() -> server.server().connections() == 0);

      assertThat(recorded(recording, folder, "LimitHit"))
          .extracting(hit -> hit.getString("limit") + " " + hit.getString("property"))
          .contains(
              "request-line-size kqueue.server.max-request-line-size",
              "idle-timeout kqueue.server.idle-timeout");
      assertThat(recorded(recording, folder, "LimitHit"))
          .allSatisfy(hit -> assertThat(hit.getString("connection")).matches("0-\\d+-\\d+"));
    }
  }

  @Test
  void aRecordingHasAStallWhenItIsFoundAndWhenItHasEnded(@TempDir Path folder) throws Exception {
    CountDownLatch free = new CountDownLatch(1);
    server.on(
        "/blocked",
        exchange -> {
          try {
            free.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          ServerExtension.answer(exchange, 200, "at last");
        });
    server.connect().get("/").response(); // classes are loaded, so that this is no stall
    try (Recording recording = new Recording()) {
      recording.start();
      int before = stalls();
      WirePeer peer = server.connect().get("/blocked?secret=1");
      await().until(() -> stalls() > before);
      free.countDown();
      peer.response();
      await().until(() -> recorded(recording, folder, "Stall").size() == 2);

      List<RecordedEvent> stalls = recorded(recording, folder, "Stall");
      assertThat(stalls)
          .extracting(stall -> stall.getBoolean("ongoing"))
          .containsExactly(true, false);
      RecordedEvent found = stalls.get(0);
      assertThat(found.getString("loop")).isEqualTo("kqueue-loop-0");
      assertThat(found.getString("request")).isEqualTo("GET /blocked");
      assertThat(found.getString("stack")).contains("FlightRecordingTest");
      assertThat(found.getDuration("blocked")).isGreaterThan(THRESHOLD);
      assertThat(stalls.get(1).getLong("stall")).isEqualTo(found.getLong("stall"));
    }
  }

  private int stalls() {
    return server.server().running().stalls().size();
  }

  @Test
  void withoutARecordingNothingIsAllocated() {
    try (Recording recording = new Recording()) {
      recording.start(); // JFR was in use, and its classes are loaded
    }
    EventRecorder.OfLoop events = EventRecorder.ofThisJvm().of(0);
    var loop = server.server().running().workers().get(0).loop();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (int i = 0; i < 2; i++) { // the first round initialises classes
      long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
      for (int hit = 0; hit < 10_000; hit++) {
        events.onLimitHit(loop, Limit.IDLE_TIMEOUT);
        assertThatNoCloseIsWanted(events);
      }
      long allocated = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
      if (i == 1) {
        assertThat(allocated).isLessThan(10_000);
      }
    }
  }

  private static void assertThatNoCloseIsWanted(EventRecorder.OfLoop events) {
    if (events.wantsCloses()) {
      throw new AssertionError("no recording runs");
    }
  }

  @Test
  void aRuntimeWithoutTheModuleServes() throws Exception {
    ChildJvm.Result child =
        ChildJvm.ofThisJdk()
            .options(
                "--limit-modules",
                "java.logging,java.naming,java.xml,java.management,jdk.unsupported")
            .run(Serving.class);
    assertThat(child.out()).as(child.err()).contains("jfr: false", "status: 200");
  }

  @Test
  void jcmdShowsTheThreadsUnderTheNameOfTheirServer() throws Exception {
    server.restart(builder -> builder.name("shop").tls(TlsFixture.server()));
    server.connect(TlsFixture.client()).get("/").response();
    Object dump =
        ManagementFactory.getPlatformMBeanServer()
            .invoke(
                new ObjectName("com.sun.management:type=DiagnosticCommand"),
                "threadPrint",
                new Object[] {new String[0]},
                new String[] {String[].class.getName()});
    assertThat(dump.toString())
        .contains("\"shop-loop-0\"", "\"shop-watchdog\"", "\"shop-tls-")
        .doesNotContain("\"kqueue-loop");
  }

  /** The child of a test: serves one request and prints its status. */
  static final class Serving {
    public static void main(String[] args) throws Exception {
      System.out.println("jfr: " + ModuleLayer.boot().findModule("jdk.jfr").isPresent());
      KqueueServer server =
          KqueueServer.builder()
              .port(0)
              .handler(exchange -> ServerExtension.answer(exchange, 200, "served"))
              .build();
      server.start();
      var client =
          (HttpURLConnection)
              URI.create("http://127.0.0.1:" + server.port() + "/").toURL().openConnection();
      System.out.println("status: " + client.getResponseCode());
      client.disconnect();
      server.stop();
    }
  }
}

package io.kqueueserver.spring.actuate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.build.ManyRequests;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.web.server.GracefulShutdownResult;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What an operator sees of real servers: the application's, and the management server's. */
class KqueueObservationTests {
  private static final String[] STALLS = {
    "kqueue.server.loops=2", "kqueue.server.stall-threshold=200ms"
  };

  @Test
  void aBlockedHandlerIsNamedWhileTheManagementPortAnswers() throws Exception {
    try (ActuatorApplication app = new ActuatorApplication(STALLS)) {
      app.json("kqueue/stalls"); // loads the classes of an answer
      app.send("/blocked/7?token=secret");

      JsonNode stall =
          await()
              .atMost(Duration.ofSeconds(20))
              .until(() -> app.json("kqueue/stalls").get("stalls").get(0), found -> found != null);
      assertThat(stall.get("server").asString()).isEqualTo("main");
      assertThat(stall.get("method").asString()).isEqualTo("GET");
      assertThat(stall.get("path").asString()).isEqualTo("/blocked/7");
      assertThat(stall.get("handler").asString()).contains("Controller#blocked", "[/blocked/{id}]");
      assertThat(stall.get("firstStack").toString()).contains("Controller.blocked");
      app.actuator("GET", "health");
      JsonNode row = app.json("kqueue/connections?state=active").get("connections").get(0);
      assertThat(row.get("request").get("path").asString()).isEqualTo("/blocked/7");
      assertThat(app.meter("kqueue.loop.stalls", "server", "main")).isEqualTo(1);
      assertThat(app.meter("kqueue.loop.stalls", "server", "management")).isZero();
      assertThat(states(app)).contains("stalled");

      app.unblock();
      await().until(() -> !states(app).contains("stalled"));
      assertThat(stall.get("durationNanos").asLong()).isGreaterThan(200_000_000L);
    }
  }

  @Test
  void eachOfSeveralRequestsOnAConnectionIsSeen() throws Exception {
    try (ActuatorApplication app =
        new ActuatorApplication("kqueue.server.loops=1", "kqueue.server.stall-threshold=200ms")) {
      CountDownLatch gate = new CountDownLatch(1);
      Socket client = app.send("/hello");
      ActuatorApplication.answered(client);
      long now = System.nanoTime();
      ManyRequests.with(
          app.server().getServer().running(),
          client.getLocalPort(),
          IntStream.range(0, 12)
              .mapToObj(
                  i ->
                      new ManyRequests.Request(
                          "GET", "/many/" + i, "Many#" + i, 2 * i + 1, now + i, () -> block(gate)))
              .toList(),
          () -> {});

      JsonNode page = app.json("kqueue/connections?state=active&requestPath=/many/7");
      assertThat(page.get("matched").asInt()).isEqualTo(1);
      JsonNode row = page.get("connections").get(0);
      assertThat(row.get("active").asInt()).isEqualTo(12);
      assertThat(row.get("request")).isEqualTo(row.get("activeRequests").get(0));
      assertThat(row.get("activeRequests")).hasSize(10);
      JsonNode third = row.get("activeRequests").get(2);
      assertThat(third.get("path").asString()).isEqualTo("/many/2");
      assertThat(third.get("streamId").asInt()).isEqualTo(5);
      JsonNode alone = app.json("kqueue/connections/" + row.get("id").asString());
      assertThat(alone.get("activeRequests")).hasSize(12);

      client.getOutputStream().write('3');
      JsonNode stall =
          await()
              .atMost(Duration.ofSeconds(20))
              .until(() -> stallOf(app, "/many/3"), found -> found != null);
      gate.countDown();
      assertThat(stall.get("streamId").asInt()).isEqualTo(7);
      assertThat(stall.get("handler").asString()).isEqualTo("Many#3");
    }
  }

  /** Others may be there: a first request may stall its loop by loading classes. */
  private static JsonNode stallOf(ActuatorApplication app, String path) {
    return StreamSupport.stream(app.json("kqueue/stalls").get("stalls").spliterator(), false)
        .filter(stall -> stall.path("path").asString("").equals(path))
        .findFirst()
        .orElse(null);
  }

  private static void block(CountDownLatch gate) {
    try {
      gate.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static List<String> states(ActuatorApplication app) {
    return StreamSupport.stream(
            app.json("kqueue").get("servers").get(0).get("loops").spliterator(), false)
        .map(loop -> loop.get("state").asString())
        .toList();
  }

  @Test
  void whyAConnectionEndedIsCounted() throws Exception {
    try (ActuatorApplication app = new ActuatorApplication("kqueue.server.idle-timeout=300ms")) {
      Socket reset = app.send("/hello");
      ActuatorApplication.answered(reset);
      reset.setSoLinger(true, 0);
      reset.close();
      await().until(() -> closed(app, "peer-reset") == 1);

      ActuatorApplication.answered(app.send("/hello"));
      await().until(() -> closed(app, "idle-timeout") == 1);
      assertThat(app.meter("kqueue.limits.hit", "server", "main", "limit", "idle-timeout"))
          .isEqualTo(1);
    }
  }

  @Test
  void aDrainIsCounted() throws Exception {
    try (ActuatorApplication app = new ActuatorApplication()) {
      ActuatorApplication.answered(app.send("/hello"));
      List<GracefulShutdownResult> results = new ArrayList<>();
      app.server().shutDownGracefully(results::add);
      await().until(() -> !results.isEmpty());

      await().until(() -> closed(app, "drain") == 1);
    }
  }

  private static double closed(ActuatorApplication app, String reason) {
    return app.meter("kqueue.connections.closed", "server", "main", "reason", reason);
  }

  @Test
  void aThousandConnectionsShowInTheGaugeAndGo() throws Exception {
    try (ActuatorApplication app = new ActuatorApplication()) {
      List<Socket> clients = new ArrayList<>();
      for (int i = 0; i < 1_000; i++) {
        clients.add(app.connect());
      }
      String[] tags = {"server", "main", "protocol", "http/1.1"};
      await().until(() -> app.meter("kqueue.connections.active", tags) == 1_000);
      for (Socket client : clients) {
        client.close();
      }
      await().until(() -> app.meter("kqueue.connections.active", tags) == 0);
    }
  }

  @Test
  void aDeleteClosesExactlyOneConnection() throws Exception {
    try (ActuatorApplication app =
        new ActuatorApplication(
            "management.endpoint.kqueue.access=unrestricted",
            "kqueue.server.endpoint.close-connections=true")) {
      List<Socket> clients = List.of(app.send("/hello"), app.send("/hello"), app.send("/hello"));
      for (Socket client : clients) {
        ActuatorApplication.answered(client);
      }
      JsonNode chosen =
          app.json("kqueue/connections?peer=127.0.0.1:" + clients.get(1).getLocalPort());
      assertThat(chosen.get("matched").asInt()).isEqualTo(1);
      assertThat(chosen.get("open").asInt()).isEqualTo(3);
      String id = chosen.get("connections").get(0).get("id").asString();
      assertThat(app.json("kqueue/connections/" + id).get("id").asString()).isEqualTo(id);

      assertThat(app.actuator("DELETE", "kqueue/connections/" + id).statusCode()).isEqualTo(204);
      assertThat(app.actuator("DELETE", "kqueue/connections/" + id).statusCode()).isEqualTo(404);
      assertThat(app.actuator("GET", "kqueue/connections/" + id).statusCode()).isEqualTo(404);
      assertThat(app.actuator("DELETE", "kqueue/stalls").statusCode()).isEqualTo(404);
      assertThat(closed(app, "operator")).isEqualTo(1);
      for (Socket client : List.of(clients.get(0), clients.get(2))) {
        ActuatorApplication.request(client, "/hello");
        ActuatorApplication.answered(client);
      }
    }
  }

  @Test
  void aDeleteNeedsMoreThanTheDefaultAccess() throws Exception {
    try (ActuatorApplication app =
        new ActuatorApplication(
            "management.endpoint.kqueue.show-values=never",
            "kqueue.server.endpoint.close-connections=true")) {
      ActuatorApplication.answered(app.send("/hello"));
      JsonNode row = app.json("kqueue/connections").get("connections").get(0);

      assertThat(row.get("peer").asString()).isEqualTo("******");
      assertThat(
              app.actuator("DELETE", "kqueue/connections/" + row.get("id").asString()).statusCode())
          .isEqualTo(405);
      HttpResponse<String> guess = app.actuator("GET", "kqueue/connections?peer=127.0.0.1");
      assertThat(guess.statusCode()).isEqualTo(400);
    }
  }

  @Test
  void accessNoneSwitchesItOff() throws Exception {
    try (ActuatorApplication app =
        new ActuatorApplication("management.endpoint.kqueue.access=none")) {
      assertThat(app.actuator("GET", "kqueue").statusCode()).isEqualTo(404);
      assertThat(app.actuator("GET", "kqueue/connections").statusCode()).isEqualTo(404);
    }
  }

  @Test
  void whatCannotBeMeantIsRefused() throws Exception {
    try (ActuatorApplication app = new ActuatorApplication()) {
      for (String query :
          List.of("limit=0", "limit=1001", "limit=x", "offset=-1", "state=sleepy", "server=no")) {
        assertThat(app.actuator("GET", "kqueue/connections?" + query).statusCode())
            .as(query)
            .isEqualTo(400);
      }
      for (String path : List.of("nothing", "connections/x", "connections/main-0-1-1/y")) {
        assertThat(app.actuator("GET", "kqueue/" + path).statusCode()).as(path).isEqualTo(404);
      }
    }
  }

  @Test
  void aRestartIsBoundAnewUnderTheSameNames() throws Exception {
    try (ActuatorApplication app = new ActuatorApplication()) {
      ActuatorApplication.answered(app.send("/hello"));
      await().until(() -> app.meter("kqueue.requests", "server", "main") == 1);
      app.context().stop();
      app.context().start();

      assertThat(app.meter("kqueue.requests", "server", "main")).isZero();
      ActuatorApplication.answered(app.send("/hello"));
      await().until(() -> app.meter("kqueue.requests", "server", "main") == 1);
      assertThat(app.json("kqueue").get("servers")).hasSize(2);
    }
  }

  @Test
  void healthIsDownWhenEveryLoopIsBlocked() throws Exception {
    try (ActuatorApplication app =
        new ActuatorApplication(
            "kqueue.server.loops=1",
            "management.health.kqueue.stall-limit=200ms",
            "management.endpoint.health.group.readiness.include=readinessState,kqueue")) {
      assertThat(health(app).get("status").asString()).isEqualTo("UP");
      app.send("/blocked/1");

      await().until(() -> health(app).get("status").asString().equals("DOWN"));
      assertThat(health(app).get("details").get("loops").get("kqueue-loop-0")).isNotNull();
      assertThat(app.actuator("GET", "health/readiness").statusCode()).isEqualTo(503);
      app.unblock();
      await().until(() -> health(app).get("status").asString().equals("UP"));
    }
  }

  @Test
  void healthIsDownWhenMostLoopsAreBlockedAndForTheRecoveryTimeAfter() throws Exception {
    try (ActuatorApplication app =
        new ActuatorApplication(
            "kqueue.server.loops=3",
            "management.health.kqueue.stall-limit=200ms",
            "management.health.kqueue.stall-quorum=majority",
            "management.health.kqueue.recovery-time=1h")) {
      app.send("/blocked/1");
      await().until(() -> blockedLoops(app) == 1);
      assertThat(health(app).get("status").asString()).isEqualTo("UP");
      app.send("/blocked/2");

      await().until(() -> health(app).get("status").asString().equals("DOWN"));
      app.unblock();
      await().until(() -> blockedLoops(app) == 0);
      assertThat(health(app).get("status").asString()).isEqualTo("DOWN");
      assertThat(health(app).toString()).contains("until a moment ago");
    }
  }

  private static long blockedLoops(ActuatorApplication app) {
    long blocked = 0;
    for (JsonNode loop : health(app).get("details").get("loops")) {
      blocked += loop.get("busyMillis").asLong() > 200 ? 1 : 0;
    }
    return blocked;
  }

  @Test
  void healthIsDownWhenNobodyHasBeenAcceptedForTooLong() throws Exception {
    try (ActuatorApplication app =
        new ActuatorApplication(
            "kqueue.server.max-connections=2", "management.health.kqueue.pause-limit=200ms")) {
      ActuatorApplication.answered(app.send("/hello"));
      Socket second = app.send("/hello");
      ActuatorApplication.answered(second);
      app.connect(); // knocks at every loop

      await().until(() -> health(app).get("status").asString().equals("DOWN"));
      assertThat(health(app).toString()).contains("connection-limit");
      assertThat(app.meter("kqueue.accept.paused", "server", "main")).isPositive();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "200000d"})
  void healthStaysUpWithLimitsThatAreNone(String limit) throws Exception {
    try (ActuatorApplication app =
        new ActuatorApplication(
            "kqueue.server.loops=1",
            "management.health.kqueue.stall-limit=" + limit,
            "management.health.kqueue.pause-limit=" + limit)) {
      assertThat(health(app).get("status").asString()).isEqualTo("UP");
    }
  }

  private static JsonNode health(ActuatorApplication app) {
    return JsonMapper.shared()
        .readTree(app.actuator("GET", "health").body())
        .get("components")
        .get("kqueue");
  }
}

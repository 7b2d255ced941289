package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.KqueueServerBuilder;
import io.kqueueserver.build.QuietStream;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.coding.Compression;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.server.Http2Peer.Answer;
import io.kqueueserver.server.WirePeer.Response;
import io.kqueueserver.stats.Limit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60)
class RunningRequestsLimitTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(20);
  private static final String POST =
      "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";

  private final BlockingQueue<Exchange> held = new LinkedBlockingQueue<>();

  @RegisterExtension
  final ServerExtension server =
      ServerExtension.with(
              builder -> {
                builder.http2(Http2Options.DEFAULTS).compression(Compression.DEFAULTS);
                limit(builder, RunningLimits.DEFAULTS.max(1));
              })
          .on("/hold", held::add)
          .on("/a", exchange -> ServerExtension.answer(exchange, 200, "a"))
          .on("/ops", exchange -> ServerExtension.answer(exchange, 200, "ops"))
          .on("/ops/hold", held::add);

  private static void limit(KqueueServerBuilder builder, RunningLimits running) {
    builder.admission(Admission.DEFAULTS.running(running));
  }

  private void limits(RunningLimits running) {
    server.restart(builder -> limit(builder, running));
  }

  private RequestGate.Places places() {
    return Objects.requireNonNull(
        Objects.requireNonNull(server.server().running()).requestPlaces());
  }

  private void finishHeld() throws InterruptedException {
    Exchange exchange = held.take();
    exchange.execute(() -> ServerExtension.answer(exchange, 200, "held"));
  }

  private WirePeer hold() {
    WirePeer peer = server.connect().get("/hold");
    await().until(() -> !held.isEmpty());
    return peer;
  }

  private void assertBusy(Response response) {
    assertThat(response.status()).isEqualTo(503);
    assertThat(response.has("Retry-After: 1")).isTrue();
  }

  // ---- without a wait

  @Test
  void aRequestAboveTheMaximumIsAnsweredWith503AndTheNextServedOnThatConnection() throws Exception {
    WirePeer first = hold();
    WirePeer second = server.connect();
    assertBusy(second.get("/a").response());
    assertBusy(second.send(POST).response());
    assertThat(server.limitHits(Limit.RUNNING_REQUESTS)).isEqualTo(2);
    assertThat(places().running()).isEqualTo(1);
    finishHeld();
    assertThat(first.response().body()).isEqualTo("held");
    await().until(() -> places().running() == 0);
    assertThat(second.get("/a").response().body()).isEqualTo("a");
  }

  @Test
  void anHttp2RequestAboveTheMaximumIsAnsweredAndNotReset() throws Exception {
    Http2Peer peer = Http2Peer.on(server.connect()).start();
    peer.get(1, "/hold").get(3, "/a");
    Answer answer = peer.answer(3);
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.fields()).containsEntry("retry-after", "1");
    assertThat(answer.reset()).isNull();
    finishHeld();
    assertThat(peer.answer(1).body()).isEqualTo("held");
  }

  @Test
  void aPlaceIsFreeWhenTheClientGoesAway() {
    hold().close();
    await().until(() -> places().running() == 0);
    assertThat(server.connect().get("/a").response().status()).isEqualTo(200);
  }

  @Test
  void aHandlerThatFailsGivesItsPlaceBack() {
    server.on(
        "/fail",
        exchange -> {
          throw new AssertionError("on purpose");
        });
    assertThat(server.connect().get("/fail").response().status()).isEqualTo(500);
    await().until(() -> places().running() == 0);
  }

  @Test
  void aSwitchedStreamHoldsNoPlace() {
    server.on("/switch", exchange -> exchange.switchTo(HeaderSource.NONE, new QuietStream()));
    WirePeer switched =
        server
            .connect()
            .send("GET /switch HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
    await().until(() -> places().running() == 0);
    assertThat(server.connect().get("/a").response().status()).isEqualTo(200);
    switched.close();
  }

  // ---- with a wait

  @Test
  void aRequestWaitsForAPlaceAndIsServed() throws Exception {
    limits(RunningLimits.DEFAULTS.max(1).waiting(LONG, 10));
    WirePeer first = hold();
    WirePeer second = server.connect().send(POST);
    Http2Peer third = Http2Peer.on(server.connect()).start().get(1, "/a");
    await().until(() -> places().waiting() == 2);
    finishHeld();
    assertThat(first.response().body()).isEqualTo("held");
    assertThat(second.response().body()).isEqualTo("a");
    assertThat(third.answer(1).body()).isEqualTo("a");
    assertThat(server.limitHits(Limit.RUNNING_REQUESTS)).isZero();
  }

  @Test
  void aRequestThatHasWaitedTooLongIsAnsweredWith503() throws Exception {
    limits(RunningLimits.DEFAULTS.max(1).waiting(SHORT, 10));
    hold();
    assertBusy(server.connect().get("/a").response());
    Http2Peer peer = Http2Peer.on(server.connect()).start().get(1, "/a");
    assertThat(peer.answer(1).status()).isEqualTo(503);
    assertThat(places().waiting()).isZero();
    finishHeld();
  }

  @Test
  void onlySoManyRequestsWait() throws Exception {
    limits(RunningLimits.DEFAULTS.max(1).waiting(LONG, 1));
    hold();
    WirePeer second = server.connect().get("/a");
    await().until(() -> places().waiting() == 1);
    assertBusy(server.connect().get("/a").response());
    finishHeld();
    assertThat(second.response().status()).isEqualTo(200);
  }

  @Test
  void aWaitingRequestWhoseClientGoesGivesUp() throws Exception {
    limits(RunningLimits.DEFAULTS.max(1).waiting(LONG, 10));
    hold();
    WirePeer second = server.connect().get("/hold");
    Http2Peer third = Http2Peer.on(server.connect()).start().get(1, "/hold");
    await().until(() -> places().waiting() == 2);
    second.close();
    third.send(Http2Peer.rst(1, ErrorCode.CANCEL));
    await().until(() -> places().waiting() == 0);
    finishHeld();
    await().until(() -> places().running() == 0);
    assertThat(held).isEmpty();
  }

  /** A loop has events before tasks: it learns that the client is gone before it serves it. */
  @Test
  void aPlaceForARequestWhoseClientHasJustGoneIsFree() throws Exception {
    server.restart(b -> limit(b.loops(1), RunningLimits.DEFAULTS.max(1).waiting(LONG, 10)));
    WirePeer first = hold();
    WirePeer second = server.connect().get("/a");
    await().until(() -> places().waiting() == 1);
    Exchange exchange = held.take();
    CompletableFuture<Void> blocked = new CompletableFuture<>();
    CompletableFuture<Void> gone = new CompletableFuture<>();
    exchange.execute(
        () -> {
          blocked.complete(null);
          gone.join();
          ServerExtension.answer(exchange, 200, "held");
        });
    blocked.join();
    second.reset();
    gone.complete(null);
    assertThat(first.response().body()).isEqualTo("held");
    await().until(() -> places().running() == 0);
    assertThat(server.connect().get("/a").response().status()).isEqualTo(200);
  }

  @Test
  void requestsOfSeveralLoopsThatComeAndGoLeaveNoPlaceTaken() {
    server.restart(
        builder -> {
          builder.loops(4);
          limit(builder, RunningLimits.DEFAULTS.max(2).waiting(SHORT, 5));
        });
    server.on("/later", exchange -> exchange.execute(() -> answerLater(exchange)));
    Random random = new Random(5);
    List<WirePeer> open = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      WirePeer peer = server.connect().get("/later");
      open.add(peer);
      if (open.size() > 12) {
        WirePeer oldest = open.remove(random.nextInt(open.size()));
        if (random.nextBoolean()) {
          assertThat(oldest.response().status()).isIn(200, 503);
        }
        oldest.close();
      }
    }
    open.forEach(WirePeer::close);
    await().until(() -> places().running() == 0 && places().waiting() == 0);
    assertThat(server.connect().get("/a").response().status()).isEqualTo(200);
  }

  private static void answerLater(Exchange exchange) {
    exchange.execute(() -> exchange.execute(() -> ServerExtension.answer(exchange, 200, "later")));
  }

  @Test
  void aStopLeavesNoPlaceTakenAndNoRequestWaiting() {
    limits(RunningLimits.DEFAULTS.max(1).waiting(LONG, 10));
    hold();
    server.connect().get("/a");
    await().until(() -> places().waiting() == 1);
    RequestGate.Places places = places();
    server.server().stop();
    assertThat(places.running()).isZero();
    assertThat(places.waiting()).isZero();
  }

  // ---- the operator's paths

  @Test
  void theOperatorsPathsHaveABoundOfTheirOwn() throws Exception {
    limits(RunningLimits.DEFAULTS.max(1).management(1, "/ops"));
    hold();
    WirePeer peer = server.connect();
    assertThat(peer.get("/ops").response().body()).isEqualTo("ops");
    assertThat(peer.get("/ops?a").response().body()).isEqualTo("ops");
    assertBusy(peer.get("/opsen").response());
    assertBusy(peer.get("/%6Fps").response());
    assertBusy(peer.get("/opt").response());
    assertBusy(peer.get("/opt/a").response());
    WirePeer holder = server.connect().get("/ops/hold");
    await().until(() -> held.size() == 2);
    assertBusy(peer.get("/ops").response());
    assertThat(places().runningManagement()).isEqualTo(1);
    assertThat(server.limitHits(Limit.RUNNING_MANAGEMENT_REQUESTS)).isEqualTo(1);
    finishHeld();
    finishHeld();
    assertThat(holder.response().status()).isEqualTo(200);
  }

  @Test
  void withoutAMaximumNothingIsCounted() {
    limits(RunningLimits.DEFAULTS);
    assertThat(Objects.requireNonNull(server.server().running()).requestPlaces()).isNull();
  }
}

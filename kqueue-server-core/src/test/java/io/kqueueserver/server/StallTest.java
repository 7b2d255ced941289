package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.answer;
import static io.kqueueserver.server.observe.StallCause.CLASS_LOADING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.kqueueserver.build.ManyRequests;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.net.ConnectionView;
import io.kqueueserver.server.observe.LoopView;
import io.kqueueserver.server.observe.RunningRequests;
import io.kqueueserver.server.observe.Stall;
import io.kqueueserver.server.observe.StallCause;
import io.kqueueserver.server.observe.StallWatchdog;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

/** What can be seen of a loop that a handler blocks, and of those that it does not. */
class StallTest {
  private static final Duration THRESHOLD = Duration.ofMillis(100);

  @RegisterExtension final ServerExtension server = new ServerExtension();

  private final CountDownLatch free = new CountDownLatch(1);

  @AfterEach
  void unblock() {
    free.countDown();
  }

  private void start(int loops) {
    server.restart(builder -> builder.loops(loops).stallThreshold(THRESHOLD));
    server.on("/ok", exchange -> answer(exchange, 200, "fine"));
    server.on(
        "/blocked",
        exchange -> {
          exchange.handledBy(() -> "Example#blocked");
          block();
          answer(exchange, 200, "at last");
        });
  }

  private void block() {
    try {
      free.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private List<Stall> stalls() {
    return server.server().running().stalls();
  }

  private Stream<ConnectionView> connections() {
    return server.server().running().loops().stream()
        .flatMap(loop -> IntStream.range(0, loop.slots()).mapToObj(loop::connection))
        .filter(view -> view != null);
  }

  @Test
  void aBlockedHandlerIsNamedWithRequestHandlerAndStack() {
    start(1);
    WirePeer peer = server.connect().get("/blocked?secret=1");

    Stall stall = onlyStall();
    Stall.Request request = stall.culprit().request();
    assertThat(request.method()).isEqualTo("GET");
    assertThat(request.path()).isEqualTo("/blocked");
    assertThat(stall.culprit().peer()).matches("127\\.0\\.0\\.1:\\d+|\\[::1]:\\d+");
    assertThat(request.handler()).isEqualTo("Example#blocked");
    assertThat(stall.where().thread()).isEqualTo("kqueue-loop-0");
    assertThat(stall.span().ongoing()).isTrue();
    assertThat(stall.span().durationNanos()).isGreaterThan(THRESHOLD.toNanos());
    assertThat(stall.cause()).isEqualTo(StallCause.APPLICATION);
    assertThat(stall.stacks().first()).anyMatch(frame -> frame.getMethodName().equals("block"));
    await().until(() -> stalls().get(0).span().durationNanos() > stall.span().durationNanos());
    assertThat(stalls().get(0).stacks().last())
        .anyMatch(frame -> frame.getMethodName().equals("block"));

    free.countDown();
    assertThat(peer.response().body()).isEqualTo("at last");
    await().until(() -> !stalls().get(0).span().ongoing());
    assertThat(stalls()).hasSize(1);
    assertThat(server.server().running().loops().get(0).stalls()).isEqualTo(1);
  }

  private Stall onlyStall() {
    return await().until(() -> stalls().stream().findFirst().orElse(null), s -> s != null);
  }

  @Test
  void overHttp2TheStreamWhoseHandlerBlocksIsNamed() {
    server.restart(
        builder -> builder.http2(Http2Options.DEFAULTS).loops(1).stallThreshold(THRESHOLD));
    server.on("/later", server.listening(exchange -> {}));
    server.on("/blocked", exchange -> block());
    Http2Peer peer = Http2Peer.on(server.connect()).start();
    peer.get(1, "/later").settle();
    peer.get(3, "/blocked?secret=1");
    Stall.Culprit culprit = culprit(c -> c.request() != null);
    assertThat(culprit.request().streamId()).isEqualTo(3);
    assertThat(culprit.request().path()).isEqualTo("/blocked");
    free.countDown();
  }

  @Test
  void overHttp2TheStreamWhoseCallbackBlocksIsNamed() {
    server.restart(
        builder -> builder.http2(Http2Options.DEFAULTS).loops(1).stallThreshold(THRESHOLD));
    server.on("/later", server.listening(exchange -> {}));
    server.on("/body", server.collecting((exchange, body, trailers) -> block()));
    Http2Peer peer = Http2Peer.on(server.connect()).start();
    peer.post(1, "/body").get(3, "/later").settle();
    peer.send(Http2Peer.data(1, true, new byte[1])); // the last to begin is not the one that runs
    Stall.Culprit culprit = culprit(c -> c.request() != null);
    assertThat(culprit.request().streamId()).isEqualTo(1);
    assertThat(culprit.request().path()).isEqualTo("/body");
    free.countDown();
  }

  /** The culprit of the stall that goes on: a first request may have stalled the loop before. */
  private Stall.Culprit culprit(Predicate<Stall.Culprit> expected) {
    return await()
        .until(
            () ->
                stalls().stream()
                    .filter(stall -> stall.span().ongoing() && expected.test(stall.culprit()))
                    .map(Stall::culprit)
                    .findFirst()
                    .orElse(null),
            found -> found != null);
  }

  /** Two requests on one connection, which the same loop serves with other connections. */
  private WirePeer twoRequests() {
    start(1);
    WirePeer peer = server.connect().get("/ok");
    peer.response();
    long now = System.nanoTime();
    ManyRequests.with(
        server.server().running(),
        peer.socket.getLocalPort(),
        List.of(
            new ManyRequests.Request("GET", "/first", "Example#first", 1, now - 2, () -> {}),
            new ManyRequests.Request("POST", "/second", "Example#second", 3, now, this::block)),
        this::block);
    return peer;
  }

  @Test
  void ofTwoRequestsOnAConnectionTheOneThatRunsIsNamed() {
    twoRequests().send("1");

    Stall.Culprit culprit = culprit(found -> found.request() != null);
    assertThat(culprit.request())
        .isEqualTo(new Stall.Request("POST", "/second", 3, "Example#second"));
    assertThat(culprit.peer()).isNotNull();
  }

  @Test
  void whereNoneOfTwoRequestsRunsTheConnectionIsNamedAlone() {
    twoRequests().send("x");

    assertThat(culprit(found -> found.fd() > 0).request()).isNull();
  }

  @Test
  void allRequestsOfAConnectionAreSeen() {
    twoRequests();

    RunningRequests running = server.server().running().runningRequests(5);
    assertThat(running.count()).isEqualTo(2);
    assertThat(running.oldest())
        .extracting(RunningRequests.Request::path)
        .containsExactly("/first", "/second");
    assertThat(connections())
        .singleElement()
        .satisfies(
            view -> {
              assertThat(view.state()).isEqualTo(ConnectionView.State.ACTIVE);
              assertThat(view.requests().active()).isEqualTo(2);
              assertThat(view.requests().total()).as("begun by HTTP/1").isEqualTo(1);
            });
  }

  @Test
  void aRequestWhoseLastCallbackBlocksIsNamedThoughItsConnectionHasEndedIt() {
    start(1);
    server.on(
        "/ends",
        exchange -> {
          exchange.listener(
              new ExchangeListener() {
                @Override
                public void onComplete() {
                  block();
                }
              });
          answer(exchange, 200, "fine");
        });
    server.connect().get("/ends").response();

    assertThat(culprit(found -> found.request() != null).request().path()).isEqualTo("/ends");
  }

  @Test
  void aClassThatIsInitialisedIsANoteAndOnlyAWarningIfItNeverEnds() {
    Logger logger = (Logger) LoggerFactory.getLogger(StallWatchdog.class);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.list = new CopyOnWriteArrayList<>();
    lines.start();
    logger.addAppender(lines);
    Level usual = logger.getLevel();
    logger.setLevel(Level.INFO);
    try {
      start(1);
      initialisation = this::block;
      server.on("/first", exchange -> answer(exchange, 200, Slow.TEXT.toString()));
      WirePeer peer = server.connect().get("/first");

      await()
          .until(
              () -> stalls().stream().map(Stall::cause).toList(), List.of(CLASS_LOADING)::equals);
      LoopView loop = server.server().running().loops().get(0);
      assertThat(loop.stalls(CLASS_LOADING)).isEqualTo(1);
      assertThat(loop.stalls(StallCause.APPLICATION)).isZero();
      await().until(() -> lines.list.size() == 2);
      assertThat(lines.list.get(0).getLevel()).isEqualTo(Level.INFO);
      assertThat(lines.list.get(0).getThrowableProxy()).isNull();
      assertThat(lines.list.get(0).getFormattedMessage())
          .contains("by GET /first, while classes were loaded");
      assertThat(lines.list.get(1).getLevel()).isEqualTo(Level.WARN);
      free.countDown();
      assertThat(peer.response().body()).isEqualTo("ready");
    } finally {
      logger.setLevel(usual);
      logger.detachAppender(lines);
    }
  }

  private static Runnable initialisation = () -> {};

  /** Its initialisation takes as long as the test wants. */
  private static final class Slow {
    static final StringBuilder TEXT = new StringBuilder("ready");

    static {
      initialisation.run();
    }
  }

  @Test
  void aLoopThatWaitsIsNeverBlamed() {
    start(2);
    server.connect().get("/ok").response();
    long until = System.nanoTime() + 5 * THRESHOLD.toNanos();
    await().until(() -> System.nanoTime() > until);

    assertThat(stalls()).isEmpty();
  }

  @Test
  void zeroSwitchesTheWatchdogOff() {
    server.restart(builder -> builder.loops(1).stallThreshold(Duration.ZERO));

    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.endsWith("-watchdog"));
  }

  @Test
  void whileALoopIsStuckItsConnectionsAndTasksCanBeSeen() {
    start(1);
    WirePeer idle = server.connect().get("/ok");
    idle.response();
    WirePeer blocked = server.connect().get("/blocked?secret=1");
    LoopView loop = server.server().running().loops().get(0);
    await().until(() -> loop.busyNanos() > THRESHOLD.toNanos());
    server.workers().get(0).loop().execute(() -> {});
    server.workers().get(0).loop().execute(() -> {});

    List<ConnectionView> seen = connections().toList();
    assertThat(seen).hasSize(2);
    assertThat(seen)
        .filteredOn(view -> view.state() == ConnectionView.State.ACTIVE)
        .singleElement()
        .satisfies(
            view -> {
              assertThat(view.requests().only().path()).isEqualTo("/blocked");
              assertThat(view.socket().peer().getPort()).isEqualTo(blocked.socket.getLocalPort());
              assertThat(view.traffic().read()).isPositive();
            });
    assertThat(seen)
        .filteredOn(view -> view.state() == ConnectionView.State.IDLE)
        .singleElement()
        .satisfies(view -> assertThat(view.requests().total()).isEqualTo(1));
    assertThat(loop.pendingTasks()).isEqualTo(2);
    assertThat(loop.window().utilization()).isPositive();
    free.countDown();
    await().until(() -> loop.pendingTasks() == 0);
  }

  @Test
  void closingByHandClosesExactlyThatOne() {
    start(2);
    List<WirePeer> peers = Stream.generate(() -> server.connect().get("/ok")).limit(4).toList();
    peers.forEach(WirePeer::response);
    WirePeer chosen = peers.get(2);
    LoopView loop =
        server.server().running().loops().stream()
            .filter(
                candidate ->
                    IntStream.range(0, candidate.slots())
                        .mapToObj(candidate::connection)
                        .anyMatch(view -> isOf(view, chosen)))
            .findFirst()
            .orElseThrow();
    long id = connections().filter(view -> isOf(view, chosen)).findFirst().orElseThrow().udata();

    assertThat(loop.closeConnection(id).join()).isTrue();
    assertThat(loop.closeConnection(id).join()).as("it has gone").isFalse();
    assertThat(chosen.isClosedByServer()).isTrue();
    peers.stream()
        .filter(peer -> peer != chosen)
        .forEach(peer -> assertThat(peer.get("/ok").response().body()).isEqualTo("fine"));
    assertThat(server.closed(io.kqueueserver.stats.CloseReason.OPERATOR)).isEqualTo(1);
  }

  private static boolean isOf(ConnectionView view, WirePeer peer) {
    return view != null && view.socket().peer().getPort() == peer.socket.getLocalPort();
  }
}

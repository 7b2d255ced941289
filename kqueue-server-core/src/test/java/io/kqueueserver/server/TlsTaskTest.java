package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.net.tls.TlsOptions;
import io.kqueueserver.net.tls.TlsProfile;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.TlsFailure;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Connections whose handshake has a task on another thread while something else happens to them. A
 * task stands still in the choice of the key until the test lets it go.
 */
class TlsTaskTest {
  private final AtomicInteger tasks = new AtomicInteger();
  private final Semaphore go = new Semaphore(0);
  private volatile Runnable inTask = go::acquireUninterruptibly;

  @RegisterExtension
  final ServerExtension server =
      ServerExtension.with(builder -> builder.loops(1).tls(options().maxHandshakes(1)));

  private TlsOptions options() {
    return TlsOptions.of(TlsProfile.of(TlsFixture.server(this::task)));
  }

  private void task() {
    tasks.incrementAndGet();
    inTask.run();
  }

  @BeforeEach
  void handler() {
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
  }

  @AfterEach
  void letGo() {
    go.release(1_000);
  }

  @Test
  void aResetGivesTheHandshakeBackAtOnceAndItsResultFindsNobody() throws Exception {
    WirePeer first = helloIn();

    first.reset();
    await().until(() -> server.closed(CloseReason.PEER_RESET) == 1);

    // The successor has the slot of the first; its own task waits behind the one that stands.
    WirePeer second = server.connect(TlsFixture.client());
    Thread asking = new Thread(() -> second.get("/a"));
    asking.start();
    await().until(() -> server.sum(stats -> stats.tls.handshaking) == 1);
    go.release(1_000);

    assertThat(second.response().body()).isEqualTo("alpha");
    asking.join();
    assertThat(failures(TlsFailure.PEER_GONE)).isEqualTo(1);
    assertThatOneHandshakeMayBeUnderWay();
  }

  @Test
  void aTimeoutGivesTheHandshakeBack() throws Exception {
    inTask = () -> {};
    get(); // the first handshake of a JVM is slow
    inTask = go::acquireUninterruptibly;
    tasks.set(0);
    Duration timeout = Duration.ofMillis(500);
    server.restart(builder -> builder.tls(options().maxHandshakes(1).handshakeTimeout(timeout)));
    WirePeer peer = helloIn();

    assertThat(peer.isClosedAfterAll()).isTrue();
    await().until(() -> failures(TlsFailure.TIMEOUT) == 1);
    assertThat(server.closed(CloseReason.HANDSHAKE_TIMEOUT)).isEqualTo(1);
    assertThat(server.sum(stats -> stats.tls.handshaking + stats.tls.keptBytes)).isZero();
  }

  @Test
  void aDrainGivesTheHandshakeBack() throws Exception {
    WirePeer peer = helloIn();

    server.server().drain(() -> {});

    assertThat(peer.isClosedAfterAll()).isTrue();
    await().until(() -> server.sum(stats -> stats.tls.handshaking + stats.tls.keptBytes) == 0);
    assertThat(server.closed(CloseReason.DRAIN)).isEqualTo(1);
  }

  @Test
  void aStopInterruptsATaskThatStandsStill() throws Exception {
    CountDownLatch interrupted = new CountDownLatch(1);
    inTask =
        () -> {
          try {
            go.acquire();
          } catch (InterruptedException e) {
            interrupted.countDown();
          }
        };
    WirePeer peer = helloIn();

    server.server().stop();

    assertThat(peer.isClosedAfterAll()).isTrue();
    assertThat(interrupted.getCount()).isZero();
    await().until(() -> tlsThreads() == 0);
  }

  @Test
  void theTaskOfAClientThatHasGoneIsNotRunAndTakesNoPlaceInTheQueue() throws Exception {
    helloIn().reset(); // its task stands on the only thread
    await().until(() -> server.sum(stats -> stats.tls.handshaking) == 0);
    for (int i = 0; i < 10; i++) { // at a limit of one
      WirePeer queued = server.connect().send(RawHello.jdk());
      await().until(() -> server.sum(stats -> stats.tls.handshaking) == 1);
      queued.reset();
      await().until(() -> server.sum(stats -> stats.tls.handshaking) == 0);
    }
    WirePeer good = server.connect(TlsFixture.client());
    Thread asking = new Thread(() -> good.get("/a"));
    asking.start();
    await().until(() -> server.sum(stats -> stats.tls.handshaking) == 1);
    go.release(1_000);

    assertThat(good.response().body()).isEqualTo("alpha");
    asking.join();
    assertThat(failures(TlsFailure.LIMIT)).isZero();
    assertThat(tasks).as("those of the first and of the good client").hasValue(2);
    assertThatOneHandshakeMayBeUnderWay();
  }

  @Test
  void aClientThatEndsItsSideBeforeItsAnswerIsGone() throws Exception {
    server.restart(builder -> builder.tls(options()));
    WirePeer first = helloIn();
    WirePeer together = server.connect();
    together.send(RawHello.jdk()).shutdownOutput();
    await().until(() -> failures(TlsFailure.PEER_GONE) == 1);
    WirePeer later = server.connect().send(RawHello.jdk());
    await().until(() -> server.sum(stats -> stats.tls.handshaking) == 2);
    later.shutdownOutput();
    await().until(() -> failures(TlsFailure.PEER_GONE) == 2);
    assertThat(together.isClosedAfterAll() && later.isClosedAfterAll()).isTrue();

    go.release(1_000);

    assertThat(first.in().read()).as("the server's flight").isEqualTo(22);
    assertThat(tasks).hasValue(1);
  }

  /** An engine waits for ever, or for a task it never gives out, after one that threw an Error. */
  @Test
  void anErrorInATaskEndsItsConnectionAtOnce() throws Exception {
    inTask =
        () -> {
          throw new NoClassDefFoundError("a library of the key manager is missing");
        };

    assertThat(server.connect().send(RawHello.jdk()).isClosedAfterAll()).isTrue();

    await().until(() -> failures(TlsFailure.SERVER_ERROR) == 1);
    assertThat(server.closed(CloseReason.HANDSHAKE_TIMEOUT)).isZero();
    inTask = () -> {};
    assertThat(get()).as("others go on").isEqualTo("alpha");
    assertThatOneHandshakeMayBeUnderWay();
  }

  @Test
  void anExceptionInATaskEndsItsConnectionAtOnce() throws Exception {
    inTask =
        () -> {
          throw new IllegalStateException("the key store is locked");
        };

    assertThat(server.connect().send(RawHello.jdk()).isClosedAfterAll()).isTrue();

    await().until(() -> failures(TlsFailure.SERVER_ERROR) == 1);
    inTask = () -> {};
    assertThat(get()).isEqualTo("alpha");
    assertThatOneHandshakeMayBeUnderWay();
  }

  @Test
  void bytesThatComeMeanwhileWaitInTheSocket() throws Exception {
    WirePeer peer = helloIn();
    peer.send(new byte[] {20, 3, 3, 0, 1, 1});
    WirePeer.connect(server.port()).close(); // a later event of the loop
    await().until(() -> server.sum(stats -> stats.accepted) == 2);
    assertThat(server.server().connections()).isEqualTo(1);

    go.release(1_000);

    assertThat(peer.in().read()).as("the server's flight").isEqualTo(22);
    peer.shutdownOutput();
    peer.readAll();
    await().until(() -> failures(TlsFailure.PEER_GONE) == 1);
  }

  /** The limit is 1: a slot kept refuses the first, a slot given back twice lets in the second. */
  private void assertThatOneHandshakeMayBeUnderWay() throws Exception {
    await().until(() -> server.sum(stats -> stats.tls.handshaking) == 0);
    long before = failures(TlsFailure.LIMIT);
    inTask = go::acquireUninterruptibly;
    go.drainPermits();
    int already = tasks.get();
    WirePeer one = server.connect().send(RawHello.jdk());
    await().until(() -> tasks.get() == already + 1);
    WirePeer two = server.connect().send(RawHello.jdk());
    assertThat(two.in().read()).as("an alert").isEqualTo(21);
    await().until(() -> failures(TlsFailure.LIMIT) == before + 1);
    go.release(1_000);
    assertThat(one.in().read()).as("the server's flight").isEqualTo(22);
  }

  /** A client whose handshake stands still in its task. */
  private WirePeer helloIn() throws Exception {
    WirePeer peer = server.connect().send(RawHello.jdk());
    await().until(() -> tasks.get() == 1);
    return peer;
  }

  private String get() {
    return server.connect(TlsFixture.client()).get("/a").response().body();
  }

  private long failures(TlsFailure why) {
    return server.sum(stats -> stats.tls.failures(why));
  }

  private static long tlsThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().contains("-tls-"))
        .count();
  }
}

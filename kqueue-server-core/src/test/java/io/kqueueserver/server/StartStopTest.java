package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.KqueueServerBuilder;
import io.kqueueserver.RunningServer;
import io.kqueueserver.loop.EventLoop;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Starts and stops that go wrong half-way, and loops that end on their own. */
class StartStopTest {
  @RegisterExtension final ServerExtension server = new ServerExtension();

  @Test
  void aThreadThatCannotBeMadeLeavesNothingBehind() {
    assertNothingIsLeft(
        builder ->
            builder.threads(
                (loop, name) -> {
                  if (name.endsWith("1")) {
                    throw new IllegalStateException("on purpose");
                  }
                  return new Thread(loop, name);
                }));
  }

  @Test
  void aThreadThatCannotBeStartedLeavesNothingBehind() {
    assertNothingIsLeft(
        builder ->
            builder.threads(
                (loop, name) ->
                    new Thread(loop, name) {
                      @Override
                      public synchronized void start() {
                        if (name.endsWith("1")) {
                          throw new OutOfMemoryError("unable to create native thread, on purpose");
                        }
                        super.start();
                      }
                    }));
  }

  private static void assertNothingIsLeft(UnaryOperator<KqueueServerBuilder> options) {
    Set<String> before = Descriptors.ofServers();
    KqueueServer failing =
        options.apply(KqueueServer.builder().port(0).loops(3).name("half")).build();

    assertThatThrownBy(failing::start).hasMessageContaining("on purpose");

    assertThat(failing.port()).isEqualTo(-1);
    assertThat(Descriptors.ofServers()).isEqualTo(before);
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.startsWith("half-loop"));
  }

  @Test
  void timeoutsOfAnyLengthAreTaken() {
    Duration forever = Duration.ofSeconds(Long.MAX_VALUE);
    server.restart(
        builder ->
            builder
                .headerTimeout(forever)
                .idleTimeout(forever)
                .bodyTimeout(forever)
                .writeTimeout(forever));
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    WirePeer peer = server.connect();

    assertThat(peer.get("/a").response().body()).isEqualTo("alpha");
    assertThat(peer.get("/a").response().body()).isEqualTo("alpha");
  }

  @Test
  void anInterruptedStopStillWaitsForItsThreads() throws InterruptedException {
    CountDownLatch blocked = new CountDownLatch(1);
    server.restart(builder -> builder.loops(1));
    server.on(
        "/block",
        exchange -> {
          blocked.countDown();
          long end = System.nanoTime() + 500_000_000;
          while (System.nanoTime() < end) {
            Thread.onSpinWait();
          }
        });
    server.connect().get("/block");
    blocked.await();

    Thread.currentThread().interrupt();
    server.server().stop();

    assertThat(Thread.interrupted()).isTrue();
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.startsWith("kqueue-loop"));
  }

  @Test
  void aLoopThatHasEndedGetsNoConnectionsAndHoldsUpNoDrain() {
    server.on("/a", exchange -> answer(exchange, 200, "alpha"));
    EventLoop ended = server.workers().get(0).loop();
    ended.shutdown();
    await().until(ended::hasEnded);

    for (int i = 0; i < 10; i++) {
      assertThat(server.connect().get("/a").response().body()).isEqualTo("alpha");
    }

    AtomicInteger done = new AtomicInteger();
    server.server().drain(done::incrementAndGet);
    await().until(() -> done.get() == 1);
  }

  @Test
  void aDrainThatComesAfterTheStopCallsBackAllTheSame() {
    RunningServer running = Objects.requireNonNull(server.server().running());
    server.server().stop();
    AtomicInteger done = new AtomicInteger();

    running.drain(done::incrementAndGet);

    assertThat(done.get()).isEqualTo(1);
  }
}

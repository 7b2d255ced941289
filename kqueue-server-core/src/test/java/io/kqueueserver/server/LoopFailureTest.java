package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.ffi.FailingCalls;
import io.kqueueserver.ffi.FailingCalls.Call;
import io.kqueueserver.ffi.NativeException;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.stats.CloseReason;
import io.kqueueserver.stats.LoopStats;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens to connections and server when a call of an event loop fails. */
class LoopFailureTest {
  private static final String KQUEUE = "freebsd-x86_64";
  private static final String EPOLL = "linux-x86_64";
  private static final String LARGE = "x".repeat(8_000_000);

  @RegisterExtension final ServerExtension server = new ServerExtension();

  private final BlockingQueue<Exchange> running = new LinkedBlockingQueue<>();
  private final BlockingQueue<Throwable> failed = new LinkedBlockingQueue<>();
  private FailingCalls calls;
  private EventLoop loop;
  private boolean daemons;
  private volatile Consumer<Thread> reaction = thread -> {};

  private Thread loopThread(Runnable run, String name) {
    Thread thread = new Thread(run, name);
    thread.setDaemon(daemons);
    return thread;
  }

  private void startOn(String abi) {
    calls = FailingCalls.of(abi);
    ServerListener listener =
        new ServerListener() {
          @Override
          public void onFailed(Throwable cause) {
            failed.add(cause);
            reaction.accept(Thread.currentThread());
          }
        };
    server.restart(
        b -> b.loops(1).natives(calls.options()).listener(listener).threads(this::loopThread));
    server
        .on("/a", exchange -> answer(exchange, 200, "alpha"))
        .on("/large", exchange -> answer(exchange, 200, LARGE))
        .on("/wait", server.listening(running::add));
    loop = server.workers().get(0).loop();
    await().until(() -> loop.thread() != null);
  }

  @AfterEach
  void nothingFailsAnyMore() {
    calls.reset();
  }

  /** The error, how often in a row it comes, and how many replacements of the loop that costs. */
  @ParameterizedTest
  @CsvSource({
    KQUEUE + ", ETIMEDOUT, 1, 0, 0",
    KQUEUE + ", ETIMEDOUT, 40, 0, 0",
    KQUEUE + ", ENOMEM, 1, 1, 0",
    KQUEUE + ", EACCES, 5, 5, 0",
    KQUEUE + ", ENOMEM, 10, 10, 1",
    KQUEUE + ", EBADF, 1, 1, 1",
    KQUEUE + ", EFAULT, 2, 2, 2",
    KQUEUE + ", EINVAL, 1, 1, 1",
    EPOLL + ", ETIMEDOUT, 1, 0, 0",
    EPOLL + ", ENOMEM, 1, 1, 0",
    EPOLL + ", EBADF, 1, 1, 1",
    EPOLL + ", EINVAL, 2, 2, 2",
  })
  void connectionsGoOnBeingServed(
      String abi, String errno, int times, int failures, int replacements) throws Exception {
    startOn(abi);
    final Thread first = loop.thread();
    WirePeer idle = server.connect();
    idle.get("/a").response();
    WirePeer inFlight = server.connect().get("/wait");
    final Exchange exchange = running.poll(10, TimeUnit.SECONDS);
    WirePeer unsent = server.connect().get("/large");
    await().until(() -> stats().queuedBytes > 0);

    // What arrives while the loop is away has its edge in the old queue only.
    CountDownLatch away = hold();
    idle.get("/a");
    WirePeer late = server.connect().get("/a");
    calls.fail(Call.WAIT, errno, times);
    away.countDown();
    await().until(() -> calls.left(Call.WAIT) == 0);

    assertThat(idle.response().body()).isEqualTo("alpha");
    assertThat(late.response().body()).isEqualTo("alpha");
    exchange.execute(() -> answer(exchange, 200, "done"));
    assertThat(inFlight.response().body()).isEqualTo("done");
    assertThat(unsent.response().body()).hasSize(LARGE.length());
    assertThat(unsent.get("/a").response().body()).isEqualTo("alpha");
    assertThat(server.connect().get("/a").response().body()).isEqualTo("alpha");
    assertThat(stats().queueFailures).isEqualTo(failures);
    assertThat(stats().replacements).isEqualTo(replacements);
    assertThat(loop.thread() == first).isEqualTo(replacements == 0);
    assertThat(loop.thread().getName()).isEqualTo("kqueue-loop-0");
    assertThat(server.closed(CloseReason.NOT_REGISTERED)).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {KQUEUE, EPOLL})
  void aLoopThatIsReplacedThreeTimesAMinuteStopsTheServer(String abi) {
    startOn(abi);
    WirePeer peer = server.connect();
    peer.get("/a").response();

    calls.fail(Call.WAIT, "EBADF", 4);
    peer.get("/a");

    await().until(() -> server.server().running() == null && !failed.isEmpty());
    assertThat(failed).hasSize(1);
    assertThat(failed.poll()).isInstanceOf(NativeException.class).hasMessageContaining("EBADF");
    assertThat(server.server().failure()).hasMessageContaining("EBADF");
    calls.fail(Call.WAIT, "EBADF", 0);

    server.server().start();
    assertThat(server.server().failure()).isNull();
    assertThat(server.connect().get("/a").response().body()).isEqualTo("alpha");
  }

  @Test
  void theFailureOfARunDoesNotStopTheRunThatFollows() throws Exception {
    startOn(EPOLL);
    CompletableFuture<Thread> restarted = new CompletableFuture<>();
    reaction =
        thread -> {
          server.server().stop();
          calls.reset();
          server.server().start();
          restarted.complete(thread);
        };

    calls.fail(Call.WAIT, "EBADF", 4);
    loop.execute(() -> {});

    restarted.get(20, TimeUnit.SECONDS).join(20_000);
    assertThat(server.server().failure()).isNull();
    assertThat(server.server().running()).isNotNull();
    assertThat(server.connect().get("/a").response().body()).isEqualTo("alpha");
  }

  @Test
  void theProcessOutlivesLoopThreadsThatAreDaemonsUntilTheListenerHasHeard() throws Exception {
    daemons = true;
    startOn(EPOLL);
    CompletableFuture<Boolean> isDaemon = new CompletableFuture<>();
    reaction = thread -> isDaemon.complete(thread.isDaemon());

    calls.fail(Call.WAIT, "EBADF", 4);
    loop.execute(() -> {});

    assertThat(isDaemon.get(20, TimeUnit.SECONDS)).isFalse();
    await().until(() -> server.server().running() == null);
  }

  @ParameterizedTest
  @ValueSource(strings = {KQUEUE, EPOLL})
  void aQueueThatCannotBeOpenedYetIsTriedAgain(String abi) {
    startOn(abi);
    WirePeer peer = server.connect();
    peer.get("/a").response();

    calls.fail(Call.OPEN, "EMFILE", 3);
    calls.fail(Call.WAIT, "EINVAL", 1);
    peer.get("/a").response();

    assertThat(peer.get("/a").response().body()).isEqualTo("alpha");
    assertThat(stats().replacements).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {KQUEUE, EPOLL})
  void aLoopForWhichThereIsNoQueueStopsTheServer(String abi) throws Exception {
    startOn(abi);
    WirePeer peer = server.connect();
    peer.get("/a").response();

    CountDownLatch away = hold();
    peer.get("/a");
    calls.fail(Call.OPEN, "EMFILE", 100);
    calls.fail(Call.WAIT, "EINVAL", 1);
    away.countDown();

    await().until(() -> server.server().running() == null && !failed.isEmpty());
    assertThat(failed.poll()).hasMessageContaining("EINVAL");
    assertThatThrownBy(peer::response).isInstanceOf(UncheckedIOException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {KQUEUE, EPOLL})
  void aConnectionThatTheNewQueueRefusesIsResetAndTheListenerTriesAgain(String abi)
      throws Exception {
    startOn(abi);
    WirePeer peer = server.connect();
    peer.get("/a").response();

    CountDownLatch away = hold();
    calls.fail(Call.CHANGE, "ENOMEM", 2);
    calls.fail(Call.WAIT, "EINVAL", 1);
    away.countDown();

    assertThatThrownBy(peer::response).hasMessageContaining("reset");
    assertThat(server.closed(CloseReason.NOT_REGISTERED)).isEqualTo(1);
    assertThat(server.connect().get("/a").response().body()).isEqualTo("alpha");
  }

  @ParameterizedTest
  @CsvSource({KQUEUE + ", ENOMEM", KQUEUE + ", ETIMEDOUT", EPOLL + ", EPERM"})
  void aWakeUpThatTheSystemRefusesIsTriedAgainAndFailsNoCaller(String abi, String errno)
      throws Exception {
    startOn(abi);
    await().until(() -> loop.turn().busySince() == 0);
    CompletableFuture<Boolean> ran = new CompletableFuture<>();
    calls.fail(Call.WAKE, errno, 5);

    // Until the loop has parked, a task needs no wake-up.
    await()
        .until(
            () -> {
              assertThat(loop.execute(() -> ran.complete(true))).isTrue();
              return calls.left(Call.WAKE) < 5;
            });

    assertThat(ran.get(10, TimeUnit.SECONDS)).isTrue();
    await().until(() -> calls.left(Call.WAKE) == 0);
    await().until(() -> stats().queueFailures == 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ENOMEM", "ETIMEDOUT", "EINVAL"})
  void changesThatCouldNotBeAppliedAtOnceAreSubmittedWithTheNextWait(String errno) {
    startOn(KQUEUE);
    WirePeer inFlight = server.connect().get("/wait");
    Exchange exchange = await().until(running::poll, found -> found != null);
    calls.fail(Call.APPLY, errno, 1);
    CompletableFuture<Void> drained = new CompletableFuture<>();

    server.server().drain(() -> drained.complete(null)); // lets the listener go, and applies that
    await().until(() -> calls.left(Call.APPLY) == 0);
    exchange.execute(() -> answer(exchange, 200, "done"));

    assertThat(inFlight.response().body()).isEqualTo("done");
    await().until(drained::isDone);
    assertThat(stats().queueFailures).isEqualTo(1);
    assertThat(stats().replacements).isZero();
  }

  /** Holds the loop in a task until the latch is let go. */
  private CountDownLatch hold() throws InterruptedException {
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    loop.execute(
        () -> {
          held.countDown();
          try {
            release.await(10, TimeUnit.SECONDS);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    held.await();
    return release;
  }

  private LoopStats stats() {
    return loop.stats();
  }

  /** A stop that comes while a loop is replaced leaves no thread behind: see the extension. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aStopDuringAReplacementWaitsForTheThreadThatGoesOn(int times) throws Exception {
    startOn(KQUEUE);
    List<WirePeer> peers = List.of(server.connect(), server.connect());
    peers.forEach(peer -> peer.get("/a").response());
    CountDownLatch away = hold();
    calls.fail(Call.WAIT, "EFAULT", times);
    away.countDown();

    server.server().stop();

    assertThat(loop.hasEnded()).isTrue();
    calls.fail(Call.WAIT, "EFAULT", 0);
  }
}

package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.ffi.FaultyLibC;
import io.kqueueserver.ffi.ListenException;
import io.kqueueserver.ffi.NativeException;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.contract.HeardStream;
import io.kqueueserver.http.contract.Loans;
import io.kqueueserver.net.Worker;
import io.kqueueserver.server.MixedTraffic.Kind;
import io.kqueueserver.stats.CloseReason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One system call fails, each in turn and in each way its manual page knows. */
@EnabledOnOs(OS.LINUX)
class FailingCallTest {
  /** More calls than a start makes; a start that makes more should be looked at. */
  private static final int MOST_CALLS_OF_A_START = 200;

  /** Faults that a connection does not survive; all others cost nothing. */
  private static final Set<String> FATAL =
      Set.of(
          "epoll_ctl ENOMEM",
          "epoll_ctl ENOSPC",
          "read ECONNRESET",
          "read ETIMEDOUT",
          "read ENOBUFS",
          "read ENOMEM",
          "write EPIPE",
          "write ECONNRESET",
          "write ETIMEDOUT",
          "send EPIPE",
          "send ECONNRESET",
          "send ETIMEDOUT",
          "writev EPIPE",
          "writev ECONNRESET",
          "writev ETIMEDOUT",
          "open EMFILE",
          "open ENFILE",
          "open ENOMEM",
          "sendfile ECONNRESET",
          "sendfile EPIPE",
          "sendfile ETIMEDOUT",
          "sendfile EIO");

  private static FaultyLibC faults;

  @RegisterExtension final ServerExtension server = new ServerExtension();

  @TempDir Path folder;

  @BeforeAll
  static void bind() {
    faults = FaultyLibC.of(0);
  }

  @AfterAll
  static void forget() {
    faults.forget();
  }

  static List<String> whileServing() {
    return FaultyLibC.faultsWhileServing();
  }

  @ParameterizedTest
  @MethodSource("whileServing")
  void aCallThatFailsCostsItsOwnConnectionOrNothing(String fault) throws IOException {
    server.restart(builder -> builder.natives(faults.options()));
    MixedTraffic.serve(server, folder);
    faults.failNext(fault);
    int whole = 0;
    for (Kind kind : Kind.values()) {
      whole += MixedTraffic.connection(this::connect, new Random(1), kind);
    }
    awaitWakeups();
    assertThat(faults.injected()).containsOnlyKeys(fault);
    int others = Kind.values().length - 1; // the handler breaks one off
    assertThat(whole).isGreaterThanOrEqualTo(FATAL.contains(fault) ? others - 1 : others);
    assertThat(server.sum(stats -> stats.replacements)).as("loops replaced").isZero();
    assertThat(server.sum(stats -> stats.handlerErrors)).as("failed handlers").isZero();
    assertThat(faults.mostIdleWaits())
        .as("waits for nothing")
        .isLessThan(FaultyKernelTest.IDLE_WAITS);
  }

  /** Has the loops run a task each from here, whose wake-up may be the one that meets the fault. */
  private void awaitWakeups() {
    for (int i = 0; i < 20; i++) {
      for (Worker worker : server.workers()) {
        CompletableFuture<Void> ran = new CompletableFuture<>();
        assertThat(worker.loop().execute(() -> ran.complete(null))).isTrue();
        assertThat(ran).succeedsWithin(Duration.ofSeconds(10));
      }
    }
  }

  @Test
  void aFlightOfAHandshakeThatTheSocketRefusesEndsItsConnectionAtOnce() {
    server.restart(builder -> builder.loops(1).natives(faults.options()).tls(TlsFixture.server()));
    faults.failNext("write EPIPE");
    server.connect().send(RawHello.jdk());
    await()
        .until(
            () ->
                server.closed(CloseReason.PEER_GONE) + server.closed(CloseReason.PEER_RESET) == 1);
    assertThat(faults.injected()).containsOnlyKeys("write EPIPE");
  }

  /** The failed write has taken the reset from the socket; no read finds it any more. */
  @Test
  void anAnswerToCloseNotifyThatTheSocketRefusesEndsItsStreamWithACause() throws Exception {
    server.restart(builder -> builder.loops(1).natives(faults.options()).tls(TlsFixture.server()));
    HeardStream heard = new HeardStream();
    server.on("/up", exchange -> exchange.switchTo(HeaderSource.NONE, heard));
    try (TlsPipe pipe = new TlsPipe(TlsFixture.client(), server.port(), "TLSv1.2")) {
      pipe.handshake();
      String head = "GET /up HTTP/1.1\r\nHost: t\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
      pipe.records(head.getBytes(StandardCharsets.US_ASCII), head.length());
      pipe.readTo("\r\n\r\n");
      faults.failNext("write EPIPE");
      pipe.lastWords("bye");
      await().until(() -> heard.count("end") == 1);
    }
    assertThat(faults.injected()).containsOnlyKeys("write EPIPE");
    assertThat(heard.calls).containsExactly("open", "bytes", "inputEnd", "end");
    assertThat(heard.cause).isNotNull();
    assertThat(server.closed(CloseReason.PEER_RESET)).isOne();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aStartInWhichACallFailsLeavesNothingBehind(boolean unix) {
    for (int which = 0; which < 2; which++) {
      int calls = 0;
      while (startsWithout(calls, which, unix)) {
        calls++;
        assertThat(calls).isLessThan(MOST_CALLS_OF_A_START);
      }
      assertThat(calls).as("calls of a start").isGreaterThan(20);
    }
  }

  /** Starts with so many calls that succeed before one that fails; false if there was none. */
  private boolean startsWithout(int calls, int which, boolean unix) {
    server.server().stop();
    Ledger ledger = new Ledger();
    faults.failCall(calls, which);
    try {
      Path socket = unix ? folder.resolve("socket") : null;
      server.restart(builder -> builder.natives(faults.options()).unixSocket(socket));
      MixedTraffic.serve(server, folder);
      int whole = MixedTraffic.connection(this::connect, new Random(1), Kind.SMALL);
      whole += MixedTraffic.connection(this::connect, new Random(1), Kind.SMALL);
      assertThat(whole).as("of two connections, of which one may meet the fault").isPositive();
    } catch (NativeException | ListenException e) {
      String fault = faults.injected().keySet().iterator().next();
      assertThat(e).hasMessageContaining(fault.replaceAll(".* ", ""));
    } catch (IOException | RuntimeException | AssertionError e) {
      throw new AssertionError("call " + calls + " fails: " + faults.injected(), e);
    }
    boolean failed = !faults.injected().isEmpty();
    server.server().stop();
    try {
      ledger.awaitGone(null, new Loans());
      assertThat(folder.resolve("socket")).doesNotExist();
    } catch (AssertionError e) {
      throw new AssertionError("call " + calls + " fails: " + faults.injected(), e);
    }
    return failed;
  }

  private WirePeer connect() {
    return WirePeer.connect(server.port());
  }
}

package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.RequestHead;
import io.kqueueserver.http.contract.Loans;
import java.io.FileInputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Leaks made on purpose: each kind is named. */
class LedgerTest {
  /** More than the sockets of both ends take. */
  private static final int LARGE = 64 << 20;

  private final Loans loans = new Loans();
  private KqueueServer server;

  @BeforeEach
  void start() {
    server = KqueueServer.builder().port(0).loops(1).handler(this::answerWithoutEnd).build();
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop();
  }

  private void answerWithoutEnd(Exchange bare) {
    Exchange exchange = loans.counted(bare);
    exchange.respond(200, ServerExtension.TEXT, LARGE + 1);
    exchange.write(ByteBuffer.allocate(LARGE), () -> {});
  }

  @Test
  void whatARunningServerHoldsForAClientIsNamed() {
    try (WirePeer peer = WirePeer.connect(server.port())) {
      peer.get("/lent");
      await().until(() -> server.running().heldBytes() > 0);

      assertThatThrownBy(() -> impatient().awaitIdle(server.running(), loans))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("1 exchanges under way")
          .hasMessageContaining("1 connections counted against the limit")
          .hasMessageContaining("bytes held")
          .hasMessageContaining("1 connections assigned of kqueue-loop-0")
          .hasMessageContaining("1 HTTP_1 connections of kqueue-loop-0")
          .hasMessageContaining("a slot of kqueue-loop-0 for CONNECTION fd")
          .hasMessageContaining("a deadline of kqueue-loop-0: io.kqueueserver.net.")
          .hasMessageContaining(LARGE + " bytes lent by write for /lent was never given back");
    }
    new Ledger().awaitIdle(server.running(), loans);
  }

  @Test
  void descriptorsAndThreadsThatAreLeftAreNamed(@TempDir Path folder)
      throws IOException, InterruptedException {
    server.stop();
    Path file = Files.writeString(folder.resolve("left-open"), "a");
    Ledger ledger = impatient();
    CountDownLatch end = new CountDownLatch(1);
    Thread thread = new Thread(() -> awaitUninterrupted(end), "kqueue-left");
    thread.start();
    FileInputStream open = new FileInputStream(file.toFile());

    assertThatThrownBy(() -> ledger.awaitGone(null, loans))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("thread kqueue-left")
        .hasMessageContaining("left-open");

    open.close();
    end.countDown();
    thread.join();
    new Ledger().awaitGone(null, loans);
  }

  @Test
  void aBufferThatIsGivenBackTwiceIsNamed() {
    RequestHead request = answering(RequestHead.class, (name, arguments) -> "/twice");
    Exchange exchange =
        answering(
            Exchange.class,
            (name, arguments) -> {
              if (name.equals("write")) {
                ((Runnable) arguments[1]).run();
                ((Runnable) arguments[1]).run();
              }
              return name.equals("request") ? request : null;
            });
    loans.counted(exchange).write(ByteBuffer.allocate(3), () -> {});

    assertThat(loans.open())
        .containsExactly("3 bytes lent by write for /twice was given back 2 times");
  }

  private static <T> T answering(Class<T> type, BiFunction<String, Object[], Object> answer) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> answer.apply(method.getName(), arguments)));
  }

  private static Ledger impatient() {
    return new Ledger(Duration.ofMillis(50));
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

package io.kqueueserver.spring.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.http.ExchangeException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.http.ZeroCopyHttpOutputMessage;
import org.springframework.http.server.reactive.ServerHttpResponse;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Files as bodies: who opens them, on which thread, and who closes them. */
class FileBodyTests {
  private final ScriptedExchange exchange = ScriptedExchange.get();
  private final AtomicBoolean completed = new AtomicBoolean();
  private Path file;

  @BeforeEach
  void write(@TempDir Path directory) throws IOException {
    file = Files.writeString(directory.resolve("some.bin"), "0123456789");
  }

  /** Answers with what the function writes. */
  private void answer(Function<ServerHttpResponse, Mono<Void>> write) {
    new HttpHandlerAdapter(
            (request, response) -> write.apply(response).doOnSuccess(v -> completed.set(true)))
        .handle(exchange);
  }

  @Test
  void aFileIsLeftToTheServer() {
    answer(response -> zeroCopy(response).writeWith(file, 3, 7));
    assertThat(exchange.events)
        .containsExactly("respond 200 7", "writeFile some.bin 3 7", "finish");
    exchange.endTurn();
    assertThat(exchange.sent()).isEqualTo("3456789");
    assertThat(completed).isTrue();
  }

  @Test
  void aFileOnTheLoopIsNotOpenedThere() {
    answer(response -> zeroCopy(response).writeWith(file, 0, 7));
    assertThat(exchange.opened).hasValue(0);
    exchange.endTurn();
    assertThat(exchange.sent()).isEqualTo("0123456");
  }

  @Test
  void aFileOnAThreadThatMayNotBlockIsNotOpenedThere() {
    sendFrom(Schedulers.parallel());
    exchange.endTurn();
    assertThat(exchange.opened).hasValue(0);
    assertThat(exchange.sent()).isEqualTo("0123456");
  }

  @Test
  void aFileOnAThreadThatMayBlockIsOpenedThereAndClosedOnceItWasHandedOver() {
    sendFrom(Schedulers.boundedElastic());
    assertThat(exchange.opened).hasValue(1);
    assertThat(exchange.closedFiles).hasValue(0);
    exchange.endTurn();
    assertThat(exchange.closedFiles.get()).isPositive();
    assertThat(exchange.sent()).isEqualTo("0123456");
    assertThat(completed).isTrue();
  }

  @Test
  void aFileThatIsOpenIsClosedIfItsClientHasGone() {
    sendFrom(Schedulers.boundedElastic());
    exchange.fail(Reason.PEER_RESET, "Broken pipe");
    exchange.endTurn();
    assertThat(exchange.closedFiles.get()).isPositive();
    assertThat(exchange.sent()).isEmpty();
  }

  @Test
  void aFileThatIsOpenIsClosedIfItsResponseIsCancelled() {
    AtomicReference<Disposable> writing = new AtomicReference<>();
    answer(
        response -> {
          writing.set(
              zeroCopy(response)
                  .writeWith(file, 0, 7)
                  .subscribeOn(Schedulers.boundedElastic())
                  .subscribe());
          return Mono.never();
        });
    await().until(() -> exchange.tasksTaken.get() == 1);
    writing.get().dispose();
    assertThat(exchange.closedFiles.get()).isPositive();
    exchange.endTurn();
    assertThat(exchange.sent()).isEmpty();
  }

  @Test
  void aFileThatIsOpenIsClosedIfTheLoopHasEnded() {
    exchange.endLoop();
    answer(
        response ->
            zeroCopy(response).writeWith(file, 0, 7).subscribeOn(Schedulers.boundedElastic()));
    await().until(() -> exchange.closedFiles.get() > 0);
    assertThat(exchange.opened).hasValue(1);
  }

  @Test
  void anErrorOfAnOpeningFailsTheResponse() {
    AtomicReference<Throwable> error = new AtomicReference<>();
    exchange.lacksMemory = true;
    answer(
        response ->
            zeroCopy(response)
                .writeWith(file, 0, 7)
                .subscribeOn(Schedulers.boundedElastic())
                .doOnError(error::set));
    await().until(() -> error.get() != null);
    assertThat(error.get()).isInstanceOf(OutOfMemoryError.class);
    exchange.endTurn();
    assertThat(exchange.status()).isEqualTo(500);
  }

  /** Returns when the loop has been given the file. */
  private void sendFrom(Scheduler scheduler) {
    answer(response -> zeroCopy(response).writeWith(file, 0, 7).subscribeOn(scheduler));
    await().until(() -> exchange.tasksTaken.get() == 1);
  }

  @Test
  void commitActionsRunBeforeAFileIsSent() {
    answer(
        response -> {
          response.beforeCommit(
              () -> Mono.fromRunnable(() -> response.getHeaders().set("X-Late", "yes")));
          return zeroCopy(response).writeWith(file, 0, 7);
        });
    assertThat(exchange.fields).containsExactly("X-Late: yes");
  }

  private static ZeroCopyHttpOutputMessage zeroCopy(ServerHttpResponse response) {
    return (ZeroCopyHttpOutputMessage) response;
  }
}

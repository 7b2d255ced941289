package io.kqueueserver.http.contract;

import static io.kqueueserver.http.contract.ExchangeFixture.Request.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.build.OpenFiles;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.FileRegion;
import io.kqueueserver.http.OpenFile;
import io.kqueueserver.http.contract.ExchangePeer.Answer;
import io.kqueueserver.http.contract.ExchangePeer.End;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Files in responses. */
abstract class ExchangeFileContract extends ExchangeRequestContract {
  @Test
  void aPartOfAFileArrives() {
    AtomicInteger done = new AtomicInteger();
    serve(get());
    onLoop(
        x -> {
          x.respond(200, TEXT, 8);
          x.writeFile(fixture().file(), 40, 8, done::incrementAndGet);
          x.finish();
        });
    assertAnswered(peer.answer(), 200, "00100011");
    untilHeard("complete");
    until(() -> done.get() == 1);
  }

  @Test
  void filesAndBytesKeepTheirOrder() {
    serve(get());
    onLoop(
        x -> {
          x.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          x.write(ascii("<"), null);
          x.writeFile(fixture().file(), 0, 4, null);
          x.write(ascii("|"), null);
          x.writeFile(fixture().file(), 4, 4, null);
          x.write(ascii(">"), null);
          x.finish();
        });
    assertAnswered(peer.answer(), 200, "<0000|0001>");
  }

  @Test
  void nothingFollowsTheEndThoughAFileIsStillOnItsWay() {
    AtomicInteger released = new AtomicInteger();
    serve(get());
    onLoop(
        x -> {
          x.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          x.writeFile(fixture().file(), 0, 40_000, released::incrementAndGet);
          x.finish();
          x.write(ascii("late"), released::incrementAndGet);
          x.writeFile(fixture().file(), 0, 4, released::incrementAndGet);
          x.finish();
        });
    String body = peer.answer().body();
    assertThat(body).hasSize(40_000).endsWith("9999");
    untilHeard("complete");
    until(() -> released.get() == 3);
  }

  @Test
  void aFileThatIsTooShortIsAnErrorOrBreaksTheExchange() {
    AtomicInteger done = new AtomicInteger();
    serve(get());
    onLoop(
        x -> {
          x.respond(200, TEXT, 50_000);
          x.writeFile(fixture().file(), 0, 50_000, done::incrementAndGet);
          x.finish();
        });
    Answer answer = peer.answer();
    if (answer.status() == 200) {
      assertThat(answer.end()).isEqualTo(End.BROKEN);
    } else {
      assertThat(answer.status()).as("its head was not sent yet").isEqualTo(500);
    }
    untilHeard("error");
    until(() -> done.get() == 1);
    assertServesOn();
  }

  @Test
  void aFileIsAnAnswerOfItsOwn() {
    AtomicInteger done = new AtomicInteger();
    serve(get());
    onLoop(
        x ->
            x.respondFile(
                206, TEXT, 8, new FileRegion(fixture().file(), 40, 8), done::incrementAndGet));
    assertAnswered(peer.answer(), 206, "00100011");
    untilHeard("complete");
    until(() -> done.get() == 1);
    assertServesOn();
  }

  @Test
  void aFileThatIsNotThereIsAnsweredBeforeAnythingPromisesIt() {
    AtomicInteger done = new AtomicInteger();
    serve(get());
    FileRegion missing = new FileRegion(fixture().file().resolveSibling("missing"), 0, 8);
    onLoop(x -> x.respondFile(200, TEXT, 8, missing, done::incrementAndGet));
    assertThat(peer.answer().status()).isEqualTo(404);
    untilHeard("error");
    until(() -> done.get() == 1);
    assertServesOn();
  }

  @Test
  void aFileIsGivenBackByABrokenExchange() {
    AtomicInteger done = new AtomicInteger();
    serve(get());
    onLoop(
        x -> {
          x.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          x.write(ByteBuffer.wrap(incompressible(10_000_000)), null);
          x.writeFile(fixture().file(), 0, 40_000, done::incrementAndGet);
        });
    peer.disappear();
    untilHeard("error");
    until(() -> done.get() == 1);
  }

  // ---- files that are open before

  @Test
  void aFileThatIsOpenIsSentThoughItsNameIsGone() throws IOException {
    AtomicInteger done = new AtomicInteger();
    Path file = copy("open");
    serve(get());
    FileRegion region = exchange.openNow(new FileRegion(file, 40, 8));
    if (region.opened() != null) {
      Files.delete(file);
    }
    onLoop(x -> x.respondFile(206, TEXT, 8, region, done::incrementAndGet));
    close(region.opened());
    assertAnswered(peer.answer(), 206, "00100011");
    untilHeard("complete");
    until(() -> done.get() == 1);
    until(() -> OpenFiles.below(file).isEmpty());
    assertServesOn();
  }

  @Test
  void aFileThatIsOpenAndNotSentIsClosed() throws IOException {
    Path file = copy("unsent");
    serve(get());
    FileRegion region = exchange.openNow(new FileRegion(file, 0, 8));
    close(region.opened());
    close(region.opened());
    assertThat(OpenFiles.below(file)).isEmpty();
    onLoop(x -> x.respondFile(200, TEXT, 8, region, null));
    assertAnswered(peer.answer(), 200, "00000001");
    until(() -> OpenFiles.below(file).isEmpty());
  }

  @Test
  void aFileOfAnExchangeThatHasEndedIsGivenBack() throws IOException {
    AtomicInteger done = new AtomicInteger();
    Path file = copy("late");
    serve(get(), x -> answer(x, 200, "hello"));
    FileRegion region = exchange.openNow(new FileRegion(file, 0, 8));
    assertAnswered(peer.answer(), 200, "hello");
    exchange.execute(() -> exchange.respondFile(200, TEXT, 8, region, done::incrementAndGet));
    until(() -> done.get() == 1);
    close(region.opened());
    until(() -> OpenFiles.below(file).isEmpty());
  }

  @Test
  void aFileThatCannotBeOpenedNowIsTheSameRegion() {
    AtomicInteger done = new AtomicInteger();
    serve(get());
    FileRegion missing = new FileRegion(fixture().file().resolveSibling("missing"), 0, 8);
    assertThat(exchange.openNow(missing)).isSameAs(missing);
    onLoop(x -> x.respondFile(200, TEXT, 8, missing, done::incrementAndGet));
    assertThat(peer.answer().status()).isEqualTo(404);
    until(() -> done.get() == 1);
  }

  private Path copy(String name) throws IOException {
    Path from = fixture().file();
    return Files.copy(from, from.resolveSibling(name), StandardCopyOption.REPLACE_EXISTING);
  }

  private static void close(@Nullable OpenFile file) {
    if (file != null) {
      file.close();
    }
  }
}

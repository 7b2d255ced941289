package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.TEXT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.ExchangeHandler;
import io.kqueueserver.http.coding.BrokenEncoders;
import io.kqueueserver.http.coding.BrokenEncoders.At;
import io.kqueueserver.http.coding.Compression;
import io.kqueueserver.http.coding.EncoderPool;
import io.kqueueserver.net.FileOpener;
import io.kqueueserver.net.FileWorker;
import io.kqueueserver.server.coding.CodingContext;
import io.kqueueserver.server.coding.CompressingExchange;
import io.kqueueserver.socket.Sockets;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A library that gives up in the middle of a body costs that body and nothing else. */
class BrokenEncoderTest {
  @RegisterExtension final ServerExtension server = ServerExtension.with(b -> b.loops(1));

  @TempDir Path directory;

  private final FileWorker files = new FileWorker("broken-encoder");
  private final AtomicInteger released = new AtomicInteger();

  @AfterEach
  void endFiles() {
    files.close();
  }

  /** As a server with compression would, but with these encoders. */
  private EncoderPool behind(At at, Throwable cause, ExchangeHandler handler) {
    EncoderPool pool = BrokenEncoders.pool(at, cause);
    CodingContext context =
        new CodingContext(
            Compression.DEFAULTS,
            server.workers().get(0).loop(),
            files,
            new FileOpener(new Sockets(Native.load(NativeOptions.DEFAULTS))),
            pool);
    server.on(
        "/broken",
        exchange ->
            server.listening(handler::handle).handle(new CompressingExchange(exchange, context)));
    server.on("/fine", exchange -> ServerExtension.answer(exchange, 200, "fine"));
    return pool;
  }

  private void assertOnlyTheExchangeSuffers(EncoderPool pool) {
    WirePeer other = server.connect().get("/fine");
    assertThat(other.response().body()).isEqualTo("fine");
    WirePeer peer =
        server
            .connect()
            .send(
                "GET /broken HTTP/1.1\r\n"
                    + "Host: t\r\n"
                    + "Accept-Encoding: gzip\r\n"
                    + "Connection: close\r\n\r\n");
    String answer = peer.readAll();
    if (!answer.startsWith("HTTP/1.1 500")) {
      assertThat(answer)
          .as("no whole response, and no bare end")
          .startsWith("HTTP/1.1 200")
          .doesNotContain("Content-Length")
          .doesNotEndWith("\r\n0\r\n\r\n");
    }
    await().until(() -> !server.errors.isEmpty());
    assertThat(server.errors).extracting(e -> e.reason()).containsExactly(Reason.APPLICATION);
    assertThat(server.errors.peek()).hasMessageContaining("on purpose");
    assertThat(pool.inUse()).isZero();
    assertThat(other.get("/fine").response().body()).isEqualTo("fine");
  }

  private void write(Exchange exchange, int bytes) {
    exchange.write(ByteBuffer.allocate(bytes), released::incrementAndGet);
  }

  @ParameterizedTest
  @EnumSource
  void whatFailsWithinTheHandlerEndsItsExchange(At at) {
    assertOnlyTheExchangeSuffers(
        behind(
            at,
            new IllegalStateException("on purpose"),
            exchange -> {
              exchange.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
              try {
                write(exchange, 10_000);
                exchange.flush();
                exchange.finish();
              } catch (IllegalStateException e) {
                // A handler that goes on must not get half of a body through.
                write(exchange, 10_000);
                exchange.finish();
              }
            }));
    assertThat(released).as("both buffers").hasValue(2);
  }

  @ParameterizedTest
  @CsvSource({"ENCODE, false", "FLUSH, true", "FLUSH, false"})
  void whatFailsAfterTheHandlerEndsItsExchangeToo(At at, boolean error) {
    Throwable cause =
        error ? new InternalError("on purpose") : new IllegalStateException("on purpose");
    assertOnlyTheExchangeSuffers(
        behind(
            at,
            cause,
            exchange -> {
              exchange.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
              exchange.execute(() -> write(exchange, 1_000_000));
            }));
    assertThat(released).hasValue(1);
  }

  @ParameterizedTest
  @EnumSource(names = {"ENCODE", "FINISH"})
  void whatFailsInAFileGivesTheFileBack(At at) throws IOException {
    Path file = Files.write(directory.resolve("f"), new byte[200_000]);
    assertOnlyTheExchangeSuffers(
        behind(
            at,
            new InternalError("on purpose"),
            exchange -> {
              exchange.respond(200, TEXT, 200_000);
              exchange.writeFile(file, 0, 200_000, released::incrementAndGet);
              exchange.finish();
            }));
    assertThat(released).hasValue(1);
  }
}

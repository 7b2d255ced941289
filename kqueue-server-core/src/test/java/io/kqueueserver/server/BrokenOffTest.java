package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.TEXT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.ExchangeHandler;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.coding.Codings;
import io.kqueueserver.http.coding.Compression;
import io.kqueueserver.http.coding.ContentCoding;
import io.kqueueserver.http.coding.MimeTypes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the client of a response gets that is broken off: all that was written before, whatever held
 * it, and then an end that cannot be taken for a complete response; or an error if nothing was
 * written. Never the bare end of a connection, at which clients send their request again.
 */
class BrokenOffTest {
  private static final String ASKS_GZIP = "Accept-Encoding: gzip\r\n";

  /** More than a loop takes from its queue in one turn. */
  private static final int TASKS_OF_A_TURN = 1_000;

  private static final byte[] NOISE = noise(1 << 20);

  @RegisterExtension
  final ServerExtension server =
      ServerExtension.with(
          builder ->
              builder
                  .loops(1)
                  .compression(
                      new Compression(
                          List.of(ContentCoding.GZIP),
                          1,
                          0,
                          MimeTypes.COMPRESSIBLE,
                          List.of(),
                          9)));

  @TempDir Path directory;

  private static byte[] noise(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  private static ExchangeException onPurpose() {
    return new ExchangeException(Reason.APPLICATION, "on purpose");
  }

  private static void write(Exchange exchange, int bytes) {
    exchange.write(ByteBuffer.wrap(NOISE, 0, bytes), null);
  }

  /** What an application may have written when it breaks off, and how many bytes that is. */
  private record Written(Consumer<Exchange> how, int bytes) {}

  private Map<String, Written> written() throws IOException {
    Path file = Files.write(directory.resolve("f"), NOISE);
    return Map.of(
        "19 KB of this turn", new Written(exchange -> write(exchange, 19_000), 19_000),
        "flushed, then more",
            new Written(
                exchange -> {
                  exchange.write(ByteBuffer.wrap(NOISE, 0, 100), null);
                  exchange.flush();
                  exchange.write(ByteBuffer.wrap(NOISE, 100, 100), null);
                },
                200),
        "a buffer that is coded in portions",
            new Written(exchange -> write(exchange, NOISE.length), NOISE.length),
        "a file",
            new Written(exchange -> exchange.writeFile(file, 0, NOISE.length, null), NOISE.length));
  }

  @TestFactory
  Stream<DynamicTest> whatWasWrittenBeforeAResetArrives() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    written()
        .forEach(
            (name, written) -> {
              for (String accepts : new String[] {ASKS_GZIP, ""}) {
                for (String version : new String[] {"1.1", "1.0"}) {
                  tests.add(
                      DynamicTest.dynamicTest(
                          name + ", HTTP/" + version + ", " + accepts.strip(),
                          () -> assertArrivesAndIsCut(written, version, accepts)));
                }
              }
            });
    return tests.stream();
  }

  private void assertArrivesAndIsCut(Written written, String version, String accepts)
      throws IOException {
    server.on(
        "/cut",
        exchange -> {
          exchange.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          written.how.accept(exchange);
          exchange.reset(onPurpose());
          write(exchange, 10); // too late
          exchange.finish();
        });
    boolean chunked = version.equals("1.1");
    Cut cut = cut("GET /cut HTTP/" + version + "\r\nHost: t\r\n" + accepts + "\r\n", chunked);

    assertThat(cut.head).startsWith("HTTP/1.1 200");
    assertThat(cut.complete).isFalse();
    if (!chunked && written.bytes == NOISE.length) {
      assertThat(cut.body).isNotEmpty(); // a reset makes the kernel drop what it has not delivered
      return;
    }
    byte[] plain =
        accepts.isEmpty()
            ? cut.body
            : Codings.decodeSoFar(ContentCoding.GZIP, cut.body, written.bytes);
    assertThat(plain).hasSize(written.bytes);
    assertThat(ByteBuffer.wrap(plain)).isEqualTo(ByteBuffer.wrap(NOISE, 0, written.bytes));
  }

  /** A response as far as it came. */
  private static final class Cut {
    final String head;
    final byte[] body;
    final boolean complete;

    Cut(String head, byte[] body, boolean complete) {
      this.head = head;
      this.body = body;
      this.complete = complete;
    }
  }

  private Cut cut(String request, boolean chunked) throws IOException {
    InputStream in = server.connect().send(request).in();
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int c = in.read();
      assertThat(c).as("a byte behind '%s'", head).isNotNegative();
      head.append((char) c);
    }
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    boolean complete = chunked ? chunks(in, body) : endsInOrder(in, body);
    return new Cut(head.toString(), body.toByteArray(), complete);
  }

  /** Whether the last chunk came. */
  private static boolean chunks(InputStream in, ByteArrayOutputStream body) throws IOException {
    while (true) {
      StringBuilder line = new StringBuilder();
      for (int c = in.read(); c != '\n'; c = in.read()) {
        if (c < 0) {
          assertThat(line).as("all chunks are whole").isEmpty();
          return false;
        }
        line.append((char) c);
      }
      int size = Integer.parseInt(line.toString().strip(), 16);
      if (size == 0) {
        return true;
      }
      body.write(in.readNBytes(size));
      in.skipNBytes(2);
    }
  }

  private static boolean endsInOrder(InputStream in, ByteArrayOutputStream body) {
    byte[] piece = new byte[8192];
    try {
      for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
        body.write(piece, 0, n);
      }
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {ASKS_GZIP, ""})
  void aResetBeforeAnyByteIsAnsweredWith500(String accepts) {
    server.on("/headless", server.listening(exchange -> exchange.reset(onPurpose())));
    WirePeer peer =
        server.connect().send("GET /headless HTTP/1.1\r\nHost: t\r\n" + accepts + "\r\n");

    assertThat(peer.response().status()).isEqualTo(500);
    await().until(() -> server.errors.size() == 1);
  }

  @Test
  void aResetOfAHeldHeadWithoutBodyIsAnsweredWith500() {
    server.on(
        "/head",
        exchange -> {
          exchange.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          exchange.reset(onPurpose());
        });
    WirePeer.Response response =
        server.connect().send("GET /head HTTP/1.1\r\nHost: t\r\n" + ASKS_GZIP + "\r\n").response();
    assertThat(response.status()).isEqualTo(500);
    assertThat(response.head()).doesNotContain("Content-Encoding");
  }

  /** The exchange finds that out by itself, and its coding must not lose what the turn wrote. */
  @Test
  void whatWasWrittenBeforeAListenerThrowsArrives() throws IOException {
    server.on(
        "/upload",
        exchange -> {
          exchange.listener(
              new ExchangeListener() {
                @Override
                public void onBody(ByteBuffer data) {
                  exchange.write(ByteBuffer.wrap(NOISE, 100, 100), null);
                  throw new IllegalStateException("on purpose");
                }
              });
          exchange.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          exchange.write(ByteBuffer.wrap(NOISE, 0, 100), null);
          exchange.flush();
          exchange.demand(1);
        });
    Cut cut =
        cut(
            "POST /upload HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\n" + ASKS_GZIP + "\r\nx",
            true);
    assertThat(cut.complete).isFalse();
    assertThat(ByteBuffer.wrap(Codings.decodeSoFar(ContentCoding.GZIP, cut.body, 200)))
        .isEqualTo(ByteBuffer.wrap(NOISE, 0, 200));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 19_000, 1 << 20})
  void aClientThatRetriesDoesNotRunTheHandlerTwice(int bytes) throws IOException {
    AtomicInteger runs = new AtomicInteger();
    server.on(
        "/once",
        exchange -> {
          runs.incrementAndGet();
          exchange.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          write(exchange, bytes);
          exchange.reset(onPurpose());
        });
    HttpURLConnection connection =
        (HttpURLConnection)
            URI.create("http://127.0.0.1:" + server.port() + "/once").toURL().openConnection();
    connection.setRequestProperty("Accept-Encoding", "gzip");
    connection.setRequestProperty("Connection", "close");
    try {
      assertThat(connection.getResponseCode()).isEqualTo(bytes == 0 ? 500 : 200);
      if (bytes > 0) {
        assertThat(endsInOrder(connection.getInputStream(), new ByteArrayOutputStream())).isFalse();
      }
    } finally {
      connection.disconnect();
    }
    assertThat(runs).hasValue(1);
  }

  // ---- a server that stops at once

  @Test
  void whatATaskOfTheLastTurnWritesIsSent() throws Exception {
    CompletableFuture<Exchange> going = new CompletableFuture<>();
    server.on("/late", going::complete);
    WirePeer peer = server.connect().send("GET /late HTTP/1.1\r\nHost: t\r\n" + ASKS_GZIP + "\r\n");
    Exchange exchange = going.get();
    exchange.execute(
        () -> {
          Thread stop = new Thread(server.server()::stop);
          stop.start();
          await("the loop is asked to end").until(() -> isWaiting(stop));
          for (int i = 0; i < TASKS_OF_A_TURN; i++) {
            exchange.execute(() -> {});
          }
          exchange.execute(() -> ServerExtension.answer(exchange, 200, "last words"));
        });
    WirePeer.Response response = peer.response();
    byte[] coded = response.body().getBytes(StandardCharsets.ISO_8859_1);
    assertThat(new String(Codings.decode(ContentCoding.GZIP, coded), StandardCharsets.US_ASCII))
        .isEqualTo("last words");
  }

  private static boolean isWaiting(Thread thread) {
    Thread.State state = thread.getState();
    return state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING;
  }

  @ParameterizedTest
  @ValueSource(strings = {ASKS_GZIP, ""})
  void aRequestWithoutAnswerAtAStopIsAnsweredWith503(String accepts) throws Exception {
    CompletableFuture<Exchange> going = new CompletableFuture<>();
    server.on("/never", server.listening(going::complete));
    WirePeer peer = server.connect().send("GET /never HTTP/1.1\r\nHost: t\r\n" + accepts + "\r\n");
    going.get();
    server.server().stop();

    assertThat(peer.response().status()).isEqualTo(503);
    assertThat(server.errors).extracting(e -> e.reason()).containsExactly(Reason.SERVER_STOPPED);
  }

  @Test
  void aStopInAResponseWithoutFramingShowsAsReset() throws Exception {
    CompletableFuture<Exchange> going = new CompletableFuture<>();
    ExchangeHandler half =
        exchange -> {
          exchange.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          write(exchange, 10);
          going.complete(exchange);
        };
    server.on("/half", half);
    WirePeer peer = server.connect().send("GET /half HTTP/1.0\r\n\r\n");
    going.get();
    server.server().stop();

    assertThat(peer.readAll()).contains("HTTP/1.1 200").endsWith("<reset>");
  }
}

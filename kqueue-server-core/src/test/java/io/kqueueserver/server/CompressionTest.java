package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.TEXT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.RunningServer;
import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeOptions;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeHandler;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.coding.Codings;
import io.kqueueserver.http.coding.Compression;
import io.kqueueserver.http.coding.ContentCoding;
import io.kqueueserver.http.coding.MimeTypes;
import io.kqueueserver.server.coding.CompressingExchange;
import io.kqueueserver.socket.Sockets;
import io.kqueueserver.stats.Limit;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class CompressionTest {
  private static final String LONG = "All work and no play makes Jack a dull boy. ".repeat(200);

  @RegisterExtension
  final ServerExtension server =
      ServerExtension.with(
          builder -> builder.loops(1).compression(options(List.of(ContentCoding.GZIP), 100)));

  @TempDir Path directory;

  private static Compression options(List<ContentCoding> codings, int maxEncoders) {
    return new Compression(codings, 6, 2048, MimeTypes.COMPRESSIBLE, List.of("Old/1"), maxEncoders);
  }

  @AfterEach
  void noEncoderIsInUse() {
    RunningServer running = running();
    await("encoders come back")
        .untilAsserted(() -> assertThat(running.encoders()).isLessThanOrEqualTo(8));
    server.server().stop();
    assertThat(running.encoders()).isZero();
  }

  private RunningServer running() {
    return Objects.requireNonNull(server.server().running());
  }

  private WirePeer.Response get(String path, String... fields) {
    return send(server.connect(), "GET", path, fields).response();
  }

  private static WirePeer send(WirePeer peer, String method, String path, String... fields) {
    StringBuilder request = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: t\r\n");
    for (String field : fields) {
      request.append(field).append("\r\n");
    }
    return peer.send(request.append("\r\n").toString());
  }

  private static String unzip(WirePeer.Response response) {
    byte[] coded = response.body().getBytes(StandardCharsets.ISO_8859_1);
    try {
      return new String(Codings.decode(ContentCoding.GZIP, coded), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new AssertionError(response.head(), e);
    }
  }

  private static void write(Exchange exchange, String text) {
    exchange.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1)), null);
  }

  @Test
  void aBodyInOnePieceGetsItsCodedLength() {
    server.on("/a", exchange -> ServerExtension.answer(exchange, 200, LONG));
    WirePeer.Response response = get("/a", "Accept-Encoding: gzip");

    assertThat(response.has("Content-Encoding: gzip")).isTrue();
    assertThat(response.has("Vary: Accept-Encoding")).isTrue();
    assertThat(response.has("Content-Length: " + response.body().length())).isTrue();
    assertThat(response.head()).doesNotContainIgnoringCase("transfer-encoding");
    assertThat(response.body().length()).isLessThan(LONG.length() / 10);
    assertThat(unzip(response)).isEqualTo(LONG);
  }

  @Test
  void everyCodingThatIsAvailableIsSpoken() throws IOException {
    server.restart(builder -> builder.compression(options(ContentCoding.available(), 100)));
    server.on("/a", exchange -> ServerExtension.answer(exchange, 200, LONG));
    for (ContentCoding coding : ContentCoding.available()) {
      WirePeer.Response response = get("/a", "Accept-Encoding: " + coding.token());
      assertThat(response.has("Content-Encoding: " + coding.token())).isTrue();
      byte[] coded = response.body().getBytes(StandardCharsets.ISO_8859_1);
      assertThat(new String(Codings.decode(coding, coded), StandardCharsets.ISO_8859_1))
          .isEqualTo(LONG);
    }
  }

  @Test
  void aClientThatTakesNoneIsToldThatOthersMight() {
    server.on("/a", exchange -> ServerExtension.answer(exchange, 200, LONG));
    for (String[] fields :
        List.of(
            new String[] {},
            new String[] {"Accept-Encoding: identity, gzip;q=0"},
            new String[] {"Accept-Encoding: gzip", "User-Agent: oLD/1"})) {
      WirePeer.Response response = get("/a", fields);
      assertThat(response.has("Vary: Accept-Encoding")).isTrue();
      assertThat(response.head()).doesNotContain("Content-Encoding");
      assertThat(response.body()).isEqualTo(LONG);
    }
  }

  @Test
  void aHeadRequestIsToldWhatGetWouldGetButNoLengthOfOtherBytes() {
    server.on(
        "/a",
        exchange -> {
          exchange.respond(200, tagged("\"v1\""), LONG.length());
          write(exchange, LONG);
          exchange.finish();
        });
    WirePeer.Response coded = head("/a", "Accept-Encoding: gzip");
    assertThat(coded.has("Content-Encoding: gzip")).isTrue();
    assertThat(coded.has("Vary: Accept-Encoding")).isTrue();
    assertThat(coded.has("ETag: W/\"v1\"")).isTrue();
    assertThat(coded.head()).doesNotContain("Content-Length");

    WirePeer.Response plain = head("/a");
    assertThat(plain.has("Content-Length: " + LONG.length())).isTrue();
    assertThat(plain.has("Vary: Accept-Encoding")).isTrue();
    assertThat(plain.has("ETag: \"v1\"")).isTrue();
    assertThat(plain.head()).doesNotContain("Content-Encoding");
  }

  @Test
  void aHeadRequestOfUnknownLengthIsToldOfNoCoding() {
    server.on(
        "/a",
        exchange -> {
          exchange.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          exchange.finish();
        });
    assertThat(head("/a", "Accept-Encoding: gzip").head())
        .doesNotContain("Content-Encoding")
        .doesNotContain("Content-Length")
        .contains("Vary: Accept-Encoding");
  }

  private WirePeer.Response head(String path, String... fields) {
    return send(server.connect(), "HEAD", path, fields).response(false);
  }

  private static HeaderSource tagged(String tag) {
    return sink -> {
      sink.field("Content-Type", "text/plain");
      sink.field("ETag", tag);
    };
  }

  @Test
  void whatIsNotToBeCompressedIsLeftAlone() {
    server.on("/small", exchange -> ServerExtension.answer(exchange, 200, "small"));
    server.on(
        "/none",
        exchange -> {
          exchange.respond(204, TEXT, Exchange.UNKNOWN_LENGTH);
          exchange.finish();
        });
    server.on(
        "/part",
        exchange -> {
          exchange.respond(206, TEXT, LONG.length());
          write(exchange, LONG);
          exchange.finish();
        });
    for (String path : List.of("/small", "/part")) {
      WirePeer.Response response = get(path, "Accept-Encoding: gzip");
      assertThat(response.head()).doesNotContain("Content-Encoding").doesNotContain("Vary");
      assertThat(response.has("Content-Length: " + response.body().length())).isTrue();
    }
    WirePeer.Response none =
        send(server.connect(), "GET", "/none", "Accept-Encoding: gzip").response(false);
    assertThat(none.status()).isEqualTo(204);
    assertThat(none.head()).doesNotContain("Content-Encoding");
  }

  @Test
  void aNotModifiedVariesAsItsTwoHundredDid() {
    server.on(
        "/a",
        exchange -> {
          exchange.respond(304, HeaderSource.NONE, Exchange.UNKNOWN_LENGTH);
          exchange.finish();
        });
    WirePeer.Response response =
        send(server.connect(), "GET", "/a", "Accept-Encoding: gzip").response(false);
    assertThat(response.has("Vary: Accept-Encoding")).isTrue();
  }

  @Test
  void aNotModifiedNamesTheCodedRepresentationToWhoHasIt() {
    server.on(
        "/a",
        exchange -> {
          exchange.respond(304, tagged("\"v1\""), Exchange.UNKNOWN_LENGTH);
          exchange.finish();
        });
    for (String asked : List.of("W/\"v1\"", "\"v0\", W/\"v1\"")) {
      assertThat(notModified("If-None-Match: " + asked).has("ETag: W/\"v1\"")).isTrue();
    }
    for (String asked : List.of("\"v1\"", "W/\"v1.1\", \"v1\"", "*")) {
      assertThat(notModified("If-None-Match: " + asked).has("ETag: \"v1\"")).isTrue();
    }
  }

  private WirePeer.Response notModified(String field) {
    return send(server.connect(), "GET", "/a", "Accept-Encoding: gzip", field).response(false);
  }

  @Test
  void whatATurnHasWrittenIsVisibleAtItsEndWithoutAFlush() throws Exception {
    CompletableFuture<Exchange> going = new CompletableFuture<>();
    server.on(
        "/a",
        exchange -> {
          exchange.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          write(exchange, "first ");
          going.complete(exchange);
        });
    WirePeer peer = send(server.connect(), "GET", "/a", "Accept-Encoding: gzip");
    InputStream decoder = Codings.decoder(ContentCoding.GZIP, new Unchunked(peer));

    assertThat(new String(decoder.readNBytes(6), StandardCharsets.ISO_8859_1)).isEqualTo("first ");
    Exchange exchange = going.get();
    exchange.execute(() -> write(exchange, "second "));
    assertThat(new String(decoder.readNBytes(7), StandardCharsets.ISO_8859_1)).isEqualTo("second ");
    exchange.execute(
        () -> {
          write(exchange, "last");
          exchange.finish();
        });
    assertThat(new String(decoder.readAllBytes(), StandardCharsets.ISO_8859_1)).isEqualTo("last");
  }

  @Test
  void aHeadWithoutBodyYetLeavesAtTheEndOfItsTurn() throws Exception {
    CompletableFuture<Exchange> going = new CompletableFuture<>();
    server.on(
        "/a",
        exchange -> {
          exchange.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          going.complete(exchange);
        });
    WirePeer peer = send(server.connect(), "GET", "/a", "Accept-Encoding: gzip");
    InputStream body = new Unchunked(peer); // reads the head

    Exchange exchange = going.get();
    exchange.execute(
        () -> {
          write(exchange, "body");
          exchange.finish();
        });
    assertThat(
            new String(
                Codings.decoder(ContentCoding.GZIP, body).readAllBytes(),
                StandardCharsets.ISO_8859_1))
        .isEqualTo("body");
  }

  @Test
  void aFlushInTheMiddleOfATurnSendsTheHeadWithoutLength() {
    server.on(
        "/a",
        exchange -> {
          exchange.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          write(exchange, "a");
          exchange.flush();
          write(exchange, "b");
          exchange.finish();
        });
    WirePeer.Response response = get("/a", "Accept-Encoding: gzip");
    assertThat(response.has("Transfer-Encoding: chunked")).isTrue();
    assertThat(unzip(response)).isEqualTo("ab");
  }

  @Test
  void aBodyThatDidNotComeIsNotCoded() {
    server.on(
        "/a",
        exchange -> {
          exchange.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          exchange.finish();
        });
    WirePeer.Response response = get("/a", "Accept-Encoding: gzip");
    assertThat(response.has("Content-Length: 0")).isTrue();
    assertThat(response.head()).doesNotContain("Content-Encoding");
  }

  @Test
  void trailersStillComeBehindACodedBody() {
    server.on(
        "/a",
        exchange -> {
          exchange.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          write(exchange, LONG);
          exchange.finish(sink -> sink.field("X-Sum", "1"));
        });
    WirePeer.Response response = get("/a", "Accept-Encoding: gzip");
    assertThat(response.body()).endsWith("[X-Sum: 1]");
  }

  @Test
  void aLongBufferIsCodedInPortionsAndReleasedOnce() {
    String body = random(1_500_000);
    AtomicInteger released = new AtomicInteger();
    server.on(
        "/a",
        exchange -> {
          byte[] bytes = body.getBytes(StandardCharsets.ISO_8859_1);
          exchange.respond(200, TEXT, bytes.length + 4);
          exchange.write(ByteBuffer.wrap(bytes), released::incrementAndGet);
          assertThat(exchange.isWritable()).isFalse();
          write(exchange, "tail");
          exchange.finish();
        });
    assertThat(unzip(get("/a", "Accept-Encoding: gzip")).equals(body + "tail")).isTrue();
    assertThat(released).hasValue(1);
  }

  @Test
  void aLongBufferThatComesToLittleHoldsTheWriterUpAllTheSame() {
    assertWritabilityComesBack("x".repeat(700_000)); // the connection itself stays writable
  }

  @Test
  void writabilityComesBackWhenALongBufferIsDone() {
    assertWritabilityComesBack(random(700_000));
  }

  private void assertWritabilityComesBack(String body) {
    server.on(
        "/a",
        exchange -> {
          exchange.listener(
              new ExchangeListener() {
                @Override
                public void onWritable() {
                  write(exchange, "more");
                  exchange.finish();
                }
              });
          exchange.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          write(exchange, body);
          assertThat(exchange.isWritable()).isFalse();
        });
    assertThat(unzip(get("/a", "Accept-Encoding: gzip")).equals(body + "more")).isTrue();
  }

  @Test
  void aFileIsReadAndCodedInsteadOfSentByTheKernel() throws IOException {
    String content = random(500_000);
    Path file = Files.writeString(directory.resolve("f"), content, StandardCharsets.ISO_8859_1);
    AtomicInteger done = new AtomicInteger();
    server.on(
        "/file",
        exchange -> {
          exchange.respond(200, TEXT, content.length() - 10);
          exchange.writeFile(file, 10, content.length() - 10, done::incrementAndGet);
          exchange.finish();
        });
    WirePeer.Response coded = get("/file", "Accept-Encoding: gzip");
    assertThat(unzip(coded).equals(content.substring(10))).isTrue();
    assertThat(sendfileBytes()).isZero();
    assertThat(get("/file").body().equals(content.substring(10))).isTrue();
    // Where there is no sendfile(2), or it is of another kernel, files are read uncoded, too.
    boolean sendfile = new Sockets(Native.load(NativeOptions.DEFAULTS)).hasSendfile();
    long expected = sendfile ? content.length() - 10 : 0;
    await().until(() -> sendfileBytes() == expected); // counted after the client may have read them
    await().until(() -> done.get() == 2);
  }

  private long sendfileBytes() {
    return server.workers().stream().mapToLong(w -> w.loop().stats().sendfileBytes).sum();
  }

  @Test
  void aBufferTheApplicationFillsAgainIsCodedOnce() {
    server.on(
        "/a",
        exchange -> {
          ByteBuffer buffer = ByteBuffer.wrap("same buffer ".getBytes(StandardCharsets.US_ASCII));
          exchange.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          exchange.write(buffer, null);
          buffer.clear(); // ours again, and full of what was there
          exchange.finish();
        });
    assertThat(unzip(get("/a", "Accept-Encoding: gzip"))).isEqualTo("same buffer ");
  }

  @Test
  void aSmallFileStillGetsItsCodedLength() throws IOException {
    Path file = Files.writeString(directory.resolve("f"), LONG, StandardCharsets.ISO_8859_1);
    server.on(
        "/file",
        exchange -> {
          exchange.respond(200, TEXT, LONG.length());
          exchange.writeFile(file, 0, LONG.length(), null);
          exchange.finish();
        });
    WirePeer.Response coded = get("/file", "Accept-Encoding: gzip");
    assertThat(coded.has("Content-Length: " + coded.body().length())).isTrue();
    assertThat(unzip(coded)).isEqualTo(LONG);
  }

  @Test
  void aFileThatIsTooShortForItsHeldHeadIsAnsweredWith500() throws IOException {
    Path file = Files.writeString(directory.resolve("f"), "short");
    AtomicInteger done = new AtomicInteger();
    server.on(
        "/file",
        server.listening(
            exchange -> {
              exchange.respond(200, TEXT, 5000);
              exchange.writeFile(file, 0, 5000, done::incrementAndGet);
              exchange.finish();
            }));
    assertThat(get("/file", "Accept-Encoding: gzip").status()).isEqualTo(500);
    await().until(() -> !server.errors.isEmpty());
    assertThat(server.errors.peek()).hasMessageContaining("ended at 5");
    assertThat(done).hasValue(1);
  }

  @Test
  void moreOrFewerBytesThanAnnouncedBreakTheResponseOff() {
    server.on(
        "/more",
        server.listening(
            exchange -> {
              exchange.respond(200, TEXT, 3000);
              write(exchange, LONG);
            }));
    server.on(
        "/fewer",
        server.listening(
            exchange -> {
              exchange.respond(200, TEXT, 3_000_000);
              write(exchange, LONG);
              exchange.finish();
            }));
    assertThat(get("/more", "Accept-Encoding: gzip").status()).as("nothing sent").isEqualTo(500);
    assertThat(send(server.connect(), "GET", "/fewer", "Accept-Encoding: gzip").readAll())
        .startsWith("HTTP/1.1 200")
        .contains("Transfer-Encoding: chunked")
        .doesNotEndWith("\r\n0\r\n\r\n");
    await().until(() -> server.errors.size() == 2);
    assertThat(server.errors)
        .extracting(ExchangeException::reason)
        .containsOnly(ExchangeException.Reason.APPLICATION);
  }

  @Test
  void aHandlerThatThrowsBehindItsHeadIsStillAnsweredWith500() {
    server.on(
        "/a",
        exchange -> {
          exchange.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          write(exchange, LONG);
          assertThat(exchange.isCommitted()).isTrue();
          throw new IllegalStateException("on purpose");
        });
    WirePeer.Response response = get("/a", "Accept-Encoding: gzip");
    assertThat(response.status()).isEqualTo(500);
    assertThat(response.head()).doesNotContain("Content-Encoding");
  }

  @Test
  void aMalformedFieldIsRefusedAtOnceAndSomethingElseMayBeAnswered() {
    server.on(
        "/a",
        exchange -> {
          HeaderSource bad =
              sink -> {
                sink.field("Content-Type", "text/plain");
                sink.field("X-A", "a\r\nb: c");
              };
          try {
            exchange.respond(200, bad, Exchange.UNKNOWN_LENGTH);
          } catch (IllegalArgumentException e) {
            assertThat(exchange.isCommitted()).isFalse();
            ServerExtension.answer(exchange, 500, "refused");
          }
        });
    assertThat(get("/a", "Accept-Encoding: gzip").body()).isEqualTo("refused");
  }

  @Test
  void aClientThatGoesInTheMiddleGivesItsEncoderBack() {
    CompletableFuture<Exchange> going = new CompletableFuture<>();
    server.on(
        "/a",
        server.listening(
            exchange -> {
              exchange.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
              write(exchange, "first");
              going.complete(exchange);
            }));
    WirePeer peer = send(server.connect(), "GET", "/a", "Accept-Encoding: gzip");
    going.join();
    assertThat(running().encoders()).isEqualTo(1);
    peer.reset();
    await().until(() -> !server.errors.isEmpty());
  }

  @Test
  void beyondTheBoundResponsesGoAsTheyAreAndAreCounted() throws Exception {
    server.restart(builder -> builder.compression(options(List.of(ContentCoding.GZIP), 1)));
    CompletableFuture<Exchange> first = new CompletableFuture<>();
    server.on(
        "/open",
        exchange -> {
          exchange.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
          write(exchange, "a");
          first.complete(exchange);
        });
    server.on("/a", exchange -> ServerExtension.answer(exchange, 200, LONG));
    WirePeer open = send(server.connect(), "GET", "/open", "Accept-Encoding: gzip");
    Exchange exchange = first.get();

    WirePeer.Response response = get("/a", "Accept-Encoding: gzip");
    assertThat(response.body()).isEqualTo(LONG);
    assertThat(response.has("Vary: Accept-Encoding")).isTrue();
    assertThat(server.limitHits(Limit.ENCODERS)).isEqualTo(1);

    exchange.execute(exchange::finish);
    assertThat(unzip(open.response())).isEqualTo("a");
    assertThat(get("/a", "Accept-Encoding: gzip").has("Content-Encoding: gzip")).isTrue();
  }

  @Test
  void pipelinedResponsesStayInOrder() {
    server.on("/a", exchange -> ServerExtension.answer(exchange, 200, LONG));
    server.on("/b", exchange -> ServerExtension.answer(exchange, 200, "plain"));
    WirePeer peer = server.connect();
    send(peer, "GET", "/a", "Accept-Encoding: gzip");
    send(peer, "GET", "/b", "Accept-Encoding: gzip");
    send(peer, "GET", "/a", "Accept-Encoding: gzip");
    assertThat(unzip(peer.response())).isEqualTo(LONG);
    assertThat(peer.response().body()).isEqualTo("plain");
    assertThat(unzip(peer.response())).isEqualTo(LONG);
  }

  @Test
  void withoutCompressionHandlersMeetTheExchangeItself() {
    CompletableFuture<Exchange> seen = new CompletableFuture<>();
    ExchangeHandler handler =
        exchange -> {
          seen.complete(exchange);
          ServerExtension.answer(exchange, 200, LONG);
        };
    server.restart(builder -> builder.compression(null).handler(handler));
    assertThat(get("/a", "Accept-Encoding: gzip").head()).doesNotContain("Vary");
    assertThat(seen.join()).isInstanceOf(ExchangeCore.class);
  }

  /** A default method that is not passed on would hide what the exchange itself can do. */
  @Test
  void everyMethodOfAnExchangeIsPassedOn() {
    for (Method method : Exchange.class.getMethods()) {
      boolean shorthand = method.getName().equals("finish") && method.getParameterCount() == 0;
      if (!shorthand && !Modifier.isStatic(method.getModifiers())) {
        assertThat(CompressingExchange.class.getDeclaredMethods())
            .as(method.toString())
            .anyMatch(
                own ->
                    own.getName().equals(method.getName())
                        && Arrays.equals(own.getParameterTypes(), method.getParameterTypes()));
      }
    }
  }

  private static String random(int size) {
    Random random = new Random(size);
    StringBuilder text = new StringBuilder(size);
    for (int i = 0; i < size; i++) {
      text.append((char) ('a' + random.nextInt(20)));
    }
    return text.toString();
  }

  /** The body bytes of a chunked response, as they come. */
  private static final class Unchunked extends InputStream {
    private final InputStream in;
    private int left = -1;

    Unchunked(WirePeer peer) throws IOException {
      in = peer.in();
      StringBuilder head = new StringBuilder();
      while (head.indexOf("\r\n\r\n") < 0) {
        head.append((char) in.read());
      }
      assertThat(head.toString()).contains("Transfer-Encoding: chunked", "gzip");
    }

    private String line() throws IOException {
      StringBuilder line = new StringBuilder();
      for (int c = in.read(); c != '\n'; c = in.read()) {
        if (c < 0) {
          throw new IOException("end of stream");
        }
        line.append((char) c);
      }
      return line.toString().strip();
    }

    @Override
    public int read() throws IOException {
      if (left == 0) {
        line();
        left = -1;
      }
      if (left < 0) {
        left = Integer.parseInt(line(), 16);
        if (left == 0) {
          left = Integer.MIN_VALUE;
        }
      }
      if (left == Integer.MIN_VALUE) {
        return -1;
      }
      left--;
      return in.read();
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int c = length == 0 ? 0 : read();
      if (c < 0 || length == 0) {
        return c;
      }
      into[offset] = (byte) c;
      return 1;
    }
  }
}

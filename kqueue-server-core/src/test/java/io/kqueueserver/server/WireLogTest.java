package io.kqueueserver.server;

import static io.kqueueserver.http.h2.Frames.frame;
import static io.kqueueserver.http.h2.Frames.int32;
import static io.kqueueserver.http.h2.Frames.setting;
import static io.kqueueserver.server.Http2Peer.data;
import static io.kqueueserver.server.Http2Peer.rst;
import static io.kqueueserver.server.Http2Peer.windowUpdate;
import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.FrameFlags;
import io.kqueueserver.http.h2.FrameType;
import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.http.h2.Setting;
import io.kqueueserver.net.tls.TlsOptions;
import io.kqueueserver.net.tls.TlsProfile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class WireLogTest {
  private static final String SECRET = "s3cr3t";

  @RegisterExtension final ServerExtension server = new ServerExtension();

  private final Logger logger = (Logger) LoggerFactory.getLogger(WireLog.LOGGER);
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final List<Level> levels = new CopyOnWriteArrayList<>();
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          levels.add(event.getLevel());
          lines.add(event.getFormattedMessage().replaceFirst("^fd \\d+ ", ""));
        }
      };

  private Level usual;

  @BeforeEach
  void listen() {
    usual = logger.getLevel();
    logger.setLevel(Level.INFO);
    appender.start();
    logger.addAppender(appender);
  }

  @AfterEach
  void forget() {
    logger.detachAppender(appender);
    logger.setLevel(usual);
  }

  private WirePeer connect(boolean tls) {
    TlsOptions keys = tls ? TlsOptions.of(TlsProfile.of(TlsFixture.server())) : null;
    server.restart(
        builder -> builder.tls(keys).wireLog(new WireLogOptions(true, Set.of("X-API-Key"))));
    lines.removeIf(line -> line.contains("wire-log is on"));
    return tls ? server.connect(TlsFixture.client()) : server.connect();
  }

  private String all() {
    return String.join("\n", lines);
  }

  @Test
  void isOffUnlessAskedForAndThenWarnsAtEachStart() {
    server.on("/a", exchange -> answer(exchange, 200, "ok")).connect().get("/a").response();
    assertThat(lines).isEmpty();

    server.restart(builder -> builder.wireLog(new WireLogOptions(true, Set.of())));
    assertThat(levels).containsExactly(Level.WARN);
    assertThat(all()).contains("wire-log is on");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void showsHeadsLengthsAndEndsInColumns(boolean tls) {
    server.on(
        "/a",
        exchange -> {
          exchange.inform(103, sink -> sink.field("Link", "</style.css>"));
          exchange.respond(200, sink -> sink.field("Trailer", "X-Sum"), -1);
          exchange.write(ByteBuffer.wrap("hello".getBytes(StandardCharsets.US_ASCII)), null);
          exchange.finish(sink -> sink.field("X-Sum", "1"));
        });
    connect(tls).get("/a").response();

    assertThat(lines).hasSize(6);
    assertThat(lines.get(0))
        .startsWith("<< 0x00000000     - HEADERS       GET /a HTTP/1.1\n    Host: ");
    assertThat(lines.get(1)).isEqualTo("<< 0x00000000     - END");
    assertThat(lines.get(2))
        .matches("(?s)>> 0x00000000 +\\d+ HEADERS       HTTP/1.1 103 .*\n    Link: </style.css>");
    assertThat(lines.get(3))
        .startsWith(">> 0x00000000")
        .contains(
            "HEADERS       HTTP/1.1 200 ", "\n    Date: ", "\n    Transfer-Encoding: chunked");
    assertThat(lines.get(4)).isEqualTo(">> 0x00000000     5 DATA");
    assertThat(lines.get(5)).isEqualTo(">> 0x00000000     - END\n    X-Sum: 1");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void credentialsQueriesAndBodiesShowAsTheirLength(boolean tls) {
    HeaderSource fields =
        sink -> {
          sink.field("Set-Cookie", "id=" + SECRET);
          sink.field("Location", "/next?token=" + SECRET);
        };
    server.on(
        "/a",
        exchange -> {
          exchange.discardBody();
          exchange.respond(302, fields, 6);
          exchange.write(ByteBuffer.wrap(SECRET.getBytes(StandardCharsets.US_ASCII)), null);
          exchange.finish();
        });
    connect(tls)
        .send(
            "POST /a?key=s3cr3t HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer s3cr3t\r\n"
                + "PROXY-authorization: s3cr3t\r\ncookie: a=s3cr3t\r\nX-Api-Key: s3cr3t\r\n"
                + "Referer: http://y/?q=s3cr3t\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "6\r\ns3cr3t\r\n0\r\nX-API-KEY: s3cr3t\r\n\r\n")
        .response();
    await("the last row").until(() -> all().contains("X-API-KEY"));

    assertThat(all())
        .doesNotContain(SECRET)
        .contains("POST /a?…(10 bytes) HTTP/1.1")
        .contains("Authorization: …(13 bytes)", "PROXY-authorization: …(6 bytes)")
        .contains("cookie: …(8 bytes)", "X-Api-Key: …(6 bytes)")
        .contains("Referer: http://y/?…(8 bytes)")
        .contains("Set-Cookie: …(9 bytes)", "Location: /next?…(12 bytes)")
        .contains("<< 0x00000000     6 DATA", ">> 0x00000000     6 DATA");
  }

  // ---- HTTP/2

  private Http2Peer connectHttp2(boolean tls) {
    WireLogOptions options = new WireLogOptions(true, Set.of("X-API-Key"));
    TlsOptions keys = tls ? TlsOptions.of(TlsProfile.of(TlsFixture.server())) : null;
    server.restart(
        builder -> builder.tls(keys).http2(Http2Options.DEFAULTS).loops(1).wireLog(options));
    lines.removeIf(line -> line.contains("wire-log is on"));
    return tls
        ? Http2Peer.on(server.add(WirePeer.on(Http2Peer.h2(TlsFixture.client(), server.port()))))
        : Http2Peer.on(server.connect());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void framesShowInColumnsWithTheirValues(boolean bytewise) {
    server.on("/a", server.listening(exchange -> {}));
    Http2Peer peer = connectHttp2(false).bytewise(bytewise);
    peer.start(setting(Setting.INITIAL_WINDOW_SIZE.identifier(), 1), setting(0x1f, 7));
    peer.get(1, "/a").send(windowUpdate(1, 500));
    peer.send(frame(FrameType.PRIORITY_UPDATE.number(), 0, 0, int32(1), ascii("u=2, i")));
    peer.send(rst(1, ErrorCode.CANCEL), frame(0xbe, 0, 0, int32(7)));
    byte[] text = "bye\n\u00ff?token=s3cr3t".getBytes(StandardCharsets.ISO_8859_1);
    peer.send(frame(FrameType.GOAWAY.number(), 0, 0, int32(0), int32(11), text)).settle();
    peer.send(windowUpdate(0, 0));
    peer.goAway();

    assertThat(lines)
        .containsSubsequence(
            "<< 0x00000000    12 SETTINGS",
            "<< 0x00000000     - VALUES        INITIAL_WINDOW_SIZE=1",
            "<< 0x00000000     - VALUES        0x1f=7",
            "<< 0x00000001     4 WINDOW_UPDATE",
            "<< 0x00000001     - VALUES        +500",
            "<< 0x00000000    10 PRIORITY_UPDATE",
            "<< 0x00000001     - VALUES        u=2, i",
            "<< 0x00000001     4 RST_STREAM",
            "<< 0x00000001     - VALUES        CANCEL",
            "<< 0x00000000     4 UNKNOWN_be",
            "<< 0x00000000    " + (8 + text.length) + " GOAWAY",
            "<< 0x00000000     - VALUES        ENHANCE_YOUR_CALM, last stream 0",
            "<< 0x00000000     - VALUES        bye\\x0a\\xff?…(12 bytes)",
            "<< 0x00000000     8 PING",
            ">> 0x00000000     8 PING          ACK",
            ">> 0x00000000    26 GOAWAY        PROTOCOL_ERROR, last stream 1, WINDOW_UPDATE by 0");
    assertThat(lines)
        .anyMatch(line -> line.matches(">> .* SETTINGS +.*MAX_CONCURRENT_STREAMS=100.*"))
        .contains(
            ">> 0x00000000     4 WINDOW_UPDATE +983041", ">> 0x00000000     0 SETTINGS      ACK");
    assertThat(all()).doesNotContain(SECRET);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void headsAndTrailersOfHttp2AreMaskedAsThoseOfHttp1(boolean tls) {
    HeaderSource fields =
        sink -> {
          sink.field("Set-Cookie", "id=" + SECRET);
          sink.field("Location", "/next?token=" + SECRET);
          sink.field("Wide", "x".repeat(20_000));
        };
    server.on(
        "/a",
        server.collecting(
            (exchange, body, trailers) -> {
              exchange.inform(103, sink -> sink.field("Link", "</style.css>"));
              exchange.respond(200, fields, -1);
              exchange.write(ByteBuffer.wrap(SECRET.getBytes(StandardCharsets.US_ASCII)), null);
              exchange.finish(sink -> sink.field("X-API-Key", SECRET));
            }));
    Http2Peer peer = connectHttp2(tls).start();
    byte[] block =
        peer.block(
            ":method: POST",
            ":scheme: " + (tls ? "https" : "http"),
            ":authority: localhost",
            ":path: /a?key=s3cr3t",
            "authorization: Bearer s3cr3t",
            "cookie: a=s3cr3t",
            "x-api-key: s3cr3t",
            "referer: http://y/?q=s3cr3t",
            "x-a: a\tb");
    int half = block.length / 2;
    peer.send(frame(FrameType.HEADERS.number(), 0, 1, Arrays.copyOf(block, half)));
    byte[] rest = Arrays.copyOfRange(block, half, block.length);
    peer.send(frame(FrameType.CONTINUATION.number(), FrameFlags.END_HEADERS, 1, rest));
    peer.send(data(1, false, ascii(SECRET)), peer.headers(1, true, "x-api-key: s3cr3t"));
    assertThat(peer.answer(1).status()).isEqualTo(200);

    assertThat(all())
        .doesNotContain(SECRET)
        .contains("FIELDS        POST /a?…(10 bytes) HTTP/2.0")
        .contains("authorization: …(13 bytes)", "cookie: …(8 bytes)")
        .contains("x-api-key: …(6 bytes)", "referer: http://y/?…(8 bytes)", "x-a: a\\x09b")
        .contains("<< 0x00000001    " + rest.length + " CONTINUATION  END_HEADERS")
        .contains("<< 0x00000001     6 DATA", ">> 0x00000001     6 DATA")
        .contains("Set-Cookie: …(9 bytes)", "Location: /next?…(12 bytes)")
        .contains("FIELDS        103\n    Link: </style.css>", "FIELDS\n    X-API-Key: …(6 bytes)");
    assertThat(lines)
        .anyMatch(line -> line.matches(">> 0x00000001 +\\d+ CONTINUATION  END_HEADERS"));
  }

  @Test
  void aRequestOfHttp2ThatIsRefusedShowsNothingOfItself() {
    Http2Peer peer = connectHttp2(false).start();
    peer.get(1, "/a?s3cr3t", "x: " + SECRET.repeat(2_000));
    assertThat(peer.answer(1).status()).isEqualTo(431);
    peer.get(3, "/a b?s3cr3t"); // malformed
    peer.await(f -> f.stream() == 3);
    assertThat(all()).doesNotContain(SECRET);
    assertThat(lines).contains("<< 0x00000001     - MALFORMED     431");
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  // ---- malformed

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /a?s3cr3t\r\nAuthorization: s3cr3t\r\n\r\n",
        "Authorization: s3cr3t\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: x\r\nAuthorization : s3cr3t\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: x\r\nCookie: s3cr3t\r\n folded s3cr3t\r\n\r\n",
        "GET http://u:s3cr3t@x/ HTTP/1.1\r\nHost: x\r\n\r\n"
      })
  void aMalformedRequestShowsNothingOfItself(String request) {
    for (boolean tls : new boolean[] {false, true}) {
      connect(tls).send(request).readAll();
    }

    assertThat(all()).doesNotContain(SECRET).doesNotContain("folded");
    assertThat(lines).filteredOn(line -> line.matches("<< .* MALFORMED +400, .*")).hasSize(2);
    assertThat(lines).filteredOn(line -> line.contains("HTTP/1.1 400 ")).hasSize(2);
  }

  @Test
  void aMalformedBodyShowsNothingOfItself() {
    server.on("/a", exchange -> exchange.demand(10));
    connect(false)
        .send("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\ns3cr3t\r\n")
        .readAll();

    assertThat(all()).doesNotContain(SECRET).contains("MALFORMED     400");
  }

  @Test
  void whatIsNoPrintableAsciiIsEscaped() {
    server.on("/a", exchange -> answer(exchange, 200, "ok"));
    connect(false)
        .send(
            "GET /a HTTP/1.1\r\nHost: x\r\nX-A: a\tb\u00ff\\n\r\n\r\n"
                .getBytes(StandardCharsets.ISO_8859_1))
        .response();

    assertThat(all()).contains("\n    X-A: a\\x09b\\xff\\\\n");
  }
}

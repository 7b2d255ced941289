package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.http.HeaderSource;
import io.kqueueserver.net.tls.TlsOptions;
import io.kqueueserver.net.tls.TlsProfile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
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

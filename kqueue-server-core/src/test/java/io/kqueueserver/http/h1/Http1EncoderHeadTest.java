package io.kqueueserver.http.h1;

import static io.kqueueserver.http.h1.EncoderRow.lines;
import static io.kqueueserver.http.h1.EncoderRow.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kqueueserver.http.HeaderSource;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How responses are framed, as a table, and what else stands in their heads. */
class Http1EncoderHeadTest {
  private static final ResponseFraming NONE = ResponseFraming.none(true);
  private static final ResponseFraming NONE_CLOSE = ResponseFraming.none(false);
  private static final ResponseFraming CHUNKED = ResponseFraming.chunked(true);
  private static final ResponseFraming CHUNKED_CLOSE = ResponseFraming.chunked(false);
  private static final ResponseFraming UNTIL_CLOSE = ResponseFraming.UNTIL_CLOSE;
  private static final String CLOSE = "Connection: close";
  private static final String TE = "Transfer-Encoding: chunked";

  private final Http1Encoder encoder = new Http1Encoder();

  static Stream<EncoderRow> framings() {
    return Stream.of(
        row("known length", "GET 1.1", 200).length(5).gives(length(5, true), "Content-Length: 5"),
        row("empty", "GET 1.1", 200).length(0).gives(length(0, true), "Content-Length: 0"),
        row("largest length", "GET 1.1", 200)
            .length(Long.MAX_VALUE)
            .gives(length(Long.MAX_VALUE, true), "Content-Length: 9223372036854775807"),
        row("unknown length", "GET 1.1", 200).gives(CHUNKED, TE),
        row("unknown length, closing", "GET 1.1", 200).close().gives(CHUNKED_CLOSE, TE, CLOSE),
        row("known length, closing", "GET 1.1", 200)
            .length(5)
            .close()
            .gives(length(5, false), "Content-Length: 5", CLOSE),
        row("application's length", "GET 1.1", 200)
            .fields("content-length: 7")
            .gives(length(7, true), "Content-Length: 7"),
        row("application's length, the same", "GET 1.1", 200)
            .fields("Content-Length: 7")
            .length(7)
            .gives(length(7, true), "Content-Length: 7"),
        row("application's length twice", "GET 1.1", 200)
            .fields("Content-Length: 7", "Content-Length: 7")
            .gives(length(7, true), "Content-Length: 7"),
        row("application's length, another", "GET 1.1", 200)
            .fields("Content-Length: 7")
            .length(8)
            .isRefused(),
        row("two lengths", "GET 1.1", 200)
            .fields("Content-Length: 7", "Content-Length: 8")
            .isRefused(),
        row("malformed length", "GET 1.1", 200).fields("Content-Length: 7a").isRefused(),
        row("negative length", "GET 1.1", 200).fields("Content-Length: -7").isRefused(),
        row("empty length", "GET 1.1", 200).fields("Content-Length: ").isRefused(),
        row("list of lengths", "GET 1.1", 200).fields("Content-Length: 7, 7").isRefused(),
        row("length beyond 63 bits", "GET 1.1", 200)
            .fields("Content-Length: 9223372036854775808")
            .isRefused(),
        row("application's chunked", "GET 1.1", 200)
            .fields("Transfer-Encoding: chunked")
            .gives(CHUNKED, TE),
        row("application's chunked beside a length", "GET 1.1", 200)
            .fields("transfer-encoding: chunked", "Content-Length: 3")
            .gives(length(3, true), "Content-Length: 3"),
        row("1.0, known length, kept", "GET 1.0", 200)
            .length(5)
            .gives(length(5, true), "Content-Length: 5", "Connection: keep-alive"),
        row("1.0, known length, closing", "GET 1.0", 200)
            .length(5)
            .close()
            .gives(length(5, false), "Content-Length: 5", CLOSE),
        row("1.0, unknown length", "GET 1.0", 200).gives(UNTIL_CLOSE, CLOSE),
        row("1.0, application's chunked", "GET 1.0", 200)
            .fields("Transfer-Encoding: chunked")
            .gives(UNTIL_CLOSE, CLOSE),
        row("HEAD, unknown length", "HEAD 1.1", 200).gives(NONE),
        row("HEAD, nothing written", "HEAD 1.1", 200).length(0).gives(NONE),
        row("HEAD, given length", "HEAD 1.1", 200).length(5).gives(NONE, "Content-Length: 5"),
        row("HEAD, application's length", "HEAD 1.1", 200)
            .fields("Content-Length: 9")
            .length(0)
            .gives(NONE, "Content-Length: 9"),
        row("HEAD, application's length 0", "HEAD 1.1", 200)
            .fields("Content-Length: 0")
            .gives(NONE, "Content-Length: 0"),
        row("HEAD, application's chunked", "HEAD 1.1", 200)
            .fields("Transfer-Encoding: chunked")
            .gives(NONE),
        row("HEAD on 1.0", "HEAD 1.0", 200).gives(NONE, "Connection: keep-alive"),
        row("HEAD, malformed length", "HEAD 1.1", 200).fields("Content-Length: x").isRefused(),
        row("no content", "GET 1.1", 204).gives(NONE),
        row("no content, with a length", "GET 1.1", 204)
            .fields("Content-Length: 5", "Transfer-Encoding: chunked")
            .length(5)
            .gives(NONE),
        row("no content, closing", "GET 1.1", 204).close().gives(NONE_CLOSE, CLOSE),
        row("no content on 1.0", "GET 1.0", 204).gives(NONE, "Connection: keep-alive"),
        row("reset content", "GET 1.1", 205).gives(NONE, "Content-Length: 0"),
        row("reset content, with a length", "GET 1.1", 205)
            .fields("Content-Length: 5")
            .length(5)
            .gives(NONE, "Content-Length: 0"),
        row("not modified", "GET 1.1", 304).length(0).gives(NONE),
        row("not modified, application's length", "GET 1.1", 304)
            .fields("Content-Length: 12")
            .length(0)
            .gives(NONE, "Content-Length: 12"),
        row("1xx as if it were final", "GET 1.1", 103).length(5).gives(NONE_CLOSE, CLOSE),
        row("CONNECT accepted", "CONNECT 1.1", 200)
            .fields("Content-Length: 5")
            .length(5)
            .gives(UNTIL_CLOSE, CLOSE),
        row("CONNECT refused", "CONNECT 1.1", 405)
            .length(0)
            .gives(length(0, true), "Content-Length: 0"),
        row("application closes", "GET 1.1", 200)
            .fields("Connection: close")
            .length(1)
            .gives(length(1, false), "Content-Length: 1", CLOSE),
        row("application closes among options", "GET 1.1", 200)
            .fields("connection: foo , Close")
            .gives(CHUNKED_CLOSE, TE, CLOSE),
        row("application's keep-alive is not passed", "GET 1.1", 200)
            .fields("Connection: keep-alive", "Keep-Alive: timeout=5", "Proxy-Connection: close")
            .gives(CHUNKED, TE),
        row("application cannot keep what closes", "GET 1.1", 200)
            .fields("Connection: keep-alive")
            .close()
            .gives(CHUNKED_CLOSE, TE, CLOSE),
        row("upgrade required", "GET 1.1", 426)
            .fields("Upgrade: websocket", "Connection: upgrade")
            .length(0)
            .gives(
                length(0, true), "Upgrade: websocket", "Content-Length: 0", "Connection: upgrade"),
        row("fields keep their order and case", "GET 1.1", 200)
            .fields("b: 2", "A: 1", "B: \u00e9\t3 ", "Set-Cookie: a=b", "Set-Cookie: c=d")
            .length(0)
            .gives(
                length(0, true),
                "b: 2",
                "A: 1",
                "B: \u00e9\t3 ",
                "Set-Cookie: a=b",
                "Set-Cookie: c=d",
                "Content-Length: 0"),
        row("names as long as those dropped", "GET 1.1", 200)
            .fields(
                "Connectiom: a",
                "Content-Lengtj: a",
                "Transfer-Encodinh: a",
                "Proxy-Connectiom: a",
                "Datf: a",
                "Serves: a",
                "Upgradf: a")
            .length(0)
            .gives(
                length(0, true),
                "Connectiom: a",
                "Content-Lengtj: a",
                "Transfer-Encodinh: a",
                "Proxy-Connectiom: a",
                "Datf: a",
                "Serves: a",
                "Upgradf: a",
                "Content-Length: 0"));
  }

  @ParameterizedTest
  @MethodSource("framings")
  void framesTheResponse(EncoderRow row) {
    if (row.refused()) {
      assertThatThrownBy(() -> encode(row)).isInstanceOf(IllegalArgumentException.class);
      assertThat(encoder.length()).isZero();
      return;
    }
    ResponseFraming framing = encode(row);
    String head = written();
    assertThat(head.substring(head.indexOf("\r\n") + 2)).isEqualTo(row.wire());
    assertThat(framing).isEqualTo(row.framing());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", " ", "a b", "a:", "a\r", "a\n", "a\0", "\u00e9", "a\u0161", "\u0141", "(", "a\u007f"
      })
  void refusesANameThatIsNoToken(String name) {
    assertThatThrownBy(() -> respond(sink -> sink.field(name, "x")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(encoder.length()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"\r", "\n", "\0", "a\r\nb: c", "a\u0001", "\u007f", "a\u000bb", "a\u001f"})
  void refusesAValueWithAControl(String value) {
    assertThatThrownBy(() -> respond(sink -> sink.field("a", value)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContainingAny("\r", "\n", "\0");
    assertThat(encoder.length()).isZero();
  }

  @Test
  void writesWhatHasNoOctetAsAQuestionMark() {
    // U+010A and U+010D end in the octets of LF and CR.
    respond(sink -> sink.field("a", "b\u010a\u010d\u20ac\u00ff"));
    assertThat(written()).contains("a: b???\u00ff\r\n");
  }

  @Test
  void addsDateAndServerWhereTheApplicationSetNone() {
    byte[] date = Http1Encoder.dateLine(784111777);
    byte[] server = Http1Encoder.serverLine("kqueue");
    EncoderRow get = row("", "GET 1.1", 200);
    encoder.encodeHead(get.head(), 200, HeaderSource.NONE, 0, true, date, server);
    assertThat(written())
        .isEqualTo(
            lines(
                "HTTP/1.1 200 OK",
                "Date: Sun, 06 Nov 1994 08:49:37 GMT",
                "Server: kqueue",
                "Content-Length: 0"));
    HeaderSource own = EncoderRow.source("date: today\nSERVER: mine");
    encoder.encodeHead(get.head(), 200, own, 0, true, date, server);
    assertThat(written())
        .isEqualTo(lines("HTTP/1.1 200 OK", "date: today", "SERVER: mine", "Content-Length: 0"));
  }

  @Test
  void answersHttp10AsHttp11() {
    encode(row("", "GET 1.0", 200));
    assertThat(written()).startsWith("HTTP/1.1 200 OK\r\n");
  }

  @ParameterizedTest
  @ValueSource(ints = {299, 306, 499, 600, 999})
  void keepsTheSpaceBeforeAnUnknownReason(int status) {
    encode(row("", "GET 1.1", status));
    assertThat(written()).startsWith("HTTP/1.1 " + status + " \r\n");
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -200, 0, 99, 1000, Integer.MAX_VALUE})
  void refusesAStatusThatHasNotThreeDigits(int status) {
    assertThatThrownBy(() -> encode(row("", "GET 1.1", status)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(encoder.length()).isZero();
  }

  @Test
  void forgetsTheLastResponse() {
    encode(row("", "GET 1.1", 200).fields("Connection: close", "Upgrade: x", "Content-Length: 3"));
    ResponseFraming framing = encode(row("", "GET 1.1", 200));
    assertThat(framing).isEqualTo(CHUNKED);
    assertThat(written()).isEqualTo("HTTP/1.1 200 OK\r\n" + TE + "\r\n\r\n");
  }

  @Test
  void isUsableAfterABadField() {
    assertThatThrownBy(() -> respond(sink -> sink.field("a", "\n")));
    respond(sink -> sink.field("a", "b"));
    assertThat(written()).isEqualTo(lines("HTTP/1.1 200 OK", "a: b", "Content-Length: 0"));
  }

  @Test
  void growsForALargeHeadAndLetsItGo() {
    String large = "v".repeat(100_000);
    respond(sink -> sink.field("a", large));
    assertThat(written()).contains("a: " + large + "\r\n");
    respond(HeaderSource.NONE);
    assertThat(encoder.bytes().length).isLessThan(large.length());
    assertThat(written()).isEqualTo(lines("HTTP/1.1 200 OK", "Content-Length: 0"));
  }

  @Test
  void growsAtEveryLengthOfAHead() {
    for (int size = 0; size < 3000; size++) {
      String value = "v".repeat(size);
      Http1Encoder fresh = new Http1Encoder();
      EncoderRow get = row("", "GET 1.1", 200);
      fresh.encodeHead(get.head(), 200, sink -> sink.field("a", value), 0, false, null, null);
      assertThat(new String(fresh.bytes(), 0, fresh.length(), StandardCharsets.ISO_8859_1))
          .isEqualTo(
              "HTTP/1.1 200 OK\r\na: " + value + "\r\nContent-Length: 0\r\n" + CLOSE + "\r\n\r\n");
    }
  }

  private static ResponseFraming length(long length, boolean keepAlive) {
    return ResponseFraming.length(length, keepAlive);
  }

  private ResponseFraming encode(EncoderRow row) {
    return encoder.encodeHead(
        row.head(), row.status(), row.source(), row.length(), row.keepAlive(), null, null);
  }

  private void respond(HeaderSource fields) {
    encoder.encodeHead(row("", "GET 1.1", 200).head(), 200, fields, 0, true, null, null);
  }

  private String written() {
    return new String(encoder.bytes(), 0, encoder.length(), StandardCharsets.ISO_8859_1);
  }
}

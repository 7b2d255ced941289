package io.kqueueserver.http.ws;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.http.Headers;
import io.kqueueserver.http.HttpVersion;
import io.kqueueserver.http.RequestHead;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * RFC 6455 4.2 and RFC 8441 5, as a table: what is different from a good request, and the answer.
 */
class HandshakeTest {
  private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ=="; // RFC 6455 1.3
  private static final String UPGRADE = "Upgrade: websocket";
  private static final String ACCEPT = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
  private static final WebSocketOptions PLAIN =
      new WebSocketOptions(
          MessageLimits.DEFAULTS, false, false, 64, 1 << 20, WebSocketTimeouts.DEFAULTS, 0);

  record Head(String method, HttpVersion version, List<String> lines, long contentLength)
      implements RequestHead, Headers {
    static Head good() {
      return new Head("GET", HttpVersion.HTTP_1_1, List.of(), 0)
          .with("Host: x", UPGRADE, "Connection: Upgrade")
          .with("Sec-WebSocket-Key: " + KEY, "Sec-WebSocket-Version: 13");
    }

    static Head http2() {
      return new Head("CONNECT", HttpVersion.HTTP_2, List.of("sec-websocket-version: 13"), -1);
    }

    Head with(String... more) {
      List<String> all = new ArrayList<>(lines);
      all.addAll(List.of(more));
      return new Head(method, version, all, contentLength);
    }

    Head without(String name) {
      List<String> rest = new ArrayList<>(lines);
      rest.removeIf(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ":"));
      return new Head(method, version, rest, contentLength);
    }

    Head method(String other) {
      return new Head(other, version, lines, contentLength);
    }

    Head version(HttpVersion other) {
      return new Head(method, other, lines, contentLength);
    }

    Head body(long length) {
      return new Head(method, version, lines, length);
    }

    @Override
    public String path() {
      return "/";
    }

    /** What a handshake over HTTP/2 names; that of HTTP/1.1 does it by Upgrade. */
    @Override
    public @Nullable String protocol() {
      return version == HttpVersion.HTTP_2 ? "websocket" : null;
    }

    @Override
    public String authority() {
      return "x";
    }

    @Override
    public Headers headers() {
      return this;
    }

    @Override
    public boolean expectsContinue() {
      return false;
    }

    @Override
    public int size() {
      return lines.size();
    }

    @Override
    public String name(int index) {
      return lines.get(index).split(":", 2)[0];
    }

    @Override
    public String value(int index) {
      return lines.get(index).split(":", 2)[1].strip();
    }
  }

  /** A request, and the status and fields it is answered with. */
  record Row(String name, Head head, int status, List<String> fields) {
    Row(String name, Head head, int status, String... fields) {
      this(name, head, status, List.of(fields));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private static Row accepted(String name, Head head) {
    return new Row(name, head, 101, UPGRADE, ACCEPT);
  }

  private static Row refused(String name, Head head) {
    return new Row(name, head, 400);
  }

  private static Row otherVersion(String name, Head head) {
    return new Row(name, head, 426, UPGRADE, "Sec-WebSocket-Version: 13");
  }

  static Stream<Row> rows() {
    Head good = Head.good();
    Head noUpgrade = good.without("upgrade");
    Head noConnection = good.without("connection");
    Head noVersion = good.without("sec-websocket-version");
    Head noKey = good.without("sec-websocket-key");
    return Stream.of(
        accepted("good", good),
        accepted("Upgrade in another case", noUpgrade.with("upgrade: WebSocket")),
        accepted("Upgrade is a list", noUpgrade.with("Upgrade: h2c, websocket")),
        accepted("Upgrade in two lines", noUpgrade.with("Upgrade: h2c", UPGRADE)),
        accepted("Connection is a list", noConnection.with("Connection: keep-alive, upgrade")),
        accepted("Content-Length of 0", good.with("Content-Length: 0")),
        accepted("unknown extensions", good.with("Sec-WebSocket-Extensions: bbf, x; y=\"z\"")),
        accepted("protocols that nobody chose", good.with("Sec-WebSocket-Protocol: a, b")),
        refused("no Upgrade", noUpgrade),
        refused("another Upgrade", noUpgrade.with("Upgrade: h2c")),
        refused("Upgrade that begins with it", noUpgrade.with("Upgrade: websockets")),
        refused("no Connection", noConnection),
        refused("another Connection", noConnection.with("Connection: keep-alive")),
        refused("HTTP/1.0", good.version(HttpVersion.HTTP_1_0)),
        new Row("POST", good.method("POST"), 405, "Allow: GET"),
        new Row("CONNECT over HTTP/1.1", good.method("CONNECT"), 405, "Allow: GET"),
        refused("a body", good.body(5)),
        refused("Content-Length", good.with("Content-Length: 5").body(5)),
        refused("Transfer-Encoding", good.with("Transfer-Encoding: chunked").body(-1)),
        refused("no key", noKey),
        refused("two keys", good.with("Sec-WebSocket-Key: " + KEY)),
        refused("empty key", noKey.with("Sec-WebSocket-Key:")),
        refused("key of 15 bytes", noKey.with("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAA")),
        refused("key of 17 bytes", noKey.with("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAAA=")),
        refused("key of 18 bytes", noKey.with("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAAAA")),
        refused("key without padding", noKey.with("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ")),
        refused(
            "key with other letters", noKey.with("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j-_==")),
        refused("key that is a list", noKey.with("Sec-WebSocket-Key: " + KEY + ", " + KEY)),
        otherVersion("version 8", noVersion.with("Sec-WebSocket-Version: 8")),
        otherVersion("version 14", noVersion.with("Sec-WebSocket-Version: 14")),
        otherVersion("version of two", noVersion.with("Sec-WebSocket-Version: 13, 8")),
        otherVersion("no version", noVersion),
        otherVersion("old version without a key", noVersion.without("sec-websocket-key")),
        refused("two versions", good.with("Sec-WebSocket-Version: 13")),
        refused("malformed extensions", good.with("Sec-WebSocket-Extensions: a b")),
        refused("malformed protocols", good.with("Sec-WebSocket-Protocol: a b")),
        new Row("HTTP/2", Head.http2(), 200),
        new Row("HTTP/2 with a key", Head.http2().with("sec-websocket-key: x"), 200),
        new Row("HTTP/2 GET", Head.http2().method("GET"), 405, "Allow: CONNECT"),
        new Row(
            "HTTP/2 with another version",
            Head.http2().without("sec-websocket-version").with("sec-websocket-version: 8"),
            426,
            "Sec-WebSocket-Version: 13"),
        refused("HTTP/2 with a length", Head.http2().with("content-length: 3")));
  }

  @ParameterizedTest
  @MethodSource("rows")
  void answersTheRow(Row row) {
    Handshake handshake = Handshake.of(row.head, WebSocketOptions.DEFAULTS);
    assertThat(handshake.status()).isEqualTo(row.status);
    assertThat(fields(handshake, null)).isEqualTo(row.fields);
    assertThat(handshake.isAccepted()).isEqualTo(row.status < 400);
    assertThat(handshake.problem() == null).isEqualTo(row.status < 400);
  }

  private static List<String> fields(Handshake handshake, String protocol) {
    List<String> fields = new ArrayList<>();
    handshake.fields(protocol).writeTo((name, value) -> fields.add(name + ": " + value));
    return fields;
  }

  @Test
  void theFirstProtocolOfTheClientsThatIsSupportedIsChosen() {
    Head head =
        Head.good().with("Sec-WebSocket-Protocol: a,b , c", "Sec-WebSocket-Protocol: , d, b");
    Handshake handshake = Handshake.of(head, PLAIN);
    assertThat(handshake.protocols()).containsExactly("a", "b", "c", "d", "b");
    assertThat(handshake.choose(List.of("d", "c"))).isEqualTo("c");
    assertThat(handshake.choose(List.of("B"))).isNull();
    assertThat(fields(handshake, "c"))
        .containsExactly(UPGRADE, ACCEPT, "Sec-WebSocket-Protocol: c");
    assertThat(fields(handshake, null)).containsExactly(UPGRADE, ACCEPT);
  }

  @Test
  void compressionIsAgreedOnOnlyWhereItIsOnAndOffered() {
    String offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits";
    String answer =
        "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover;"
            + " client_no_context_takeover";
    Handshake on = Handshake.of(Head.good().with(offer), WebSocketOptions.DEFAULTS);
    assertThat(on.deflate()).isEqualTo(new PerMessageDeflate(true, true, null, null));
    assertThat(fields(on, null)).containsExactly(UPGRADE, ACCEPT, answer);
    Handshake off = Handshake.of(Head.good().with(offer), PLAIN);
    assertThat(off.deflate()).isNull();
    assertThat(fields(off, null)).containsExactly(UPGRADE, ACCEPT);
    Handshake overHttp2 = Handshake.of(Head.http2().with(offer), WebSocketOptions.DEFAULTS);
    assertThat(fields(overHttp2, "p")).containsExactly("Sec-WebSocket-Protocol: p", answer);
  }
}

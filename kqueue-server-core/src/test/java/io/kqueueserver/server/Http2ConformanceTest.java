package io.kqueueserver.server;

import static io.kqueueserver.http.h2.Frames.ascii;
import static io.kqueueserver.http.h2.Frames.frame;
import static io.kqueueserver.http.h2.Frames.int32;
import static io.kqueueserver.http.h2.Frames.join;
import static io.kqueueserver.http.h2.Frames.octets;
import static io.kqueueserver.http.h2.Frames.setting;
import static io.kqueueserver.server.Http2Peer.data;
import static io.kqueueserver.server.Http2Peer.rst;
import static io.kqueueserver.server.Http2Peer.settings;
import static io.kqueueserver.server.Http2Peer.windowUpdate;
import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.http.h2.ErrorCode;
import io.kqueueserver.http.h2.FrameType;
import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.http.h2.Setting;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Frames behind the preface and what must come of them: what RFC 9113 changed against RFC 7540, and
 * what h2spec does not try. Each row is sent whole and byte by byte. A new bug is a new row.
 */
@Timeout(60)
class Http2ConformanceTest {
  private static final int MAX_BYTEWISE = 2_000;
  private static final int LATER = 101;

  private static final int END_STREAM = 0x1;
  private static final int ACK = 0x1;
  private static final int END_HEADERS = 0x4;
  private static final int PADDED = 0x8;
  private static final int PRIORITY = 0x20;
  private static final int WHOLE = END_HEADERS | END_STREAM;
  private static final int MAX_WINDOW = Integer.MAX_VALUE;

  /** GET / of http://localhost, every field a literal. */
  private static final byte[] GET =
      join(octets(0x82, 0x86, 0x84), literal(":authority", "localhost"));

  /** POST of the same. */
  private static final byte[] POST =
      join(octets(0x83, 0x86, 0x84), literal(":authority", "localhost"));

  @RegisterExtension
  final ServerExtension server =
      ServerExtension.with(builder -> builder.http2(Http2Options.DEFAULTS).loops(1))
          .on("/slow", exchange -> {})
          .on("", exchange -> {}); // CONNECT

  /** Answers when the request is complete, so that its errors come first. */
  @BeforeEach
  void handler() {
    server.on("/", server.collecting((x, body, trailers) -> answer(x, 200, "ok")));
  }

  /**
   * One row.
   *
   * @param expected {@code GOAWAY code} and the end of the connection; {@code RST code} of stream
   *     1, {@code 200} on stream 1, or {@code nothing}: the connection goes on after these
   */
  @SuppressWarnings("ArrayRecordComponent") // rows are never compared
  record Row(String name, String rfc, String expected, byte[] frames) {
    @Override
    public String toString() {
      return name + " (" + rfc + "): " + expected;
    }
  }

  private static Row row(String name, String rfc, String expected, byte[]... frames) {
    return new Row(name, rfc, expected, join(frames));
  }

  static byte[] literal(String name, String value) {
    return join(octets(0, name.length()), ascii(name), octets(value.length()), ascii(value));
  }

  private static byte[] headers(int flags, int stream, byte[]... block) {
    return frame(FrameType.HEADERS.number(), flags, stream, block);
  }

  private static byte[] of(FrameType type, int flags, int stream, byte[]... payload) {
    return frame(type.number(), flags, stream, payload);
  }

  private static Row malformed(String name, String rfc, byte[]... block) {
    return row(name, rfc, "RST PROTOCOL_ERROR", headers(WHOLE, 1, block));
  }

  private static Row withField(String name, String field, String value) {
    return malformed(name, "9113 8.2", GET, literal(field, value));
  }

  static Stream<Row> rows() {
    return Stream.of(heads(), bodies(), settingsRows(), control(), streams(), compression())
        .flatMap(List::stream);
  }

  private static List<Row> heads() {
    List<Row> rows = new ArrayList<>();
    rows.add(row("a request", "9113 8.1", "200", headers(WHOLE, 1, GET)));
    rows.add(withField("a name in upper case", "Aa", "b"));
    rows.add(withField("a name with a space", "a b", "c"));
    rows.add(withField("a name with a colon", "a:b", "c"));
    rows.add(withField("a name with a control", "a\u0001", "c"));
    rows.add(withField("a name beyond ASCII", "a\u00e9", "c"));
    rows.add(withField("a field without a name", "", "c"));
    rows.add(withField("a value with CR", "a", "b\rc"));
    rows.add(withField("a value with LF", "a", "b\nc"));
    rows.add(withField("a value with NUL", "a", "b\0c"));
    rows.add(withField("a value that begins with a space", "a", " b"));
    rows.add(withField("a value that ends with a tab", "a", "b\t"));
    for (String field : List.of("connection", "proxy-connection", "keep-alive", "upgrade")) {
      rows.add(withField(field, field, "x"));
    }
    rows.add(withField("transfer-encoding", "transfer-encoding", "chunked"));
    rows.add(withField("te other than trailers", "te", "gzip"));
    rows.add(
        row(
            "te: trailers",
            "9113 8.2.2",
            "200",
            headers(WHOLE, 1, GET, literal("te", "trailers"))));
    rows.add(withField("a Host that differs", "host", "other"));
    rows.add(
        row(
            "a Host that does not",
            "9113 8.3.1",
            "200",
            headers(WHOLE, 1, GET, literal("host", "localhost"))));
    rows.add(withField("a pseudo-header field behind others", ":path", "/"));
    rows.add(withField("an unknown pseudo-header field", ":x", "y"));
    rows.add(withField(":protocol that was not announced", ":protocol", "websocket"));
    rows.add(
        malformed(
            "userinfo", "9113 8.3.1", octets(0x82, 0x86, 0x84), literal(":authority", "u@x")));
    rows.add(
        row(
            "HEADERS behind CONNECT",
            "9113 8.5",
            "RST PROTOCOL_ERROR",
            headers(END_HEADERS, 1, literal(":method", "CONNECT"), literal(":authority", "a:1")),
            headers(WHOLE, 1, literal("a", "b"))));
    rows.add(
        malformed(
            "CONNECT with :path",
            "9113 8.5",
            literal(":method", "CONNECT"),
            literal(":authority", "x:1"),
            literal(":path", "/")));
    rows.add(
        malformed(
            "a path that does not begin with a slash",
            "9113 8.3.1",
            octets(0x82, 0x86),
            literal(":path", "a"),
            literal(":authority", "localhost")));
    return rows;
  }

  private static List<Row> bodies() {
    String protocol = "RST PROTOCOL_ERROR";
    byte[] five = join(POST, literal("content-length", "5"));
    return List.of(
        row(
            "a body",
            "9113 8.1",
            "200",
            headers(END_HEADERS, 1, five),
            data(1, true, ascii("hello"))),
        row(
            "a body that is too long",
            "9113 8.1.1",
            protocol,
            headers(END_HEADERS, 1, join(POST, literal("content-length", "1"))),
            data(1, false, ascii("hello"))),
        row("no body where one is announced", "9113 8.1.1", protocol, headers(WHOLE, 1, five)),
        row(
            "two lengths",
            "9110 8.6",
            protocol,
            headers(END_HEADERS, 1, five, literal("content-length", "6"))),
        row(
            "a length that is no number",
            "9110 8.6",
            protocol,
            headers(END_HEADERS, 1, POST, literal("content-length", "+5"))),
        row(
            "trailers",
            "9113 8.1",
            "200",
            headers(END_HEADERS, 1, POST),
            headers(WHOLE, 1, literal("x-sum", "1"))),
        row(
            "trailers that do not end the stream",
            "9113 8.1",
            protocol,
            headers(END_HEADERS, 1, POST, literal("content-length", "9")),
            headers(END_HEADERS, 1, literal("x-sum", "1"))),
        row(
            "padding of a body",
            "9113 6.1",
            "200",
            headers(END_HEADERS, 1, five),
            of(FrameType.DATA, PADDED | END_STREAM, 1, octets(3), ascii("hello"), octets(0, 0, 0))),
        row(
            "padding longer than its frame",
            "9113 6.1",
            "GOAWAY PROTOCOL_ERROR",
            headers(END_HEADERS, 1, five),
            of(FrameType.DATA, PADDED, 1, octets(3, 0, 0))),
        row(
            "DATA on the connection",
            "9113 6.1",
            "GOAWAY PROTOCOL_ERROR",
            data(0, true, ascii("x"))),
        row(
            "DATA of an idle stream",
            "9113 5.1",
            "GOAWAY PROTOCOL_ERROR",
            data(1, true, ascii("x"))),
        row(
            "DATA behind the end",
            "9113 5.1",
            "GOAWAY STREAM_CLOSED",
            headers(WHOLE, 1, GET),
            rst(1, ErrorCode.CANCEL),
            data(1, true, ascii("x"))),
        row(
            "more than the window of a stream",
            "9113 6.9.1",
            "RST FLOW_CONTROL_ERROR",
            headers(
                END_HEADERS,
                1,
                octets(0x83, 0x86),
                literal(":path", "/slow"),
                literal(":authority", "x")),
            data(1, false, new byte[16_384]),
            data(1, false, new byte[16_384]),
            data(1, false, new byte[16_384]),
            data(1, false, new byte[16_384]),
            data(1, false, new byte[1])));
  }

  private static Row set(String name, Setting setting, int value, String expected) {
    return row(name, "9113 6.5.2", expected, settings(setting(setting.identifier(), value)));
  }

  private static List<Row> settingsRows() {
    String protocol = "GOAWAY PROTOCOL_ERROR";
    String size = "GOAWAY FRAME_SIZE_ERROR";
    return List.of(
        set("ENABLE_PUSH of a client that wants it", Setting.ENABLE_PUSH, 1, "nothing"),
        set("ENABLE_PUSH 2", Setting.ENABLE_PUSH, 2, protocol),
        set("a window of 2^31", Setting.INITIAL_WINDOW_SIZE, 1 << 31, "GOAWAY FLOW_CONTROL_ERROR"),
        set("a small frame size", Setting.MAX_FRAME_SIZE, 16_383, protocol),
        set("a large frame size", Setting.MAX_FRAME_SIZE, 1 << 24, protocol),
        set("the largest frame size", Setting.MAX_FRAME_SIZE, (1 << 24) - 1, "nothing"),
        set("ENABLE_CONNECT_PROTOCOL 2", Setting.ENABLE_CONNECT_PROTOCOL, 2, protocol),
        set("NO_RFC7540_PRIORITIES 2", Setting.NO_RFC7540_PRIORITIES, 2, protocol),
        set("no table", Setting.HEADER_TABLE_SIZE, 0, "nothing"),
        row("an unknown setting", "9113 6.5.2", "nothing", settings(setting(0xface, -1))),
        row("half a setting", "9113 6.5", size, settings(octets(0, 1, 0, 0, 0))),
        row("SETTINGS of a stream", "9113 6.5", protocol, of(FrameType.SETTINGS, 0, 1)),
        row(
            "an acknowledgement with a payload",
            "9113 6.5",
            size,
            of(FrameType.SETTINGS, ACK, 0, octets(0, 1, 0, 0, 0, 0))));
  }

  private static List<Row> control() {
    String protocol = "GOAWAY PROTOCOL_ERROR";
    String size = "GOAWAY FRAME_SIZE_ERROR";
    byte[] open = headers(END_HEADERS, 1, POST);
    return List.of(
        row("PING of a stream", "9113 6.7", protocol, of(FrameType.PING, 0, 1, new byte[8])),
        row("a short PING", "9113 6.7", size, of(FrameType.PING, 0, 0, new byte[7])),
        row("an answer to no PING", "9113 6.7", "nothing", of(FrameType.PING, ACK, 0, new byte[8])),
        row("GOAWAY of a stream", "9113 6.8", protocol, of(FrameType.GOAWAY, 0, 1, new byte[8])),
        row("a short GOAWAY", "9113 6.8", size, of(FrameType.GOAWAY, 0, 0, new byte[7])),
        row("an increment of 0", "9113 6.9", protocol, windowUpdate(0, 0)),
        row(
            "an increment of 0 for a stream",
            "9113 6.9",
            "RST PROTOCOL_ERROR",
            open,
            windowUpdate(1, 0)),
        row(
            "a window that overflows",
            "9113 6.9.1",
            "GOAWAY FLOW_CONTROL_ERROR",
            windowUpdate(0, -1 >>> 1)),
        row(
            "a stream's window that overflows",
            "9113 6.9.1",
            "RST FLOW_CONTROL_ERROR",
            open,
            windowUpdate(1, -1 >>> 1)),
        row(
            "a stream's window that SETTINGS overflow",
            "9113 6.9.2",
            "GOAWAY FLOW_CONTROL_ERROR",
            open,
            windowUpdate(1, 1 << 30),
            settings(setting(Setting.INITIAL_WINDOW_SIZE.identifier(), -1 >>> 1))),
        row("WINDOW_UPDATE of an idle stream", "9113 5.1", protocol, windowUpdate(1, 1)),
        row(
            "a short WINDOW_UPDATE",
            "9113 6.9",
            size,
            of(FrameType.WINDOW_UPDATE, 0, 0, new byte[3])),
        row("RST_STREAM of an idle stream", "9113 6.4", protocol, rst(1, ErrorCode.CANCEL)),
        row("RST_STREAM of the connection", "9113 6.4", protocol, rst(0, ErrorCode.CANCEL)),
        row(
            "a short RST_STREAM",
            "9113 6.4",
            size,
            open,
            of(FrameType.RST_STREAM, 0, 1, octets(1))),
        row(
            "PUSH_PROMISE",
            "9113 8.4",
            protocol,
            of(FrameType.PUSH_PROMISE, 4, 1, new byte[4], GET)),
        row(
            "PRIORITY of an idle stream",
            "9113 5.3.2",
            "nothing",
            of(FrameType.PRIORITY, 0, 3, new byte[5])),
        row(
            "PRIORITY of the connection",
            "9113 6.3",
            protocol,
            of(FrameType.PRIORITY, 0, 0, new byte[5])),
        row(
            "a priority in HEADERS",
            "9113 6.2",
            "200",
            headers(WHOLE | PRIORITY, 1, int32(-1), octets(0xff), GET)),
        row("PRIORITY_UPDATE", "9218 7.1", "nothing", update(0, 1, "u=1, i")),
        row("PRIORITY_UPDATE without sense", "9218 7.1", "nothing", update(0, 1, "u=9;;(")),
        row("PRIORITY_UPDATE of a stream", "9218 7.1", protocol, update(1, 1, "u=1")),
        row("PRIORITY_UPDATE for no stream", "9218 7.1", protocol, update(0, 0, "u=1")),
        row(
            "a short PRIORITY_UPDATE",
            "9218 7.1",
            size,
            of(FrameType.PRIORITY_UPDATE, 0, 0, new byte[3])),
        row("an unknown type", "9113 5.5", "nothing", frame(0xbe, 0xff, 1, new byte[20])));
  }

  private static byte[] update(int stream, int prioritized, String field) {
    return of(FrameType.PRIORITY_UPDATE, 0, stream, int32(prioritized), ascii(field));
  }

  private static List<Row> streams() {
    String protocol = "GOAWAY PROTOCOL_ERROR";
    byte[] begun = headers(END_STREAM, 1, octets(0x82));
    return List.of(
        row("an even stream", "9113 5.1.1", protocol, headers(WHOLE, 2, GET)),
        row(
            "a stream below the last",
            "9113 5.1.1",
            protocol,
            headers(WHOLE, 5, GET),
            headers(WHOLE, 3, GET)),
        row("HEADERS of the connection", "9113 6.2", protocol, headers(WHOLE, 0, GET)),
        row("a frame within a block", "9113 6.10", protocol, begun, Http2Peer.ping(1)),
        row("an unknown type within a block", "9113 5.5", protocol, begun, frame(0xbe, 0, 1)),
        row(
            "another stream's CONTINUATION",
            "9113 6.10",
            protocol,
            begun,
            of(FrameType.CONTINUATION, 4, 3, octets(0x86))),
        row(
            "CONTINUATION of nothing",
            "9113 6.10",
            protocol,
            of(FrameType.CONTINUATION, 4, 1, GET)),
        row(
            "a block in pieces",
            "9113 6.10",
            "200",
            begun,
            of(FrameType.CONTINUATION, 0, 1, octets(0x86)),
            of(FrameType.CONTINUATION, 4, 1, octets(0x84), literal(":authority", "localhost"))),
        row(
            "a frame that is too large",
            "9113 4.2",
            "GOAWAY FRAME_SIZE_ERROR",
            frame(0xbe, 0, 0, new byte[16_385])),
        row("a reserved bit", "9113 4.1", "200", headers(WHOLE, 1 | 1 << 31, GET)));
  }

  private static List<Row> compression() {
    String error = "GOAWAY COMPRESSION_ERROR";
    return List.of(
        row("index 0", "7541 6.1", error, headers(WHOLE, 1, octets(0x80))),
        row("an index beyond the tables", "7541 2.3.3", error, headers(WHOLE, 1, octets(0xbe))),
        row(
            "a size update that is too large",
            "7541 6.3",
            error,
            headers(WHOLE, 1, octets(0x3f, 0xe2, 0x1f))),
        row("a size update", "7541 6.3", "200", headers(WHOLE, 1, octets(0x20), GET)),
        row(
            "a size update behind a field",
            "7541 4.2",
            error,
            headers(WHOLE, 1, octets(0x82, 0x20))),
        row(
            "a block that ends within a field",
            "7541 5.2",
            error,
            headers(WHOLE, 1, octets(0x82, 0, 9, 'a'))),
        row(
            "an integer without end",
            "7541 5.1",
            error,
            headers(WHOLE, 1, octets(0xff, 0xff, 0xff, 0xff, 0xff, 0xff))),
        row(
            "the table goes on behind a malformed request",
            "9113 4.3",
            "RST PROTOCOL_ERROR",
            headers(WHOLE, 1, octets(0x82), octets(0x40, 1, 'a', 1, 'b')),
            headers(WHOLE, 3, GET, octets(0xbe))));
  }

  @ParameterizedTest
  @MethodSource("rows")
  void eachRowEndsAsItMust(Row row) {
    assertThat(outcome(row, false)).isEqualTo(row.expected());
    if (row.frames().length <= MAX_BYTEWISE) {
      assertThat(outcome(row, true)).as("byte by byte").isEqualTo(row.expected());
    }
  }

  /** h2spec 6.3/2, which depended on who was faster: the response, or the frame behind it. */
  @ParameterizedTest
  @CsvSource({"4,false", "4,true", "6,false", "6,true"})
  void aPriorityOfAWrongLengthIsRefusedBehindTheEndOfItsStreamToo(int length, boolean reset) {
    try (Http2Peer peer = Http2Peer.on(server.connect())) {
      peer.start().send(headers(WHOLE, 1, GET));
      assertThat(peer.answer(1).status()).isEqualTo(200);
      if (reset) {
        peer.send(rst(1, ErrorCode.CANCEL));
      }
      peer.send(of(FrameType.PRIORITY, 0, 1, new byte[5])).settle();
      peer.send(of(FrameType.PRIORITY, 0, 1, new byte[length]));
      assertThat(peer.goAway().code()).isEqualTo(ErrorCode.FRAME_SIZE_ERROR);
    }
  }

  private String outcome(Row row, boolean bytewise) {
    try (Http2Peer peer = Http2Peer.on(server.connect())) {
      peer.start().bytewise(bytewise).send(row.frames()).bytewise(false);
      if (row.expected().startsWith("GOAWAY")) {
        return "GOAWAY " + peer.goAway().code();
      }
      String outcome = "nothing";
      if (!row.expected().equals("nothing")) {
        Http2Peer.Answer answer = peer.answer(1);
        outcome = answer.reset() == null ? "" + answer.status() : "RST " + answer.reset();
      }
      // Later streams of the same connection are served.
      byte[] block = join(GET, literal("later", "yes"));
      Http2Peer.Answer later = peer.send(headers(WHOLE, LATER, block)).answer(LATER);
      assertThat(later.status()).as("the connection goes on").isEqualTo(200);
      return outcome;
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 6, 7})
  void settingsMustFollowThePreface(int type) {
    try (Http2Peer peer = Http2Peer.on(server.connect())) {
      peer.send(Http2Peer.PREFACE, frame(type, 0, 1, new byte[8]));
      assertThat(peer.goAway().code()).isEqualTo(ErrorCode.PROTOCOL_ERROR);
    }
  }

  @Test
  void aWindowThatBecomesNegativeIsWaitedFor() {
    server.on("/long", exchange -> answer(exchange, 200, "x".repeat(100)));
    try (Http2Peer peer = Http2Peer.on(server.connect())) {
      int window = Setting.INITIAL_WINDOW_SIZE.identifier();
      peer.start(setting(window, 60)).get(1, "/long");
      assertThat(peer.await(FrameType.DATA, 1).payload()).hasSize(60);
      peer.send(settings(setting(window, 10)), windowUpdate(1, 50)).settle(); // -50, then 0
      peer.get(3, "/").answer(3); // ten bytes of its own suffice
      assertThat(peer.passedOver()).noneMatch(f -> f.is(FrameType.DATA, 1));
      peer.send(windowUpdate(1, 1));
      assertThat(peer.await(FrameType.DATA, 1).payload()).hasSize(1);
      peer.send(settings(setting(window, 1_000)));
      assertThat(peer.await(FrameType.DATA, 1).payload()).hasSize(39);
    }
  }

  /** Each change costs work for every open stream, and a frame has room for 2 730 of them. */
  @Test
  void ofTheInitialWindowsOfOneFrameOnlyTheLastIsApplied() {
    server.on("/long", exchange -> answer(exchange, 200, "x".repeat(100)));
    try (Http2Peer peer = Http2Peer.on(server.connect())) {
      int window = Setting.INITIAL_WINDOW_SIZE.identifier();
      peer.start(setting(window, 0)).get(1, "/long").await(FrameType.HEADERS, 1);
      // With the first of these the window would be one beyond 2^31-1.
      peer.send(windowUpdate(1, 1));
      assertThat(peer.await(FrameType.DATA, 1).payload()).hasSize(1);
      peer.send(windowUpdate(1, 2), settings(setting(window, MAX_WINDOW), setting(window, 9)));
      assertThat(peer.await(FrameType.DATA, 1).payload()).hasSize(11);
      peer.get(3, "/long");
      assertThat(peer.await(FrameType.DATA, 3).payload()).hasSize(9);
    }
  }

  /** RFC 7541 4.2, of a size that is changed more than once between two blocks. */
  @Test
  void theSmallestTableOfOneFrameIsSignalledBeforeTheLast() {
    try (Http2Peer peer = Http2Peer.on(server.connect())) {
      int table = Setting.HEADER_TABLE_SIZE.identifier();
      peer.start().get(1, "/").answer(1);
      peer.send(settings(setting(table, 0), setting(table, 4096)));
      byte[] block = peer.get(3, "/").await(FrameType.HEADERS, 3).payload();
      assertThat(Arrays.copyOf(block, 4)).isEqualTo(octets(0x20, 0x3f, 0xe1, 0x1f));
    }
  }

  @Test
  void whatAResponseMayNotSendIsKeptWithinTheStream() {
    server.on("/long", exchange -> answer(exchange, 200, "x".repeat(200_000)));
    try (Http2Peer peer = Http2Peer.on(server.connect())) {
      peer.start().get(1, "/long"); // takes all of the connection's window, which nobody widens
      int received = 0;
      while (received < 65_535) {
        received += peer.await(FrameType.DATA, 1).payload().length;
      }
      peer.get(3, "/").settle();
      assertThat(peer.passedOver())
          .as("heads need no window")
          .anyMatch(f -> f.is(FrameType.HEADERS, 3));
      assertThat(peer.passedOver()).noneMatch(f -> f.is(FrameType.DATA));
      peer.send(windowUpdate(0, 2));
      assertThat(peer.await(FrameType.DATA, 3).text()).isEqualTo("ok");
      peer.send(rst(1, ErrorCode.CANCEL)).settle();
    }
  }
}

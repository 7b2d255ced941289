package io.kqueueserver.http.ws;

import static io.kqueueserver.http.ws.ClientFrames.BINARY;
import static io.kqueueserver.http.ws.ClientFrames.CLOSE;
import static io.kqueueserver.http.ws.ClientFrames.CONTINUATION;
import static io.kqueueserver.http.ws.ClientFrames.FIN;
import static io.kqueueserver.http.ws.ClientFrames.PING;
import static io.kqueueserver.http.ws.ClientFrames.PONG;
import static io.kqueueserver.http.ws.ClientFrames.TEXT;
import static io.kqueueserver.http.ws.ClientFrames.binary;
import static io.kqueueserver.http.ws.ClientFrames.close;
import static io.kqueueserver.http.ws.ClientFrames.frame;
import static io.kqueueserver.http.ws.ClientFrames.head;
import static io.kqueueserver.http.ws.ClientFrames.hex;
import static io.kqueueserver.http.ws.ClientFrames.join;
import static io.kqueueserver.http.ws.ClientFrames.text;
import static io.kqueueserver.http.ws.ClientFrames.times;
import static io.kqueueserver.http.ws.FrameRow.SMALL;
import static io.kqueueserver.http.ws.FrameRow.refused;
import static io.kqueueserver.http.ws.FrameRow.row;
import static io.kqueueserver.http.ws.FrameRow.tooMuch;

import io.kqueueserver.stats.Limit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Rows about frames without compression, in the order of Autobahn's sections 1 to 7. */
public final class FrameRows {
  private static final String STAR = "*";

  private FrameRows() {}

  public static Stream<FrameRow> all() {
    return Stream.of(
            lengths(), pings(), reserved(), fragments(), utf8(), closes(), masks(), limits())
        .flatMap(List::stream);
  }

  /** Autobahn 1: sizes at each edge of the length's three forms, in text and binary. */
  private static List<FrameRow> lengths() {
    List<FrameRow> rows = new ArrayList<>();
    for (int size : new int[] {0, 1, 7, 8, 9, 125, 126, 127, 128, 65535, 65536}) {
      byte[] payload = ClientFrames.utf8(STAR.repeat(size));
      rows.add(
          row(
              "text of " + size,
              "6455 5.2",
              frame(FIN | TEXT, payload),
              Transcript.show(Opcode.TEXT, payload)));
      rows.add(
          row(
              "binary of " + size,
              "6455 5.2",
              binary(payload),
              Transcript.show(Opcode.BINARY, payload)));
    }
    rows.add(refused("length 125 in 16 bits", "6455 5.2", head(FIN | TEXT, 0xfe, 125, 2), 1002));
    rows.add(refused("length 0 in 16 bits", "6455 5.2", head(FIN | TEXT, 0xfe, 0, 2), 1002));
    rows.add(
        refused("length 65535 in 64 bits", "6455 5.2", head(FIN | TEXT, 0xff, 65535, 8), 1002));
    rows.add(refused("length 5 in 64 bits", "6455 5.2", head(FIN | TEXT, 0xff, 5, 8), 1002));
    rows.add(
        refused("length of 2^63", "6455 5.2", head(FIN | BINARY, 0xff, Long.MIN_VALUE, 8), 1002));
    rows.add(refused("length of 2^64-1", "6455 5.2", head(FIN | BINARY, 0xff, -1, 8), 1002));
    rows.add(
        row(
            "length of 2^63-1",
            "limit",
            head(FIN | BINARY, 0xff, Long.MAX_VALUE, 8),
            "REFUSED 1009 WEBSOCKET_FRAME_SIZE"));
    return rows;
  }

  /** Autobahn 2. */
  private static List<FrameRow> pings() {
    String longest = STAR.repeat(125);
    return List.of(
        row("ping without payload", "6455 5.5.2", frame(PING, ""), "PING"),
        row("ping with text", "6455 5.5.2", frame(PING, "Hello"), "PING Hello"),
        row(
            "ping with 125 bytes",
            "6455 5.5.2",
            frame(PING, longest),
            Transcript.show(Opcode.PING, ClientFrames.utf8(longest))),
        row(
            "ping with what is no UTF-8",
            "6455 5.5.2",
            frame(PING, hex("00ffc0")),
            "PING \0\ufffd\ufffd"),
        refused("ping with 126 bytes", "6455 5.5", frame(PING, STAR.repeat(126)), 1002),
        refused("ping with a 64-bit length", "6455 5.5", head(PING, 0xff, 70000, 8), 1002),
        refused("pong with 126 bytes", "6455 5.5", frame(PONG, STAR.repeat(126)), 1002),
        row(
            "pong nobody asked for",
            "6455 5.5.3",
            join(frame(PONG, "x"), frame(PING, "y")),
            "PONG x",
            "PING y"),
        row(
            "ten pings",
            "6455 5.5.2",
            times(10, frame(PING, "p")),
            Stream.generate(() -> "PING p").limit(10).toArray(String[]::new)),
        refused("fragmented ping", "6455 5.5", frame(PING & ~FIN, "x"), 1002),
        refused("fragmented pong", "6455 5.5", frame(PONG & ~FIN, "x"), 1002),
        refused("fragmented close", "6455 5.5", frame(CLOSE & ~FIN, ""), 1002));
  }

  /** Autobahn 3 and 4: every reserved bit and opcode, behind a good message and inside of one. */
  private static List<FrameRow> reserved() {
    List<FrameRow> rows = new ArrayList<>();
    for (int rsv = 0x10; rsv <= 0x70; rsv += 0x10) {
      for (int first : new int[] {FIN | TEXT, FIN | BINARY, TEXT, PING, PONG, CLOSE}) {
        rows.add(
            row(
                "reserved bits " + Integer.toHexString(rsv | first),
                "6455 5.2",
                join(text("a"), frame(first | rsv, "")),
                "TEXT a",
                "REFUSED 1002"));
      }
      rows.add(
          refused(
              "reserved bits in a continuation " + Integer.toHexString(rsv),
              "6455 5.2",
              join(frame(TEXT, "a"), frame(FIN | rsv, "b")),
              1002));
    }
    for (int opcode : new int[] {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
      for (int fin : new int[] {0, FIN}) {
        rows.add(
            row(
                "reserved opcode " + opcode + (fin == 0 ? "" : " with FIN"),
                "6455 5.2",
                join(text("a"), frame(fin | opcode, ""), frame(PING, "")),
                "TEXT a",
                "REFUSED 1002"));
      }
    }
    return rows;
  }

  /** Autobahn 5. */
  private static List<FrameRow> fragments() {
    return List.of(
        row(
            "two fragments",
            "6455 5.4",
            join(frame(TEXT, "frag"), frame(FIN, "ment")),
            "TEXT fragment"),
        row(
            "fragments of binary",
            "6455 5.4",
            join(frame(BINARY, hex("00")), frame(CONTINUATION, hex("01")), frame(FIN, hex("02"))),
            "BINARY 000102"),
        row(
            "ping between fragments",
            "6455 5.4",
            join(frame(TEXT, "frag"), frame(PING, "!"), frame(FIN, "ment")),
            "PING !",
            "TEXT fragment"),
        row(
            "pings and pongs between five fragments",
            "6455 5.4",
            join(
                frame(TEXT, "1"),
                frame(CONTINUATION, "2"),
                frame(PING, "a"),
                frame(CONTINUATION, "3"),
                frame(PONG, "b"),
                frame(CONTINUATION, "4"),
                frame(FIN, "5"),
                frame(PING, "c")),
            "PING a",
            "PONG b",
            "TEXT 12345",
            "PING c"),
        row(
            "three empty fragments",
            "6455 5.4",
            join(frame(TEXT, ""), frame(CONTINUATION, ""), frame(FIN, "")),
            "TEXT"),
        row(
            "empty fragments around one",
            "6455 5.4",
            join(frame(TEXT, ""), frame(CONTINUATION, "middle"), frame(FIN, "")),
            "TEXT middle"),
        row(
            "two messages of fragments",
            "6455 5.4",
            times(2, join(frame(TEXT, "a"), frame(FIN, "b"))),
            "TEXT ab",
            "TEXT ab"),
        row("a message that does not end", "6455 5.4", frame(TEXT, "a"), "OPEN"),
        refused("continuation of nothing", "6455 5.4", frame(CONTINUATION, "a"), 1002),
        refused("last continuation of nothing", "6455 5.4", frame(FIN, "a"), 1002),
        row(
            "continuation behind a message",
            "6455 5.4",
            join(text("a"), frame(FIN, "b"), text("c")),
            "TEXT a",
            "REFUSED 1002"),
        refused(
            "text inside a message",
            "6455 5.4",
            join(frame(TEXT, "a"), frame(FIN | TEXT, "b")),
            1002),
        refused(
            "binary inside a message",
            "6455 5.4",
            join(frame(TEXT, "a"), frame(BINARY, "b")),
            1002));
  }

  /** Autobahn 6: what matters of UTF-8 to frames; {@link Utf8CheckTest} has the grammar. */
  private static List<FrameRow> utf8() {
    byte[] greek = hex("cebae1bdb9cf83cebcceb5");
    return List.of(
        row(
            "text beyond ASCII",
            "6455 8.1",
            frame(FIN | TEXT, greek),
            "TEXT \u03ba\u1f79\u03c3\u03bc\u03b5"),
        row(
            "character cut by a frame",
            "6455 8.1",
            join(frame(TEXT, hex("cebae1")), frame(CONTINUATION, hex("bd")), frame(FIN, hex("b9"))),
            "TEXT \u03ba\u1f79"),
        row(
            "character cut by a ping",
            "6455 8.1",
            join(frame(TEXT, hex("f09f")), frame(PING, hex("80")), frame(FIN, hex("9880"))),
            "PING \ufffd",
            "TEXT \ud83d\ude00"),
        row("binary need not be UTF-8", "6455 5.6", binary(hex("c0ffeda080")), "BINARY c0ffeda080"),
        refused(
            "bad byte in a frame that is not complete",
            "6455 8.1",
            join(head(FIN | TEXT, 2000), ClientFrames.masked(hex("cebaf490"))),
            1007),
        refused(
            "bad byte in a message that is not complete",
            "6455 8.1",
            join(frame(TEXT, greek), frame(CONTINUATION, hex("eda0"))),
            1007),
        refused("surrogates", "6455 8.1", frame(FIN | TEXT, hex("eda080edb080")), 1007),
        refused(
            "text that ends inside a character",
            "6455 8.1",
            frame(FIN | TEXT, hex("61cebae1bd")),
            1007),
        refused(
            "message that ends inside a character",
            "6455 8.1",
            join(frame(TEXT, hex("f09f98")), frame(FIN, "")),
            1007),
        refused(
            "next message does not complete it",
            "6455 8.1",
            join(frame(FIN | TEXT, hex("e282")), frame(FIN | TEXT, hex("ac"))),
            1007));
  }

  /** Autobahn 7; the codes are walked in {@link CloseCodeTest}. */
  private static List<FrameRow> closes() {
    return List.of(
        row("close without a code", "6455 5.5.1", frame(CLOSE, ""), "CLOSE 1005"),
        row("close with a code", "6455 5.5.1", close(1000, ""), "CLOSE 1000"),
        row("close with a reason", "6455 5.5.1", close(4000, "b\u00fce"), "CLOSE 4000 b\u00fce"),
        row(
            "close with the longest reason",
            "6455 5.5.1",
            close(1001, STAR.repeat(123)),
            "CLOSE 1001 " + STAR.repeat(123)),
        refused("close with a reason too long", "6455 5.5", close(1000, STAR.repeat(124)), 1002),
        refused("close with half a code", "6455 5.5.1", frame(CLOSE, "a"), 1002),
        refused("close with code 1005", "6455 7.4.1", close(1005, ""), 1002),
        refused("close with code 1006", "6455 7.4.1", close(1006, "x"), 1002),
        refused(
            "close with a reason that is no UTF-8",
            "6455 5.5.1",
            frame(CLOSE, hex("03e8 cebae1bd b9cf83 eda080")),
            1007),
        refused(
            "close with a reason that ends inside a character",
            "6455 5.5.1",
            frame(CLOSE, hex("03e8 e282")),
            1007),
        row(
            "messages and pings behind a close",
            "6455 5.5.1",
            join(close(1000, ""), text("a"), frame(PING, ""), close(1001, ""), hex("ffffffff")),
            "CLOSE 1000"),
        row(
            "close inside a message",
            "6455 5.5.1",
            join(frame(TEXT, "a"), close(1000, ""), frame(FIN, "b")),
            "CLOSE 1000"));
  }

  private static List<FrameRow> masks() {
    return List.of(
        refused("unmasked text", "6455 5.1", hex("8101 61"), 1002),
        refused("unmasked ping", "6455 5.1", hex("8900"), 1002),
        refused("unmasked length in 16 bits", "6455 5.1", head(FIN | TEXT, 126, 200, 2), 1002),
        row("key of zeros", "6455 5.3", hex("8183 00000000 616263"), "TEXT abc"),
        row("key of ones", "6455 5.3", hex("8183 ffffffff 9e9d9c"), "TEXT abc"));
  }

  private static List<FrameRow> limits() {
    byte[] hundred = new byte[100];
    return List.of(
        row(
                "frame as large as may be",
                "limit",
                binary(new byte[130]),
                Transcript.show(Opcode.BINARY, new byte[130]))
            .under(SMALL),
        tooMuch("frame too large", head(FIN | BINARY, 131), 1009, Limit.WEBSOCKET_FRAME_SIZE),
        row(
                "message as large as may be",
                "limit",
                join(frame(BINARY, hundred), frame(FIN, hundred)),
                Transcript.show(Opcode.BINARY, new byte[200]))
            .under(SMALL),
        tooMuch(
            "message too large",
            join(frame(BINARY, hundred), frame(CONTINUATION, hundred), head(FIN, 1)),
            1009,
            Limit.WEBSOCKET_MESSAGE_SIZE),
        row(
                "as many fragments as may be",
                "limit",
                join(frame(TEXT, "a"), times(3, frame(0, "b")), frame(FIN, "c")),
                "TEXT abbbc")
            .under(SMALL),
        tooMuch(
            "too many fragments",
            join(frame(TEXT, "a"), times(4, frame(0, "b")), frame(FIN, "c")),
            1008,
            Limit.WEBSOCKET_FRAGMENTS),
        row(
                "as many empty fragments as may be, twice",
                "limit",
                times(2, join(frame(TEXT, ""), frame(0, ""), frame(FIN, "c"))),
                "TEXT c",
                "TEXT c")
            .under(SMALL),
        tooMuch(
            "too many empty fragments",
            join(frame(TEXT, "a"), times(3, frame(0, ""))),
            1008,
            Limit.WEBSOCKET_FRAGMENTS),
        row("empty messages", "limit", times(4, text("")), "TEXT", "TEXT", "TEXT", "TEXT")
            .under(SMALL));
  }
}

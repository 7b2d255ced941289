package io.kqueueserver.http.h2;

import static io.kqueueserver.http.h2.FrameRow.accepted;
import static io.kqueueserver.http.h2.FrameRow.connectionError;
import static io.kqueueserver.http.h2.FrameRow.refusedAfter;
import static io.kqueueserver.http.h2.FrameRow.streamError;
import static io.kqueueserver.http.h2.Frames.NOTHING;
import static io.kqueueserver.http.h2.Frames.ascii;
import static io.kqueueserver.http.h2.Frames.continuation;
import static io.kqueueserver.http.h2.Frames.data;
import static io.kqueueserver.http.h2.Frames.frame;
import static io.kqueueserver.http.h2.Frames.header;
import static io.kqueueserver.http.h2.Frames.headers;
import static io.kqueueserver.http.h2.Frames.int32;
import static io.kqueueserver.http.h2.Frames.join;
import static io.kqueueserver.http.h2.Frames.octets;
import static io.kqueueserver.http.h2.Frames.setting;

import java.util.List;
import java.util.stream.Stream;

/** Rows about each frame type. A new bug is a new row. */
final class FrameRows {
  private static final int END_STREAM = 0x1;
  private static final int ACK = 0x1;
  private static final int END_HEADERS = 0x4;
  private static final int PADDED = 0x8;
  private static final int PRIORITY = 0x20;
  private static final int OTHER_FLAGS = 0xd2;

  private FrameRows() {}

  static Stream<FrameRow> all() {
    return Stream.of(dataFrames(), blocks(), blockErrors(), shortFrames(), settings(), others())
        .flatMap(List::stream);
  }

  private static List<FrameRow> dataFrames() {
    return List.of(
        accepted("data", "9113 6.1", data(1, 0, "hello"), "DATA 1 +5 | hello"),
        accepted("data that ends", "9113 6.1", data(1, END_STREAM, "hi"), "DATA 1 +2 end | hi"),
        accepted("empty data", "9113 6.1", data(1, 0, ""), "DATA 1 +0 | "),
        accepted("empty data that ends", "9113 6.1", data(3, END_STREAM, ""), "DATA 3 +0 end | "),
        accepted("unknown flags of data", "9113 4.1", data(1, 0xf6, "x"), "DATA 1 +1 | x"),
        accepted(
            "reserved bit before the stream",
            "9113 4.1",
            data(0x80000001, 0, "x"),
            "DATA 1 +1 | x"),
        accepted(
            "the highest stream", "9113 4.1", data(0x7fffffff, 0, "x"), "DATA 2147483647 +1 | x"),
        accepted(
            "padding",
            "9113 6.1",
            frame(0x0, PADDED, 1, octets(3), ascii("hello"), octets(0, 0, 0)),
            "DATA 1 +5 pad 4 | hello"),
        accepted(
            "padding that ends",
            "9113 6.1",
            frame(0x0, PADDED | END_STREAM, 1, octets(1), ascii("hello"), octets(0)),
            "DATA 1 +5 pad 2 end | hello"),
        accepted(
            "no padding but its length",
            "9113 6.1",
            frame(0x0, PADDED, 1, octets(0), ascii("hello")),
            "DATA 1 +5 pad 1 | hello"),
        accepted(
            "nothing but padding",
            "9113 6.1",
            frame(0x0, PADDED | END_STREAM, 1, octets(2, 0, 0)),
            "DATA 1 +0 pad 3 end | "),
        accepted(
            "padding of 255",
            "9113 6.1",
            frame(0x0, PADDED, 1, octets(255), ascii("x"), new byte[255]),
            "DATA 1 +1 pad 256 | x"),
        connectionError(
            "padding as long as the payload",
            "9113 6.1",
            frame(0x0, PADDED, 1, octets(2, 0)),
            "PROTOCOL_ERROR"),
        connectionError("padded and empty", "9113 4.2", frame(0x0, PADDED, 1), "FRAME_SIZE_ERROR"),
        connectionError("data on stream 0", "9113 6.1", data(0, 0, "x"), "PROTOCOL_ERROR"));
  }

  private static List<FrameRow> blocks() {
    return List.of(
        accepted("headers", "9113 6.2", headers(1, END_HEADERS, "abc"), "HEADERS 1 | abc"),
        accepted(
            "headers that end",
            "9113 6.2",
            headers(1, END_HEADERS | END_STREAM | OTHER_FLAGS, "abc"),
            "HEADERS 1 end | abc"),
        accepted("empty headers", "9113 6.2", headers(1, END_HEADERS, ""), "HEADERS 1 | "),
        accepted(
            "headers with padding and priority",
            "9113 6.2",
            frame(
                0x1,
                END_HEADERS | PADDED | PRIORITY,
                5,
                octets(2),
                int32(3),
                octets(15),
                ascii("abc"),
                octets(0, 0)),
            "HEADERS 5 on 3 | abc"),
        accepted(
            "exclusive priority",
            "7540 6.2",
            frame(0x1, END_HEADERS | PRIORITY, 5, int32(0x80000000), octets(255), ascii("abc")),
            "HEADERS 5 on 0 | abc"),
        accepted(
            "headers that depend on themselves",
            "7540 5.3.1",
            frame(0x1, END_HEADERS | PRIORITY, 5, int32(5), octets(0), ascii("abc")),
            "HEADERS 5 on 5 | abc"),
        accepted(
            "padding that leaves no block",
            "9113 6.2",
            frame(0x1, END_HEADERS | PADDED, 1, octets(2, 0, 0)),
            "HEADERS 1 | "),
        accepted(
            "continuations",
            "9113 6.10",
            join(
                headers(1, END_STREAM, "abc"),
                continuation(1, 0, "def"),
                continuation(1, END_HEADERS, "ghi")),
            "HEADERS 1 end | abcdefghi"),
        accepted(
            "an empty block is continued",
            "9113 6.10",
            join(headers(1, 0, ""), continuation(1, END_HEADERS, "ghi")),
            "HEADERS 1 | ghi"),
        accepted(
            "the last continuation is empty",
            "9113 6.10",
            join(headers(1, 0, "abc"), continuation(1, END_HEADERS, "")),
            "HEADERS 1 | abc"),
        accepted(
            "padded headers are continued, flags of a continuation are ignored",
            "9113 6.10",
            join(
                frame(0x1, PADDED, 1, octets(1), ascii("ab"), octets(0)),
                continuation(1, END_HEADERS | PADDED | PRIORITY | END_STREAM, "cd")),
            "HEADERS 1 | abcd"),
        accepted(
            "a block of 32 bytes on the wire",
            "limit",
            join(headers(1, 0, "a".repeat(31)), continuation(1, END_HEADERS, "b")),
            "HEADERS 1 | " + "a".repeat(31) + "b"));
  }

  private static List<FrameRow> blockErrors() {
    return List.of(
        connectionError(
            "data within a block",
            "9113 6.2",
            join(headers(1, 0, "abc"), data(1, 0, "x")),
            "PROTOCOL_ERROR"),
        refusedAfter(
            "an unknown frame within a block",
            "9113 5.5",
            join(headers(1, 0, "abc"), frame(0xbe, 0, 1)),
            "UNKNOWN 190 1 +0",
            "CONNECTION PROTOCOL_ERROR"),
        connectionError(
            "a continuation of another stream",
            "9113 6.10",
            join(headers(1, 0, "abc"), continuation(3, END_HEADERS, "x")),
            "PROTOCOL_ERROR"),
        connectionError(
            "a continuation of stream 0",
            "9113 6.10",
            join(headers(1, 0, "abc"), continuation(0, END_HEADERS, "x")),
            "PROTOCOL_ERROR"),
        connectionError(
            "headers within a block",
            "9113 6.2",
            join(headers(1, 0, "abc"), headers(3, END_HEADERS, "x")),
            "PROTOCOL_ERROR"),
        refusedAfter(
            "a continuation behind a complete block",
            "9113 6.10",
            join(headers(1, END_HEADERS, "abc"), continuation(1, END_HEADERS, "x")),
            "HEADERS 1 | abc",
            "CONNECTION PROTOCOL_ERROR"),
        connectionError(
            "a continuation alone",
            "9113 6.10",
            continuation(1, END_HEADERS, ""),
            "PROTOCOL_ERROR"),
        connectionError(
            "headers on stream 0", "9113 6.2", headers(0, END_HEADERS, "abc"), "PROTOCOL_ERROR"),
        connectionError(
            "padding longer than the block",
            "9113 6.2",
            frame(0x1, END_HEADERS | PADDED, 1, octets(3, 0, 0)),
            "PROTOCOL_ERROR"),
        connectionError(
            "padding that reaches into the priority",
            "9113 6.2",
            frame(0x1, END_HEADERS | PADDED | PRIORITY, 1, octets(1), int32(0), octets(0)),
            "PROTOCOL_ERROR"),
        connectionError(
            "headers without their pad length",
            "9113 4.2",
            frame(0x1, END_HEADERS | PADDED, 1),
            "FRAME_SIZE_ERROR"),
        connectionError(
            "headers without all of their priority",
            "9113 4.2",
            frame(0x1, END_HEADERS | PRIORITY, 1, int32(0)),
            "FRAME_SIZE_ERROR"),
        connectionError(
            "a block of 33 bytes in one frame",
            "limit",
            headers(1, END_HEADERS, "a".repeat(33)),
            "ENHANCE_YOUR_CALM HTTP2_HEADER_BLOCK"),
        connectionError(
            "a block of 33 bytes in two frames",
            "limit",
            join(headers(1, 0, "a".repeat(32)), continuation(1, END_HEADERS, "b")),
            "ENHANCE_YOUR_CALM HTTP2_HEADER_BLOCK"),
        connectionError(
            "three continuations",
            "limit",
            join(
                headers(1, 0, "a"),
                continuation(1, 0, "b"),
                continuation(1, 0, "c"),
                continuation(1, END_HEADERS, "d")),
            "ENHANCE_YOUR_CALM HTTP2_CONTINUATIONS"),
        connectionError(
            "an empty continuation that is not the last",
            "limit",
            join(headers(1, 0, "a"), continuation(1, 0, "")),
            "ENHANCE_YOUR_CALM HTTP2_CONTINUATIONS"));
  }

  private static List<FrameRow> shortFrames() {
    return List.of(
        accepted("priority", "7540 6.3", frame(0x2, 0, 3, int32(1), octets(7)), "PRIORITY 3 on 1"),
        streamError(
            "priority that depends on itself",
            "7540 5.3.1",
            frame(0x2, 0, 3, int32(0x80000003), octets(7)),
            3,
            "PROTOCOL_ERROR"),
        streamError(
            "priority of 4 bytes", "9113 6.3", frame(0x2, 0, 3, int32(1)), 3, "FRAME_SIZE_ERROR"),
        accepted("reset", "9113 6.4", frame(0x3, 0, 1, int32(8)), "RST_STREAM 1 CANCEL"),
        accepted(
            "reset of an unknown code",
            "9113 7",
            frame(0x3, 0, 1, int32(-1)),
            "RST_STREAM 1 0xffffffff"),
        accepted(
            "ping",
            "9113 6.7",
            frame(0x6, 0, 0, int32(0x81020304), int32(0x85060708)),
            "PING 8102030485060708"),
        accepted("ping answered", "9113 6.7", frame(0x6, ACK, 0, int32(0), int32(1)), "PING 1 ack"),
        accepted("go away", "9113 6.8", frame(0x7, 0, 0, int32(5), int32(0)), "GOAWAY 5 NO_ERROR"),
        accepted(
            "go away with debug data",
            "9113 6.8",
            frame(0x7, 0, 0, int32(0x80000005), int32(11), ascii("too much of it")),
            "GOAWAY 5 ENHANCE_YOUR_CALM"),
        accepted(
            "credit of the connection",
            "9113 6.9",
            frame(0x8, 0, 0, int32(0x7fffffff)),
            "WINDOW_UPDATE 0 +2147483647"),
        accepted(
            "credit of a stream, reserved bit set",
            "9113 6.9",
            frame(0x8, 0, 1, int32(0x80000001)),
            "WINDOW_UPDATE 1 +1"),
        streamError(
            "credit of 0 on a stream", "9113 6.9", frame(0x8, 0, 1, int32(0)), 1, "PROTOCOL_ERROR"),
        connectionError(
            "credit of 0 on the connection",
            "9113 6.9",
            frame(0x8, 0, 0, int32(0x80000000)),
            "PROTOCOL_ERROR"),
        connectionError(
            "a push promise", "9113 8.4", frame(0x5, END_HEADERS, 1, int32(2)), "PROTOCOL_ERROR"));
  }

  private static List<FrameRow> settings() {
    return List.of(
        accepted("no settings", "9113 6.5", frame(0x4, 0, 0), "SETTINGS"),
        accepted(
            "settings, known and unknown",
            "9113 6.5",
            frame(0x4, 0, 0, setting(1, 4096), setting(0xabcd, -1)),
            "SETTING 1=4096",
            "SETTING 43981=4294967295",
            "SETTINGS"),
        accepted("settings acknowledged", "9113 6.5", frame(0x4, ACK, 0), "SETTINGS ack"),
        connectionError(
            "acknowledgement with a payload",
            "9113 6.5",
            frame(0x4, ACK, 0, setting(1, 4096)),
            "FRAME_SIZE_ERROR"),
        connectionError(
            "settings of 5 bytes",
            "9113 6.5",
            frame(0x4, 0, 0, octets(1, 2, 3, 4, 5)),
            "FRAME_SIZE_ERROR"),
        connectionError("settings of a stream", "9113 6.5", frame(0x4, 0, 1), "PROTOCOL_ERROR"));
  }

  private static List<FrameRow> others() {
    return List.of(
        accepted(
            "an unknown frame",
            "9113 5.5",
            frame(0xbe, 0xff, 7, ascii("whatever")),
            "UNKNOWN 190 7 +8"),
        accepted("an unknown empty frame", "9113 5.5", frame(0x11, 0, 0), "UNKNOWN 17 0 +0"),
        accepted("origin", "8336", frame(0xc, 0, 0, ascii("x")), "UNKNOWN 12 0 +1"),
        accepted(
            "priority update",
            "9218 7.1",
            frame(0x10, 0, 0, int32(0x80000005), ascii("u=1, i")),
            "PRIORITY_UPDATE 5 u=1 i"),
        accepted(
            "priority update without a value",
            "9218 7.1",
            frame(0x10, 0, 0, int32(5)),
            "PRIORITY_UPDATE 5 u=3"),
        accepted(
            "priority update of 256 bytes",
            "limit",
            frame(0x10, 0, 0, int32(5), ascii("u=0" + " ".repeat(249))),
            "PRIORITY_UPDATE 5 u=0"),
        accepted(
            "priority update of 257 bytes",
            "limit",
            frame(0x10, 0, 0, int32(5), ascii("u=0" + " ".repeat(250))),
            "PRIORITY_UPDATE 5 u=3"),
        connectionError(
            "priority update of stream 0",
            "9218 7.1",
            frame(0x10, 0, 0, int32(0), ascii("u=1")),
            "PROTOCOL_ERROR"),
        connectionError(
            "a frame beyond the maximum, by its header alone",
            "9113 4.2",
            header(16_385, 0x0, 0, 1),
            "FRAME_SIZE_ERROR"),
        refusedAfter(
            "an unknown frame beyond the maximum",
            "9113 4.2",
            header(0xffffff, 0xbe, 0, 1),
            "UNKNOWN 190 1 +16777215",
            "CONNECTION FRAME_SIZE_ERROR"),
        accepted(
            "several frames",
            "9113 4",
            join(frame(0x4, 0, 0), headers(1, END_HEADERS, "a"), data(1, 1, "b"), NOTHING),
            "SETTINGS",
            "HEADERS 1 | a",
            "DATA 1 +1 end | b"));
  }
}

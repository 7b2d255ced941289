package io.kqueueserver.http.ws;

import static io.kqueueserver.http.ws.ClientFrames.BINARY;
import static io.kqueueserver.http.ws.ClientFrames.CONTINUATION;
import static io.kqueueserver.http.ws.ClientFrames.FIN;
import static io.kqueueserver.http.ws.ClientFrames.PING;
import static io.kqueueserver.http.ws.ClientFrames.RSV1;
import static io.kqueueserver.http.ws.ClientFrames.deflated;
import static io.kqueueserver.http.ws.ClientFrames.frame;
import static io.kqueueserver.http.ws.ClientFrames.hex;
import static io.kqueueserver.http.ws.ClientFrames.join;
import static io.kqueueserver.http.ws.ClientFrames.text;
import static io.kqueueserver.http.ws.ClientFrames.times;
import static io.kqueueserver.http.ws.ClientFrames.utf8;
import static io.kqueueserver.http.ws.FrameRow.FORGETTING;
import static io.kqueueserver.http.ws.FrameRow.LARGE;
import static io.kqueueserver.http.ws.FrameRow.REMEMBERING;
import static io.kqueueserver.http.ws.FrameRow.SMALL;
import static io.kqueueserver.http.ws.FrameRow.refused;
import static io.kqueueserver.http.ws.FrameRow.row;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;

/** Rows about compressed messages; the examples are those of RFC 7692 7.2.3. */
public final class DeflatedRows {
  private static final byte[] HELLO = hex("f248cdc9c90700");
  private static final byte[] HELLO_FINAL = hex("f348cdc9c90700 00");

  private DeflatedRows() {}

  public static Stream<FrameRow> all() {
    return Stream.concat(messages().map(row -> row.agreed(FORGETTING)), takeover());
  }

  private static Stream<FrameRow> messages() {
    return Stream.of(
        row("one block", "7692 7.2.3.1", frame(0xc1, HELLO), "TEXT Hello"),
        row(
            "fragments of one block",
            "7692 7.2.3.1",
            join(frame(0x41, hex("f248cd")), frame(0x80, hex("c9c90700"))),
            "TEXT Hello"),
        row(
            "fragment of which nothing can be inflated",
            "7692 7.2.3.1",
            join(frame(0x41, hex("f2")), frame(0, hex("48cdc9c9")), frame(0x80, hex("0700"))),
            "TEXT Hello"),
        row(
            "stored block",
            "7692 7.2.3.3",
            frame(0xc1, hex("000500faff48656c6c6f00")),
            "TEXT Hello"),
        row(
            "block with BFINAL",
            "7692 7.2.3.4",
            times(2, frame(0xc1, HELLO_FINAL)),
            "TEXT Hello",
            "TEXT Hello"),
        row(
            "nothing behind BFINAL",
            "7692 7.2.3.4",
            frame(0xc1, hex("f348cdc9c90700")),
            "TEXT Hello"),
        row(
            "two blocks",
            "7692 7.2.3.5",
            frame(0xc1, hex("f248050000 00ffffcac9c90700")),
            "TEXT Hello"),
        row(
            "two final blocks",
            "7692 7.2.3.4",
            frame(0xc1, join(hex("f348cdc9c90700"), HELLO_FINAL)),
            "TEXT HelloHello"),
        row("empty message", "7692 7.2.3.6", frame(0xc1, hex("00")), "TEXT"),
        row("empty payload", "7692 7.2.3.6", join(frame(0xc1, ""), text("a")), "TEXT", "TEXT a"),
        row(
            "ping between compressed fragments",
            "7692 6.1",
            join(frame(0x41, hex("f248cd")), frame(PING, "!"), frame(0x80, hex("c9c90700"))),
            "PING !",
            "TEXT Hello"),
        row(
            "plain between compressed",
            "7692 6",
            join(frame(0xc1, HELLO), text("plain"), frame(0xc2, HELLO)),
            "TEXT Hello",
            "TEXT plain",
            "BINARY 48656c6c6f"),
        refused(
            "RSV1 on a continuation",
            "7692 6.1",
            join(frame(0x41, hex("f248cd")), frame(0xc0, hex("c9c90700"))),
            1002),
        refused("RSV1 on a ping", "7692 6.1", frame(PING | RSV1, ""), 1002),
        refused("RSV1 and RSV2", "7692 6", frame(0xc1 | 0x20, HELLO), 1002),
        refused("reserved kind of block", "7692 7.2.2", frame(0xc1, hex("07ff")), 1007),
        refused("distance into nothing", "7692 7.2.2", frame(0xc1, hex("f200110000")), 1007),
        refused(
            "not UTF-8 once inflated", "6455 8.1", frame(0xc1, deflated(hex("c3a9eda080"))), 1007),
        refused(
            "not UTF-8 in a message that is not complete",
            "6455 8.1",
            join(frame(0x41, deflated(hex("c3a9c0"))), frame(PING, "")),
            1007),
        row(
                "not UTF-8 and too large",
                "6455 8.1",
                frame(0xc1, deflated(join(hex("c0"), new byte[400]))),
                "REFUSED 1007")
            .under(SMALL),
        row(
                "not UTF-8 behind all that may be",
                "limit",
                frame(0xc1, deflated(join(new byte[200], hex("c0")))),
                "REFUSED 1009 WEBSOCKET_MESSAGE_SIZE")
            .under(SMALL),
        refused("ends inside a character", "6455 8.1", frame(0xc1, deflated(hex("c3"))), 1007),
        large(
            "inflates to as much as may be",
            new byte[200],
            Transcript.show(Opcode.BINARY, new byte[200]),
            SMALL),
        large(
            "inflates to more than may be",
            new byte[201],
            "REFUSED 1009 WEBSOCKET_MESSAGE_SIZE",
            SMALL),
        large(
            "bomb",
            new byte[1 << 18],
            "REFUSED 1009 WEBSOCKET_MESSAGE_SIZE",
            MessageLimits.DEFAULTS),
        large(
            "bomb in a message that may be large",
            new byte[1 << 18],
            "REFUSED 1009 WEBSOCKET_INFLATE_RATIO",
            LARGE),
        large(
            "64 KiB at any ratio",
            new byte[1 << 16],
            Transcript.show(Opcode.BINARY, new byte[1 << 16]),
            LARGE),
        large("what hardly shrinks", noise(), Transcript.show(Opcode.BINARY, noise()), LARGE),
        row(
                "bomb behind what hardly shrinks",
                "limit",
                join(
                    frame(
                        BINARY | RSV1,
                        join(deflated(Arrays.copyOf(noise(), 1000)), hex("0000ffff"))),
                    frame(FIN | CONTINUATION, deflated(new byte[1 << 20]))),
                "REFUSED 1009 WEBSOCKET_INFLATE_RATIO")
            .under(LARGE));
  }

  private static FrameRow large(
      String name, byte[] message, String expected, MessageLimits limits) {
    return row(name, "limit", frame(0xc2, deflated(message)), expected).under(limits);
  }

  /** Two thirds of it are random, so that it shrinks a little. */
  private static byte[] noise() {
    byte[] noise = new byte[30_000];
    new Random(7).nextBytes(noise);
    Arrays.fill(noise, 20_000, 30_000, (byte) 'x');
    return noise;
  }

  private static Stream<FrameRow> takeover() {
    byte[] again = hex("f200110000");
    byte[] sentence = utf8("a window that is kept, a window that is kept");
    return Stream.of(
        row(
                "second message refers to the first",
                "7692 7.2.3.2",
                join(frame(0xc1, HELLO), frame(0xc1, again)),
                "TEXT Hello",
                "TEXT Hello")
            .agreed(REMEMBERING),
        row(
                "second message refers to what was forgotten",
                "7692 7.2.3.2",
                join(frame(0xc1, HELLO), frame(0xc1, again)),
                "TEXT Hello",
                "REFUSED 1007")
            .agreed(FORGETTING),
        row(
                "plain and empty messages between",
                "7692 7.2.3.2",
                join(frame(0xc1, HELLO), text("plain"), frame(0xc1, ""), frame(0xc1, again)),
                "TEXT Hello",
                "TEXT plain",
                "TEXT",
                "TEXT Hello")
            .agreed(REMEMBERING),
        row(
                "BFINAL with takeover",
                "7692 7.2.3.4",
                join(frame(0xc1, hex("f348cdc9c90700")), frame(0xc1, deflated(sentence))),
                "TEXT Hello",
                Transcript.show(Opcode.TEXT, sentence))
            .agreed(REMEMBERING));
  }
}

package io.kqueueserver.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FrameWriterTest {
  private final FrameWriter writer = new FrameWriter();

  @Test
  void writesEveryFrameAsTheRfcDrawsIt() {
    writer.dataHeader(0x01020304, 0x00fffe, true);
    check("00fffe 00 01 01020304");
    writer.headers(3, bytes("abc"), 1, 3, false, 16_384);
    check("000002 01 04 00000003 6263");
    writer.headers(3, bytes(""), 0, 0, true, 16_384);
    check("000000 01 05 00000003");
    writer.rstStream(5, ErrorCode.CANCEL);
    check("000004 03 00 00000005 00000008");
    writer.settingsAck();
    check("000000 04 01 00000000");
    writer.ping(0x8102030405060788L, false);
    check("000008 06 00 00000000 8102030405060788");
    writer.ping(1, true);
    check("000008 06 01 00000000 0000000000000001");
    writer.goAway(Integer.MAX_VALUE, ErrorCode.ENHANCE_YOUR_CALM, "hm");
    check("00000a 07 00 00000000 7fffffff 0000000b 686d");
    writer.windowUpdate(0, 0x7fffffff);
    check("000004 08 00 00000000 7fffffff");
  }

  @Test
  void announcesTheSettingsThatAreNotAsTheRfcHasThem() {
    writer.settings(new Settings());
    check("000000 04 00 00000000");
    writer.settings(
        new Settings()
            .set(Setting.MAX_CONCURRENT_STREAMS, 100)
            .set(Setting.HEADER_TABLE_SIZE, 4096)
            .set(Setting.NO_RFC7540_PRIORITIES, 1));
    check("00000c 04 00 00000000 0003 00000064 0009 00000001");
  }

  @Test
  void cutsABlockAtThePeersFrameSize() {
    writer.headers(1, bytes("abcdef"), 0, 6, true, 3);
    check("000003 01 01 00000001 616263", "000003 09 04 00000001 646566");
    writer.headers(1, bytes("abcdefg"), 0, 7, false, 3);
    check(
        "000003 01 00 00000001 616263", "000003 09 00 00000001 646566", "000001 09 04 00000001 67");
  }

  @Test
  void aLongDebugTextIsCut() {
    writer.goAway(1, ErrorCode.NO_ERROR, "x".repeat(1000));
    assertThat(writer.length()).isEqualTo(9 + 8 + 256);
  }

  @Test
  void growsAndForgetsALargeArray() {
    byte[] block = new byte[200_000];
    new Random(1).nextBytes(block);
    writer.headers(1, block, 0, block.length, true, 16_384);
    assertThat(writer.length()).isEqualTo(200_000 + 13 * 9);
    writer.clear();
    assertThat(writer.bytes()).hasSizeLessThan(70_000);
  }

  @Test
  void whatItWritesIsReadBack() {
    writer.settings(new Settings().set(Setting.INITIAL_WINDOW_SIZE, 65_536));
    writer.settingsAck();
    writer.headers(3, bytes("0123456789"), 0, 10, true, 4);
    writer.ping(7, true);
    writer.windowUpdate(3, 5);
    writer.rstStream(3, ErrorCode.NO_ERROR);
    writer.goAway(3, ErrorCode.NO_ERROR, "bye");
    List<String> lines =
        new FrameTranscript(false).feed(writer.bytes(), 0, writer.length()).lines();
    assertThat(lines)
        .containsExactly(
            "SETTING 4=65536",
            "SETTINGS",
            "SETTINGS ack",
            "HEADERS 3 end | 0123456789",
            "PING 7 ack",
            "WINDOW_UPDATE 3 +5",
            "RST_STREAM 3 NO_ERROR",
            "GOAWAY 3 NO_ERROR");
  }

  private void check(String... frames) {
    String expected = String.join("", frames).replace(" ", "");
    byte[] written = Arrays.copyOf(writer.bytes(), writer.length());
    assertThat(HexFormat.of().formatHex(written)).isEqualTo(expected);
    writer.clear();
    assertThat(writer.length()).isZero();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}

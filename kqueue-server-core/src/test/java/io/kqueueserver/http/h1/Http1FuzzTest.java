package io.kqueueserver.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.http.Headers;
import io.kqueueserver.http.Limits;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Seeded random input: the same in every build. A failure names the seed and becomes a row of the
 * table.
 */
class Http1FuzzTest {
  private static final int ROUNDS = 10_000;
  private static final String SPICE = "\r\n\t :;,=\"\\\0%[]@#/*0159afAF\u007f\u0080\u00ff";
  static final List<byte[]> CORPUS =
      Http1DecoderWireTest.rows().map(WireRow::octets).filter(row -> row.length < 600).toList();

  private final byte[] scratch = new byte[Http1Decoder.scratchSize(Limits.DEFAULTS)];

  @Test
  void makesTheSameOfTheSameOctetsHoweverTheyAreCut() {
    for (int seed = 0; seed < ROUNDS; seed++) {
      Random random = new Random(seed);
      byte[] wire = mutate(random);
      Limits limits = random.nextInt(3) == 0 ? WireRow.SMALL : Limits.DEFAULTS;
      List<String> whole = feed(wire, limits, wire.length, random);
      assertThat(feed(wire, limits, 1, random)).as("seed %d, by byte", seed).isEqualTo(whole);
      assertThat(feed(wire, limits, 40, random)).as("seed %d, cut", seed).isEqualTo(whole);
    }
  }

  @Test
  void readsBackWhatTheEncoderWrote() {
    Http1Encoder encoder = new Http1Encoder();
    for (int seed = 0; seed < ROUNDS; seed++) {
      Random random = new Random(seed);
      List<String[]> fields = fields(random);
      encoder.encodeInformational(
          200, sink -> fields.forEach(field -> sink.field(field[0], field[1])));
      String head = new String(encoder.bytes(), 0, encoder.length(), StandardCharsets.ISO_8859_1);
      String request = head.replace("HTTP/1.1 200 OK\r\n", "GET / HTTP/1.1\r\nHost: x\r\n");
      Headers decoded = EncoderRow.decode(request).headers();
      assertThat(decoded.size()).isEqualTo(fields.size() + 1);
      for (int i = 0; i < fields.size(); i++) {
        assertThat(decoded.name(i + 1)).as("seed %d", seed).isEqualTo(fields.get(i)[0]);
        assertThat(decoded.value(i + 1)).as("seed %d", seed).isEqualTo(fields.get(i)[1]);
      }
    }
  }

  @Test
  void encoderTakesOnlyFieldsThatTheDecoderReadsAsOne() {
    Http1Encoder encoder = new Http1Encoder();
    for (int seed = 0; seed < ROUNDS; seed++) {
      Random random = new Random(seed);
      String name = noise(random, 6);
      String value = noise(random, 8);
      try {
        encoder.encodeInformational(200, sink -> sink.field(name, value));
      } catch (IllegalArgumentException e) {
        continue;
      }
      String head = new String(encoder.bytes(), 0, encoder.length(), StandardCharsets.ISO_8859_1);
      String request = head.replace("HTTP/1.1 200 OK\r\n", "GET / HTTP/1.0\r\n");
      assertThat(EncoderRow.decode(request).headers().size()).as("seed %d", seed).isEqualTo(1);
    }
  }

  /** The transcript of the octets in pieces of up to that size; anything but a refusal escapes. */
  private List<String> feed(byte[] wire, Limits limits, int most, Random random) {
    Transcript transcript = new Transcript(new Http1Decoder(limits, scratch), random.nextBoolean());
    int held = 2 * (limits.maxRequestLineBytes() + limits.maxHeaderBytes() + 4) + 1024;
    for (int at = 0; at < wire.length; ) {
      int to = Math.min(wire.length, at + (most == wire.length ? most : 1 + random.nextInt(most)));
      transcript.feed(wire, at, to);
      assertThat(transcript.decoder().heldBytes()).isLessThanOrEqualTo(held);
      at = to;
    }
    return transcript.finish();
  }

  /** One to three rows of the wire table in a row, with a few octets changed. */
  private static byte[] mutate(Random random) {
    byte[] wire = new byte[0];
    for (int rows = 1 + random.nextInt(3); rows > 0; rows--) {
      byte[] row = CORPUS.get(random.nextInt(CORPUS.size()));
      int at = wire.length;
      wire = Arrays.copyOf(wire, at + row.length);
      System.arraycopy(row, 0, wire, at, row.length);
    }
    for (int changes = random.nextInt(4); changes > 0 && wire.length > 0; changes--) {
      wire = change(wire, random);
    }
    return wire;
  }

  private static byte[] change(byte[] wire, Random random) {
    int at = random.nextInt(wire.length);
    byte spice = (byte) SPICE.charAt(random.nextInt(SPICE.length()));
    return switch (random.nextInt(5)) {
      case 0 -> splice(wire, at, at + 1, spice);
      case 1 -> splice(wire, at, at, spice);
      case 2 -> splice(wire, at, at + 1);
      case 3 -> Arrays.copyOf(wire, at);
      default -> splice(wire, at, at + 1, (byte) random.nextInt(256));
    };
  }

  /** The octets with those of a range replaced. */
  private static byte[] splice(byte[] wire, int from, int to, byte... middle) {
    byte[] result = Arrays.copyOf(wire, wire.length - (to - from) + middle.length);
    System.arraycopy(middle, 0, result, from, middle.length);
    System.arraycopy(wire, to, result, from + middle.length, wire.length - to);
    return result;
  }

  private static List<String[]> fields(Random random) {
    List<String[]> fields = new ArrayList<>();
    for (int count = random.nextInt(40); count > 0; count--) {
      String name = pick(random, 1 + random.nextInt(20), "abcXYZ019-_.!#$%&'*+^`|~");
      String value = pick(random, random.nextInt(60), "abc XYZ\t,;:=\"\u0080\u00e9\u00ff/{}");
      fields.add(new String[] {name, trim(value)});
    }
    return fields;
  }

  /** A field loses the white space around its value. */
  private static String trim(String value) {
    return value.replaceAll("^[ \t]+|[ \t]+$", "");
  }

  private static String pick(Random random, int length, String from) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append(from.charAt(random.nextInt(from.length())));
    }
    return text.toString();
  }

  private static String noise(Random random, int length) {
    String from = "aB-: \t\r\n\0\u0001\u007f\u0080\u00ff\u010a\u010d\u0120\u2028\ud83d";
    return pick(random, random.nextInt(length), from);
  }
}

package io.kqueueserver.http.ws;

import static io.kqueueserver.http.ws.ClientFrames.hex;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Autobahn's section 6, and the kinds of Markus Kuhn's stress test, which that section is made of.
 */
class Utf8CheckTest {
  private static final int ALL = Integer.MAX_VALUE;
  private static final int ENDS_INSIDE = Integer.MAX_VALUE - 1;

  /**
   * Bytes, and the index of the first bad one.
   *
   * @param bad {@link #ALL} if there is none, {@link #ENDS_INSIDE} if only the end is
   */
  record Row(String name, String bytes, int bad) {
    @Override
    public String toString() {
      return name + ": " + bytes;
    }
  }

  static Stream<Row> rows() {
    return Stream.of(
        new Row("nothing", "", ALL),
        new Row("ASCII of each length", "61 6263646566676869 7f00", ALL),
        new Row("Greek", "ce ba e1 bd b9 cf 83 ce bc ce b5", ALL),
        new Row("text of four lengths", "48 c2b5 e282ac f09d849e", ALL),
        // Kuhn 2: first and last of each length
        new Row("first of one", "00", ALL),
        new Row("first of two", "c280", ALL),
        new Row("first of three", "e0a080", ALL),
        new Row("first of four", "f0908080", ALL),
        new Row("first of five", "f888808080", 0),
        new Row("first of six", "fc8480808080", 0),
        new Row("last of one", "7f", ALL),
        new Row("last of two", "dfbf", ALL),
        new Row("last of three", "efbfbf", ALL),
        new Row("last of four as it once was", "f7bfbfbf", 0),
        new Row("last of five", "fbbfbfbfbf", 0),
        new Row("last of six", "fdbfbfbfbfbf", 0),
        new Row("before the surrogates", "ed9fbf", ALL),
        new Row("behind the surrogates", "ee8080", ALL),
        new Row("replacement character", "efbfbd", ALL),
        new Row("last of all", "f48fbfbf", ALL),
        new Row("one beyond", "f4908080", 1),
        new Row("beyond by its first byte", "f5808080", 0),
        // Kuhn 3: malformed
        new Row("continuation alone", "80", 0),
        new Row("last continuation alone", "bf", 0),
        new Row("continuation too many", "c3a9a9", 2),
        new Row("four continuations", "61 80bf80bf", 1),
        new Row("lead of two and a space", "c320", 1),
        new Row("lead of three and a space", "e220", 1),
        new Row("lead of four and a space", "f020", 1),
        new Row("two leads", "c3c3", 1),
        new Row("three, the last missing", "e28220", 2),
        new Row("four, the last missing", "f09f9820", 3),
        new Row("end behind a lead of two", "61c3", ENDS_INSIDE),
        new Row("end behind a lead of three", "e2", ENDS_INSIDE),
        new Row("end behind two of three", "e282", ENDS_INSIDE),
        new Row("end behind a lead of four", "f0", ENDS_INSIDE),
        new Row("end behind two of four", "f09f", ENDS_INSIDE),
        new Row("end behind three of four", "f09f98", ENDS_INSIDE),
        new Row("fe", "fe", 0),
        new Row("ff", "61ff", 1),
        // Kuhn 4: overlong
        new Row("slash in two", "c0af", 0),
        new Row("slash in three", "e080af", 1),
        new Row("slash in four", "f08080af", 1),
        new Row("longest in two", "c1bf", 0),
        new Row("longest in three", "e09fbf", 1),
        new Row("longest in four", "f08fbfbf", 1),
        new Row("NUL in two", "c080", 0),
        new Row("NUL in three", "e08080", 1),
        // Kuhn 5: surrogates
        new Row("first surrogate", "eda080", 1),
        new Row("last high surrogate", "edafbf", 1),
        new Row("first low surrogate", "edb080", 1),
        new Row("last surrogate", "edbfbf", 1),
        new Row("pair of surrogates", "ceba eda080edb080", 3),
        new Row("noncharacters", "efbfbe efbfbf f09fbfbe f09fbfbf f0afbfbf f48fbfbe", ALL),
        // the fast path, at each of its edges
        new Row("eight of ASCII and a bad one", "6162636465666768 ff", 8),
        new Row("bad one eighth", "61626364656667 ff 6162636465666768", 7),
        new Row(
            "characters among ASCII", "6162636465 c3a9 6162636465666768696a6b6c e282ac 61", ALL));
  }

  @ParameterizedTest
  @MethodSource("rows")
  void findsTheFirstBadByteHoweverTheTextIsCut(Row row) {
    byte[] bytes = hex(row.bytes);
    for (int first = 0; first <= bytes.length; first++) {
      for (int second = first; second <= bytes.length; second++) {
        ByteBuffer b = ByteBuffer.wrap(bytes);
        b.order(first % 2 == 0 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        Utf8Check check = new Utf8Check();
        boolean good = check.accept(b, 0, first);
        good = good && check.accept(b, first, second);
        good = good && check.accept(b, second, bytes.length);
        assertThat(good).as("cut at %d and %d", first, second).isEqualTo(row.bad >= ENDS_INSIDE);
        if (good) {
          assertThat(check.isComplete()).isEqualTo(row.bad == ALL);
        }
      }
    }
    Utf8Check check = new Utf8Check();
    for (int i = 0; i < Math.min(row.bad, bytes.length); i++) {
      assertThat(check.accept(ByteBuffer.wrap(bytes), i, i + 1)).as("byte %d", i).isTrue();
    }
    if (row.bad < bytes.length) {
      assertThat(check.accept(ByteBuffer.wrap(bytes), row.bad, row.bad + 1)).isFalse();
    }
  }

  @Test
  void agreesWithTheDecoderOfTheJdk() {
    for (int seed = 0; seed < 40_000; seed++) {
      Random random = new Random(seed);
      byte[] bytes = text(random);
      for (int changes = random.nextInt(3); changes > 0 && bytes.length > 0; changes--) {
        bytes[random.nextInt(bytes.length)] = (byte) ~random.nextInt(1 << random.nextInt(9));
      }
      int cut = random.nextInt(bytes.length + 1);
      Utf8Check check = new Utf8Check();
      ByteBuffer b = ByteBuffer.wrap(bytes);
      boolean good = check.accept(b, 0, cut) && check.accept(b, cut, bytes.length);
      assertThat(good && check.isComplete()).as("seed %d", seed).isEqualTo(isUtf8(bytes));
    }
  }

  private static byte[] text(Random random) {
    StringBuilder text = new StringBuilder();
    int[] tops = {0x80, 0x800, 0x10000, 0x110000};
    for (int count = random.nextInt(24); count > 0; count--) {
      int codePoint = random.nextInt(tops[random.nextInt(random.nextBoolean() ? 1 : 4)]);
      text.appendCodePoint(Character.getType(codePoint) == Character.SURROGATE ? 'x' : codePoint);
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static boolean isUtf8(byte[] bytes) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}

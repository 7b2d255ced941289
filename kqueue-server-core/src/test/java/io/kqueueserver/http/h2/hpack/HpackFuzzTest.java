package io.kqueueserver.http.h2.hpack;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.http.Limits;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Seeded random connections, half broken: the same in every build. A failure names the seed and
 * becomes a row of a table.
 */
class HpackFuzzTest {
  private static final int ROUNDS = 3_000;

  @Test
  void makesTheSameOfTheSameOctetsHoweverTheyAreCut() {
    int refused = 0;
    for (int seed = 0; seed < ROUNDS; seed++) {
      Random random = new Random(seed);
      byte[] connection = connection(random);
      Limits limits = random.nextInt(3) == 0 ? HpackDecoderFuzzTest.SMALL : Limits.DEFAULTS;
      List<String> whole = HpackDecoderFuzzTest.transcript(connection, limits, Integer.MAX_VALUE);
      for (int most : new int[] {1, 2 + random.nextInt(30)}) {
        assertThat(HpackDecoderFuzzTest.transcript(connection, limits, most))
            .as("seed %d, pieces of %d", seed, most)
            .isEqualTo(whole);
      }
      if (!whole.isEmpty() && !whole.get(whole.size() - 1).startsWith("table")) {
        refused++;
      }
    }
    // The input is worth its time: neither all sound nor all broken.
    assertThat(refused).isBetween(ROUNDS / 5, ROUNDS * 4 / 5);
  }

  private static byte[] connection(Random random) {
    HpackEncoder encoder =
        new HpackEncoder(Blocks.WORKSPACE, random.nextInt(4) == 0 ? random.nextInt(200) : 4096);
    ByteArrayOutputStream connection = new ByteArrayOutputStream();
    for (int block = 1 + random.nextInt(5); block > 0; block--) {
      if (random.nextInt(10) == 0) {
        connection.write(0xff);
        connection.write(random.nextInt(256));
      }
      List<String> lines = new ArrayList<>(RandomFields.of(random));
      lines.subList(0, lines.size() * 2 / 3).clear();
      byte[] encoded = Blocks.encode(encoder, lines.toArray(String[]::new));
      if (random.nextInt(4) == 0) {
        encoded = mutate(encoded, random);
      }
      int length = Math.min(254, encoded.length);
      connection.write(length);
      connection.write(encoded, 0, length);
    }
    return connection.toByteArray();
  }

  private static byte[] mutate(byte[] block, Random random) {
    byte[] mutant = block.clone();
    for (int i = random.nextInt(3); i >= 0; i--) {
      mutant[random.nextInt(mutant.length)] = (byte) (random.nextInt(3) - random.nextInt(256));
    }
    return random.nextInt(4) == 0 ? Arrays.copyOf(mutant, random.nextInt(block.length)) : mutant;
  }
}

package io.kqueueserver.http.h2.hpack;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Random connections through our encoder and decoder. A failure names the seed. */
class HpackRoundTripTest {
  private static final int CONNECTIONS = 200;
  private static final int BLOCKS = 50;

  @Test
  void tenThousandListsComeBackWhateverTheTableSizes() {
    for (int seed = 0; seed < CONNECTIONS; seed++) {
      Random random = new Random(seed);
      HpackEncoder encoder = new HpackEncoder(Blocks.WORKSPACE, 4096 << random.nextInt(3));
      Blocks peer = new Blocks();
      for (int block = 0; block < BLOCKS; block++) {
        for (int change = random.nextInt(6) - 3; change > 0; change--) {
          int size = random.nextInt(3) * random.nextInt(8192);
          encoder.peerTableSize(size);
          peer.decoder.acknowledgedTableSize(size);
        }
        List<String> fields = RandomFields.of(random);
        byte[] encoded = Blocks.encode(encoder, fields.toArray(String[]::new));
        List<String> decoded = peer.decode(encoded, 1 + random.nextInt(encoded.length));
        assertThat(decoded.stream().map(line -> line.replace(" (never indexed)", "")).toList())
            .as("seed %d, block %d", seed, block)
            .isEqualTo(fields);
        assertThat(peer.decoder.tableSize())
            .as("seed %d, block %d", seed, block)
            .isEqualTo(encoder.tableSize());
      }
    }
  }
}

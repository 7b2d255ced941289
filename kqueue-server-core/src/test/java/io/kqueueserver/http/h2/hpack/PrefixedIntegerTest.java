package io.kqueueserver.http.h2.hpack;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** RFC 7541 5.1, with the examples of C.1. What is refused: {@link HpackErrorsTest}. */
class PrefixedIntegerTest {
  @Test
  void readsTheExamples() {
    assertThat(read(0x1f, "0a")).isEqualTo(10);
    assertThat(read(0x1f, "1f 9a 0a")).isEqualTo(1337);
    assertThat(read(0xff, "2a")).isEqualTo(42);
  }

  @Test
  void readsEveryBoundaryThatWasWritten() {
    for (int prefix : new int[] {0x0f, 0x1f, 0x3f, 0x7f}) {
      for (int bits = 0; bits < 32; bits++) {
        for (int around = -1; around <= 1; around++) {
          int value = (int) Math.min(Math.max((1L << bits) + around, 0), Integer.MAX_VALUE);
          HpackOutput out = new HpackOutput();
          out.integer(0, prefix, value);
          assertThat(read(prefix, Blocks.hex(Blocks.encoded(out)))).isEqualTo(value);
        }
      }
    }
  }

  /** Zeros behind the value say nothing, and there can be only a few of them. */
  @Test
  void takesLeadingZeros() {
    assertThat(read(0x1f, "1f 80 80 80 80 00")).isEqualTo(31);
  }

  private static int read(int prefix, String hex) {
    PrefixedInteger integer = new PrefixedInteger();
    byte[] octets = Blocks.octets(hex);
    boolean done = integer.begin(octets[0], prefix);
    for (int i = 1; i < octets.length; i++) {
      assertThat(done).isFalse();
      done = integer.next(octets[i]);
    }
    assertThat(done).isTrue();
    return integer.value();
  }
}

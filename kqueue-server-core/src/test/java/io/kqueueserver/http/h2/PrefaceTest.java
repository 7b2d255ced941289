package io.kqueueserver.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** RFC 9113 3.4. */
class PrefaceTest {
  private static final byte[] PREFACE = Frames.ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

  @Test
  void isConsumedWithNothingBehindItHoweverItIsCut() {
    byte[] wire = Frames.join(PREFACE, Frames.ascii("more"));
    for (int i = 0; i <= wire.length; i++) {
      Preface preface = new Preface();
      ByteBuffer first = ByteBuffer.wrap(wire, 0, i);
      Preface.Match match = preface.take(first);
      assertThat(match).isEqualTo(i < 24 ? Preface.Match.NEED_MORE : Preface.Match.MATCH);
      ByteBuffer second = ByteBuffer.wrap(wire, first.position(), wire.length - first.position());
      assertThat(preface.take(second)).isEqualTo(Preface.Match.MATCH);
      assertThat(second.remaining()).isEqualTo(4);
    }
  }

  @Test
  void everyOctetCounts() {
    for (int i = 0; i < PREFACE.length; i++) {
      byte[] wire = PREFACE.clone();
      wire[i]++;
      assertThat(Preface.of(ByteBuffer.wrap(wire))).isEqualTo(Preface.Match.NO);
      assertThat(Preface.of(ByteBuffer.wrap(wire, 0, i + 1))).isEqualTo(Preface.Match.NO);
    }
  }

  @Test
  void aLookConsumesNothing() {
    ByteBuffer first = ByteBuffer.wrap(PREFACE, 0, 5);
    assertThat(Preface.of(first)).isEqualTo(Preface.Match.NEED_MORE);
    assertThat(first.remaining()).isEqualTo(5);
    assertThat(Preface.of(ByteBuffer.wrap(Frames.ascii("POST / HTTP/1.1"))))
        .isEqualTo(Preface.Match.NO);
    assertThat(Preface.BYTES).isEqualTo(24);
  }
}

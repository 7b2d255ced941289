package io.kqueueserver.http.ws;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MessageAssemblerTest {
  private final MessageAssembler assembler = new MessageAssembler();

  @ParameterizedTest
  @CsvSource({"-1, 1, 1000", "-1, 7, 300", "2100, 7, 300", "1000, 1, 1000", "-1, 1, 0", "0, 1, 0"})
  void joinsThePieces(long announced, int pieces, int size) {
    for (int round = 0; round < 2; round++) {
      assembler.start(announced);
      for (int i = 0; i < pieces; i++) {
        byte[] piece = new byte[size];
        Arrays.fill(piece, (byte) i);
        assembler.add(ByteBuffer.wrap(piece));
      }
      byte[] message = assembler.take();
      assertThat(message).hasSize(pieces * size);
      for (int i = 0; i < message.length; i++) {
        assertThat(message[i]).isEqualTo((byte) (i / size));
      }
      assertThat(assembler.heldBytes()).isZero();
    }
  }

  @Test
  void holdsAtMostTwiceWhatCameWhateverWasAnnounced() {
    assembler.start(1 << 30);
    assertThat(assembler.heldBytes()).isZero();
    for (int i = 1; i <= 3000; i++) {
      assembler.add(ByteBuffer.allocate(1));
      assertThat(assembler.heldBytes()).isLessThanOrEqualTo(2 * i);
    }
  }

  @Test
  void holdsNoMoreThanWasAnnouncedWhereThatIsKnown() {
    assembler.start(3);
    assembler.add(ByteBuffer.allocate(2));
    assembler.add(ByteBuffer.allocate(1));
    assertThat(assembler.heldBytes()).isEqualTo(3);
  }
}

package io.kqueueserver.server.h2;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class KeptInputTest {
  private static final int WINDOW = 64 * 1024;

  private final KeptInput kept = new KeptInput(16 * 1024);

  private static ByteBuffer bytes(int... values) {
    ByteBuffer buffer = ByteBuffer.allocate(values.length);
    for (int value : values) {
      buffer.put((byte) value);
    }
    return buffer.flip();
  }

  @Test
  void framesOfOneByteTakeMemoryOfBytesAndNotOfFrames() {
    for (int i = 0; i < WINDOW; i++) {
      kept.add(bytes(i));
    }
    assertThat(kept.bytes()).isEqualTo(WINDOW);
    int buffers = 0;
    for (ByteBuffer piece = kept.take(WINDOW); piece != null; piece = kept.take(WINDOW)) {
      buffers++;
    }
    assertThat(buffers).isLessThan(32);
    assertThat(kept.bytes()).isZero();
  }

  @Test
  void bytesComeInOrderThoughSomeWerePutBack() {
    kept.add(bytes(1, 2, 3));
    ByteBuffer first = kept.take(2);
    assertThat(first).isEqualTo(bytes(1, 2));
    kept.add(bytes(4, 5));
    first.get();
    kept.putBack(first);
    assertThat(kept.bytes()).isEqualTo(4);
    ByteBuffer all = ByteBuffer.allocate(4);
    while (all.hasRemaining()) {
      all.put(kept.take(9));
    }
    assertThat(all.flip()).isEqualTo(bytes(2, 3, 4, 5));
    assertThat(kept.take(1)).isNull();
  }

  @Test
  void clearedBytesAreCountedOnce() {
    kept.add(bytes(1, 2, 3));
    kept.take(1);
    assertThat(kept.clear()).isEqualTo(2);
    assertThat(kept.clear()).isZero();
    assertThat(kept.take(1)).isNull();
  }
}

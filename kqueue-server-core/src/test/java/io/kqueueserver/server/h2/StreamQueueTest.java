package io.kqueueserver.server.h2;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** What the bytes of a stalled stream take in memory. */
class StreamQueueTest {
  private static final int WRITES = 10_000;

  private final StreamQueue queue = new StreamQueue();

  @Test
  void aLentByteCountsWithTheObjectsThatCarryIt() {
    for (int i = 0; i < WRITES; i++) {
      queue.add(ByteBuffer.allocate(1), () -> {});
    }

    assertThat(queue.bytes()).isEqualTo(WRITES);
    assertThat(queue.weight()).isGreaterThanOrEqualTo(100L * WRITES);
    assertThat(queue.heldChange()).isEqualTo(queue.weight());
  }

  @Test
  void copiedBytesShareTheirMemory() {
    for (int i = 0; i < WRITES; i++) {
      queue.add(ByteBuffer.allocate(1).put(0, (byte) i), null);
    }

    assertThat(queue.bytes()).isEqualTo(WRITES);
    assertThat(queue.available(WRITES)).isEqualTo(WRITES);
    assertThat(queue.weight()).isBetween((long) WRITES, 2L * WRITES);
    assertThat(queue.heldChange()).isBetween(queue.weight(), 2L * WRITES);
  }

  @Test
  void aSingleCopyTakesNoMoreThanItsBytes() {
    queue.add(ByteBuffer.allocate(5), null);

    assertThat(queue.weight()).isEqualTo(queue.heldChange());
  }

  @Test
  void aLentBufferIsNotAppendedTo() {
    ByteBuffer lent = ByteBuffer.allocate(16).limit(1);
    queue.add(lent, () -> {});
    queue.add(ByteBuffer.wrap(new byte[] {7}), null);

    assertThat(lent.array()[1]).isZero();
    assertThat(queue.bytes()).isEqualTo(2);
  }
}

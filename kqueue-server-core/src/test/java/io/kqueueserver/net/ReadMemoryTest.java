package io.kqueueserver.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.ffi.NativeBuffer;
import io.kqueueserver.net.ReadMemory.Part;
import io.kqueueserver.stats.LoopStats;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes that stay where a loop has read them. */
class ReadMemoryTest {
  private static final int SIZE = 64 * 1024;
  private static final int BLOCKS = ReadMemory.MAX_BYTES / SIZE;

  private final LoopStats stats = new LoopStats();
  private final ReadMemory memory = new ReadMemory(SIZE, stats);

  private ByteBuffer read(int value) {
    NativeBuffer block = memory.forRead();
    for (int i = 0; i < SIZE; i++) {
      block.bytes().put(i, (byte) value);
    }
    return block.bytes().duplicate();
  }

  private Part readAndKeep(int value) {
    return memory.keep(read(value));
  }

  private static int value(Part part) {
    return part.bytes().get(0);
  }

  @Test
  void withoutPartsEveryReadHasTheSameMemory() {
    long first = memory.forRead().address();
    assertThat(memory.forRead().address()).isEqualTo(first);
    assertThat(stats.pooledBytes).isEqualTo(SIZE);
  }

  @Test
  void aPartKeepsItsBytesWhileOthersAreRead() {
    Part kept = readAndKeep(1);
    read(2);
    assertThat(value(kept)).isEqualTo(1);
    assertThat(stats.lentToRequests).hasValue(1);
    kept.release();
    assertThat(stats.lentToRequests).hasValue(0);
  }

  @Test
  void theMemoryOfAReleasedPartIsReadIntoAgain() {
    Part kept = readAndKeep(1);
    long address = memory.forRead().address();
    kept.release();
    readAndKeep(2).release();
    memory.forRead();
    readAndKeep(3).release();
    assertThat(memory.forRead().address()).isEqualTo(address);
    assertThat(stats.pooledBytes).isEqualTo(2 * SIZE);
  }

  @Test
  void aPartThatIsReleasedBeforeTheNextReadCostsNothing() {
    readAndKeep(1).release();
    memory.forRead();
    assertThat(stats.lentToRequests).hasValue(0);
  }

  @Test
  void twoPartsOfOneReadHoldItTogether() {
    ByteBuffer bytes = read(1);
    assertThat(memory.isKept()).isFalse();
    Part first = memory.keep(bytes.duplicate().limit(8));
    assertThat(memory.isKept()).isTrue();
    Part second = memory.keep(bytes.duplicate().position(8).limit(16));
    read(2);
    assertThat(memory.isKept()).isFalse();
    first.release();
    assertThat(value(second)).isEqualTo(1);
    assertThat(second.bytes().remaining()).isEqualTo(8);
    assertThat(stats.lentToRequests).hasValue(1);
    second.release();
    assertThat(stats.lentToRequests).hasValue(0);
  }

  @Test
  void bytesThatLieElsewhereAreNotKept() {
    assertThat(memory.keep(ByteBuffer.allocate(8))).isNull();
    assertThat(memory.keep(ByteBuffer.allocateDirect(8))).isNull();
    Part kept = readAndKeep(1);
    ByteBuffer older = kept.bytes();
    read(2);
    assertThat(memory.keep(older)).as("of an earlier read").isNull();
  }

  @Test
  void bytesOfAPartThatIsDecodedAreKeptWithIt() {
    Part whole = readAndKeep(1);
    read(2);
    assertThat(memory.decode(whole)).isNull();
    assertThat(memory.isKept()).isTrue();
    Part piece = memory.keep(whole.bytes().duplicate().position(8).limit(16));
    assertThat(memory.keep(ByteBuffer.allocateDirect(8))).isNull();
    assertThat(memory.decode(null)).isSameAs(whole);
    whole.release();
    for (int i = 3; i < 2 * BLOCKS; i++) {
      readAndKeep(i).release();
    }
    assertThat(value(piece)).isEqualTo(1);
    assertThat(piece.bytes().remaining()).isEqualTo(8);
    piece.release();
    memory.forRead();
    assertThat(stats.lentToRequests).hasValue(0);
  }

  @Test
  void aSecondReleaseThrowsAndTakesTheMemoryFromNobody() {
    ByteBuffer bytes = read(1);
    Part first = memory.keep(bytes.duplicate().limit(8));
    Part second = memory.keep(bytes.duplicate().position(8).limit(16));
    first.release();
    assertThatIllegalStateException().isThrownBy(first::release);
    for (int i = 2; i < 2 * BLOCKS; i++) {
      readAndKeep(i).release();
    }
    assertThat(value(second)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 4096, 64 * 1024, 1 << 20, 16 << 20})
  void allBlocksTogetherAreBounded(int size) {
    LoopStats counted = new LoopStats();
    ReadMemory blocks = new ReadMemory(size, counted);
    while (blocks.keep(blocks.forRead().bytes().duplicate()) != null) {
      assertThat(counted.pooledBytes).isLessThanOrEqualTo(Math.max(2L * size, 2 << 20));
    }
    assertThat(counted.lentToRequests.get()).isBetween(1, 63);
  }

  @Test
  void whileAllBlocksAreKeptNothingIs() {
    List<Part> kept = new ArrayList<>();
    Part part = readAndKeep(0);
    while (part != null) {
      kept.add(part);
      part = readAndKeep(kept.size());
    }
    assertThat(kept).hasSize(BLOCKS - 1); // one is for reads
    for (int i = 0; i < kept.size(); i++) {
      assertThat(value(kept.get(i))).isEqualTo(i);
    }
    kept.get(5).release();
    assertThat(readAndKeep(99)).isNotNull();
    assertThat(stats.lentToRequests).hasValue(BLOCKS - 2);
  }

  @Test
  void forfeitedMemoryKeepsItsBytesBeyondTheRelease() {
    Part kept = readAndKeep(1);
    ByteBuffer view = kept.bytes();
    kept.forfeit();
    kept.release();
    for (int i = 2; i < 3 * BLOCKS; i++) {
      readAndKeep(i).release();
    }
    assertThat(view.get(0)).isEqualTo((byte) 1);
  }

  @Test
  void partsThatAreNeverReleasedAreGarbage() {
    Part kept = readAndKeep(0);
    while (kept != null) {
      kept = readAndKeep(1);
    }
    await("memory that nobody refers to")
        .until(
            () -> {
              System.gc();
              return readAndKeep(2) != null;
            });
    assertThat(stats.pooledBytes).isLessThanOrEqualTo((long) BLOCKS * SIZE);
  }
}

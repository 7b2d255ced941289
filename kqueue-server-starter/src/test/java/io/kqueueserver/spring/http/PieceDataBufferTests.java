package io.kqueueserver.spring.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.kqueueserver.http.BodyPiece;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.HeaderSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBuffer.ByteBufferIterator;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;

/** Buffers whose memory goes back to the server. */
@SuppressWarnings("deprecation") // Spring's own, which applications still call
class PieceDataBufferTests {
  private static final String TEXT = "0123456789";

  private final Piece piece = new Piece();
  private final PieceDataBuffer buffer = new PieceDataBuffer(piece);

  /** Memory that is overwritten when it was released, as the next read does. */
  private static final class Piece implements BodyPiece {
    private final ByteBuffer bytes;
    private int releases;
    private boolean forfeited;

    Piece() {
      this(TEXT);
    }

    Piece(String text) {
      bytes =
          ByteBuffer.allocateDirect(text.length())
              .put(text.getBytes(StandardCharsets.US_ASCII))
              .flip();
    }

    @Override
    public ByteBuffer bytes() {
      return bytes;
    }

    @Override
    public void release() {
      releases++;
      for (int i = 0; i < bytes.capacity() && !forfeited; i++) {
        bytes.put(i, (byte) 'X');
      }
    }

    @Override
    public void forfeit() {
      forfeited = true;
    }
  }

  private static String text(DataBuffer buffer) {
    return buffer.toString(StandardCharsets.US_ASCII);
  }

  static Stream<Consumer<DataBuffer>> accesses() {
    return Stream.of(
        b -> b.getByte(0),
        DataBuffer::read,
        b -> b.read(new byte[1]),
        b -> b.read(new byte[1], 0, 1),
        b -> b.indexOf(c -> true, 0),
        b -> b.lastIndexOf(c -> true, 9),
        b -> b.forEachByte(0, 1, c -> true),
        b -> b.slice(0, 1),
        b -> b.retainedSlice(0, 1),
        b -> b.split(1),
        DataBuffer::asByteBuffer,
        b -> b.asByteBuffer(0, 1),
        DataBuffer::toByteBuffer,
        b -> b.toByteBuffer(0, 1),
        b -> b.toByteBuffer(ByteBuffer.allocate(10)),
        b -> b.toByteBuffer(0, ByteBuffer.allocate(1), 0, 1),
        DataBuffer::readableByteBuffers,
        DataBuffer::writableByteBuffers,
        b -> read(b),
        b -> b.toString(StandardCharsets.US_ASCII),
        b -> b.toString(0, 1, StandardCharsets.US_ASCII),
        b -> b.readPosition(1),
        b -> b.writePosition(1),
        b -> b.capacity(20),
        b -> b.ensureWritable(1),
        b -> b.write((byte) 1),
        b -> b.write(new byte[1]),
        b -> b.write(new byte[1], 0, 1),
        b -> b.write(ByteBuffer.allocate(1)),
        b -> b.write(DefaultDataBufferFactory.sharedInstance.wrap(new byte[1])),
        b -> b.write("x", StandardCharsets.US_ASCII),
        b -> DataBufferUtils.retain(b),
        b -> ((PieceDataBuffer) b).release());
  }

  private static void read(DataBuffer buffer) {
    try {
      buffer.asInputStream().read();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("accesses")
  void everyAccessAfterTheReleaseThrows(Consumer<DataBuffer> access) {
    assertThat(buffer.release()).isTrue();
    assertThatIllegalStateException()
        .isThrownBy(() -> access.accept(buffer))
        .withMessageContaining("released");
    assertThat(buffer.isAllocated()).isFalse();
    assertThat(buffer).hasToString("PieceDataBuffer (released)");
  }

  @ParameterizedTest
  @MethodSource("accesses")
  void everyAccessBeforeTheReleaseIsAllowed(Consumer<DataBuffer> access) {
    access.accept(buffer);
    assertThat(piece.releases).isLessThanOrEqualTo(1);
  }

  @Test
  void theBytesAreReadAsOfAnyBuffer() {
    assertThat(buffer.readableByteCount()).isEqualTo(10);
    assertThat(buffer.read()).isEqualTo((byte) '0');
    assertThat(text(buffer)).isEqualTo("123456789");
    assertThat(buffer.indexOf(c -> c == '5', 0)).isEqualTo(5);
  }

  @Test
  void theMemoryGoesBackWithTheLastHolder() {
    DataBufferUtils.retain(buffer);
    assertThat(buffer.release()).isFalse();
    assertThat(piece.releases).isZero();
    assertThat(text(buffer)).isEqualTo(TEXT);
    assertThat(buffer.release()).isTrue();
    assertThat(piece.releases).isEqualTo(1);
  }

  @Test
  void aRetainedSliceHoldsTheMemory() {
    DataBuffer slice = buffer.retainedSlice(2, 3);
    buffer.release();
    assertThat(text(slice)).isEqualTo("234");
    DataBufferUtils.release(slice);
    assertThat(piece.releases).isEqualTo(1);
    assertThatIllegalStateException().isThrownBy(() -> slice.getByte(0));
  }

  @Test
  void aSliceEndsWithItsBuffer() {
    DataBuffer slice = buffer.slice(2, 3);
    assertThat(text(slice)).isEqualTo("234");
    buffer.release();
    assertThatIllegalStateException().isThrownBy(() -> slice.getByte(0));
  }

  @Test
  void bothPartsOfASplitHoldTheMemory() {
    DataBuffer first = buffer.split(4);
    assertThat(text(first)).isEqualTo("0123");
    assertThat(text(buffer)).isEqualTo("456789");
    DataBufferUtils.release(first);
    assertThat(piece.releases).isZero();
    assertThat(text(buffer)).isEqualTo("456789");
    buffer.release();
    assertThat(piece.releases).isEqualTo(1);
  }

  @Test
  void anIteratorHoldsTheMemoryUntilItIsClosed() {
    ByteBufferIterator parts = buffer.readableByteBuffers();
    buffer.release();
    assertThat(piece.releases).isZero();
    assertThat(StandardCharsets.US_ASCII.decode(parts.next()).toString()).isEqualTo(TEXT);
    parts.close();
    parts.close();
    assertThat(piece.releases).isEqualTo(1);
  }

  @Test
  void aViewThatNobodyReleasesKeepsItsBytes() {
    ByteBuffer view = buffer.asByteBuffer();
    ByteBuffer part = buffer.asByteBuffer(1, 2);
    buffer.release();
    assertThat(StandardCharsets.US_ASCII.decode(view).toString()).isEqualTo(TEXT);
    assertThat(StandardCharsets.US_ASCII.decode(part).toString()).isEqualTo("12");
  }

  @Test
  void aBufferThatGrowsKeepsItsBytes() {
    buffer.write("abc", StandardCharsets.US_ASCII);
    assertThat(text(buffer)).isEqualTo(TEXT + "abc");
    buffer.release();
    assertThat(piece.releases).isEqualTo(1);
  }

  @Test
  void aJoinOfBuffersReleasesThem() {
    Piece other = new Piece();
    DataBuffer joined = buffer.factory().join(List.of(buffer, new PieceDataBuffer(other)));
    assertThat(text(joined)).isEqualTo(TEXT + TEXT);
    assertThat(piece.releases + other.releases).isEqualTo(2);
  }

  // ---- sent from where it lies

  private static ScriptedExchange responding() {
    ScriptedExchange exchange = ScriptedExchange.get();
    exchange.respond(200, HeaderSource.NONE, Exchange.UNKNOWN_LENGTH);
    return exchange;
  }

  @Test
  void aBufferThatIsSentGoesBackBehindItsBytes() {
    ScriptedExchange exchange = responding();
    buffer.sendTo(exchange);
    exchange.finish(HeaderSource.NONE);
    exchange.endTurn();
    assertThat(exchange.sent()).endsWith(TEXT);
    assertThat(piece.releases).isEqualTo(1);
    assertThat(buffer.isAllocated()).isFalse();
  }

  @Test
  void aBufferIsSentFromWhereItIsReadAndCanBeSentAgain() {
    ScriptedExchange exchange = responding();
    buffer.retain();
    buffer.readPosition(4);
    buffer.sendTo(exchange);
    exchange.endTurn();
    assertThat(piece.releases).isZero();
    buffer.sendTo(exchange);
    exchange.endTurn();
    assertThat(exchange.sent()).endsWith("456789456789");
    assertThat(piece.releases).isEqualTo(1);
  }

  @Test
  void aReleasedBufferIsNotSent() {
    ScriptedExchange exchange = responding();
    buffer.release();
    assertThatIllegalStateException()
        .isThrownBy(() -> buffer.sendTo(exchange))
        .withMessageContaining("released");
    exchange.endTurn();
    assertThat(exchange.sent()).doesNotContain("X");
    assertThat(piece.releases).isEqualTo(1);
  }

  /** More bytes than are handed to a processor at a time. */
  @Test
  void aProcessorThatReleasesTheBufferSeesNoBytesOfOthers() {
    Piece large = new Piece("0123456789".repeat(200));
    PieceDataBuffer released = new PieceDataBuffer(large);
    StringBuilder seen = new StringBuilder();
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                released.forEachByte(
                    0,
                    released.readableByteCount(),
                    value -> {
                      if (released.isAllocated()) {
                        released.release();
                      }
                      seen.append((char) value);
                      return true;
                    }));
    assertThat(seen.toString()).startsWith(TEXT).doesNotContain("X");
  }

  @Test
  void aReleasedBufferIsNotCopiedEither() {
    ScriptedExchange exchange = responding();
    buffer.release();
    assertThatIllegalStateException().isThrownBy(() -> buffer.copyTo(exchange));
    exchange.endTurn();
    assertThat(exchange.sent()).doesNotContain("X");
  }

  @Test
  void aSliceThatGrowsLeavesItsBufferAlone() {
    DataBuffer slice = buffer.slice(2, 3);
    slice.writePosition(2);
    slice.write((byte) 'a');
    slice.write((byte) 'b');
    assertThat(text(slice)).isEqualTo("23ab");
    assertThat(text(buffer)).isEqualTo("0123a56789");
  }

  @Test
  void aBufferThatCannotBeWrittenGoesBack() {
    ScriptedExchange exchange = ScriptedExchange.get(); // without a head
    assertThatIllegalStateException().isThrownBy(() -> buffer.sendTo(exchange));
    assertThat(piece.releases).isEqualTo(1);
  }

  // ---- beside Spring's own

  /** What one call returns, or that it throws. Positions are seen afterwards. */
  private static String outcome(DataBuffer on, int call, int a, int b) {
    try {
      return switch (call) {
        case 0 -> "" + on.getByte(a);
        case 1 -> "" + on.read();
        case 2 -> {
          byte[] read = new byte[Math.abs(a)];
          on.read(read);
          yield Arrays.toString(read);
        }
        case 3 -> "" + on.readPosition(a).readPosition();
        case 4 -> "" + on.writePosition(a).writePosition();
        case 5 -> on.toString(a, b, StandardCharsets.ISO_8859_1);
        case 6 -> text(on.slice(a, b));
        case 7 -> text(on.split(a));
        case 8 -> "" + on.indexOf(value -> value % 10 == b % 10, a);
        case 9 -> "" + on.lastIndexOf(value -> value % 10 == b % 10, a);
        case 10 -> StandardCharsets.ISO_8859_1.decode(on.toByteBuffer(a, b)).toString();
        case 11 -> {
          ByteBuffer to = ByteBuffer.allocate(12);
          on.toByteBuffer(a, to, 1, b);
          yield Arrays.toString(to.array());
        }
        case 12 -> {
          on.write((byte) a);
          yield "written";
        }
        case 13 -> {
          on.write(new byte[] {(byte) a, (byte) b}, 0, 2);
          yield "written";
        }
        case 14 -> "" + (on.ensureWritable(Math.abs(a)).writableByteCount() >= Math.abs(a));
        case 15 -> {
          DataBuffer slice = on.slice(a, b);
          slice.write((byte) 1);
          yield text(slice);
        }
        case 16 -> {
          try (DataBuffer.ByteBufferIterator parts = on.readableByteBuffers()) {
            yield parts.hasNext() + StandardCharsets.ISO_8859_1.decode(parts.next()).toString();
          }
        }
        case 17 -> StandardCharsets.ISO_8859_1.decode(on.asByteBuffer(a, b)).toString();
        case 18 -> "" + on.forEachByte(Math.max(0, a), Math.max(0, b), value -> value % 10 != 7);
        default -> on.asInputStream().readAllBytes().length + " read";
      };
    } catch (RuntimeException e) {
      return "throws"; // which exception differs among the methods of the original
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String state(DataBuffer buffer) {
    return "%d %d %d %d %s"
        .formatted(
            buffer.readPosition(),
            buffer.writePosition(),
            buffer.readableByteCount(),
            buffer.writableByteCount(),
            text(buffer));
  }

  @Test
  void everySequenceOfCallsReturnsWhatSpringsOwnBufferReturns() {
    Random random = new Random(5);
    for (int run = 0; run < 20_000; run++) {
      DataBuffer own = new PieceDataBuffer(new Piece());
      DataBuffer springs = DefaultDataBufferFactory.sharedInstance.wrap(new Piece().bytes());
      StringBuilder calls = new StringBuilder();
      for (int i = 0; i < 6; i++) {
        int call = random.nextInt(20);
        int a = random.nextInt(14) - 1;
        int b = random.nextInt(14) - 1;
        calls.append(' ').append(call).append('(').append(a).append(',').append(b).append(')');
        String expected = outcome(springs, call, a, b);
        assertThat(outcome(own, call, a, b)).as("%s", calls).isEqualTo(expected);
        assertThat(state(own)).as("%s", calls).isEqualTo(state(springs));
      }
    }
  }
}

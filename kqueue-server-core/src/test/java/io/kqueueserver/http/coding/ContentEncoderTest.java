package io.kqueueserver.http.coding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ContentEncoderTest {
  private final EncoderPool pool = new EncoderPool(6, 100);
  private final ByteArrayOutputStream coded = new ByteArrayOutputStream();

  @AfterEach
  void nothingIsLeft() {
    pool.close();
    assertThat(pool.live()).isZero();
    assertThat(pool.inUse()).isZero();
  }

  private ContentEncoder acquire(ContentCoding coding) {
    assumeTrue(coding.isAvailable(), () -> coding + ": its library does not run on this system");
    return Objects.requireNonNull(pool.acquire(coding));
  }

  private void take(ContentEncoder encoder) {
    coded.write(encoder.bytes(), 0, encoder.length());
    encoder.clear();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static String text(byte[] ascii) {
    return new String(ascii, StandardCharsets.US_ASCII);
  }

  private static byte[] text(int size) {
    Random random = new Random(size);
    byte[] bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      bytes[i] = (byte) ('a' + random.nextInt(i % 3 == 0 ? 26 : 4));
    }
    return bytes;
  }

  @ParameterizedTest
  @EnumSource
  void whatIsDecodedIsWhatWasEncodedHoweverItWasCut(ContentCoding coding) throws IOException {
    byte[] body = text(300_000);
    for (int piece : new int[] {1_000_000, 7_777, 100}) {
      coded.reset();
      ContentEncoder encoder = acquire(coding);
      for (int from = 0; from < body.length; from += piece) {
        ByteBuffer in = ByteBuffer.wrap(body, from, Math.min(piece, body.length - from)).slice();
        encoder.encode(piece == 100 ? in.asReadOnlyBuffer() : in);
        assertThat(in.hasRemaining() && piece != 100).isFalse();
        take(encoder);
      }
      encoder.finish();
      take(encoder);
      pool.release(encoder);

      assertThat(coded.size()).isLessThan(body.length * 3 / 4);
      assertThat(Arrays.equals(Codings.decode(coding, coded.toByteArray()), body)).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aFlushBringsOutEverythingSoFar(ContentCoding coding) throws IOException {
    ContentEncoder encoder = acquire(coding);
    for (int round = 1; round <= 3; round++) {
      encoder.encode(ByteBuffer.wrap(ascii("event ")));
      encoder.flush();
      take(encoder);
      byte[] seen = Codings.decodeSoFar(coding, coded.toByteArray(), 6 * round);
      assertThat(text(seen)).isEqualTo("event ".repeat(round));
    }
    pool.release(encoder);
  }

  @ParameterizedTest
  @EnumSource
  void aBufferIsTheCallersAgainOnceItIsEncoded(ContentCoding coding) throws IOException {
    ContentEncoder encoder = acquire(coding);
    ByteBuffer buffer = ByteBuffer.wrap(ascii("once "));
    encoder.encode(buffer);
    buffer.clear();
    encoder.flush();
    take(encoder);
    buffer.put(ascii("not!!")).flip();
    encoder.finish();
    take(encoder);
    pool.release(encoder);
    assertThat(text(Codings.decode(coding, coded.toByteArray()))).isEqualTo("once ");
  }

  @Test
  void anEncoderThatFailsToEndIsReturnedAllTheSame() {
    EncoderPool failing =
        new EncoderPool(
            coding ->
                new StreamEncoder(
                    coding,
                    sink ->
                        new OutputStream() {
                          @Override
                          public void write(int octet) {}

                          @Override
                          public void close() throws IOException {
                            throw new IOException("on purpose");
                          }
                        }),
            1);
    failing.release(Objects.requireNonNull(failing.acquire(ContentCoding.BROTLI)));
    assertThat(failing.live()).isZero();
    assertThat(failing.inUse()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void anEmptyBodyIsStillOneOfItsCoding(ContentCoding coding) throws IOException {
    ContentEncoder encoder = acquire(coding);
    encoder.finish();
    take(encoder);
    pool.release(encoder);
    assertThat(Codings.decode(coding, coded.toByteArray())).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void anAbandonedBodyLeavesNoTraceInTheNext(ContentCoding coding) throws IOException {
    ContentEncoder first = acquire(coding);
    first.encode(ByteBuffer.wrap(text(100_000)));
    pool.release(first);
    ContentEncoder second = acquire(coding);
    assertThat(second.length()).isZero();
    second.encode(ByteBuffer.wrap(ascii("next")));
    second.finish();
    take(second);
    pool.release(second);
    assertThat(text(Codings.decode(coding, coded.toByteArray()))).isEqualTo("next");
  }

  @Test
  void outputOfIncompressibleBytesGrowsTheBuffer() throws IOException {
    byte[] noise = new byte[200_000];
    new Random(1).nextBytes(noise);
    ContentEncoder encoder = acquire(ContentCoding.GZIP);
    encoder.encode(ByteBuffer.wrap(noise));
    encoder.finish();
    take(encoder);
    pool.release(encoder);
    assertThat(Arrays.equals(Codings.decode(ContentCoding.GZIP, coded.toByteArray()), noise))
        .isTrue();
  }

  @Test
  void deflatersAreUsedAgainUpToABound() {
    ContentEncoder[] used = new ContentEncoder[EncoderPool.MAX_IDLE + 3];
    for (int i = 0; i < used.length; i++) {
      used[i] = acquire(ContentCoding.GZIP);
    }
    assertThat(pool.live()).isEqualTo(used.length);
    for (ContentEncoder encoder : used) {
      pool.release(encoder);
    }
    assertThat(pool.live()).isEqualTo(EncoderPool.MAX_IDLE);
    ContentEncoder again = acquire(ContentCoding.GZIP);
    assertThat(used).contains(again);
    pool.release(again);
  }

  @Test
  void noMoreAreGivenOutThanMayBeInUse() {
    EncoderPool small = new EncoderPool(1, 2);
    ContentEncoder first = Objects.requireNonNull(small.acquire(ContentCoding.GZIP));
    ContentEncoder second = Objects.requireNonNull(small.acquire(ContentCoding.DEFLATE));
    assertThat(small.acquire(ContentCoding.GZIP)).isNull();
    small.release(first);
    assertThat(small.acquire(ContentCoding.GZIP)).isSameAs(first);
    small.close();
    assertThat(small.acquire(ContentCoding.GZIP)).isNull();
    small.release(first);
    small.release(second);
    assertThat(small.live()).isZero();
  }
}

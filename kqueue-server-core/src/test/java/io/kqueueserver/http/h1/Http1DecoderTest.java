package io.kqueueserver.http.h1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kqueueserver.http.Headers;
import io.kqueueserver.http.HttpException;
import io.kqueueserver.http.Limits;
import io.kqueueserver.http.h1.Http1Decoder.Event;
import io.kqueueserver.stats.Limit;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the wire table cannot show: when events come, what stays valid, what is kept in memory. */
class Http1DecoderTest {
  private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

  private final byte[] scratch = new byte[Http1Decoder.scratchSize(Limits.DEFAULTS)];
  private final Http1Decoder decoder = new Http1Decoder(Limits.DEFAULTS, scratch);

  @Test
  void endsARequestWithoutBodyOnEmptyInput() {
    ByteBuffer in = octets(GET);
    assertThat(decoder.decode(in)).isEqualTo(Event.HEAD);
    assertThat(in.hasRemaining()).isFalse();
    assertThat(decoder.decode(in)).isEqualTo(Event.END);
    assertThat(decoder.decode(in)).isEqualTo(Event.NEED_INPUT);
  }

  @Test
  void takesNoMoreThanTheHead() {
    ByteBuffer in = octets("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" + GET);
    decoder.decode(in);
    assertThat(rest(in)).isEqualTo("abc" + GET);
    assertThat(decoder.decode(in)).isEqualTo(Event.BODY);
    assertThat(rest(in)).isEqualTo(GET);
    assertThat(decoder.decode(in)).isEqualTo(Event.END);
    assertThat(rest(in)).isEqualTo(GET);
  }

  @Test
  void takesNoMoreThanTheTrailers() {
    ByteBuffer in = octets(WireRow.chunked("0\r\nA: b\r\n\r\n") + GET);
    decoder.decode(in);
    assertThat(decoder.decode(in)).isEqualTo(Event.END);
    assertThat(rest(in)).isEqualTo(GET);
    assertThat(decoder.trailers().first("a")).isEqualTo("b");
  }

  @Test
  void bodyIsAViewOfTheInput() {
    ByteBuffer in = octets(WireRow.chunked("3\r\nabc\r\n0\r\n\r\n"));
    decoder.decode(in);
    decoder.decode(in);
    ByteBuffer body = decoder.body();
    in.put(in.position() - 1, (byte) 'X');
    assertThat(rest(body)).isEqualTo("abX");
    assertThat(body.position()).isZero();
    assertThat(body.capacity()).isEqualTo(3);
  }

  @Test
  void headOutlivesTheScratchArray() {
    decoder.decode(octets("GET /a HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n"));
    Http1Request head = decoder.request();
    Arrays.fill(scratch, (byte) '?');
    assertThat(head.path()).isEqualTo("/a");
    assertThat(head.authority()).isEqualTo("x");
    assertThat(head.headers().first("A")).isEqualTo("b");
  }

  @Test
  void decodersOfOneLoopShareTheScratchArray() {
    Http1Decoder other = new Http1Decoder(Limits.DEFAULTS, scratch);
    ByteBuffer[] mine = {octets("GET /mi"), octets("ne HTTP/1.1\r\nHo"), octets("st: x\r\n\r\n")};
    ByteBuffer[] others = {
      octets("GET /oth"), octets("ers HTTP/1.1\r\nHost"), octets(": y\r\n\r\n")
    };
    for (int i = 0; i < 2; i++) {
      assertThat(decoder.decode(mine[i])).isEqualTo(Event.NEED_INPUT);
      assertThat(other.decode(others[i])).isEqualTo(Event.NEED_INPUT);
    }
    assertThat(decoder.decode(mine[2])).isEqualTo(Event.HEAD);
    assertThat(other.decode(others[2])).isEqualTo(Event.HEAD);
    assertThat(decoder.request()).hasToString("GET /mine HTTP/1.1");
    assertThat(other.request()).hasToString("GET /others HTTP/1.1");
  }

  @Test
  void isIdleOnlyBetweenRequests() {
    assertThat(decoder.isIdle()).isTrue();
    decoder.decode(octets("\r\n\r"));
    assertThat(decoder.isIdle()).as("empty lines").isTrue();
    decoder.decode(octets("\nP"));
    assertThat(decoder.isIdle()).as("first byte").isFalse();
    decoder.decode(octets("OST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n"));
    assertThat(decoder.isIdle()).as("head").isFalse();
    ByteBuffer last = octets("a");
    decoder.decode(last);
    assertThat(decoder.isIdle()).as("body").isFalse();
    decoder.decode(last);
    assertThat(decoder.isIdle()).as("end").isTrue();
  }

  @Test
  void countsDownTheBody() {
    decoder.decode(octets("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"));
    assertThat(decoder.bodyRemaining()).isEqualTo(5);
    decoder.decode(octets("ab"));
    assertThat(decoder.bodyRemaining()).isEqualTo(3);
    decoder.decode(octets("cde"));
    assertThat(decoder.bodyRemaining()).isZero();
  }

  @Test
  void cannotCountAChunkedBody() {
    decoder.decode(octets(WireRow.chunked("")));
    assertThat(decoder.bodyRemaining()).isEqualTo(-1);
    ByteBuffer last = octets("0\r\n\r\n");
    decoder.decode(last);
    assertThat(decoder.bodyRemaining()).isZero();
  }

  @Test
  void forgetsTheHeadWhenTheNextRequestIsWaitedFor() {
    ByteBuffer in = octets(GET);
    decoder.decode(in);
    decoder.decode(in);
    assertThat(decoder.head().method()).isEqualTo("GET");
    decoder.decode(in);
    assertThatThrownBy(decoder::head).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void keepsNothingOfACompleteHead() {
    decoder.decode(octets("GET / HTTP/1.1\r\n"));
    assertThat(decoder.heldBytes()).isPositive();
    decoder.decode(octets("Host: x\r\n\r\n"));
    assertThat(decoder.heldBytes()).isZero();
  }

  @Test
  void keepsNoMoreOfAnEndlessHeadThanTheLimitsAllow() {
    ByteBuffer drip = octets("GET / HTTP/1.1\r\nA: " + "b".repeat(20_000));
    int limit = drip.limit();
    int most = 0;
    try {
      for (int i = 1; i <= limit; i++) {
        decoder.decode(drip.limit(i));
        most = Math.max(most, decoder.heldBytes());
      }
    } catch (HttpException e) {
      assertThat(e.limit()).isEqualTo(Limit.HEADER_SIZE);
    }
    assertThat(most).isBetween(8 * 1024, 2 * 16 * 1024);
    assertThat(decoder.heldBytes()).as("after the refusal").isZero();
  }

  @Test
  void readsAHeadLargerThanTheScratchArray() {
    Limits large = new Limits(200_000, 200_000, 1000, -1, 0, -1);
    byte[] small = new byte[Http1Decoder.scratchSize(large)];
    assertThat(small.length).isLessThan(200_000);
    String path = "/" + "p".repeat(150_000);
    String value = "v".repeat(150_000);
    Http1Decoder roomy = new Http1Decoder(large, small);
    String wire = "GET " + path + " HTTP/1.1\r\nHost: x\r\nA: " + value + "\r\n\r\n";
    assertThat(roomy.decode(octets(wire))).isEqualTo(Event.HEAD);
    assertThat(roomy.head().path()).isEqualTo(path);
    assertThat(roomy.head().headers().first("a")).isEqualTo(value);
  }

  @Test
  void worksWithAScratchArrayOfAnySize() {
    for (int size = 0; size < 80; size++) {
      Http1Decoder cramped = new Http1Decoder(Limits.DEFAULTS, new byte[size]);
      ByteBuffer in = octets(WireRow.chunked("1\r\na\r\n0\r\nA: b\r\n\r\n"));
      assertThat(cramped.decode(in)).isEqualTo(Event.HEAD);
      assertThat(cramped.decode(in)).isEqualTo(Event.BODY);
      assertThat(cramped.decode(in)).isEqualTo(Event.END);
      assertThat(cramped.trailers().first("A")).isEqualTo("b");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"1;a=b\r\nz\r\n", "1;aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\nz\r\n"})
  void boundsTheFramingOfAllChunksTogether(String chunk) {
    boolean harmless = chunk.length() < 20;
    int times = 2000;
    Transcript transcript = new Transcript(decoder, false);
    byte[] octets = WireRow.accepted("", "", WireRow.chunked(chunk.repeat(times))).octets();
    transcript.feed(octets, 0, octets.length);
    assertThat(transcript.isDead()).isEqualTo(!harmless);
    if (!harmless) {
      assertThat(transcript.lines()).last().isEqualTo("REFUSED 400 CHUNK_LINE_SIZE");
    }
  }

  @Test
  void excessOfOneBodyIsNotHeldAgainstTheNext() {
    Transcript transcript = new Transcript(decoder, false);
    String wire = WireRow.chunked(("1;" + "a".repeat(200) + "\r\nz\r\n").repeat(60) + "0\r\n\r\n");
    byte[] octets = WireRow.accepted("", "", wire.repeat(20)).octets();
    transcript.feed(octets, 0, octets.length);
    assertThat(transcript.isDead()).isFalse();
    assertThat(transcript.lines()).hasSize(60);
  }

  @Test
  void commonNamesAndMethodsAreConstants() {
    decoder.decode(octets("GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: a\r\naccept: b\r\n\r\n"));
    Headers fields = decoder.head().headers();
    assertThat(decoder.head().method()).isSameAs("GET");
    assertThat(fields.name(0)).isSameAs("Host");
    assertThat(fields.name(1)).isSameAs("User-Agent");
    assertThat(fields.name(2)).isSameAs("accept");
  }

  @Test
  void findsFieldsByNameInAnyCase() {
    decoder.decode(
        octets("GET / HTTP/1.1\r\nHost: x\r\nA: 1\r\nab: 2:x\r\na: 3\r\nempty:\r\n^: 4\r\n\r\n"));
    Headers fields = decoder.head().headers();
    assertThat(fields.first("a")).isEqualTo("1");
    assertThat(fields.all("A")).containsExactly("1", "3");
    assertThat(fields.first("AB")).isEqualTo("2:x");
    assertThat(fields.first("EMPTY")).isEmpty();
    assertThat(fields.first("b")).isNull();
    assertThat(fields.first("")).isNull();
    assertThat(fields.first("abc")).isNull();
    assertThat(fields.first("ab: 2")).as("a piece of a line").isNull();
    assertThat(fields.first("~")).as("~ is no capital of ^").isNull();
    assertThat(fields.first("\u212a")).as("Kelvin sign").isNull();
    assertThat(fields.all("b")).isEmpty();
    assertThat(fields.contains("a")).isTrue();
    assertThat(fields.contains("b")).isFalse();
    assertThat(fields.size()).isEqualTo(6);
  }

  @Test
  void aFieldOutsideTheBlockIsNoField() {
    decoder.decode(octets(GET));
    Headers fields = decoder.head().headers();
    assertThatThrownBy(() -> fields.name(1)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> fields.value(1)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  private static ByteBuffer octets(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static String rest(ByteBuffer buffer) {
    return StandardCharsets.ISO_8859_1.decode(buffer.duplicate()).toString();
  }
}

package io.kqueueserver.http.coding;

import static io.kqueueserver.http.coding.ContentCoding.BROTLI;
import static io.kqueueserver.http.coding.ContentCoding.DEFLATE;
import static io.kqueueserver.http.coding.ContentCoding.GZIP;
import static io.kqueueserver.http.coding.ContentCoding.ZSTD;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class AcceptEncodingTest {
  /** What the client says, and what it gets where we prefer zstd, br, gzip, deflate. */
  static Stream<Arguments> rows() {
    return Stream.of(
        arguments("gzip", GZIP),
        arguments("GZip", GZIP),
        arguments("x-gzip", GZIP),
        arguments("deflate", DEFLATE),
        arguments("br", BROTLI),
        arguments("zstd", ZSTD),
        arguments("gzip, deflate, br, zstd", ZSTD),
        arguments("gzip, deflate, br", BROTLI),
        arguments("deflate, gzip", GZIP),
        arguments("gzip;q=0.5, deflate;q=0.8", DEFLATE),
        arguments("gzip;q=0.500,deflate;q=0.501", DEFLATE),
        arguments("gzip ; q=1.0 , br ; q=0.9", GZIP),
        arguments("gzip;Q=1", GZIP),
        arguments("gzip;q=0", null),
        arguments("gzip;q=0.000", null),
        arguments("gzip;q=0, *", DEFLATE),
        arguments("gzip;q=0, deflate;q=0, *", null),
        arguments("*", GZIP),
        arguments("*;q=0", null),
        arguments("*;q=0, gzip", GZIP),
        arguments("*;q=0.1, deflate;q=0.2", DEFLATE),
        arguments("identity", null),
        arguments("identity;q=0", null),
        arguments("identity;q=0, gzip;q=0.1", GZIP),
        arguments("identity;q=0.5, gzip;q=0.4", null),
        arguments("identity;q=0.5, gzip;q=0.5", GZIP),
        arguments("identity, gzip", GZIP),
        arguments("identity;q=0.5, *;q=0", null),
        arguments("", null),
        arguments(",, ,", null),
        arguments(", gzip ,", GZIP),
        arguments("compress, exi", null),
        arguments("gzip;q=2", null),
        arguments("gzip;q=1.001", null),
        arguments("gzip;q=0.1234", null),
        arguments("gzip;q=-1", null),
        arguments("gzip;q=", null),
        arguments("gzip;level=9", null),
        arguments("gzip;q=0.5;q=1", null),
        arguments("gzip;q=0, gzip", null),
        arguments("gzipped", null),
        arguments("gzip deflate", null),
        arguments("x".repeat(AcceptEncoding.MAX_CHARS - 5) + ", gzip", null),
        arguments("gzip" + ",".repeat(AcceptEncoding.MAX_ELEMENTS), null),
        arguments("gzip" + ",".repeat(AcceptEncoding.MAX_ELEMENTS - 1), GZIP));
  }

  @ParameterizedTest
  @MethodSource("rows")
  void theHeaviestCodingIsChosenAndOursAmongEquals(String said, ContentCoding expected) {
    AcceptEncoding accept = new AcceptEncoding(List.of(ContentCoding.values()));

    assertThat(accept.choose(List.of(said))).isEqualTo(expected);
    assertThat(accept.choose(List.of(said))).as("remembered").isEqualTo(expected);
  }

  @Test
  void whoSaysNothingGetsNothing() {
    assertThat(new AcceptEncoding(List.of(GZIP)).choose(List.of())).isNull();
  }

  @Test
  void severalFieldsAreOneList() {
    AcceptEncoding accept = new AcceptEncoding(List.of(GZIP, DEFLATE));
    assertThat(accept.choose(List.of("gzip;q=0.1", "deflate"))).isEqualTo(DEFLATE);
  }

  @Test
  void whatWeDoNotHaveIsNotChosen() {
    AcceptEncoding accept = new AcceptEncoding(List.of(GZIP));
    assertThat(accept.choose(List.of("br, zstd, gzip;q=0.1"))).isEqualTo(GZIP);
    assertThat(accept.choose(List.of("br, zstd"))).isNull();
  }
}

package io.kqueueserver.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpDateTest {
  private static final long LAST_SECOND = 253402300799L;

  private static final DateTimeFormatter IMF_FIXDATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
          .withZone(ZoneOffset.UTC);

  @Test
  void writesTheExampleOfTheRfc() {
    assertThat(text(784111777)).isEqualTo("Sun, 06 Nov 1994 08:49:37 GMT");
  }

  @Test
  void agreesWithJavaTimeOnEveryDayOfFourCenturies() {
    for (long day = 0; day < 146097; day++) {
      long second = day * 86400 + day % 86400;
      assertThat(text(second)).isEqualTo(IMF_FIXDATE.format(Instant.ofEpochSecond(second)));
    }
  }

  @Test
  void agreesWithJavaTimeOnRandomSeconds() {
    Random random = new Random(42);
    for (int i = 0; i < 20_000; i++) {
      long second = (long) (random.nextDouble() * LAST_SECOND);
      assertThat(text(second)).isEqualTo(IMF_FIXDATE.format(Instant.ofEpochSecond(second)));
    }
  }

  @Test
  void writesTheLastSecondOfFourDigitYears() {
    assertThat(text(LAST_SECOND)).isEqualTo("Fri, 31 Dec 9999 23:59:59 GMT");
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MIN_VALUE, LAST_SECOND + 1, Long.MAX_VALUE})
  void refusesWhatHasNoSuchDate(long second) {
    assertThatThrownBy(() -> HttpDate.format(second)).isInstanceOf(IllegalArgumentException.class);
  }

  private static String text(long second) {
    byte[] date = HttpDate.format(second);
    assertThat(date).hasSize(HttpDate.LENGTH);
    return new String(date, StandardCharsets.US_ASCII);
  }
}

package io.kqueueserver.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the differential program calls smuggling, and what it does not. */
class DifferenceTest {
  private static final String FRONT = "id POST /t";
  private static final String CHECKED = "200 GET /check @check 0: | closes";

  @ParameterizedTest
  @CsvSource(
      delimiter = '!',
      value = {
        "200 POST /t @x 5:hello | M | closes ! 200 POST /t @x 5:hello | M | closes ! NONE",
        "200 POST /t @x 5:hello | closes ! 200 POST /t @x 0: | M | closes ! SMUGGLES",
        "200 GET /t @x 0: | M | closes ! 200 GET /t @x 0: | 200 GET /s @s 0: | closes ! SMUGGLES",
        "200 POST /t @x 5:hello | M | closes ! waits ! SMUGGLES",
        "waits ! 200 POST /t @x 5:hello | M | closes ! SMUGGLES",
        "405 | 200 GET /s @s 0: | M | closes ! 200 TRACE /t @x 5:hello | M | closes ! SMUGGLES",
        "405 | M | closes ! 200 TRACE /t @x 5:hello | M | closes ! THIS_SERVES",
        "200 GET /t @x 0: | M | closes ! 400 | closes ! THIS_REFUSES",
        "400 | closes ! 200 GET /t @x 0: | M | closes ! THIS_SERVES",
        "400 | closes ! 413 | closes ! STATUS",
        "closes ! 413 | closes ! STATUS",
        "400 | closes ! waits ! WAITS",
        "200 GET /t @x 0: | closes ! 200 GET /t @x 0: | M | closes ! OTHER_CLOSES",
        "200 GET /t @x 0: | M | closes ! 200 GET /t @x 0: | closes ! THIS_CLOSES",
        "200 GET /t @x 0: | M | closes ! 200 GET /t @y 0: | M | closes ! NAMES",
      })
  void twoReadingsDifferAsTheRowSays(String front, String ours, Difference expected) {
    assertThat(Difference.of(reading(front), reading(ours))).isEqualTo(expected);
  }

  private static Reading reading(String text) {
    List<String> parts = Arrays.asList(text.split(" \\| ", -1));
    return new Reading(parts.subList(0, parts.size() - 1), parts.get(parts.size() - 1));
  }

  @Test
  void aRequestThatTheProxyDidNotSendIsSmuggled() {
    Reading reading = reading("200 POST /t @x 0: | closes");
    List<String> seen = List.of(FRONT + "\tPOST /t");

    assertThat(FrontVerdict.of(reading, seen, CHECKED)).isNotEqualTo(FrontVerdict.SMUGGLES);
    assertThat(FrontVerdict.of(reading, List.of("none\tPOST /t"), CHECKED))
        .isEqualTo(FrontVerdict.SMUGGLES);
    assertThat(FrontVerdict.of(reading, List.of(FRONT + "\tGET /s"), CHECKED))
        .isEqualTo(FrontVerdict.SMUGGLES);
    assertThat(FrontVerdict.of(reading, List.of(seen.get(0), seen.get(0)), CHECKED))
        .isEqualTo(FrontVerdict.SMUGGLES);
    assertThat(FrontVerdict.of(reading, seen, "200 GET /s @s 0: | closes"))
        .isEqualTo(FrontVerdict.SMUGGLES);
  }
}

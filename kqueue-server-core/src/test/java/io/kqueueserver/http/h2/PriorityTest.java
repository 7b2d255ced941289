package io.kqueueserver.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** RFC 9218 4 and 5, RFC 8941 4.2. */
class PriorityTest {
  private static final String[][] ROWS = {
    {"", "3"},
    {"u=0", "0"},
    {"u=7", "7"},
    {"i", "3 i"},
    {"u=1, i", "1 i"},
    {"u=1,i", "1 i"},
    {"i=?1,u=5", "5 i"},
    {"i=?0", "3"},
    {"u=2;x=1;y, i;z", "2 i"},
    {"  u=2  ", "2"},
    {"u=2\t,\ti", "2 i"},
    {"u=1, u=2", "2"},
    {"i, i=?0", "3"},
    {"u=1;  a", "1"},
    {"u=01", "1"},
    // Members that are unknown, of another type or out of range change nothing.
    {"u=8", "3"},
    {"u=-1", "3"},
    {"u=1.0", "3"},
    {"u=\"1\"", "3"},
    {"u=?1", "3"},
    {"u", "3"},
    {"i=1", "3"},
    {"i=yes, u=1", "1"},
    {"u=(1 2), i", "3 i"},
    {"ux=1, a.b-c_d*=4", "3"},
    {"a=\"x\\\"y, u=1\", u=4", "4"},
    {"a=:aGk=:, b=tok/en:x, c=-12.5, d=(\"x\" ?1;q=1 ), u=2", "2"},
    // A malformed dictionary is none.
    {"u=1,", "3"},
    {"u=1,,i", "3"},
    {", u=1", "3"},
    {"u=1 i", "3"},
    {"u=", "3"},
    {"U=1", "3"},
    {"u=1234567890123456", "3"},
    {"u=1.1234", "3"},
    {"u=1.", "3"},
    {"u=-", "3"},
    {"a=\"x, u=1", "3"},
    {"a=\"\\x\", u=1", "3"},
    {"a=?2, u=1", "3"},
    {"a=:?:, u=1", "3"},
    {"a=(1, u=1", "3"},
    {"a=(1\"\"), u=1", "3"},
    {"a=(()), u=1", "3"},
    {"u=1;=2", "3"},
    {"u=1;", "3"},
    {"u=1\u00e9", "3"}
  };

  @Test
  void readsTheField() {
    for (String[] row : ROWS) {
      Priority priority = Priority.parse(row[0]);
      assertThat(priority.urgency() + (priority.incremental() ? " i" : ""))
          .as(row[0])
          .isEqualTo(row[1]);
    }
  }

  @Test
  void noOctetsHarmTheReader() {
    String octets = "ui=?01,;\"\\:(). \t*azAZ/+-\u0000\u007f\u00ff";
    Random random = new Random(1);
    for (int i = 0; i < 50_000; i++) {
      StringBuilder field = new StringBuilder();
      for (int length = random.nextInt(12); length > 0; length--) {
        field.append(octets.charAt(random.nextInt(octets.length())));
      }
      assertThat(Priority.parse(field.toString()).urgency()).isBetween(0, 7);
    }
  }
}

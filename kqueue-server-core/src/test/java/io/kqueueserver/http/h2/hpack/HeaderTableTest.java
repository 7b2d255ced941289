package io.kqueueserver.http.h2.hpack;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Both tables against a list that does the same the slow way (RFC 7541 2.3, 4). */
class HeaderTableTest {
  @Test
  void isAQueueBoundedByItsSize() {
    for (int seed = 0; seed < 100; seed++) {
      Random random = new Random(seed);
      HeaderTable table = new HeaderTable(1000);
      EncoderTable encoderTable = new EncoderTable(1000);
      List<String[]> model = new ArrayList<>();
      int maxSize = 1000;
      for (int step = 0; step < 200; step++) {
        if (random.nextInt(20) == 0) {
          maxSize = random.nextInt(4) * random.nextInt(1000);
          table.maxSize(maxSize);
          encoderTable.maxSize(maxSize);
          shrink(model, maxSize);
        } else {
          String name = "n".repeat(random.nextInt(8)) + random.nextInt(3);
          String value = "v".repeat(random.nextInt(random.nextInt(50) == 0 ? 1200 : 20));
          table.add(name, value);
          encoderTable.add(name, value);
          model.add(0, new String[] {name, value});
          shrink(model, maxSize);
        }
        String round = "seed " + seed + ", step " + step;
        assertThat(table.size()).as(round).isEqualTo(size(model)).isLessThanOrEqualTo(maxSize);
        assertThat(encoderTable.size()).as(round).isEqualTo(size(model));
        assertThat(fields(table)).as(round).isEqualTo(model.stream().map(List::of).toList());
        for (String[] field : model) {
          int found = encoderTable.find(field[0], field[1]);
          if (!Arrays.equals(model.get(found - 1), field)) {
            throw new AssertionError(round + ": found " + List.of(field) + " at " + found);
          }
        }
        assertThat(encoderTable.find("n", "v")).as(round).isZero();
      }
    }
  }

  @Test
  void findsANameWhoseValueIsAnother() {
    EncoderTable table = new EncoderTable(4096);
    table.add("a", "1");
    table.add("b", "1");
    table.add("a", "2");
    table.add("c", "1");
    assertThat(table.find("a", "1")).isEqualTo(4);
    assertThat(table.find("a", "2")).isEqualTo(2);
    assertThat(table.find("a", "3")).isEqualTo(-2);
    assertThat(table.find("d", "1")).isZero();
  }

  /** A look-up costs the same however often a name was used. */
  @Test
  void looksAtABoundedNumberOfValues() {
    EncoderTable table = new EncoderTable(1 << 20);
    for (int i = 0; i < 1000; i++) {
      table.add("a", Integer.toString(i));
    }
    assertThat(table.find("a", "999")).isEqualTo(1);
    assertThat(table.find("a", "968")).isEqualTo(32);
    assertThat(table.find("a", "967")).isEqualTo(-1);
  }

  private static List<List<String>> fields(HeaderTable table) {
    List<List<String>> fields = new ArrayList<>();
    for (int index = 1; index <= table.count(); index++) {
      fields.add(List.of(table.name(index), table.value(index)));
    }
    return fields;
  }

  private static void shrink(List<String[]> model, int maxSize) {
    while (size(model) > maxSize) {
      model.remove(model.size() - 1);
    }
  }

  private static int size(List<String[]> model) {
    return model.stream().mapToInt(field -> field[0].length() + field[1].length() + 32).sum();
  }
}

package io.kqueueserver.http.h2.hpack;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Lists of fields as one connection might carry them: common names and rare ones, values again. */
final class RandomFields {
  private static final List<String> NAMES =
      List.of(
          "accept",
          "accept-encoding",
          "cache-control",
          "content-type",
          "cookie",
          "date",
          "etag",
          "set-cookie",
          "user-agent",
          "vary",
          "x-custom",
          "x-request-id");
  private static final String NAME_CHARS = "abcdefghijklmnopqrstuvwxyz0123456789-_.";

  private RandomFields() {}

  /** Up to 20 fields, each {@code name: value}, in lower case and without outer white space. */
  static List<String> of(Random random) {
    List<String> fields = new ArrayList<>();
    for (int i = random.nextInt(20); i >= 0; i--) {
      fields.add(Blocks.line(name(random), value(random)));
    }
    return fields;
  }

  private static String name(Random random) {
    if (random.nextInt(4) != 0) {
      return NAMES.get(random.nextInt(NAMES.size()));
    }
    StringBuilder name = new StringBuilder("x");
    for (int i = random.nextInt(12); i > 0; i--) {
      name.append(NAME_CHARS.charAt(random.nextInt(NAME_CHARS.length())));
    }
    return name.toString();
  }

  private static String value(Random random) {
    if (random.nextInt(3) == 0) {
      return "value-" + random.nextInt(5);
    }
    StringBuilder value = new StringBuilder("v");
    boolean odd = random.nextInt(5) == 0;
    for (int i = random.nextInt(random.nextInt(40) == 0 ? 3000 : 40); i > 0; i--) {
      value.append(odd ? (char) (0x80 + random.nextInt(0x80)) : (char) (0x21 + random.nextInt(94)));
    }
    return value.toString();
  }
}

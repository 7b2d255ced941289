package io.kqueueserver.benchmarks;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Command lines of the form {@code --name value --flag}. */
public final class Arguments {
  private final Map<String, String> given = new LinkedHashMap<>();

  public Arguments(String... args) {
    for (int i = 0; i < args.length; i++) {
      if (!args[i].startsWith("--")) {
        throw new IllegalArgumentException(args[i] + ": options begin with --");
      }
      boolean hasValue = i + 1 < args.length && !args[i + 1].startsWith("--");
      given.put(args[i].substring(2), hasValue ? args[++i] : "");
    }
  }

  public String text(String name, String otherwise) {
    String value = given.remove(name);
    return value == null ? otherwise : value;
  }

  public int number(String name, int otherwise) {
    String value = given.remove(name);
    return value == null ? otherwise : parse(name, value);
  }

  public int[] numbers(String name, int... otherwise) {
    String value = given.remove(name);
    return value == null
        ? otherwise
        : Arrays.stream(value.split(",")).mapToInt(part -> parse(name, part)).toArray();
  }

  public boolean flag(String name) {
    return given.remove(name) != null;
  }

  /** To be called when everything has been read. */
  public void rejectUnknown() {
    if (!given.isEmpty()) {
      throw new IllegalArgumentException("unknown options: " + given.keySet());
    }
  }

  private static int parse(String name, String value) {
    try {
      return Integer.parseInt(value.replace("_", ""));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("--" + name + " " + value + ": not a number", e);
    }
  }
}

package io.kqueueserver.spring.accesslog;

import io.kqueueserver.http.HeaderSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A parsed pattern: the parts of each line, and the values of an exchange that the parts need.
 * Lines are made by one thread at a time.
 */
final class AccessPattern {
  private static final String COMMON = "%h %l %u %t \"%r\" %s %b";

  /** Appends one part of a line. */
  @FunctionalInterface
  interface Part {
    void append(StringBuilder line, AccessRecord record);
  }

  private final List<Part> parts;
  private final boolean needsRemote;
  private final boolean needsLocal;
  private final List<String> responseFields;

  AccessPattern(
      List<Part> parts, boolean needsRemote, boolean needsLocal, List<String> responseFields) {
    this.parts = List.copyOf(parts);
    this.needsRemote = needsRemote;
    this.needsLocal = needsLocal;
    this.responseFields = List.copyOf(responseFields);
  }

  /**
   * Parses a pattern.
   *
   * @throws IllegalArgumentException if the pattern is malformed; the message names the wrong part,
   *     its place, and the allowed letters
   */
  static AccessPattern of(String pattern, ClientAddress client) {
    return switch (pattern.strip()) {
      case "common" -> new PatternParser(COMMON, client).parse();
      case "combined" ->
          new PatternParser(COMMON + " \"%{Referer}i\" \"%{User-Agent}i\"", client).parse();
      case "json" -> new AccessPattern(List.of(new JsonLine(client)), true, false, List.of());
      case "" -> throw new IllegalArgumentException("kqueue.server.access-log.pattern is empty");
      default -> new PatternParser(pattern, client).parse();
    };
  }

  boolean needsRemote() {
    return needsRemote;
  }

  /** Whether lines need the local address, which costs a system call per connection. */
  boolean needsLocal() {
    return needsLocal;
  }

  /**
   * The values of the fields that the pattern names, each as one string. The string of a field that
   * is absent is empty.
   */
  List<String> responseFields(HeaderSource fields) {
    if (responseFields.isEmpty()) {
      return List.of();
    }
    String[] values = new String[responseFields.size()];
    Arrays.fill(values, "");
    fields.writeTo(
        (name, value) -> {
          for (int i = 0; i < values.length; i++) {
            if (responseFields.get(i).equalsIgnoreCase(name)) {
              values[i] = values[i].isEmpty() ? value : values[i] + "," + value;
            }
          }
        });
    return new ArrayList<>(Arrays.asList(values));
  }

  /** Appends the line of a record, and the line end. */
  void append(StringBuilder line, AccessRecord record) {
    for (Part part : parts) {
      part.append(line, record);
    }
    line.append('\n');
  }
}

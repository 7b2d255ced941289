package io.kqueueserver.sample;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The series of {@code /actuator/prometheus}: of each name its labels, of each label its values.
 */
record Scrape(Map<String, Map<String, Set<String>>> series) {
  private static final Pattern SERIES =
      Pattern.compile("^(\\w+)(?:\\{(.*)})? \\S+$", Pattern.MULTILINE);
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"([^\"]*)\"");

  /** The series of {@code text} whose names begin with one of these. */
  static Scrape of(String text, String... prefixes) {
    Map<String, Map<String, Set<String>>> series = new TreeMap<>();
    Matcher line = SERIES.matcher(text);
    while (line.find()) {
      if (Stream.of(prefixes).noneMatch(line.group(1)::startsWith)) {
        continue;
      }
      Map<String, Set<String>> labels =
          series.computeIfAbsent(line.group(1), name -> new LinkedHashMap<>());
      Matcher label = LABEL.matcher(line.group(2) == null ? "" : line.group(2));
      while (label.find()) {
        labels.computeIfAbsent(label.group(1), name -> new TreeSet<>()).add(label.group(2));
      }
    }
    return new Scrape(series);
  }

  Set<String> names() {
    return series.keySet();
  }

  /** Empty if it has none, or if there is no such series. */
  Map<String, Set<String>> labels(String name) {
    return series.getOrDefault(name, Map.of());
  }
}

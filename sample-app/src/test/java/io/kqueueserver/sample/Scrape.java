package io.kqueueserver.sample;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The series of {@code /actuator/prometheus}: of each name its labels, of each label its values.
 */
record Scrape(Map<String, Map<String, Set<String>>> series) {
  private static final Pattern SERIES =
      Pattern.compile("^(kqueue_\\w+)(?:\\{(.*)})? \\S+$", Pattern.MULTILINE);
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"([^\"]*)\"");

  static Scrape of(String text) {
    Map<String, Map<String, Set<String>>> series = new TreeMap<>();
    Matcher line = SERIES.matcher(text);
    while (line.find()) {
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

package io.kqueueserver.sample;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an expression names, found by its shape and not by a grammar: our names begin with {@code
 * kqueue_}, those of Spring's that we ask for with {@code http_server_requests_}, and nothing else
 * in PromQL does.
 */
final class PromQl {
  /** Added to every series by the Prometheus that scrapes. */
  private static final Set<String> OF_THE_TARGET = Set.of("job", "instance");

  private static final Pattern SELECTOR =
      Pattern.compile("\\b((?:kqueue|http_server_requests)_\\w+)(?:\\{([^}]*)})?");
  private static final Pattern MATCHER = Pattern.compile("(\\w+)\\s*(=~|!~|!=|=)\\s*\"([^\"]*)\"");
  private static final Pattern GROUPING =
      Pattern.compile("\\b(?:by|on|without|ignoring)\\s*\\(([^)]*)\\)");
  private static final Pattern BY = Pattern.compile("\\bby\\s*\\(([^)]*)\\)");

  private static final Pattern AGGREGATION = Pattern.compile("\\b(?:sum|min|max|avg|count)\\b");

  private final String text;

  PromQl(String text) {
    this.text = text;
  }

  Set<String> names() {
    Set<String> names = new TreeSet<>();
    SELECTOR.matcher(text).results().forEach(selector -> names.add(selector.group(1)));
    return names;
  }

  /**
   * What is wrong with it, in one line each.
   *
   * @param variables the values a {@code $variable} may take; any, if that is empty
   */
  List<String> faults(Scrape scrape, Map<String, Set<String>> variables) {
    List<String> faults = new ArrayList<>();
    if (names().isEmpty()) {
      faults.add("names no meter: " + text);
    }
    Matcher selector = SELECTOR.matcher(text);
    while (selector.find()) {
      String name = selector.group(1);
      if (!scrape.names().contains(name)) {
        faults.add("no such series: " + name);
        continue;
      }
      Matcher matcher = MATCHER.matcher(selector.group(2) == null ? "" : selector.group(2));
      while (matcher.find()) {
        checkLabel(scrape, name, matcher.group(1), faults);
        for (String value : values(matcher.group(3), variables)) {
          checkValue(scrape, name, matcher.group(1), value, faults);
        }
      }
    }
    GROUPING
        .matcher(text)
        .results()
        .flatMap(list -> labels(list.group(1)).stream())
        .forEach(label -> checkEverywhere(scrape, label, faults));
    return faults;
  }

  /** What is wrong with the labels that a legend or an annotation takes from its result. */
  List<String> faultsOfResult(Scrape scrape, Set<String> labels) {
    List<String> faults = new ArrayList<>();
    for (String label : labels) {
      checkEverywhere(scrape, label, faults);
      // What has no "by" leaves no label: sum(x).
      boolean kept =
          BY.matcher(text).find()
              ? BY.matcher(text).results().allMatch(by -> labels(by.group(1)).contains(label))
              : !AGGREGATION.matcher(text).find();
      if (!kept) {
        faults.add("label %s is aggregated away: %s".formatted(label, text));
      }
    }
    return faults;
  }

  private void checkEverywhere(Scrape scrape, String label, List<String> faults) {
    names().stream()
        .filter(scrape.names()::contains)
        .forEach(name -> checkLabel(scrape, name, label, faults));
  }

  private static void checkLabel(Scrape scrape, String name, String label, List<String> faults) {
    if (!OF_THE_TARGET.contains(label) && !scrape.labels(name).containsKey(label)) {
      faults.add(
          "%s has no label %s, only %s".formatted(name, label, scrape.labels(name).keySet()));
    }
  }

  private static void checkValue(
      Scrape scrape, String name, String label, String value, List<String> faults) {
    Set<String> known = scrape.labels(name).getOrDefault(label, Set.of(value));
    if (!OF_THE_TARGET.contains(label) && !known.contains(value)) {
      faults.add("%s has no %s=\"%s\", only %s".formatted(name, label, value, known));
    }
  }

  private static Set<String> values(String value, Map<String, Set<String>> variables) {
    if (!value.startsWith("$")) {
      return Set.of(value.split("\\|"));
    }
    return variables.getOrDefault(value.substring(1), Set.of(value + ", which is no variable"));
  }

  private static List<String> labels(String list) {
    return List.of(list.strip().split("\\s*,\\s*"));
  }
}

package io.kqueueserver.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.Reader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The dashboard and the alert rules of {@code docs} against what the sample really reports. */
@SpringBootTest(
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = { // meters of what is off are not there
      "server.http2.enabled=true",
      "kqueue.server.max-running-requests=100",
      "kqueue.server.max-connections-per-address=100"
    })
@Timeout(30)
class DashboardAndRulesTest {
  private static final Path DASHBOARD = Path.of("../docs/grafana/kqueue-server.json");
  private static final Path RUNBOOK = Path.of("../docs/runbook.md");
  private static final Path RULES = Path.of("../docs/prometheus/kqueue-server-rules.yml");

  private static final Pattern LEGEND_LABEL = Pattern.compile("\\{\\{\\s*(\\w+)\\s*}}");
  private static final Pattern ANNOTATION_LABEL = Pattern.compile("\\$labels\\.(\\w+)");
  private static final Pattern RECORDED = Pattern.compile("\\bkqueue:\\w+(?::\\w+)?");
  private static final Pattern OPERATION =
      Pattern.compile("/actuator/(?:kqueue|metrics|health)(?:/[a-z.]+)?");
  private static final Pattern LABEL_VALUES = Pattern.compile("label_values\\((.+), (\\w+)\\)");

  @LocalServerPort private int port;

  private Scrape scrape = new Scrape(Map.of());
  private Scrape withRequests = new Scrape(Map.of());

  @BeforeEach
  void scrapeAfterARequest() throws Exception {
    assertThat(get("/api/greeting?name=scrape").statusCode()).isEqualTo(200);
    String text = get("/actuator/prometheus").body();
    scrape = Scrape.of(text, "kqueue_");
    assertThat(scrape.names()).isNotEmpty();
    withRequests = Scrape.of(text, "kqueue_", "http_server_requests_");
    // No request of the sample fails; the outcome would be there if one did.
    withRequests.labels("http_server_requests_seconds_count").get("outcome").add("SERVER_ERROR");
  }

  @Test
  void everyPanelAsksForSeriesAndLabelsThatExist() throws Exception {
    Map<String, Set<String>> variables = variables();

    List<String> faults = new ArrayList<>();
    for (JsonNode panel : panels()) {
      for (JsonNode target : panel.path("targets")) {
        PromQl expression = new PromQl(target.path("expr").asString());
        faults.addAll(expression.faults(scrape, variables));
        Set<String> legend = found(LEGEND_LABEL, target.path("legendFormat").asString());
        faults.addAll(expression.faultsOfResult(scrape, legend));
      }
    }

    assertThat(faults).isEmpty();
  }

  @Test
  void everyVariableIsFilledFromALabelThatExists() throws Exception {
    Map<String, Set<String>> variables = variables();

    List<String> faults = new ArrayList<>();
    for (JsonNode variable : dashboard().path("templating").path("list")) {
      if (variable.path("type").asString().equals("query")) {
        String query = variable.path("query").path("query").asString();
        var parts = LABEL_VALUES.matcher(query);
        assertThat(parts.matches()).as(query).isTrue();
        PromQl source = new PromQl(parts.group(1));
        faults.addAll(source.faults(scrape, variables));
        faults.addAll(source.faultsOfResult(scrape, Set.of(parts.group(2))));
        assertThat(variable.path("definition").asString()).isEqualTo(query);
      }
    }

    assertThat(faults).isEmpty();
  }

  @Test
  void dashboardShowsEverySeries() throws Exception {
    Set<String> shown = new TreeSet<>();
    for (JsonNode panel : panels()) {
      for (JsonNode target : panel.path("targets")) {
        shown.addAll(new PromQl(target.path("expr").asString()).names());
      }
    }

    assertThat(shown).containsExactlyInAnyOrderElementsOf(scrape.names());
  }

  @Test
  void panelsHaveTheirOwnIdsAndReadFromTheChosenDataSource() throws Exception {
    Set<Integer> ids = new HashSet<>();
    for (JsonNode panel : panels()) {
      assertThat(ids.add(panel.path("id").asInt())).as(panel.path("title").asString()).isTrue();
      if (!panel.path("type").asString().equals("row")) {
        assertThat(panel.path("datasource").path("uid").asString()).isEqualTo("${datasource}");
      }
    }
  }

  @Test
  void everyRuleAsksForSeriesAndLabelsThatExist() throws Exception {
    List<String> faults = new ArrayList<>();
    for (Map<?, ?> rule : rules()) {
      PromQl expression = new PromQl(expanded(String.valueOf(rule.get("expr"))));
      faults.addAll(expression.faults(withRequests, Map.of()));
      Set<String> told = found(ANNOTATION_LABEL, String.valueOf(rule.get("annotations")));
      faults.addAll(expression.faultsOfResult(withRequests, told));
    }

    assertThat(faults).isEmpty();
  }

  /** The expression with the recorded series in it replaced by what they are recorded from. */
  private static String expanded(String expression) throws IOException {
    Map<String, String> recorded = new HashMap<>();
    for (Map<?, ?> rule : rules()) {
      if (rule.get("record") != null) {
        recorded.put(String.valueOf(rule.get("record")), "(" + rule.get("expr") + ")");
      }
    }
    return RECORDED
        .matcher(expression)
        .replaceAll(
            name -> {
              assertThat(recorded).containsKey(name.group());
              return Matcher.quoteReplacement(recorded.get(name.group()));
            });
  }

  @Test
  void theRunbookSaysOfEveryAlertWhatItMeansWhereToLookAndWhatToDo() throws Exception {
    List<String> alerts = new ArrayList<>();
    for (Map<?, ?> rule : alerts()) {
      String name = String.valueOf(rule.get("alert"));
      alerts.add(name);
      assertThat(String.valueOf(((Map<?, ?>) rule.get("annotations")).get("runbook")))
          .isEqualTo("docs/runbook.md#" + name.toLowerCase(Locale.ROOT));
    }
    Map<String, String> sections = new LinkedHashMap<>();
    for (String section : Files.readString(RUNBOOK).split("(?m)^### ", -1)) {
      int end = section.indexOf('\n');
      sections.put(section.substring(0, end), section.substring(end));
    }
    sections.remove("# Runbook");

    assertThat(sections.keySet()).containsExactlyElementsOf(alerts);
    assertThat(sections)
        .allSatisfy(
            (alert, section) -> {
              assertThat(section).contains("**Means.** ", "**Look.** ", "**Do.** ");
              assertThat(section.substring(section.indexOf("**Look.**"))).contains("/actuator/");
            });
  }

  @Test
  void theRunbookAsksForOperationsThatThereAre() throws Exception {
    Matcher path = OPERATION.matcher(Files.readString(RUNBOOK));
    Set<String> asked = new TreeSet<>();
    while (path.find()) {
      asked.add(path.group());
    }
    assertThat(asked).hasSizeGreaterThan(5);
    for (String operation : asked) {
      assertThat(get(operation).statusCode()).as(operation).isEqualTo(200);
    }
  }

  @Test
  void everyAlertSaysHowLongHowGraveAndWhatToDo() throws Exception {
    assertThat(alerts())
        .hasSizeGreaterThan(5)
        .allSatisfy(
            rule -> {
              assertThat(String.valueOf(rule.get("alert"))).matches("Kqueue[A-Z]\\w+");
              assertThat(String.valueOf(rule.get("for"))).matches("\\d+m");
              assertThat(String.valueOf(rule.get("labels"))).containsPattern("warning|critical");
              assertThat(String.valueOf(rule.get("annotations")))
                  .contains("summary=", "description=");
            });
  }

  /** Of each variable the values it may take, where the dashboard decides that; else those seen. */
  private Map<String, Set<String>> variables() throws IOException {
    Map<String, Set<String>> variables = new HashMap<>();
    for (JsonNode variable : dashboard().path("templating").path("list")) {
      String query = variable.path("query").asString("");
      boolean fixed = variable.path("type").asString().equals("custom");
      variables.put(variable.path("name").asString(), fixed ? Set.of(query.split(",")) : Set.of());
    }
    return variables;
  }

  private static JsonNode panels() throws IOException {
    JsonNode panels = dashboard().path("panels");
    assertThat(panels.size()).isPositive();
    return panels;
  }

  private static JsonNode dashboard() throws IOException {
    return JsonMapper.shared().readTree(Files.readString(DASHBOARD));
  }

  private static List<Map<?, ?>> rules() throws IOException {
    List<Map<?, ?>> rules = new ArrayList<>();
    try (Reader reader = Files.newBufferedReader(RULES)) {
      Map<?, ?> file = new Yaml(new SafeConstructor(new LoaderOptions())).load(reader);
      for (Object group : (List<?>) file.get("groups")) {
        for (Object rule : (List<?>) ((Map<?, ?>) group).get("rules")) {
          rules.add((Map<?, ?>) rule);
        }
      }
    }
    return rules;
  }

  private static List<Map<?, ?>> alerts() throws IOException {
    return rules().stream().filter(rule -> rule.get("alert") != null).toList();
  }

  private static Set<String> found(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(match -> match.group(1)).collect(Collectors.toSet());
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + port + path);
    HttpRequest request = HttpRequest.newBuilder(uri).version(HttpClient.Version.HTTP_1_1).build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
  }
}

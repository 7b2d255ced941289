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
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
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
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
@Timeout(30)
class DashboardAndRulesTest {
  private static final Path DASHBOARD = Path.of("../docs/grafana/kqueue-server.json");
  private static final Path RULES = Path.of("../docs/prometheus/kqueue-server-rules.yml");

  private static final Pattern LEGEND_LABEL = Pattern.compile("\\{\\{\\s*(\\w+)\\s*}}");
  private static final Pattern ANNOTATION_LABEL = Pattern.compile("\\$labels\\.(\\w+)");
  private static final Pattern LABEL_VALUES = Pattern.compile("label_values\\((.+), (\\w+)\\)");

  @LocalServerPort private int port;

  private Scrape scrape = new Scrape(Map.of());

  @BeforeEach
  void scrapeAfterARequest() throws Exception {
    assertThat(get("/api/greeting?name=scrape").statusCode()).isEqualTo(200);
    scrape = Scrape.of(get("/actuator/prometheus").body());
    assertThat(scrape.names()).isNotEmpty();
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
  void everyAlertAsksForSeriesAndLabelsThatExist() throws Exception {
    List<String> faults = new ArrayList<>();
    for (Map<?, ?> rule : rules()) {
      PromQl expression = new PromQl(String.valueOf(rule.get("expr")));
      faults.addAll(expression.faults(scrape, Map.of()));
      Set<String> told = found(ANNOTATION_LABEL, String.valueOf(rule.get("annotations")));
      faults.addAll(expression.faultsOfResult(scrape, told));
    }

    assertThat(faults).isEmpty();
  }

  @Test
  void everyAlertSaysHowLongHowGraveAndWhatToDo() throws Exception {
    assertThat(rules())
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

  private static Set<String> found(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(match -> match.group(1)).collect(Collectors.toSet());
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + port + path);
    HttpRequest request = HttpRequest.newBuilder(uri).version(HttpClient.Version.HTTP_1_1).build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
  }
}

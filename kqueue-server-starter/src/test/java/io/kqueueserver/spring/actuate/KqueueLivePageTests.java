package io.kqueueserver.spring.actuate;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The page as a browser asks for it; how it looks and moves is the sample's LivePageTest. */
class KqueueLivePageTests {
  private static final Pattern LINK = Pattern.compile("(?:href|src|data-kqueue)=\"([^#\"]+)\"");
  private static final Pattern IMPORT = Pattern.compile("from '([^']+)'");

  private final HttpClient http = HttpClient.newHttpClient();

  private HttpResponse<String> get(URI uri) throws Exception {
    // The last is what browsers send for scripts, and in the end for everything.
    HttpRequest request = HttpRequest.newBuilder(uri).header("Accept", "text/html, */*").build();
    return http.send(request, BodyHandlers.ofString());
  }

  private static URI uri(ActuatorApplication app, String path) {
    String port = app.context().getEnvironment().getRequiredProperty("local.management.port");
    return URI.create("http://localhost:" + port + path);
  }

  private static String type(HttpResponse<?> response) {
    return response.headers().firstValue("Content-Type").orElseThrow();
  }

  /** Follows every link and import, as a browser would, to what there is. */
  private List<String> typesOfLinks(URI page) throws Exception {
    List<String> types = new ArrayList<>();
    HttpResponse<String> html = get(page);
    assertThat(html.statusCode()).isEqualTo(200);
    for (MatchResult link : LINK.matcher(html.body()).results().toList()) {
      URI part = page.resolve(link.group(1));
      HttpResponse<String> answer = get(part);
      assertThat(answer.statusCode()).as(part.toString()).isEqualTo(200);
      types.add(type(answer).replaceFirst(";.*", ""));
      for (MatchResult imported : IMPORT.matcher(answer.body()).results().toList()) {
        URI module = part.resolve(imported.group(1));
        assertThat(type(get(module))).as(module.toString()).startsWith("text/javascript");
      }
    }
    return types;
  }

  @Test
  void theBrowserFindsEveryPartWhereverThePageIs() throws Exception {
    String[] parts = {"image/svg+xml", "text/css", "text/javascript"};
    String data = "application/vnd.spring-boot.actuator.v3+json";
    try (ActuatorApplication app = new ActuatorApplication()) {
      assertThat(typesOfLinks(uri(app, "/actuator/kqueuelive"))).contains(parts).contains(data);
    }
    try (ActuatorApplication app =
        new ActuatorApplication(
            "management.endpoints.web.base-path=/",
            "management.endpoints.web.path-mapping.kqueuelive=ops/loops",
            "management.endpoints.web.path-mapping.kqueue=data/of-loops")) {
      assertThat(typesOfLinks(uri(app, "/ops/loops"))).contains(parts).contains(data);
    }
  }

  @Test
  void thePageAllowsNothingInlineAndNothingFromElsewhere() throws Exception {
    try (ActuatorApplication app = new ActuatorApplication()) {
      HttpResponse<String> page = get(uri(app, "/actuator/kqueuelive"));

      assertThat(type(page)).isEqualTo("text/html;charset=UTF-8");
      // Before all else: a policy in a meta element does not count for what stands above it.
      assertThat(page.body())
          .containsPattern("<head>\\s*<meta charset=\"utf-8\">\\s*<meta http-equiv=\"Content-Sec")
          .contains("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'")
          .doesNotContain("unsafe")
          .doesNotContain("<style")
          .doesNotContain("style=")
          .doesNotContain("http:")
          .doesNotContain("https:")
          .doesNotContainPattern("\\son[a-z]+=");
      assertThat(
              Pattern.compile("<script[^>]*>(.*?)</script>", Pattern.DOTALL)
                  .matcher(page.body())
                  .results()
                  .map(script -> script.group(1)))
          .containsExactly("");
      for (String script : List.of("live.js", "charts.js", "own.js", "tables.js")) {
        assertThat(get(uri(app, "/actuator/kqueuelive/" + script)).body())
            .doesNotContain("innerHTML")
            .doesNotContain("insertAdjacentHTML")
            .doesNotContain("document.write");
      }
    }
  }

  @Test
  void nothingElseIsBelowThePage() throws Exception {
    try (ActuatorApplication app = new ActuatorApplication()) {
      for (String path :
          List.of(
              "live.html",
              "nothing.js",
              "",
              "..%2flive.js",
              "%2e%2e%2fKqueueLiveEndpoint.class",
              "live.js/..",
              "live.js%00",
              "live/live.js")) {
        assertThat(get(uri(app, "/actuator/kqueuelive/" + path)).statusCode())
            .as(path)
            .isEqualTo(404);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "management.endpoints.web.exposure.include=kqueue",
        "management.endpoint.kqueuelive.access=none"
      })
  void itIsOffUnlessExposedAndAccessible(String property) throws Exception {
    try (ActuatorApplication app = new ActuatorApplication(property)) {
      assertThat(app.context().containsBean("kqueueLiveEndpoint")).isFalse();
      assertThat(get(uri(app, "/actuator/kqueuelive")).statusCode()).isEqualTo(404);
      assertThat(get(uri(app, "/actuator/kqueue")).statusCode()).isEqualTo(200);
    }
  }
}

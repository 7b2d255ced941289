package io.kqueueserver.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.server.PathContainer;
import org.springframework.http.server.PathContainer.PathSegment;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.security.authorization.AuthorizationDecision;
import org.springframework.security.config.annotation.web.reactive.EnableWebFluxSecurity;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.config.web.server.ServerHttpSecurity.CsrfSpec;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/**
 * Characters that browsers send raw in a target, on their way to an application with path rules.
 */
class RawTargetsTests {
  private static final List<String> IN_PATHS = List.of("|", "^", "[", "]");
  private static final List<String> IN_QUERIES = List.of("|", "^", "[", "]", "{", "}", "\\", "`");

  private final List<ReactiveWebServerApplicationContext> started = new ArrayList<>();

  @TempDir Path folder;

  private int start(String... properties) {
    SpringApplication application = new SpringApplication(Application.class);
    application.setWebApplicationType(WebApplicationType.REACTIVE);
    List<String> arguments = new ArrayList<>();
    arguments.add("--spring.main.banner-mode=off");
    arguments.add("--server.port=0");
    arguments.add("--kqueue.server.loops=1");
    for (String property : properties) {
      arguments.add("--" + property);
    }
    var context =
        (ReactiveWebServerApplicationContext) application.run(arguments.toArray(String[]::new));
    started.add(context);
    return context.getWebServer().getPort();
  }

  @AfterEach
  void close() {
    started.forEach(ReactiveWebServerApplicationContext::close);
  }

  private static String get(int port, String target, String... fields) {
    try (RawClient client = new RawClient(port)) {
      StringBuilder request = new StringBuilder("GET " + target + " HTTP/1.1\nHost: h\n");
      for (String field : fields) {
        request.append(field).append('\n');
      }
      return client.send(request + "Connection: close\n\n").readAll();
    }
  }

  @Test
  void theApplicationSeesOneEncodedFormAndTheAccessLogWhatWasSent() throws Exception {
    Path log = folder.resolve("access.log");
    int port =
        start(
            "server.forward-headers-strategy=native",
            "kqueue.server.access-log.enabled=true",
            "kqueue.server.access-log.pattern=%r %U %q",
            "kqueue.server.access-log.file=" + log);
    assertThat(get(port, "/a|b/[%7c]^?x=|{`\\}&y[0]=%25"))
        .startsWith("HTTP/1.1 200")
        .endsWith(
            "http://h/a%7Cb/%5B%7c%5D%5E?x=%7C%7B%60%5C%7D&y%5B0%5D=%25"
                + " /a%7Cb/%5B%7c%5D%5E /a|b/[|]^ {x=[|{`\\}], y[0]=[%]}");
    assertThat(get(port, "/a|b", "X-Forwarded-Prefix: /app"))
        .endsWith("http://h/app/a%7Cb /app/a%7Cb /a|b {}");
    close();
    assertThat(Files.readAllLines(log))
        .containsExactly(
            "GET /a|b/[%7c]^?x=|{`\\\\}&y[0]=%25 HTTP/1.1 /a|b/[%7c]^ ?x=|{`\\\\}&y[0]=%25",
            "GET /a|b HTTP/1.1 /a|b ");
  }

  @Test
  void noRawCharacterPassesByAPathRule() {
    int port = start();
    assertThat(get(port, "/admin/|[^]", "X-Key: right")).endsWith("secret");
    List<String> spellings =
        List.of(
            "/admin/%s",
            "/admin/x%s",
            "/admin/%s/../x",
            "/admin/%s?a",
            "/%%61dmin/%s",
            "//admin/%s",
            "/%s/../admin/x",
            "/./admin/%s",
            "/admin;%s/x",
            "/admin%%2f%s",
            "http://h/admin/%s",
            "http://h//admin/%s");
    for (String spelling : spellings) {
      for (String raw : IN_PATHS) {
        String target = spelling.formatted(raw);
        assertThat(get(port, target)).as(target).matches("(?s)HTTP/1.1 40[0134] .*");
      }
    }
    for (String raw : IN_QUERIES) {
      assertThat(get(port, "/admin/x?" + raw)).as("query %s", raw).startsWith("HTTP/1.1 401");
      assertThat(get(port, "/open?/admin/" + raw)).as("query %s", raw).startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void strictTargetRefusesThemAll() {
    int port = start("kqueue.server.strict-target=true");
    for (String raw : IN_PATHS) {
      assertThat(get(port, "/" + raw)).as("path %s", raw).startsWith("HTTP/1.1 400");
    }
    for (String raw : IN_QUERIES) {
      assertThat(get(port, "/?" + raw)).as("query %s", raw).startsWith("HTTP/1.1 400");
    }
    assertThat(get(port, "/a%7C?b%5C")).endsWith("http://h/a%7C?b%5C /a%7C /a| {b\\=[null]}");
  }

  @EnableAutoConfiguration
  @EnableWebFluxSecurity
  @Configuration(proxyBeanMethods = false)
  @Import(Pages.class)
  static class Application {
    @Bean
    SecurityWebFilterChain rules(ServerHttpSecurity security) {
      return security
          .csrf(CsrfSpec::disable)
          .authorizeExchange(
              rules ->
                  rules
                      .pathMatchers("/admin/**")
                      .access(
                          (user, request) ->
                              Mono.just(decision(request.getExchange().getRequest())))
                      .anyExchange()
                      .permitAll())
          .build();
    }

    private static AuthorizationDecision decision(ServerHttpRequest request) {
      return new AuthorizationDecision("right".equals(request.getHeaders().getFirst("X-Key")));
    }
  }

  @RestController
  static class Pages {
    @GetMapping({"/admin", "/admin/**"})
    String secret() {
      return "secret";
    }

    @GetMapping("/**")
    String page(ServerHttpRequest request) {
      return String.join(
          " ",
          request.getURI().toString(),
          request.getPath().value(),
          decoded(request.getPath().pathWithinApplication()),
          request.getQueryParams().toString());
    }

    private static String decoded(PathContainer path) {
      return path.elements().stream()
          .map(e -> e instanceof PathSegment segment ? segment.valueToMatch() : e.value())
          .collect(Collectors.joining());
    }
  }
}

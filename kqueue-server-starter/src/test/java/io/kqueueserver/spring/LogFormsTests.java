package io.kqueueserver.spring;

import static io.kqueueserver.spring.WebServerExtension.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.spring.accesslog.AccessLogOptions;
import io.kqueueserver.spring.http.HttpHandlerAdapter;
import io.kqueueserver.spring.http.KqueueHeadersAdapter;
import io.kqueueserver.spring.http.KqueueResponseHeaders;
import io.kqueueserver.spring.http.ScriptedExchange;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.web.server.WebServer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;
import reactor.core.publisher.Mono;

/**
 * What a reader of logs meets: ids, addresses, headers and the start line, as of Spring's servers.
 */
class LogFormsTests {
  /** Spring Boot's own, of {@code AbstractReactiveWebServerFactoryTests}, for our name. */
  private static final String STARTED_ON_PORT =
      "Kqueue started on port %d( \\(http(/1.1)?\\))?( with context path '(/)?')?";

  @RegisterExtension final WebServerExtension servers = new WebServerExtension();

  private static final HttpHandler ID =
      (request, response) -> response.writeWith(Mono.just(utf8(request.getId())));

  @Test
  void requestIdsAreUniqueAmongServersAndAcrossRestarts() {
    List<String> ids = new ArrayList<>();
    WebServer server = servers.start(ID);
    WebServer other = servers.start(ID);
    for (int i = 0; i < 5; i++) {
      ids.add(servers.get(server, "/").body());
      ids.add(servers.get(other, "/").body());
      server.stop();
      server.start();
    }
    assertThat(ids).doesNotHaveDuplicates().allMatch(id -> id.matches("[0-9a-z]{6,12}-[0-9]+"));
  }

  @Test
  void anIdStaysThatOfItsRequestAndIsItsLogPrefix() {
    WebServer server =
        servers.start(
            (request, response) ->
                response.writeWith(
                    Mono.just(utf8(request.getId() + " " + request.mutate().build().getId()))));
    String[] ids = servers.get(server, "/").body().split(" ", 2);
    assertThat(ids[1]).isEqualTo(ids[0]);
  }

  @Test
  void theStartLineIsSpringBoots() {
    KqueueWebServer server = (KqueueWebServer) servers.start(ID);
    assertThat(server.getStartedLogMessage()).matches(STARTED_ON_PORT.formatted(server.getPort()));
  }

  @Test
  void ipv6AddressesAreWrittenAsRfc5952HasThem(@TempDir Path folder) throws IOException {
    Path log = folder.resolve("access.log");
    KqueueReactiveWebServerFactory factory = new KqueueReactiveWebServerFactory(0);
    factory.setAddress(InetAddress.getByName("::1"));
    factory.setAccessLog(new AccessLogOptions("%a %h %A", log, -1, false, 0, "unused", 100));
    WebServer server =
        servers.start(
            factory,
            (request, response) -> response.writeWith(Mono.just(utf8(request.getURI().getHost()))));
    try (Socket client = new Socket("::1", server.getPort())) {
      client.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .endsWith("[::1]");
    }
    assertThat(((KqueueWebServer) server).getServer().running().listenerNames())
        .containsExactly("[::1]:" + server.getPort());
    server.stop();
    assertThat(Files.readAllLines(log)).containsExactly("::1 ::1 ::1");
  }

  @Test
  void headersAreWrittenAsSpringWritesThem() {
    MultiValueMap<String, String> expected = new LinkedMultiValueMap<>();
    expected.add("Accept", "a");
    expected.add("Accept", "b, c");
    expected.add("X", "");
    KqueueResponseHeaders response = new KqueueResponseHeaders();
    response.addAll(expected);
    String text = HttpHeaders.formatHeaders(expected);
    assertThat(text).isEqualTo("[Accept:\"a\", \"b, c\", X:\"\"]");
    assertThat(response).hasToString(text);
    assertThat(new HttpHeaders(response)).hasToString(text);
    List<String> seen = new ArrayList<>();
    new HttpHandlerAdapter(
            (request, reply) -> {
              seen.add(request.getHeaders().toString());
              return Mono.empty();
            })
        .handle(ScriptedExchange.get());
    assertThat(new KqueueHeadersAdapter(ScriptedExchange.get().request().headers()))
        .hasToString(seen.get(0));
  }
}

package io.kqueueserver.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalManagementPort;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.util.ClassUtils;

/** A management port of its own where no other server is on the class path. */
@SpringBootTest(
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {"management.server.port=0", "kqueue.server.loops=1"})
@DirtiesContext
class ManagementPortTest {
  @LocalServerPort private int port;
  @LocalManagementPort private int managementPort;

  @Test
  void managementAnswersThereAndTheApplicationHere() throws Exception {
    assertThat(ClassUtils.isPresent("reactor.netty.http.server.HttpServer", null)).isFalse();
    assertThat(managementPort).isNotEqualTo(port);
    assertThat(get(managementPort, "/actuator/health").body()).contains("UP");
    assertThat(get(port, "/actuator/health").statusCode()).isEqualTo(404);
    assertThat(get(port, "/api/greeting?name=you").body()).contains("you");
    assertThat(get(managementPort, "/api/greeting?name=you").statusCode()).isEqualTo(404);
  }

  private static HttpResponse<String> get(int port, String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + port + path);
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(10)).build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
  }
}

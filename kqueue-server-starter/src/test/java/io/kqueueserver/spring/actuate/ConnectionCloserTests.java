package io.kqueueserver.spring.actuate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.awaitility.Awaitility.await;

import io.kqueueserver.build.TlsFixture;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.StreamSupport;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.springframework.boot.actuate.audit.AuditEvent;
import org.springframework.boot.actuate.audit.listener.AuditApplicationEvent;
import org.springframework.boot.web.server.GracefulShutdownResult;
import org.springframework.context.ApplicationListener;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** An operator closes connections by their ids, and never the own one. */
class ConnectionCloserTests {
  private static final String ACCESS = "management.endpoint.kqueue.access=unrestricted";
  private static final String PROPERTY = "kqueue.server.endpoint.close-connections=true";
  private static final String HTTP2 = "server.http2.enabled=true";

  private static List<AuditEvent> audits(ActuatorApplication app) {
    List<AuditEvent> audits = new CopyOnWriteArrayList<>();
    ApplicationListener<AuditApplicationEvent> listener =
        event -> audits.add(event.getAuditEvent());
    app.context().addApplicationListener(listener);
    return audits;
  }

  private static JsonNode row(JsonNode connections, int port) {
    return StreamSupport.stream(connections.get("connections").spliterator(), false)
        .filter(row -> row.get("peer").asString().endsWith(":" + port))
        .findFirst()
        .orElseThrow();
  }

  private static boolean isCutOff(Socket client) throws IOException {
    try {
      InputStream in = client.getInputStream();
      while (in.read() >= 0) {
        // what came before the reset
      }
      return true;
    } catch (SocketException e) {
      return true;
    }
  }

  @Test
  void connectionsOfAnyProtocolAreClosedByTheirIdsAndThatIsAudited() throws Exception {
    try (ActuatorApplication app = new ActuatorApplication(ACCESS, PROPERTY, HTTP2)) {
      Socket http1 = app.send("/never");
      Socket webSocket = app.connect();
      write(
          webSocket,
          "GET /chat HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
              + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
      ActuatorApplication.answered(webSocket);
      Socket http2 = app.connect();
      write(http2, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0");
      List<AuditEvent> audits = audits(app);

      List<String> protocols = new ArrayList<>();
      for (Socket client : List.of(http1, webSocket, http2)) {
        JsonNode row =
            await()
                .until(
                    () -> row(app.json("kqueue/connections"), client.getLocalPort()),
                    found -> !found.get("protocol").asString().equals("undecided"));
        protocols.add(row.get("protocol").asString());
        String id = row.get("id").asString();
        assertThat(app.actuator("DELETE", "kqueue/connections/" + id).statusCode()).isEqualTo(204);
        assertThat(isCutOff(client)).isTrue();
        AuditEvent audit = audits.get(audits.size() - 1);
        assertThat(audit.getType()).isEqualTo("KQUEUE_CONNECTION_CLOSE");
        assertThat(audit.getPrincipal()).isEqualTo("<unknown>");
        assertThat(audit.getData())
            .containsOnly(
                entry("connection", id),
                entry("peer", row.get("peer").asString()),
                entry("outcome", "closed"));
        assertThat(app.actuator("DELETE", "kqueue/connections/" + id).statusCode()).isEqualTo(404);
      }
      assertThat(protocols).containsExactly("http/1.1", "websocket", "http/2");
      assertThat(audits).hasSize(3);
    }
  }

  private static void write(Socket client, String text) throws IOException {
    client.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Test
  void overTlsAndHttp2TheOwnConnectionIsRefusedAndAnotherIsClosed() throws Exception {
    try (ActuatorApplication app =
        new ActuatorApplication(
            ACCESS,
            PROPERTY,
            HTTP2,
            "management.server.port=",
            "server.ssl.key-store=file:" + TlsFixture.file("server.p12"),
            "server.ssl.key-store-password=changeit")) {
      int port = app.server().getPort();
      HttpClient asking = HttpClient.newBuilder().sslContext(TlsFixture.client()).build();
      URI connections = URI.create("https://localhost:" + port + "/actuator/kqueue/connections");
      try (SSLSocket other = TlsFixture.connect(TlsFixture.client(), port)) {
        write(other, "GET /never HTTP/1.1\r\nHost: test\r\n\r\n");
        JsonNode own =
            await() // a page leaves out a loop that is busy for long
                .until(
                    () -> ask(asking, connections, "protocol=http/2").get("connections").get(0),
                    Objects::nonNull);

        HttpResponse<String> refused = delete(asking, connections, own.get("id").asString());
        assertThat(refused.version()).isEqualTo(HttpClient.Version.HTTP_2);
        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(refused.body()).contains("is the connection of this request");

        JsonNode others =
            await()
                .until(
                    () -> ask(asking, connections, "protocol=http/1.1"),
                    page -> page.get("matched").asInt() == 1);
        String id = row(others, other.getLocalPort()).get("id").asString();
        assertThat(delete(asking, connections, id).statusCode()).isEqualTo(204);
        assertThat(isCutOff(other)).isTrue();
        assertThat(ask(asking, connections, "protocol=http/2").get("connections").get(0).get("id"))
            .isEqualTo(own.get("id"));
      }
    }
  }

  private static JsonNode ask(HttpClient client, URI connections, String query) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create(connections + "?" + query)).build();
    return JsonMapper.shared().readTree(client.send(request, BodyHandlers.ofString()).body());
  }

  private static HttpResponse<String> delete(HttpClient client, URI connections, String id)
      throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(connections + "/" + id)).DELETE().build();
    return client.send(request, BodyHandlers.ofString());
  }

  @Test
  void theOwnConnectionIsNotClosedHoweverItsIdIsSpelled() throws Exception {
    try (ActuatorApplication app = new ActuatorApplication(ACCESS, PROPERTY)) {
      int port = app.context().getEnvironment().getProperty("local.management.port", int.class);
      try (Socket own = new Socket(InetAddress.getLoopbackAddress(), port)) {
        own.setSoTimeout(10_000);
        write(own, "GET /actuator/health HTTP/1.1\r\nHost: test\r\n\r\n");
        ActuatorApplication.answered(own);
        String id =
            row(app.json("kqueue/connections?server=management"), own.getLocalPort())
                .get("id")
                .asString();
        int last = id.length() - 1;
        for (String spelled :
            List.of(
                id,
                id.substring(0, last) + "%3" + id.charAt(last),
                "management-0" + id.substring("management-".length()))) {
          write(own, "DELETE /actuator/kqueue/connections/" + spelled + " HTTP/1.1\r\n");
          write(own, "Host: test\r\n\r\n");
          byte[] answer = new byte["HTTP/1.1 409".length()];
          own.getInputStream().readNBytes(answer, 0, answer.length);
          assertThat(new String(answer, StandardCharsets.US_ASCII))
              .as(spelled)
              .isEqualTo("HTTP/1.1 409");
          await().until(() -> own.getInputStream().available() > 0);
          own.getInputStream().skipNBytes(own.getInputStream().available());
        }
      }
    }
  }

  @Test
  void withoutThePropertyNoConnectionIsClosed() throws Exception {
    try (ActuatorApplication app = new ActuatorApplication(ACCESS)) {
      Socket client = app.send("/hello");
      ActuatorApplication.answered(client);
      List<AuditEvent> audits = audits(app);
      String id = row(app.json("kqueue/connections"), client.getLocalPort()).get("id").asString();

      HttpResponse<String> refused = app.actuator("DELETE", "kqueue/connections/" + id);
      assertThat(refused.statusCode()).isEqualTo(403);
      assertThat(refused.body()).contains(PROPERTY);
      assertThat(audits).isEmpty();
      ActuatorApplication.request(client, "/hello");
      ActuatorApplication.answered(client);
    }
  }

  @Test
  void theEndpointShowsWhatADrainWaitsForUntilThatIsClosed() throws Exception {
    try (ActuatorApplication app = new ActuatorApplication(ACCESS, PROPERTY)) {
      Socket client = app.send("/never");
      await().until(() -> main(app).get("requests").asInt() == 1);
      assertThat(main(app).get("draining").asBoolean()).isFalse();
      assertThat(main(app).get("drainingNanos").asLong()).isZero();

      List<GracefulShutdownResult> results = new CopyOnWriteArrayList<>();
      app.server().shutDownGracefully(results::add);
      await().until(() -> main(app).get("draining").asBoolean());
      JsonNode drain = main(app);
      assertThat(drain.get("drainingNanos").asLong()).isPositive();
      assertThat(drain.get("waitingFor")).hasSize(1);
      JsonNode row = drain.get("waitingFor").get(0);
      assertThat(row.get("request").get("path").asString()).isEqualTo("/never");
      assertThat(results).isEmpty();

      String id = row.get("id").asString();
      assertThat(app.actuator("DELETE", "kqueue/connections/" + id).statusCode()).isEqualTo(204);
      await().until(() -> results.contains(GracefulShutdownResult.IDLE));
      assertThat(isCutOff(client)).isTrue();
      assertThat(main(app).get("waitingFor")).isEmpty();
    }
  }

  private static JsonNode main(ActuatorApplication app) {
    return app.json("kqueue/drain").get("servers").get(0);
  }
}

package io.kqueueserver.spring.actuate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What an operator sees of a WebSocket session. */
class WebSocketObservationTests {

  @Test
  void aSessionIsARowWithPathSubProtocolAgeAndLastPong() throws Exception {
    try (ActuatorApplication app =
        new ActuatorApplication(
            "kqueue.server.loops=1", "kqueue.server.websocket.ping-interval=2s")) {
      URI uri = URI.create("ws://localhost:" + app.server().getPort() + "/chat?token=secret");
      WebSocket socket =
          HttpClient.newHttpClient()
              .newWebSocketBuilder()
              .subprotocols("v1.chat")
              .buildAsync(uri, new WebSocket.Listener() {})
              .get(10, TimeUnit.SECONDS);

      JsonNode row = row(app);
      assertThat(row.get("protocol").asString()).isEqualTo("websocket/v1.chat");
      JsonNode session = row.get("request");
      assertThat(session.get("path").asString()).isEqualTo("/chat");
      assertThat(session.get("ageNanos").asLong()).isPositive();
      assertThat(session.get("switched").toString())
          .isEqualTo("{\"protocol\":\"websocket/v1.chat\"}");

      await().until(() -> row(app).at("/request/switched/lastPongNanos").isNumber());
      JsonNode later = row(app).get("request");
      assertThat(later.at("/switched/lastPongNanos").asLong())
          .isBetween(0L, later.get("ageNanos").asLong());
      socket.abort();
    }
  }

  private static JsonNode row(ActuatorApplication app) {
    return app.json("kqueue/connections").get("connections").get(0);
  }
}

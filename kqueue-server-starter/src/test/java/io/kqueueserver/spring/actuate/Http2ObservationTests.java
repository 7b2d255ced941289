package io.kqueueserver.spring.actuate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What an operator sees of a client that speaks HTTP/2. */
class Http2ObservationTests {
  private static final int SETTINGS = 4;
  private static final int HEADERS = 1;
  private static final int END_OF_ALL = 5; // END_STREAM and END_HEADERS

  @Test
  void streamsTheirWindowsAndTheOneThatStallsAreSeen() throws Exception {
    try (ActuatorApplication app =
        new ActuatorApplication(
            "server.http2.enabled=true",
            "kqueue.server.loops=1",
            "kqueue.server.stall-threshold=200ms")) {
      Socket client = app.connect();
      send(client, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      send(client, frame(SETTINGS, 0, 0, new byte[0]));
      send(client, frame(HEADERS, END_OF_ALL, 1, get("/never?token=secret")));
      await().until(() -> app.meter("kqueue.http2.streams", "server", "main") == 1);

      JsonNode row = app.json("kqueue/connections?protocol=http/2").get("connections").get(0);
      assertThat(row.get("protocol").asString()).isEqualTo("http/2");
      assertThat(row.get("streams").toString())
          .isEqualTo("{\"open\":1,\"sendWindow\":65535,\"receiveWindow\":1048576}");
      JsonNode request = row.get("activeRequests").get(0);
      assertThat(request.get("streamId").asInt()).isEqualTo(1);
      assertThat(request.get("path").asString()).isEqualTo("/never");
      assertThat(request.get("stream").toString())
          .isEqualTo(
              "{\"state\":\"half-closed-remote\",\"bytesReceived\":0,\"bytesSent\":0,"
                  + "\"bytesQueued\":0,\"sendWindow\":65535}");
      assertThat(app.meter("kqueue.http2.frames", "direction", "in", "type", "headers"))
          .isEqualTo(1);

      send(client, frame(HEADERS, END_OF_ALL, 3, get("/blocked/7")));
      JsonNode stall =
          await()
              .atMost(Duration.ofSeconds(20))
              .until(() -> stallOf(app, "/blocked/7"), found -> found != null);
      assertThat(stall.get("streamId").asInt()).isEqualTo(3);
    }
  }

  /** Others may be there: a first request may stall its loop by loading classes. */
  private static JsonNode stallOf(ActuatorApplication app, String path) {
    return StreamSupport.stream(app.json("kqueue/stalls").get("stalls").spliterator(), false)
        .filter(stall -> stall.path("path").asString("").equals(path))
        .findFirst()
        .orElse(null);
  }

  private static void send(Socket client, byte[] octets) throws IOException {
    client.getOutputStream().write(octets);
  }

  private static byte[] frame(int type, int flags, int stream, byte[] payload) {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.writeBytes(new byte[] {0, 0, (byte) payload.length, (byte) type, (byte) flags});
    frame.writeBytes(new byte[] {0, 0, 0, (byte) stream});
    frame.writeBytes(payload);
    return frame.toByteArray();
  }

  /** The field block of a GET: method and scheme of the static table, the rest as literals. */
  private static byte[] get(String path) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    block.writeBytes(new byte[] {(byte) 0x82, (byte) 0x86});
    literal(block, 1, "test"); // :authority
    literal(block, 4, path); // :path
    return block.toByteArray();
  }

  private static void literal(ByteArrayOutputStream block, int name, String value) {
    block.write(name);
    block.write(value.length());
    block.writeBytes(value.getBytes(StandardCharsets.US_ASCII));
  }
}

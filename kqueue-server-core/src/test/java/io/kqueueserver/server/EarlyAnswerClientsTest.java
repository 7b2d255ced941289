package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpRetryException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients as they are get an answer that was given before their body was read. */
@Timeout(60)
class EarlyAnswerClientsTest {
  /** {@code -Dearly.body=200000000} for the long version. */
  private static final int BODY = Integer.getInteger("early.body", 20_000_000);

  /** Made before a test counts descriptors, for it never gives its own back. */
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private static final int ROUNDS = Integer.getInteger("early.rounds", 5);

  @RegisterExtension final ServerExtension server = new ServerExtension();

  @BeforeEach
  void handlers() {
    for (int status : new int[] {401, 403, 404}) {
      server.on("/" + status, exchange -> answer(exchange, status, "early"));
    }
    server.on("/next", exchange -> answer(exchange, 200, "next"));
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403, 404})
  void httpUrlConnectionThatStreamsGetsItsAnswer(int status) throws IOException {
    for (int i = 0; i < ROUNDS; i++) {
      assertThat(urlConnection("/" + status)).isEqualTo(status);
    }
  }

  private int urlConnection(String path) throws IOException {
    URI uri = URI.create("http://127.0.0.1:" + server.port() + path);
    HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
    connection.setRequestMethod("POST");
    connection.setDoOutput(true);
    connection.setFixedLengthStreamingMode(BODY);
    byte[] piece = new byte[64 * 1024];
    try (OutputStream out = connection.getOutputStream()) {
      for (int left = BODY; left > 0; left -= piece.length) {
        out.write(piece, 0, Math.min(left, piece.length));
      }
    }
    try {
      return connection.getResponseCode();
    } catch (HttpRetryException e) {
      return e.responseCode(); // it would authenticate, had it the body still
    } finally {
      connection.disconnect();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 404})
  void pythonGetsItsAnswer(int status) throws Exception {
    String script =
        """
        import http.client, sys
        for i in range(%d):
            c = http.client.HTTPConnection("127.0.0.1", %d, timeout=20)
            c.request("POST", "/%d", b"x" * %d)
            print(c.getresponse().status)
            c.close()
        """
            .formatted(ROUNDS, server.port(), status, BODY);
    Process python;
    try {
      python = new ProcessBuilder("python3", "-c", script).redirectErrorStream(true).start();
    } catch (IOException e) {
      assumeTrue(false, "no python3: " + e.getMessage());
      return;
    }
    String out = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(python.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(out.lines()).hasSize(ROUNDS).containsOnly(String.valueOf(status));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void thePoolOfTheJdksClientLosesNoRequestAfterAnEarlyAnswer(boolean chunked) throws Exception {
    URI base = URI.create("http://127.0.0.1:" + server.port());
    byte[] body = new byte[300_000];
    for (int i = 0; i < 50; i++) {
      HttpRequest.BodyPublisher bytes = BodyPublishers.ofByteArray(body);
      HttpRequest post =
          HttpRequest.newBuilder(base.resolve("/404"))
              .POST(chunked ? BodyPublishers.fromPublisher(bytes) : bytes)
              .build();
      assertThat(CLIENT.send(post, BodyHandlers.ofString()).statusCode()).isEqualTo(404);
      HttpRequest another =
          HttpRequest.newBuilder(base.resolve("/next")).POST(BodyPublishers.ofString("x")).build();
      assertThat(CLIENT.send(another, BodyHandlers.ofString()).body()).isEqualTo("next");
    }
    server.server().stop(); // the pool would keep its connections
  }
}

package io.kqueueserver.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** The sample behind an nginx that proxies it in three ways, each on a port of its own. */
@SpringBootTest(
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {
      "server.forward-headers-strategy=native",
      "kqueue.server.proxy-protocol=auto",
    })
@EnabledIf(
    value = "nginxIsThere",
    disabledReason = "no nginx with its stream module (Debian: nginx-light, libnginx-mod-stream)")
@Timeout(30)
class BehindNginxTest {
  private static final Path STREAM_MODULE = Path.of("/usr/lib/nginx/modules/ngx_stream_module.so");
  private static final List<Path> PLACES =
      List.of(Path.of("/usr/sbin/nginx"), Path.of("/usr/local/sbin/nginx"));

  @TempDir private static Path folder;

  @LocalServerPort private int port;

  private static Process nginx;
  private static int http;
  private static int stream;
  private static int unix;

  static boolean nginxIsThere() {
    return PLACES.stream().anyMatch(Files::isExecutable) && Files.exists(STREAM_MODULE);
  }

  @DynamicPropertySource
  static void unixSocket(DynamicPropertyRegistry properties) {
    properties.add("kqueue.server.unix-socket.path", () -> folder.resolve("app.sock"));
  }

  @BeforeEach
  void startNginx() throws Exception {
    if (nginx != null) {
      return;
    }
    http = freePort();
    stream = freePort();
    unix = freePort();
    Path configuration = Files.writeString(folder.resolve("nginx.conf"), configuration());
    nginx =
        new ProcessBuilder(
                PLACES.stream().filter(Files::isExecutable).findFirst().orElseThrow().toString(),
                "-p",
                folder.toString(),
                "-c",
                configuration.toString(),
                "-e",
                folder.resolve("error.log").toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("out").toFile())
            .start();
    await("nginx listens")
        .until(
            () -> {
              assertThat(nginx.isAlive()).as(Files.readString(folder.resolve("out"))).isTrue();
              return listens(http) && listens(stream) && listens(unix);
            });
  }

  @AfterAll
  static void stopNginx() throws InterruptedException {
    if (nginx != null) {
      nginx.destroy();
      assertThat(nginx.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static boolean listens(int port) {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private String configuration() {
    String headers =
        """
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto https;
        proxy_set_header X-Forwarded-Host $http_host;
        proxy_set_header X-Forwarded-Prefix /shop;
        """;
    return """
    daemon off;
    master_process off;
    load_module %s;
    pid nginx.pid;
    events { worker_connections 64; }
    http {
      access_log off;
      client_max_body_size 0;
      client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f;
      uwsgi_temp_path u; scgi_temp_path s;
      upstream tcp { server 127.0.0.1:%d; keepalive 4; }
      upstream local { server unix:%s; keepalive 4; }
      server { listen 127.0.0.1:%d; location /shop/ { proxy_pass http://tcp/; %s } }
      server {
        listen 127.0.0.1:%d;
        proxy_request_buffering off;
        location /shop/ { proxy_pass http://local/; %s }
      }
    }
    stream {
      server { listen 127.0.0.1:%d; proxy_pass 127.0.0.1:%d; proxy_protocol on; }
    }
    """
        .formatted(
            STREAM_MODULE,
            port,
            folder.resolve("app.sock"),
            http,
            headers,
            unix,
            headers,
            stream,
            port);
  }

  /** The answer to one GET, and the client's own port. */
  private record Answer(String text, int clientPort) {}

  private Answer get(int to, String path, String fields) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", to)) {
      socket.setSoTimeout(10_000);
      String request =
          "GET "
              + path
              + " HTTP/1.1\r\nHost: shop.example:8443\r\n"
              + fields
              + "Connection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      String text = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Answer(text, socket.getLocalPort());
    }
  }

  @Test
  void forwardedHeadersTellWhatTheClientAskedFor() throws Exception {
    for (int i = 0; i < 2; i++) { // the second one goes over nginx's connection to us as well
      assertThat(get(http, "/shop/api/whoami", "").text())
          .startsWith("HTTP/1.1 200")
          .contains("\"uri\":\"https://shop.example:8443/shop/api/whoami\"")
          .contains("\"remoteAddress\":\"127.0.0.1 port 0\"");
    }
  }

  @Test
  void whatTheClientInventsIsNotBelieved() throws Exception {
    assertThat(get(http, "/shop/api/whoami", "X-Forwarded-For: 203.0.113.66, nonsense\r\n").text())
        .contains("\"remoteAddress\":\"127.0.0.1 port 0\"");
  }

  @Test
  void theSameOverAUnixSocket() throws Exception {
    assertThat(get(unix, "/shop/api/whoami", "").text())
        .startsWith("HTTP/1.1 200")
        .contains("\"uri\":\"https://shop.example:8443/shop/api/whoami\"");
  }

  @Test
  void anAnswerGivenBeforeALargeBodyWasReadComesThrough() throws Exception {
    for (int i = 0; i < 5; i++) {
      assertThat(post(http)).isEqualTo(404);
      assertThat(post(unix)).isEqualTo(404); // as the body comes, and not when nginx has all of it
    }
  }

  /** The status of a POST whose client writes all before it reads. */
  private static int post(int to) throws IOException {
    int length = Integer.getInteger("early.body", 20_000_000);
    URI nowhere = URI.create("http://127.0.0.1:" + to + "/shop/nowhere");
    HttpURLConnection connection = (HttpURLConnection) nowhere.toURL().openConnection();
    connection.setRequestMethod("POST");
    connection.setDoOutput(true);
    connection.setFixedLengthStreamingMode(length);
    byte[] piece = new byte[64 * 1024];
    try (OutputStream out = connection.getOutputStream()) {
      for (int left = length; left > 0; left -= piece.length) {
        out.write(piece, 0, Math.min(left, piece.length));
      }
    }
    int status = connection.getResponseCode();
    connection.disconnect();
    return status;
  }

  @Test
  void theProxyProtocolTellsTheClientsAddressAndPort() throws Exception {
    Answer answer = get(stream, "/api/whoami", "");
    assertThat(answer.text())
        .startsWith("HTTP/1.1 200")
        .contains("\"remoteAddress\":\"127.0.0.1 port " + answer.clientPort() + "\"")
        .contains("\"localAddress\":\"127.0.0.1 port " + stream + "\"");
  }

  @Test
  void clientsThatComeDirectlyAreServedToo() throws Exception {
    Answer answer = get(port, "/api/whoami", "");
    assertThat(answer.text())
        .contains("\"uri\":\"http://shop.example:8443/api/whoami\"")
        .contains("\"remoteAddress\":\"127.0.0.1 port " + answer.clientPort() + "\"");
  }
}

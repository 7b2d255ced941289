package io.kqueueserver.benchmarks.steady;

import io.kqueueserver.benchmarks.TrustingSockets;
import io.kqueueserver.benchmarks.load.Bodies;
import io.kqueueserver.benchmarks.load.TrafficProcess;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * Clients that keep the rules: each body, event and message that comes back is compared with what
 * it must be. What they count in the second way is a failure.
 */
public final class GoodTraffic {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int MOST_BYTES = 1 << 20;
  private static final int EVENTS = 20;

  private final TrafficProcess traffic = new TrafficProcess();

  private GoodTraffic() {}

  /** The process, seen from the one that started it. */
  static TrafficProcess.Handle start(int port, int tlsPort) {
    return new TrafficProcess.Handle(
        List.of(
            "-Xmx128m",
            "-XX:+UseSerialGC",
            "-Djdk.httpclient.keepalive.timeout=20", // below the server's idle-timeout
            "-Djdk.internal.httpclient.disableHostnameVerification=true"),
        GoodTraffic.class,
        String.valueOf(port),
        String.valueOf(tlsPort));
  }

  public static void main(String[] args) throws Exception {
    GoodTraffic good = new GoodTraffic();
    good.add("http://localhost:" + args[0], "");
    good.add("https://localhost:" + args[1], " TLS");
    good.traffic.run();
  }

  private void add(String server, String suffix) {
    for (Version version : Version.values()) {
      HttpClient client =
          HttpClient.newBuilder().version(version).sslContext(TrustingSockets.context()).build();
      String name = (version == Version.HTTP_2 ? "h2" : "h1") + suffix;
      traffic.repeat(name + " get", 1, 250, () -> get(client, server));
      traffic.repeat(name + " download", 1, 3_000, () -> download(client, server));
      traffic.repeat(name + " upload", 1, 3_000, () -> upload(client, server));
      traffic.repeat(name + " events", 1, 2_000, () -> events(client, server));
    }
    HttpClient client = HttpClient.newBuilder().sslContext(TrustingSockets.context()).build();
    URI echo = URI.create(server.replace("http", "ws") + "/echo");
    traffic.repeat("WebSocket" + suffix, 2, 2_000, () -> EchoSession.run(client, echo));
  }

  private static HttpRequest.Builder request(String uri) {
    return HttpRequest.newBuilder(URI.create(uri)).timeout(PATIENCE);
  }

  private static boolean get(HttpClient client, String server) throws Exception {
    HttpResponse<String> response =
        client.send(request(server + "/bare").build(), BodyHandlers.ofString());
    return failed(response.statusCode() == 200 && response.body().equals("Hello, World!"));
  }

  private static boolean download(HttpClient client, String server) throws Exception {
    int length = ThreadLocalRandom.current().nextInt(MOST_BYTES);
    HttpResponse<InputStream> response =
        client.send(request(server + "/download/" + length).build(), BodyHandlers.ofInputStream());
    CRC32C checksum = new CRC32C();
    byte[] piece = new byte[16 * 1024];
    try (InputStream in = response.body()) {
      for (int n; (n = in.read(piece)) >= 0; ) {
        checksum.update(piece, 0, n);
      }
    }
    return failed(response.statusCode() == 200 && checksum.getValue() == Bodies.checksum(length));
  }

  private static boolean upload(HttpClient client, String server) throws Exception {
    int length = ThreadLocalRandom.current().nextInt(MOST_BYTES);
    HttpRequest post =
        request(server + "/upload").POST(BodyPublishers.ofByteArray(Bodies.body(length))).build();
    HttpResponse<String> response = client.send(post, BodyHandlers.ofString());
    String wanted = length + " " + Bodies.checksum(length);
    return failed(response.statusCode() == 200 && response.body().equals(wanted));
  }

  /** Some events, all in order, and then the client leaves. */
  private static boolean events(HttpClient client, String server) throws Exception {
    HttpResponse<InputStream> response =
        client.send(request(server + "/events").build(), BodyHandlers.ofInputStream());
    try (InputStream in = response.body()) {
      String wanted =
          Stream.iterate(0, i -> i + 1)
              .limit(EVENTS)
              .map(i -> "data:" + i + "\n\n")
              .reduce("", String::concat);
      byte[] read = in.readNBytes(wanted.length());
      return failed(new String(read, StandardCharsets.US_ASCII).equals(wanted));
    }
  }

  private static boolean failed(boolean right) throws IOException {
    if (!right) {
      throw new IOException("not what it must be");
    }
    return false;
  }
}

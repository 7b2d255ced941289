package io.kqueueserver.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Every feature once, over a real socket, as a visitor's browser would use it. */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
@Timeout(30)
class SampleApplicationTest {
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @LocalServerPort private int port;

  @ParameterizedTest
  @CsvSource({
    "/, text/html, kqueue-server",
    "/app.css, text/css, --accent",
    "/app.js, text/javascript, EventSource",
    "/icon.svg, image/svg+xml, viewBox"
  })
  void pageComesWithItsParts(String path, String type, String content) throws Exception {
    HttpResponse<String> response = get(path);

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(header(response, "Content-Type")).startsWith(type);
    assertThat(response.body()).contains(content);
  }

  @Test
  void answersAsTheReadmeShows() throws Exception {
    Matcher shown =
        Pattern.compile("\\$ curl localhost:8080(/api/.*)\n(.*)\n")
            .matcher(Files.readString(Path.of("../README.md")));

    assertThat(shown.find()).isTrue();
    assertThat(get(shown.group(1)).body()).isEqualTo(shown.group(2));
  }

  @Test
  void greetsByName() throws Exception {
    HttpResponse<String> response = get("/api/greeting?name=J%C3%BCrgen");

    assertThat(header(response, "Content-Type")).isEqualTo("application/json");
    assertThat(response.body()).isEqualTo("{\"message\":\"Hello, Jürgen!\"}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/slow?ms=-1",
        "/api/slow?ms=10001",
        "/api/slow?ms=soon",
        "/api/numbers?count=0",
        "/api/numbers?count=101"
      })
  void inputOutOfBoundsIsRefused(String path) throws Exception {
    assertThat(get(path).statusCode()).isEqualTo(400);
  }

  @Test
  void refusalSaysWhy() throws Exception {
    HttpResponse<String> response = get("/api/greeting?name=" + "x".repeat(65));

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.body()).contains("name has 65 characters; at most 64 are taken");
  }

  @Test
  void slowAnswerTakesItsTime() throws Exception {
    long start = System.nanoTime();

    assertThat(get("/api/slow?ms=300").body()).contains("\"askedMillis\":300");
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(300));
  }

  @Test
  void requestKnowsWhereItComesFrom() throws Exception {
    assertThat(get("/api/whoami").body())
        .contains("127.0.0.1", "\"protocol\":\"http\"", "\"thread\":\"");
  }

  @Test
  void numbersArriveOneByOne() throws Exception {
    HttpResponse<Stream<String>> response =
        client.send(request("/api/numbers?count=4").build(), BodyHandlers.ofLines());

    long[] arrivals;
    try (Stream<String> lines = response.body()) {
      arrivals = lines.mapToLong(line -> System.nanoTime()).toArray();
    }

    assertThat(header(response, "Content-Type")).isEqualTo("application/x-ndjson");
    assertThat(arrivals).hasSize(4);
    // They are made over 600 ms; had they been kept together they would arrive together.
    assertThat(Duration.ofNanos(arrivals[3] - arrivals[0])).isGreaterThan(Duration.ofMillis(300));
  }

  @Test
  void ticksAreServerSentEvents() throws Exception {
    HttpResponse<Stream<String>> response =
        client.send(request("/api/ticks").build(), BodyHandlers.ofLines());

    assertThat(header(response, "Content-Type")).startsWith("text/event-stream");
    try (Stream<String> lines = response.body()) {
      assertThat(lines.limit(7))
          .contains("id:0", "event:tick", "id:1")
          .anyMatch(line -> line.startsWith("data:{\"number\":1,"));
    }
  }

  @Test
  void echoReturnsEveryByte() throws Exception {
    byte[] body = new byte[3_000_000];
    new Random(1).nextBytes(body);

    HttpResponse<byte[]> response =
        client.send(
            request("/api/echo").POST(BodyPublishers.ofByteArray(body)).build(),
            BodyHandlers.ofByteArray());

    assertThat(header(response, "Content-Type")).isEqualTo("application/octet-stream");
    assertThat(response.body()).isEqualTo(body);
  }

  @Test
  void echoTakesABodyOfUnknownLength() throws Exception {
    byte[] body = "chunk".repeat(20_000).getBytes(StandardCharsets.UTF_8);
    HttpRequest request =
        request("/api/echo")
            .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)))
            .build();

    assertThat(client.send(request, BodyHandlers.ofByteArray()).body()).isEqualTo(body);
  }

  @Test
  void uploadIsSummedUpPartByPart() throws Exception {
    String file = "0123456789".repeat(20_000);
    String multipart =
        """
        --b
        Content-Disposition: form-data; name="note"

        hello
        --b
        Content-Disposition: form-data; name="files"; filename="digits.txt"
        Content-Type: text/plain

        %s
        --b--
        """
            .formatted(file)
            .replace("\n", "\r\n");

    HttpResponse<String> response =
        client.send(
            request("/api/upload")
                .header("Content-Type", "multipart/form-data; boundary=b")
                .POST(BodyPublishers.ofString(multipart))
                .build(),
            BodyHandlers.ofString());

    assertThat(response.body())
        .isEqualTo(
            "[%s,%s]"
                .formatted(summary("note", "", "hello"), summary("files", "digits.txt", file)));
  }

  @Test
  void rangeIsCutOutOfTheFile() throws Exception {
    HttpResponse<byte[]> response = range("bytes=1000-1999", null);

    assertThat(response.statusCode()).isEqualTo(206);
    assertThat(header(response, "Content-Range")).isEqualTo("bytes 1000-1999/" + SampleFiles.SIZE);
    assertThat(response.body()).isEqualTo(Arrays.copyOfRange(SampleFiles.content(), 1000, 2000));
  }

  @Test
  void rangeBehindTheEndIsRefused() throws Exception {
    HttpResponse<byte[]> response = range("bytes=%d-".formatted(SampleFiles.SIZE), null);

    assertThat(response.statusCode()).isEqualTo(416);
  }

  @Test
  void downloadContinuesOnlyIfTheFileIsTheSame() throws Exception {
    String lastModified = header(get("/files/sample.bin"), "Last-Modified");

    assertThat(range("bytes=0-9", lastModified).statusCode()).isEqualTo(206);

    HttpResponse<byte[]> whole = range("bytes=0-9", "Mon, 01 Jan 2001 00:00:00 GMT");
    assertThat(whole.statusCode()).isEqualTo(200);
    assertThat(whole.body()).isEqualTo(SampleFiles.content());
  }

  private HttpResponse<byte[]> range(String range, @Nullable String ifRange)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = request(SampleFiles.PATH).header("Range", range);
    if (ifRange != null) {
      request.header("If-Range", ifRange);
    }
    return client.send(request.build(), BodyHandlers.ofByteArray());
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(request(path).build(), BodyHandlers.ofString());
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
  }

  private static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElseThrow();
  }

  private static String summary(String name, String fileName, String content) throws Exception {
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    String sha256 = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    return "{\"name\":\"%s\",\"fileName\":\"%s\",\"size\":%d,\"sha256\":\"%s\"}"
        .formatted(name, fileName, bytes.length, sha256);
  }
}

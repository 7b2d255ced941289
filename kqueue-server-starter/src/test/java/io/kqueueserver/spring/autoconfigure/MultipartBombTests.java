package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.build.ChildJvm;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.codec.multipart.Part;
import org.springframework.http.codec.multipart.PartEvent;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Multipart bodies without end, through both of Spring's readers on our server, in a heap that does
 * not hold them. The limits that answer are Spring's of parts and ours of bodies.
 */
class MultipartBombTests {
  private static final List<String> LIMITS =
      List.of(
          "--spring.webflux.multipart.max-parts=100",
          "--spring.webflux.multipart.max-disk-usage-per-part=1MB",
          "--kqueue.server.max-request-body-size=16MB");

  /** Twice what a body may have. */
  private static final int MOST_BYTES = 32 << 20;

  private static final Map<String, Bomb> BOMBS = new LinkedHashMap<>();

  static {
    BOMBS.put("preamble", new Bomb("", "no boundary\r\n"));
    BOMBS.put("headers", new Bomb("--b\r\n", "a: b\r\n"));
    BOMBS.put("header", new Bomb("--b\r\na: ", "bbbbbbbbbb"));
    BOMBS.put("parts", new Bomb("", part("a")));
    BOMBS.put("empty-parts", new Bomb("", "--b\r\n\r\n\r\n"));
    BOMBS.put("part", new Bomb(part("a"), "x".repeat(1_000)));
    BOMBS.put(
        "nested",
        new Bomb("--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n", "--c\r\n\r\n\r\n"));
    BOMBS.put("boundaries", new Bomb(part("a"), "\r\n--b".repeat(3) + "\r\n--"));
  }

  private record Bomb(String begin, String more) {}

  private static String part(String name) {
    return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\nx\r\n";
  }

  /** Spring answers 500 where a part has no name, 400 and 413 elsewhere. */
  @ParameterizedTest
  @ValueSource(strings = {"/parts", "/events"})
  void aMultipartBombIsRefusedAndOthersAreServed(String path) throws Exception {
    List<String> arguments = new ArrayList<>(LIMITS);
    arguments.add("--path=" + path);
    ChildJvm.Result child =
        ChildJvm.ofThisJdk()
            .options("-Xmx32m")
            .run(Application.class, arguments.toArray(String[]::new));
    assertThat(child.out() + child.err())
        .doesNotContain("OutOfMemoryError")
        .doesNotContain("StackOverflowError");
    List<String> answers = child.out().lines().filter(line -> line.startsWith("/")).toList();
    assertThat(answers).hasSize(BOMBS.size()).allMatch(a -> a.matches(".* (400|413|500) then 200"));
  }

  /** The server, and its clients. */
  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  @Import(Controller.class)
  static class Application {
    public static void main(String[] arguments) throws IOException {
      SpringApplication application = new SpringApplication(Application.class);
      application.setWebApplicationType(WebApplicationType.REACTIVE);
      application.setDefaultProperties(
          Map.of("server.port", "0", "spring.main.banner-mode", "off"));
      ReactiveWebServerApplicationContext context =
          (ReactiveWebServerApplicationContext) application.run(arguments);
      int port = context.getWebServer().getPort();
      String path = context.getEnvironment().getRequiredProperty("path");
      for (Map.Entry<String, Bomb> bomb : BOMBS.entrySet()) {
        String answer = explode(port, path, bomb.getValue());
        System.out.println(path + " " + bomb.getKey() + " " + answer + " then " + get(port));
      }
      System.exit(0);
    }

    private static String explode(int port, String path, Bomb bomb) throws IOException {
      byte[] piece =
          bomb.more().repeat(16_000 / bomb.more().length() + 1).getBytes(StandardCharsets.US_ASCII);
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        socket.setSoTimeout(20_000);
        send(
            socket,
            "POST %s HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\nContent-Type: "
                    .formatted(path)
                + "multipart/form-data; boundary=b\r\n\r\n");
        if (!bomb.begin().isEmpty()) {
          chunk(socket, bomb.begin().getBytes(StandardCharsets.US_ASCII));
        }
        try {
          for (int sent = 0;
              sent < MOST_BYTES && socket.getInputStream().available() == 0;
              sent += piece.length) {
            chunk(socket, piece);
          }
        } catch (IOException e) {
          // The answer comes before that.
        }
        return status(socket);
      }
    }

    private static String get(int port) throws IOException {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        socket.setSoTimeout(20_000);
        send(socket, "GET / HTTP/1.1\r\nHost: t\r\n\r\n");
        return status(socket);
      }
    }

    private static void chunk(Socket socket, byte[] bytes) throws IOException {
      send(socket, Integer.toHexString(bytes.length) + "\r\n");
      socket.getOutputStream().write(bytes);
      send(socket, "\r\n");
    }

    private static void send(Socket socket, String text) throws IOException {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static String status(Socket socket) throws IOException {
      String begin = new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
      return begin.isEmpty() ? "closed" : begin.substring("HTTP/1.1 ".length());
    }
  }

  @RestController
  static class Controller {
    @GetMapping("/")
    String home() {
      return "home";
    }

    @PostMapping("/parts")
    Mono<Integer> parts(@RequestBody Mono<MultiValueMap<String, Part>> parts) {
      return parts.map(MultiValueMap::size);
    }

    @PostMapping("/events")
    Mono<Long> events(@RequestBody Flux<PartEvent> events) {
      return events.doOnNext(event -> DataBufferUtils.release(event.content())).count();
    }
  }
}

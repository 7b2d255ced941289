package io.kqueueserver.benchmarks.differential;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import reactor.core.publisher.Mono;

/**
 * Shows each request in a field of its answer: method, target, authority, length of the body and
 * its beginning. {@code GET /seen} answers with the requests since the last such one: what a proxy
 * in front has written into {@code X-Front}, and method and target as this server read them. Ends
 * with its standard input.
 */
@SpringBootApplication(proxyBeanMethods = false)
public class EchoApplication {
  private static final String READ = "X-Read";
  private static final String FRONT = "X-Front";
  private static final int LONGEST = 60;

  private final Queue<String> seen = new ConcurrentLinkedQueue<>();

  public static void main(String[] args) throws IOException {
    ConfigurableApplicationContext context = SpringApplication.run(EchoApplication.class, args);
    int port =
        Objects.requireNonNull(((WebServerApplicationContext) context).getWebServer()).getPort();
    System.out.println("port: " + port);
    while (System.in.read() >= 0) {
      // Goes on until the parent ends.
    }
    Runtime.getRuntime().halt(0);
  }

  @Bean
  HttpHandler echo() {
    return this::handle;
  }

  private Mono<Void> handle(ServerHttpRequest request, ServerHttpResponse response) {
    String target = target(request.getURI());
    if (target.equals("/seen")) {
      return answer(response, drain());
    }
    String method = request.getMethod().name();
    String front = Objects.requireNonNullElse(request.getHeaders().getFirst(FRONT), "none");
    seen.add(front + "\t" + printable(method) + " " + printable(target));
    return DataBufferUtils.join(request.getBody())
        .map(EchoApplication::octets)
        .defaultIfEmpty(new byte[0])
        .flatMap(
            body -> {
              String text = new String(body, StandardCharsets.ISO_8859_1);
              String authority = Objects.requireNonNullElse(request.getURI().getRawAuthority(), "");
              String read =
                  printable(method)
                      + " "
                      + printable(target)
                      + " @"
                      + printable(authority)
                      + " "
                      + body.length
                      + ":"
                      + printable(text);
              response.getHeaders().set(READ, read);
              if (method.equals("CONNECT")) {
                response.setStatusCode(HttpStatusCode.valueOf(405));
              }
              return answer(response, "ok");
            });
  }

  private String drain() {
    StringBuilder lines = new StringBuilder();
    for (String line = seen.poll(); line != null; line = seen.poll()) {
      lines.append(line).append('\n');
    }
    return lines.toString();
  }

  private static Mono<Void> answer(ServerHttpResponse response, String text) {
    byte[] octets = text.getBytes(StandardCharsets.ISO_8859_1);
    response.getHeaders().setContentLength(octets.length);
    return response.writeWith(Mono.just(response.bufferFactory().wrap(octets)));
  }

  private static String target(URI uri) {
    String path = Objects.requireNonNullElse(uri.getRawPath(), "");
    return uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery();
  }

  private static byte[] octets(DataBuffer buffer) {
    byte[] octets = new byte[buffer.readableByteCount()];
    buffer.read(octets);
    DataBufferUtils.release(buffer);
    return octets;
  }

  private static String printable(String text) {
    StringBuilder out = new StringBuilder();
    for (char c : text.substring(0, Math.min(text.length(), LONGEST)).toCharArray()) {
      if (c == '\r' || c == '\n') {
        out.append(c == '\r' ? "\\r" : "\\n");
      } else if (c < ' ' || c > '~') {
        out.append(String.format("\\x%02x", (int) c));
      } else {
        out.append(c);
      }
    }
    return text.length() > LONGEST ? out + "...(" + text.length() + ")" : out.toString();
  }
}

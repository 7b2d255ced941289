package io.kqueueserver.benchmarks.load;

import io.kqueueserver.spring.KqueueWebServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.zip.CRC32C;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.event.EventListener;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The application that is loaded: a bare handler, uploads, downloads, events, and its own figures.
 * It ends with the process that started it, when its standard input does.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@RestController
@Import(LoadWebSockets.class)
public class LoadApplication {
  static final String BARE = "/bare";

  private static final byte[] HELLO = "Hello, World!".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] PIECE = Bodies.PIECE;
  private static final long LARGE = 10 << 20;
  private static final Duration EVENT_INTERVAL = Duration.ofMillis(100);

  private volatile ServerFigures figures = ServerFigures.NONE;

  public static void main(String[] args) throws IOException {
    SpringApplication.run(LoadApplication.class, args);
    while (System.in.read() >= 0) {
      // The input holds no commands; its end is the signal to stop.
    }
    System.exit(0);
  }

  @EventListener
  void started(WebServerInitializedEvent event) {
    figures = new ServerFigures(((KqueueWebServer) event.getWebServer()).getServer());
    System.out.println(ServerProcess.PORT_LINE + event.getWebServer().getPort());
  }

  /** One path without WebFlux above the adapter: there the server's own cost is not hidden. */
  @Bean
  HttpHandler httpHandler(ApplicationContext context) {
    HttpHandler webFlux = WebHttpHandlerBuilder.applicationContext(context).build();
    return (request, response) ->
        request.getPath().value().equals(BARE)
            ? hello(response)
            : webFlux.handle(request, response);
  }

  private static Mono<Void> hello(ServerHttpResponse response) {
    response.getHeaders().setContentType(MediaType.TEXT_PLAIN);
    response.getHeaders().setContentLength(HELLO.length);
    return response.writeWith(Mono.just(response.bufferFactory().wrap(HELLO)));
  }

  /** Answers the body's length and checksum. */
  @PostMapping("/upload")
  Mono<String> upload(ServerHttpRequest request) {
    CRC32C checksum = new CRC32C();
    return request
        .getBody()
        .map(
            piece -> {
              int bytes = piece.readableByteCount();
              try (DataBuffer.ByteBufferIterator buffers = piece.readableByteBuffers()) {
                buffers.forEachRemaining(checksum::update);
              }
              DataBufferUtils.release(piece);
              return (long) bytes;
            })
        .reduce(0L, Long::sum)
        .map(bytes -> bytes + " " + checksum.getValue());
  }

  @GetMapping("/never")
  Mono<Void> never() {
    return Mono.never();
  }

  @GetMapping("/large")
  Mono<Void> large(ServerHttpResponse response) {
    return download(LARGE, response);
  }

  /** As many bytes of a {@link Bodies body} as asked for, made when the client takes them. */
  @GetMapping("/download/{bytes}")
  Mono<Void> download(@PathVariable long bytes, ServerHttpResponse response) {
    response.getHeaders().setContentType(MediaType.APPLICATION_OCTET_STREAM);
    response.getHeaders().setContentLength(bytes);
    Flux<DataBuffer> body =
        Flux.generate(
            () -> bytes,
            (left, sink) -> {
              int size = (int) Math.min(left, PIECE.length);
              if (size == 0) {
                sink.complete();
              } else {
                sink.next(DefaultDataBufferFactory.sharedInstance.wrap(PIECE).split(size));
              }
              return left - size;
            });
    return response.writeWith(body);
  }

  @GetMapping(path = "/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
  Flux<Long> events() {
    return Flux.interval(EVENT_INTERVAL).onBackpressureDrop();
  }

  @GetMapping(path = "/figures", produces = MediaType.TEXT_PLAIN_VALUE)
  String figures() {
    return figures.toString();
  }
}

package io.kqueueserver.benchmarks.compare.app;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.FileSystemResource;
import org.springframework.core.io.Resource;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.MediaType;
import org.springframework.http.codec.multipart.PartEvent;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

@RestController
class CompareController {
  /** Ten events a second; {@code load.c} expects as many. */
  private static final Duration TICK = Duration.ofMillis(100);

  private static final Logger log = LoggerFactory.getLogger(CompareController.class);

  private static final int CATALOGUE = 50;

  private final List<Item> catalogue = items();

  private final byte[] blob = new byte[1024 * 1024];

  private final Resource file = file(blob);

  /** Best effort: a client that lags misses events and delays no other client. */
  private final Sinks.Many<String> ticks = Sinks.many().multicast().directBestEffort();

  CompareController() {
    Flux.interval(TICK).onBackpressureDrop().subscribe(n -> emit());
  }

  private static Resource file(byte[] content) {
    try {
      Path path = Files.createTempFile("compare", ".blob");
      path.toFile().deleteOnExit();
      return new FileSystemResource(Files.write(path, content));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void emit() {
    try {
      ticks.tryEmitNext(Long.toString(System.nanoTime()));
    } catch (RuntimeException e) {
      // Tomcat throws into the emitter when a client leaves meanwhile; the others' ticks go on.
      log.warn("A subscriber failed", e);
    }
  }

  record Message(String message) {}

  @GetMapping("/plaintext")
  Mono<String> plaintext() {
    return Mono.just("Hello, World!");
  }

  @GetMapping("/json")
  Mono<Message> json() {
    return Mono.just(new Message("Hello, World!"));
  }

  record Item(int id, String name, String description, double price, boolean available) {}

  /** Six kilobytes that shrink as such answers do. */
  @GetMapping("/catalogue")
  Mono<List<Item>> catalogue() {
    return Mono.just(catalogue);
  }

  private static List<Item> items() {
    String[] kinds = {"chair", "table", "lamp", "shelf", "rug"};
    return IntStream.range(0, CATALOGUE)
        .mapToObj(
            id -> {
              String kind = kinds[id % kinds.length];
              int hash = Integer.hashCode(id * 0x9E3779B9);
              String description =
                  "A " + kind + " of batch " + Integer.toHexString(hash) + ", for any room";
              return new Item(id, kind + " " + id, description, id * 7.25, id % 3 > 0);
            })
        .toList();
  }

  @PostMapping(path = "/echo", produces = MediaType.APPLICATION_OCTET_STREAM_VALUE)
  Flux<DataBuffer> echo(@RequestBody Flux<DataBuffer> body) {
    return body;
  }

  @GetMapping(path = "/blob", produces = MediaType.APPLICATION_OCTET_STREAM_VALUE)
  byte[] blob() {
    return blob;
  }

  /** A file that the server may send by itself. */
  @GetMapping(path = "/file", produces = MediaType.APPLICATION_OCTET_STREAM_VALUE)
  Resource file() {
    return file;
  }

  /** Counts the bytes of the parts, as they come. */
  @PostMapping("/upload")
  Mono<String> upload(@RequestBody Flux<PartEvent> parts) {
    return parts
        .map(
            part -> {
              int count = part.content().readableByteCount();
              DataBufferUtils.release(part.content());
              return count;
            })
        .reduce(0L, Long::sum)
        .map(String::valueOf);
  }

  /** Data is the time of its making on the clock the client reads: {@code CLOCK_MONOTONIC}. */
  @GetMapping(path = "/sse", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
  Flux<String> events() {
    return ticks.asFlux();
  }
}

package io.kqueueserver.sample;

import java.time.Duration;
import java.time.Instant;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;

/** Answers that arrive piece by piece; each piece is on the wire when it exists. */
@RestController
@RequestMapping("/api")
class StreamController {
  private static final Duration NUMBER_INTERVAL = Duration.ofMillis(200);
  private static final Duration TICK_INTERVAL = Duration.ofSeconds(1);

  /** A browser reconnects by itself, so a forgotten tab costs us nothing for ever. */
  private static final Duration MAX_TICKING = Duration.ofMinutes(10);

  private static final long MAX_NUMBERS = 100;

  @GetMapping(path = "/numbers", produces = MediaType.APPLICATION_NDJSON_VALUE)
  Flux<Numbered> numbers(@RequestParam(defaultValue = "10") long count) {
    return Flux.interval(Duration.ZERO, NUMBER_INTERVAL)
        .onBackpressureDrop()
        .take(Inputs.between("count", count, 1, MAX_NUMBERS))
        .map(i -> new Numbered(i + 1, Instant.now()));
  }

  @GetMapping(path = "/ticks", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
  Flux<ServerSentEvent<Tick>> ticks() {
    return Flux.interval(Duration.ZERO, TICK_INTERVAL)
        .onBackpressureDrop()
        .take(MAX_TICKING)
        .map(i -> new Tick(i, Instant.now()))
        .map(tick -> ServerSentEvent.builder(tick).event("tick").id("" + tick.number()).build());
  }

  record Numbered(long number, Instant at) {}

  record Tick(long number, Instant at) {}
}

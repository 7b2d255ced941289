package io.kqueueserver.sample;

import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** Single JSON answers: at once, after a delay, and about the request itself. */
@RestController
@RequestMapping("/api")
class JsonController {
  private static final int MAX_NAME_LENGTH = 64;
  private static final long MAX_DELAY_MILLIS = 10_000;

  @GetMapping("/greeting")
  Greeting greeting(@RequestParam(defaultValue = "world") String name) {
    return new Greeting("Hello, " + Inputs.atMost("name", name.strip(), MAX_NAME_LENGTH) + "!");
  }

  /** Waits on a timer, so that ten thousand waiting requests need no thread of their own. */
  @GetMapping("/slow")
  Mono<Slept> slow(@RequestParam(defaultValue = "500") long ms) {
    Duration delay = Duration.ofMillis(Inputs.between("ms", ms, 0, MAX_DELAY_MILLIS));
    long start = System.nanoTime();
    return Mono.delay(delay).map(tick -> new Slept(ms, millisSince(start), threadName()));
  }

  @GetMapping("/whoami")
  WhoAmI whoami(ServerHttpRequest request) {
    return new WhoAmI(
        text(request.getRemoteAddress()),
        text(request.getLocalAddress()),
        request.getURI().getScheme(),
        request.getURI().toString(),
        request.getId(),
        request.getHeaders().size(),
        threadName());
  }

  private static String text(@Nullable InetSocketAddress address) {
    return address == null
        ? "unknown"
        : address.getAddress().getHostAddress() + " port " + address.getPort();
  }

  private static long millisSince(long startNanos) {
    return Duration.ofNanos(System.nanoTime() - startNanos).toMillis();
  }

  private static String threadName() {
    return Thread.currentThread().getName();
  }

  record Greeting(String message) {}

  record Slept(long askedMillis, long sleptMillis, String thread) {}

  record WhoAmI(
      String remoteAddress,
      String localAddress,
      String protocol,
      String uri,
      String requestId,
      int headers,
      String thread) {}
}

package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.TEXT;
import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.ffi.FaultyLibC;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server whose system calls fail now and then. Whatever the seed: each response is whole and
 * correct or visibly broken, no loop fails, nothing leaks, and the next client is served. One seed
 * again: {@code -Dfaults.seed=N}.
 */
@EnabledOnOs(OS.LINUX)
class FaultyKernelTest {
  private static final int SEEDS = 12;
  private static final int CONNECTIONS = 10;
  private static final int REQUESTS = 4;
  private static final String LARGE = "0123456789abcdef".repeat(20_000);

  @RegisterExtension final ServerExtension server = new ServerExtension();

  @TempDir Path folder;

  private final Map<String, Integer> seen = new TreeMap<>();

  @Test
  void plainConnectionsAreServedWholeOrVisiblyBroken() throws IOException {
    seeds(1).forEach(seed -> run(seed, false));
    assertThat(seen)
        .containsKeys("read EINTR", "write EAGAIN", "write cut short", "accept4 EINTR", "whole");
  }

  @Test
  void soAreThoseOverTls() throws IOException {
    seeds(101).forEach(seed -> run(seed, true));
    assertThat(seen).containsKeys("read EINTR", "write EAGAIN", "write cut short", "whole");
  }

  private static LongStream seeds(long first) {
    Long one = Long.getLong("faults.seed");
    return one == null ? LongStream.range(first, first + SEEDS) : LongStream.of(one);
  }

  private void run(long seed, boolean tls) {
    FaultyLibC faults = FaultyLibC.of(seed);
    try {
      serve(faults, seed, tls);
      faults.rate(0.02 + new Random(seed).nextDouble() * 0.15);
      Random random = new Random(seed);
      for (int i = 0; i < CONNECTIONS; i++) {
        connection(random, tls);
      }
      faults.rate(0);
      try (WirePeer clean = connect(tls)) {
        assertThat(clean.get("/a").response().body()).isEqualTo("a");
      }
      assertThat(server.sum(stats -> stats.replacements)).as("loops replaced").isZero();
      assertThat(server.sum(stats -> stats.handlerErrors)).as("failed handlers").isZero();
    } catch (IOException | RuntimeException | AssertionError e) {
      throw new AssertionError(
          "-Dfaults.seed=" + seed + (tls ? " over TLS" : "") + " after " + faults.injected(), e);
    } finally {
      faults.injected().forEach((what, times) -> seen.merge(what, times, Integer::sum));
      faults.forget(seed);
    }
  }

  private void serve(FaultyLibC faults, long seed, boolean tls) throws IOException {
    Path file = Files.writeString(folder.resolve("f"), LARGE);
    server.restart(
        builder -> {
          builder.natives(faults.options(seed));
          if (tls) {
            builder.tls(TlsFixture.server());
          }
        });
    server
        .on("/a", exchange -> answer(exchange, 200, "a"))
        .on("/large", exchange -> answer(exchange, 200, LARGE))
        .on("/echo", server.collecting((exchange, body, trailers) -> answer(exchange, 200, body)))
        .on(
            "/file",
            exchange -> {
              exchange.respond(200, TEXT, LARGE.length());
              exchange.writeFile(file, 0, LARGE.length(), null);
              exchange.finish();
            });
  }

  private WirePeer connect(boolean tls) {
    return tls ? server.connect(TlsFixture.client()) : WirePeer.connect(server.port());
  }

  private void connection(Random random, boolean tls) {
    try (WirePeer peer = connect(tls)) {
      for (int i = 0; i < REQUESTS; i++) {
        request(peer, random);
      }
    } catch (UncheckedIOException | TruncatedException e) {
      if (e.getCause() instanceof SocketTimeoutException) {
        throw new AssertionError("a connection that is neither answered nor closed", e);
      }
      seen.merge("broken", 1, Integer::sum);
    }
  }

  private void request(WirePeer peer, Random random) {
    String expected;
    switch (random.nextInt(4)) {
      case 0 -> {
        peer.get("/a");
        expected = "a";
      }
      case 1 -> {
        peer.get("/large");
        expected = LARGE;
      }
      case 2 -> {
        peer.get("/file");
        expected = LARGE;
      }
      default -> {
        expected = LARGE.substring(0, 1 + random.nextInt(LARGE.length() - 1));
        upload(peer, expected, random);
      }
    }
    String body = peer.response().body();
    if (body.length() < expected.length() && expected.startsWith(body)) {
      throw new TruncatedException();
    }
    assertThat(body.equals(expected))
        .as("the body of %s bytes is right, of which %s came", expected.length(), body.length())
        .isTrue();
    seen.merge("whole", 1, Integer::sum);
  }

  /** In pieces, so that reads find little, much and nothing. */
  private static void upload(WirePeer peer, String body, Random random) {
    peer.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: " + body.length() + "\r\n\r\n");
    byte[] bytes = body.getBytes(StandardCharsets.ISO_8859_1);
    for (int from = 0; from < bytes.length; ) {
      int to = Math.min(bytes.length, from + 1 + random.nextInt(100_000));
      peer.send(Arrays.copyOfRange(bytes, from, to));
      from = to;
    }
  }

  /** The end came before all that the head had announced. */
  private static final class TruncatedException extends RuntimeException {
    private static final long serialVersionUID = 1;
  }
}

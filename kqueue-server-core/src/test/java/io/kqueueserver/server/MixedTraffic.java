package io.kqueueserver.server;

import static io.kqueueserver.server.ServerExtension.TEXT;
import static io.kqueueserver.server.ServerExtension.answer;
import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeException;
import io.kqueueserver.http.ExchangeException.Reason;
import io.kqueueserver.http.FileRegion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Requests that between them reach every call a server makes for connections, and their check: a
 * response is whole and correct, or the client can see that it is broken.
 */
final class MixedTraffic {
  static final String LARGE = "0123456789abcdef".repeat(20_000);

  /** Of the file: few enough to leave in one segment with the head. */
  private static final int PART_BYTES = 40_000;

  /** A request, the body of its answer, and what ends its connection besides. */
  enum Kind {
    SMALL,
    LARGE_BODY,
    FILE,
    /** The head waits for the file, so that they leave together, or is of an error. */
    FILE_WITH_HEAD,
    ECHO,
    /** The body goes back as it comes, from the memory into which it was read. */
    RELAY,
    /** A response that ends with the connection is broken off, which needs RST. */
    RESET,
    /** Refused by the decoder; the connection lingers. */
    MALFORMED,
    /** The answer comes before the body, of which the server reads a part and no more. */
    EARLY
  }

  private MixedTraffic() {}

  /** Adds the handlers. */
  static void serve(ServerExtension server, Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("f"), LARGE);
    server
        .on(
            "/a",
            exchange -> {
              assertThat(exchange.localAddress()).isNotNull();
              answer(exchange, 200, "a");
            })
        .on("/large", exchange -> answer(exchange, 200, LARGE))
        .on("/relay", exchange -> Relay.begin(exchange, new AtomicInteger()))
        .on("/echo", server.collecting((exchange, body, trailers) -> answer(exchange, 200, body)))
        .on(
            "/file",
            exchange -> {
              exchange.respond(200, TEXT, LARGE.length());
              exchange.writeFile(file, 0, LARGE.length(), null);
              exchange.finish();
            })
        .on(
            "/file-with-head",
            exchange ->
                exchange.respondFile(
                    200, TEXT, PART_BYTES, new FileRegion(file, 0, PART_BYTES), () -> {}))
        .on(
            "/reset",
            exchange -> {
              exchange.respond(200, TEXT, Exchange.UNKNOWN_LENGTH);
              exchange.write(ByteBuffer.wrap(new byte[] {'0'}), null);
              exchange.reset(new ExchangeException(Reason.APPLICATION, "on purpose"));
            });
  }

  /** Sends requests over one connection; returns how many were answered whole. */
  static int connection(Supplier<WirePeer> connect, Random random, Kind... requests) {
    int whole = 0;
    try (WirePeer peer = connect.get()) {
      for (Kind kind : requests) {
        if (!request(peer, kind, random)) {
          break;
        }
        whole++;
        if (kind == Kind.EARLY) {
          break; // what the client sends next would be of that body
        }
      }
    } catch (UncheckedIOException e) {
      if (e.getCause() instanceof SocketTimeoutException) {
        throw new AssertionError("a connection that is neither answered nor closed", e);
      }
    }
    return whole;
  }

  /** Whether the answer is whole; not, if the client can see that it is broken. */
  private static boolean request(WirePeer peer, Kind kind, Random random) {
    String expected =
        switch (kind) {
          case SMALL, EARLY -> "a";
          case LARGE_BODY, FILE, RESET -> LARGE;
          case FILE_WITH_HEAD -> LARGE.substring(0, PART_BYTES);
          case MALFORMED -> ""; // not looked at
          case ECHO, RELAY -> LARGE.substring(0, 1 + random.nextInt(LARGE.length() - 1));
        };
    switch (kind) {
      case SMALL -> peer.get("/a");
      case LARGE_BODY -> peer.get("/large");
      case FILE -> peer.get("/file");
      case FILE_WITH_HEAD -> peer.get("/file-with-head");
      case RESET -> peer.send("GET /reset HTTP/1.0\r\n\r\n");
      case MALFORMED -> peer.send("GET / HTTP/1.1\r\n\r\n");
      case ECHO -> upload(peer, "/echo", expected, random);
      case RELAY -> upload(peer, "/relay", expected, random);
      case EARLY ->
          peer.send("POST /a HTTP/1.1\r\nHost: t\r\nContent-Length: 99999999\r\n\r\nbegun");
    }
    WirePeer.Response response = peer.response();
    if (kind == Kind.MALFORMED) {
      return response.status() == 400;
    }
    if (kind == Kind.FILE_WITH_HEAD && response.status() != 200) {
      return false;
    }
    String body = response.body().replace("<reset>", "");
    if (body.length() < expected.length() && expected.startsWith(body)) {
      return false;
    }
    assertThat(body.equals(expected))
        .as("the body of %s bytes is right, of which %s came", expected.length(), body.length())
        .isTrue();
    return true;
  }

  /** In pieces, so that reads find little, much and nothing. */
  private static void upload(WirePeer peer, String path, String body, Random random) {
    int length = body.length();
    peer.send("POST " + path + " HTTP/1.1\r\nHost: t\r\nContent-Length: " + length + "\r\n\r\n");
    byte[] bytes = body.getBytes(StandardCharsets.ISO_8859_1);
    for (int from = 0; from < bytes.length; ) {
      int to = Math.min(bytes.length, from + 1 + random.nextInt(100_000));
      peer.send(Arrays.copyOfRange(bytes, from, to));
      from = to;
    }
  }
}

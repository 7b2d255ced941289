package io.kqueueserver.server;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.KqueueServerBuilder;
import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.FileRegion;
import io.kqueueserver.http.Headers;
import io.kqueueserver.http.h2.Http2Options;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** One handler per workload: on one loop, on one loop over TLS, and on {@link #manyLoops}. */
final class WorkloadServer {
  static final int FILE_BYTES = 10_000;

  /** Length of the served file, of which {@code /file} is the begin. */
  static final int LARGE_FILE_BYTES = 100_000;

  /** Pieces of 1 KiB that {@code /stream} writes in its callback. */
  static final int PIECES = 16;

  /** Events of {@code /events}; each is three writes, in a turn of its own. */
  static final int EVENTS = 20;

  private final Path file;

  private WorkloadServer(Path file) {
    this.file = file;
  }

  /** Serves until the input ends. */
  public static void main(String[] args) throws IOException {
    WorkloadServer workloads = new WorkloadServer(Path.of(args[0]));
    List<KqueueServer> servers =
        List.of(
            workloads.builder().loops(1).build(),
            workloads.builder().loops(1).tls(TlsFixture.server()).build(),
            workloads.builder().loops(manyLoops()).build());
    servers.forEach(KqueueServer::start);
    System.out.println(
        servers.stream()
            .map(server -> Integer.toString(server.port()))
            .collect(Collectors.joining(" ")));
    while (System.in.read() >= 0) {}
    servers.forEach(KqueueServer::stop);
  }

  /** More loops than processors. */
  static int manyLoops() {
    return 2 + Runtime.getRuntime().availableProcessors();
  }

  private KqueueServerBuilder builder() {
    return KqueueServer.builder().port(0).http2(Http2Options.DEFAULTS).handler(this::serve);
  }

  private void serve(Exchange exchange) {
    switch (exchange.request().path()) {
      case "/ws" -> WebSocketServerTest.upgrade(exchange, EchoListener::new);
      case "/upload" -> upload(exchange);
      case "/stream" -> stream(exchange);
      case "/file" -> file(exchange, FILE_BYTES);
      case "/large-file" -> file(exchange, LARGE_FILE_BYTES);
      case "/events" -> {
        exchange.respond(200, ServerExtension.TEXT, -1);
        event(exchange, EVENTS);
      }
      default -> ServerExtension.answer(exchange, 200, "alpha");
    }
  }

  private void file(Exchange exchange, int bytes) {
    exchange.respondFile(
        200, ServerExtension.TEXT, bytes, new FileRegion(file, 0, bytes), () -> {});
  }

  private static void stream(Exchange exchange) {
    exchange.respond(200, ServerExtension.TEXT, -1);
    for (int i = 0; i < PIECES; i++) {
      exchange.write(ByteBuffer.wrap(new byte[1024]), null);
    }
    exchange.finish();
  }

  private static void event(Exchange exchange, int left) {
    if (left == 0) {
      exchange.finish();
      return;
    }
    for (String line : new String[] {"id: 1\n", "data: alpha\n", "\n"}) {
      exchange.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII)), null);
    }
    exchange.whenFlushed(() -> exchange.execute(() -> event(exchange, left - 1)));
  }

  /** Answers when the body has come. */
  private static void upload(Exchange exchange) {
    exchange.listener(
        new ExchangeListener() {
          @Override
          public void onBody(ByteBuffer data) {
            exchange.demand(1);
          }

          @Override
          public void onBodyComplete(Headers trailers) {
            ServerExtension.answer(exchange, 200, "taken");
          }
        });
    exchange.demand(1);
  }
}

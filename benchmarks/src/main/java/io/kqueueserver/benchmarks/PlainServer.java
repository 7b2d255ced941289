package io.kqueueserver.benchmarks;

import io.kqueueserver.KqueueServer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The server alone, on one loop: what {@code recording-cost} sets against another build of it. */
public final class PlainServer {
  private PlainServer() {}

  /** Serves until the process is ended. */
  public static void main(String[] args) {
    byte[] body = "{\"message\":\"Hello\"}".getBytes(StandardCharsets.US_ASCII);
    KqueueServer server =
        KqueueServer.builder()
            .port(0)
            .loops(1)
            .handler(
                exchange -> {
                  exchange.respond(
                      200, sink -> sink.field("Content-Type", "application/json"), body.length);
                  exchange.write(ByteBuffer.wrap(body), null);
                  exchange.finish();
                })
            .build();
    server.start();
    System.out.println("Kqueue started on port " + server.port());
  }
}

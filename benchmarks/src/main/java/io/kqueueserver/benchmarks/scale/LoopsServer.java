package io.kqueueserver.benchmarks.scale;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.RunningServer;
import io.kqueueserver.net.Worker;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.stream.Collectors;

/** The server alone on a number of loops: what {@code benchmarks/loops} compares. */
public final class LoopsServer {
  private static final int MAX_CONNECTIONS = 20_000;

  private LoopsServer() {}

  /** Prints the port, then the connections of each loop for each line of the input. */
  public static void main(String[] args) throws IOException {
    byte[] body = "Hello, World!".getBytes(StandardCharsets.US_ASCII);
    KqueueServer server =
        KqueueServer.builder()
            .port(0)
            .loops(Integer.parseInt(args[0]))
            .maxConnections(MAX_CONNECTIONS)
            .handler(
                exchange -> {
                  exchange.respond(
                      200, sink -> sink.field("Content-Type", "text/plain"), body.length);
                  exchange.write(ByteBuffer.wrap(body), null);
                  exchange.finish();
                })
            .build();
    server.start();
    System.out.println("port " + server.port());
    RunningServer running = Objects.requireNonNull(server.running());
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    while (in.readLine() != null) {
      System.out.println(
          running.workers().stream()
              .map(Worker::connections)
              .map(Object::toString)
              .collect(Collectors.joining(" ", "connections ", "")));
    }
    server.stop();
  }
}

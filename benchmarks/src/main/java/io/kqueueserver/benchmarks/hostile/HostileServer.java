package io.kqueueserver.benchmarks.hostile;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.RunningServer;
import io.kqueueserver.benchmarks.load.ChildProcess;
import io.kqueueserver.http.Exchange;
import io.kqueueserver.http.ExchangeListener;
import io.kqueueserver.http.h2.Http2Options;
import io.kqueueserver.loop.EventLoop;
import io.kqueueserver.server.Admission;
import io.kqueueserver.server.RunningLimits;
import io.kqueueserver.stats.HistogramSnapshot;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/**
 * The attacked server, in a process of its own: one loop, and a small heap of a fixed size. A line
 * on the standard input is answered by what the server did since the last line.
 */
public final class HostileServer {
  static final List<String> JVM_OPTIONS =
      List.of("-Xms256m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:+AlwaysPreTouch");

  /** Open connections and running requests of one client, where the server is bounded. */
  static final int MAX_PER_ADDRESS = 64;

  private static final int LARGE = 10 << 20;
  private static final int PIECE = 1024;

  private final EventLoop loop;
  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();

  private HistogramSnapshot turns;
  private long loopNanos;
  private long collections;
  private long pausedMillis;

  private HostileServer(EventLoop loop) {
    this.loop = loop;
    this.turns = loop.stats().turn.snapshot();
  }

  /** The process, seen from the one that started it. */
  static final class Handle extends ChildProcess {
    final int port;

    Handle(List<String> before, String... bounded) {
      super(before, JVM_OPTIONS, HostileServer.class, bounded);
      port = Integer.parseInt(answer("PORT "));
    }

    /** The server's figures since the last call. */
    Figures figures() {
      send("figures");
      String[] fields = answer("FIGURES ").split(" ");
      return new Figures(
          Long.parseLong(fields[0]),
          Long.parseLong(fields[1]),
          Long.parseLong(fields[2]),
          Long.parseLong(fields[3]));
    }
  }

  /**
   * What the server did in a time.
   *
   * @param loopNanos CPU time of the loop
   * @param longestTurnNanos wall time of the longest turn, so other processes count
   * @param pausedMillis pauses of the collector, together
   */
  record Figures(long loopNanos, long longestTurnNanos, long collections, long pausedMillis) {}

  public static void main(String[] args) throws IOException {
    KqueueServer server =
        KqueueServer.builder()
            .port(0)
            .loops(1)
            .http2(Http2Options.DEFAULTS)
            .admission(args.length == 0 ? Admission.DEFAULTS : bounds())
            .handler(HostileServer::answer)
            .build();
    server.start();
    RunningServer running = Objects.requireNonNull(server.running());
    HostileServer figures = new HostileServer(running.workers().get(0).loop());
    System.out.println("PORT " + server.port());
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    while (commands.readLine() != null) {
      System.out.println("FIGURES " + figures.sinceLast());
    }
    System.exit(0);
  }

  /** Half of the connections of an address take all places of requests. */
  private static Admission bounds() {
    RunningLimits running = RunningLimits.DEFAULTS.max(MAX_PER_ADDRESS / 2).management(16, "/ops");
    return Admission.DEFAULTS.maxConnectionsPerAddress(MAX_PER_ADDRESS).running(running);
  }

  private String sinceLast() {
    HistogramSnapshot now = loop.stats().turn.snapshot();
    long cpu = threads.getThreadCpuTime(Objects.requireNonNull(loop.thread()).getId());
    long count = 0;
    long millis = 0;
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      count += collector.getCollectionCount();
      millis += collector.getCollectionTime();
    }
    String line =
        "%d %d %d %d"
            .formatted(
                cpu - loopNanos,
                now.since(turns).max(),
                count - collections,
                millis - pausedMillis);
    turns = now;
    loopNanos = cpu;
    collections = count;
    pausedMillis = millis;
    return line;
  }

  private static void answer(Exchange exchange) {
    switch (exchange.request().path()) {
      case "/large" -> respond(exchange, LARGE);
      case "/never" -> {}
      default -> respond(exchange, PIECE);
    }
  }

  /** Writes no more than the client takes. */
  private static void respond(Exchange exchange, int bytes) {
    ExchangeListener writer =
        new ExchangeListener() {
          private int left = bytes;

          @Override
          public void onWritable() {
            for (; left > 0 && exchange.isWritable(); left -= PIECE) {
              exchange.write(ByteBuffer.allocate(PIECE), () -> {});
            }
            if (left == 0) {
              left = -1;
              exchange.finish();
            }
          }
        };
    exchange.listener(writer);
    exchange.respond(200, sink -> sink.field("Content-Type", "text/plain"), bytes);
    writer.onWritable();
  }
}

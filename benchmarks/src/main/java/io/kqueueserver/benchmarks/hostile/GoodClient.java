package io.kqueueserver.benchmarks.hostile;

import io.kqueueserver.benchmarks.load.ChildProcess;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A client that keeps the rules, in a process of its own, and measures latencies. */
public final class GoodClient {
  static final int OTHERS = 99;

  private static final int STREAM_WINDOW = 65_535;
  private static final long PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** What stalls on the connection of the measured streams. */
  enum Stall {
    NONE,
    UNREAD_RESPONSE,
    STALLED_UPLOAD
  }

  private final int port;

  private GoodClient(int port) {
    this.port = port;
  }

  /** The process, seen from the one that started it. */
  static final class Handle extends ChildProcess {
    Handle(List<String> before, int port) {
      super(before, List.of("-Xmx64m", "-XX:+UseSerialGC"), GoodClient.class, String.valueOf(port));
    }

    /** The p99 in nanoseconds of one request each millisecond. */
    double paced(long millis) {
      return paced(millis, "/a");
    }

    /** The same of requests for this path. */
    double paced(long millis, String path) {
      send("paced " + millis + " " + path);
      return Double.parseDouble(answer("P99 "));
    }

    /** The p99 in nanoseconds of {@value #OTHERS} streams at once, again and again. */
    double streams(Stall stall, long millis) {
      send(stall + " " + millis);
      return Double.parseDouble(answer("P99 "));
    }
  }

  public static void main(String[] args) throws IOException {
    GoodClient client = new GoodClient(Integer.parseInt(args[0]));
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = commands.readLine()) != null; ) {
      String[] command = line.split(" ");
      long nanos = TimeUnit.MILLISECONDS.toNanos(Long.parseLong(command[1]));
      List<Long> latencies =
          command[0].equals("paced")
              ? client.paced(nanos, command[2])
              : client.streams(Stall.valueOf(command[0]), nanos);
      System.out.println("P99 " + p99(latencies));
    }
    System.exit(0);
  }

  private static double p99(List<Long> latencies) {
    return latencies.stream().sorted().skip(latencies.size() * 99L / 100).findFirst().orElse(0L);
  }

  private List<Long> paced(long nanos, String path) throws IOException {
    List<Long> latencies = new ArrayList<>();
    try (Http2Wire wire = new Http2Wire(port, STREAM_WINDOW)) {
      int stream = 1;
      long due = System.nanoTime();
      for (long end = due + nanos; due < end; due += PACE_NANOS) {
        Attacker.pauseUntil(due);
        long begin = System.nanoTime();
        wire.send(Http2Wire.get(stream, path));
        stream += 2;
        wire.awaitEnd();
        long now = System.nanoTime();
        // The requests that were due while this one waited would have waited for the rest of it.
        for (long waited = now - begin; waited > 0; waited -= PACE_NANOS) {
          latencies.add(waited);
        }
        due = Math.max(due, now - PACE_NANOS);
      }
    }
    return latencies;
  }

  private List<Long> streams(Stall stall, long nanos) throws IOException {
    List<Long> latencies = new ArrayList<>();
    try (Http2Wire wire = new Http2Wire(port, STREAM_WINDOW)) {
      int next = 1;
      if (stall == Stall.UNREAD_RESPONSE) {
        wire.send(Http2Wire.get(next, "/large"));
        next += 2;
      } else if (stall == Stall.STALLED_UPLOAD) {
        for (int i = 0; i < Attack.FRAMES_OF_UPLOAD; i++) {
          wire.send(Attack.upload(i));
        }
        next += 2;
      }
      for (long end = System.nanoTime() + nanos; System.nanoTime() < end; ) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < OTHERS; i++, next += 2) {
          out.writeBytes(Http2Wire.get(next, "/a"));
        }
        long begin = System.nanoTime();
        wire.send(out.toByteArray());
        for (int i = 0; i < OTHERS; i++) {
          wire.awaitEnd();
          latencies.add(System.nanoTime() - begin);
        }
      }
    }
    return latencies;
  }
}

package io.kqueueserver.benchmarks.steady;

import io.kqueueserver.benchmarks.load.ChildProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Other people's traffic, in a process of its own: started by name on standard input, ended with
 * {@code stop}, which answers how many exchanges there were and how many failed.
 */
public final class SideClient {
  private interface Action {
    void run(int turn) throws IOException;
  }

  private final Exchanges exchanges;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicLong done = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private volatile boolean running;

  private SideClient(int port) {
    exchanges = new Exchanges(port);
  }

  /** The process, seen from the one that started it. */
  static final class Handle extends ChildProcess {
    Handle(int port) {
      super(List.of("-Xmx256m", "-XX:+UseSerialGC"), SideClient.class, String.valueOf(port));
    }

    void start(String traffic) {
      send(traffic);
      answer("started");
    }

    /** Returns exchanges done and exchanges failed. */
    long[] stop() {
      send("stop");
      String[] counts = answer("stopped ").split(" ");
      return new long[] {Long.parseLong(counts[0]), Long.parseLong(counts[1])};
    }
  }

  public static void main(String[] args) throws Exception {
    SideClient client = new SideClient(Integer.parseInt(args[0]));
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = commands.readLine()) != null; ) {
      System.out.println(client.obey(line));
    }
    System.exit(0);
  }

  private String obey(String command) throws InterruptedException {
    running = !command.equals("stop");
    switch (command) {
      case "slow-reader" -> repeat(1, turn -> exchanges.readSlowly(1L << 30, 600_000));
      case "upload" -> repeat(1, turn -> exchanges.upload(1L << 30));
      case "stop" -> {
        for (Thread thread : threads) {
          thread.join(15_000);
        }
        threads.clear();
        return "stopped " + done.getAndSet(0) + " " + failed.getAndSet(0);
      }
      default -> throw new IllegalArgumentException(command);
    }
    return "started";
  }

  private void repeat(int threadCount, Action action) {
    for (int i = 0; i < threadCount; i++) {
      Thread thread = new Thread(() -> repeat(action));
      thread.setDaemon(true);
      threads.add(thread);
      thread.start();
    }
  }

  private void repeat(Action action) {
    for (int turn = 0; running; turn++) {
      try {
        action.run(turn);
        done.incrementAndGet();
      } catch (IOException e) {
        failed.incrementAndGet();
        System.err.println("exchange failed: " + e);
      }
      pause();
    }
  }

  /** Bounds the rate. */
  private static void pause() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

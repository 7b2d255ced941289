package io.kqueueserver.benchmarks.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/**
 * Holds many connections, some of them active: those send the next request when they have the last
 * answer. One thread; commands come on standard input, as {@link ClientProcess} gives them.
 */
public final class LoadClient {
  /** Connects under way at once: several clients together stay below the server's backlog. */
  private static final int CONNECTING = 150;

  /** Connections per source address, well below the number of ephemeral ports. */
  static final int PER_SOURCE = 4_000;

  /** How long the slowest connect or answer may take before we give up. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final InetSocketAddress server;
  private final Selector selector = Selector.open();
  private final List<LoadConnection> active = new ArrayList<>();
  private final List<LoadConnection> idle = new ArrayList<>();
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(64 * 1024);
  private final Latencies latencies = new Latencies();

  /** Connections between an answer and their next request, the next one first. */
  private final Queue<LoadConnection> resting = new ArrayDeque<>();

  private long pauseNanos;
  private long failures;

  private LoadClient(int port) throws IOException {
    server = new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port);
  }

  public static void main(String[] args) throws IOException {
    LoadClient client = new LoadClient(Integer.parseInt(args[0]));
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = commands.readLine()) != null; ) {
      System.out.println(client.obey(line.split(" ")));
    }
  }

  private String obey(String[] command) throws IOException {
    return switch (command[0]) {
      case "open" -> {
        open(Integer.parseInt(command[1]), Integer.parseInt(command[2]), command[3]);
        yield "opened " + (active.size() + idle.size());
      }
      case "run" -> run(Long.parseLong(command[1]), Long.parseLong(command[2]));
      case "close-idle" -> {
        close(idle);
        yield "closed";
      }
      case "close-all" -> {
        close(idle);
        close(active);
        yield "closed";
      }
      default -> throw new IllegalArgumentException(Arrays.toString(command));
    };
  }

  /**
   * @param sources the first address to connect from; the next ones follow it
   */
  private void open(int connections, int wanted, String sources) throws IOException {
    InetAddress first = InetAddress.getByName(sources);
    List<LoadConnection> opened = new ArrayList<>(connections);
    int answered = 0;
    int begun = 0;
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (answered < connections) {
      while (begun < connections && begun - answered < CONNECTING) {
        InetAddress source = Sources.plus(first, begun / PER_SOURCE);
        opened.add(LoadConnection.connect(source, server, selector));
        begun++;
      }
      int before = answered;
      answered += turn(false);
      if (answered > before) {
        deadline = System.nanoTime() + PATIENCE_NANOS;
      }
      if (failures > 0 || System.nanoTime() > deadline) {
        throw new IOException(
            "%d of %d connections were answered and %d failed; see the server's log and its limits"
                .formatted(answered, connections, failures));
      }
    }
    for (int i = 0; i < connections; i++) {
      boolean isActive = (long) (i + 1) * wanted / connections > (long) i * wanted / connections;
      (isActive ? active : idle).add(opened.get(i));
    }
  }

  /**
   * @param pauseMillis from an answer to the next request of the same connection
   */
  private String run(long millis, long pauseMillis) throws IOException {
    latencies.clear();
    failures = 0;
    pauseNanos = TimeUnit.MILLISECONDS.toNanos(pauseMillis);
    long now = System.nanoTime();
    long end = now + TimeUnit.MILLISECONDS.toNanos(millis);
    for (int i = 0; i < active.size(); i++) {
      // Not all at once, or they would stay together.
      active.get(i).sendAt(now + pauseNanos * i / active.size());
      resting.add(active.get(i));
    }
    for (; now < end; now = System.nanoTime()) {
      while (!resting.isEmpty() && resting.element().isDue(now)) {
        resting.remove().send();
      }
      turn(true);
    }
    resting.clear();
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (active.stream().anyMatch(LoadConnection::awaitsAnswer)) {
      turn(false);
      if (System.nanoTime() > deadline) {
        throw new IOException("answers are missing a minute after the run");
      }
    }
    return "ran "
        + latencies.count()
        + " "
        + failures
        + " "
        + latencies.percentile(0.5)
        + " "
        + latencies.percentile(0.99)
        + " "
        + latencies.percentile(1);
  }

  /** Serves what is ready; returns how many answers became whole. */
  private int turn(boolean goOn) throws IOException {
    if (resting.isEmpty()) {
      selector.select(100);
    } else {
      selector.select(1); // as fine as the selector counts
    }
    int answers = 0;
    for (SelectionKey key : selector.selectedKeys()) {
      LoadConnection connection = (LoadConnection) key.attachment();
      try {
        if (connection.onReady(buffer)) {
          answers++;
          latencies.add(connection.lastNanos());
          if (goOn && pauseNanos == 0) {
            connection.send();
          } else if (goOn) {
            connection.sendAt(System.nanoTime() + pauseNanos);
            resting.add(connection);
          }
        }
      } catch (IOException e) {
        failures++;
        System.err.println("connection failed: " + e);
        connection.close();
      }
    }
    selector.selectedKeys().clear();
    return answers;
  }

  private void close(List<LoadConnection> connections) throws IOException {
    for (LoadConnection connection : connections) {
      connection.close();
    }
    connections.clear();
    selector.selectNow(); // only then the JDK closes the descriptors of registered channels
  }
}

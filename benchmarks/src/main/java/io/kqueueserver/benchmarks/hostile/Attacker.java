package io.kqueueserver.benchmarks.hostile;

import io.kqueueserver.benchmarks.load.ChildProcess;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * One hostile connection after the other, in a process of its own. It sends {@value #BURST} steps
 * of an attack each millisecond and begins a connection each {@value #CONNECTION_MILLIS} ms at
 * most, so that the attacker's own CPU time is little. It reads nothing.
 */
public final class Attacker {
  static final int BURST = 20;
  static final int CONNECTION_MILLIS = 20;

  private static final int STREAM_WINDOW = 65_535;

  private final int port;
  private long steps;
  private long connections;

  private Attacker(int port) {
    this.port = port;
  }

  /** The process, seen from the one that started it. */
  static final class Handle extends ChildProcess {
    Handle(List<String> before, int port) {
      super(before, List.of("-Xmx64m", "-XX:+UseSerialGC"), Attacker.class, String.valueOf(port));
    }

    void begin(Attack attack, long millis) {
      send(attack.name() + " " + millis);
    }

    /** Waits for the end of an attack; returns the number of its steps and of its connections. */
    long[] await() {
      String[] fields = answer("ATTACKED ").split(" ");
      return new long[] {Long.parseLong(fields[0]), Long.parseLong(fields[1])};
    }
  }

  public static void main(String[] args) throws IOException {
    Attacker attacker = new Attacker(Integer.parseInt(args[0]));
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = commands.readLine()) != null; ) {
      String[] command = line.split(" ");
      attacker.attack(Attack.valueOf(command[0]), Long.parseLong(command[1]));
      System.out.println("ATTACKED " + attacker.steps + " " + attacker.connections);
    }
    System.exit(0);
  }

  private void attack(Attack attack, long millis) {
    steps = 0;
    connections = 0;
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (System.nanoTime() < end) {
      long next = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CONNECTION_MILLIS);
      connections++;
      try (Http2Wire wire = new Http2Wire(port, STREAM_WINDOW)) {
        wire.send(Http2Wire.windowUpdate(0, 1 << 30));
        attack(attack, wire, end);
        pauseUntil(Math.min(next, end)); // a stalled connection does its harm until then
      } catch (IOException e) {
        pauseUntil(next); // the server has closed
      }
    }
  }

  private void attack(Attack attack, Http2Wire wire, long end) throws IOException {
    long due = System.nanoTime();
    for (int i = 0; i < attack.steps() && due < end; i += BURST) {
      ByteArrayOutputStream burst = new ByteArrayOutputStream();
      for (int j = i; j < Math.min(i + BURST, attack.steps()); j++) {
        burst.writeBytes(attack.step(j));
        steps++;
      }
      wire.send(burst.toByteArray());
      due += TimeUnit.MILLISECONDS.toNanos(1);
      pauseUntil(due);
    }
  }

  static void pauseUntil(long due) {
    for (long left; (left = due - System.nanoTime()) > 0; ) {
      LockSupport.parkNanos(left);
    }
  }
}

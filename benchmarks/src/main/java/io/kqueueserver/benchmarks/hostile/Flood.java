package io.kqueueserver.benchmarks.hostile;

import io.kqueueserver.benchmarks.load.ChildProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * More than the server should bear, from the address 127.0.0.2, in a process of its own: {@value
 * #BURST} connections or requests each {@value #PAUSE_MILLIS} ms.
 */
public final class Flood {
  static final int BURST = 10;
  static final int PAUSE_MILLIS = 5;

  /** Twice the connections that one address may have. */
  private static final int MOST_OPEN = 2 * HostileServer.MAX_PER_ADDRESS;

  private static final byte[] NEVER =
      "GET /never HTTP/1.1\r\nHost: t\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  /** The resource that is used up. */
  enum Kind {
    CONNECTIONS,
    REQUESTS
  }

  private final int port;
  private final Deque<Socket> open = new ArrayDeque<>();
  private long steps;

  private Flood(int port) {
    this.port = port;
  }

  /** The process, seen from the one that started it. */
  static final class Handle extends ChildProcess {
    Handle(List<String> before, int port) {
      super(before, List.of("-Xmx64m", "-XX:+UseSerialGC"), Flood.class, String.valueOf(port));
    }

    void begin(Kind kind, long millis) {
      send(kind + " " + millis);
    }

    /** Waits for the end of a flood; returns the number of its steps. */
    long await() {
      return Long.parseLong(answer("FLOODED "));
    }
  }

  public static void main(String[] args) throws IOException {
    Flood flood = new Flood(Integer.parseInt(args[0]));
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = commands.readLine()) != null; ) {
      String[] command = line.split(" ", -1);
      flood.run(Kind.valueOf(command[0]), Long.parseLong(command[1]));
      System.out.println("FLOODED " + flood.steps);
    }
    System.exit(0);
  }

  private void run(Kind kind, long millis) throws IOException {
    steps = 0;
    long due = System.nanoTime();
    long end = due + TimeUnit.MILLISECONDS.toNanos(millis);
    while (due < end) {
      for (int i = 0; i < BURST; i++) {
        step(kind);
      }
      due += TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS);
      Attacker.pauseUntil(due);
    }
    for (Socket socket : new ArrayList<>(open)) {
      socket.close();
    }
    open.clear();
  }

  private void step(Kind kind) throws IOException {
    steps++;
    int most = kind == Kind.CONNECTIONS ? MOST_OPEN : HostileServer.MAX_PER_ADDRESS / 2;
    if (open.size() >= most) {
      Socket oldest = open.remove();
      oldest.setSoLinger(true, 0); // no port in TIME_WAIT
      oldest.close();
    }
    try {
      Socket socket = new Socket();
      socket.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 2}), 0));
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      open.add(socket);
      if (kind == Kind.REQUESTS) {
        socket.getOutputStream().write(NEVER);
      }
    } catch (IOException e) {
      // the server has reset it
    }
  }
}

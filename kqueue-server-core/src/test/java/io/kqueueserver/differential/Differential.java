package io.kqueueserver.differential;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Reads the table of requests with four servers under the same application, and through nginx and
 * HAProxy in front of this one. Fails if a pair reads a stream differently in a way that smuggles.
 * Arguments: a folder with {@code NAME.classpath} for each server, and a folder for the results.
 */
public final class Differential {
  private static final String OURS = "kqueue";
  private static final List<String> PEERS = List.of("reactor-netty", "tomcat", "jetty");
  private static final int CONNECTIONS = 6;
  private static final int QUIET_MILLIS = 1_500;

  /** A server that loads its classes is not one that waits for octets. */
  private static final int COLD_MILLIS = 20_000;

  private final Path classPaths;
  private final List<RequestRow> rows = RequestRow.all();

  private Differential(Path classPaths) {
    this.classPaths = classPaths;
  }

  public static void main(String[] args) throws Exception {
    boolean smuggles = new Differential(Path.of(args[0])).run(Path.of(args[1]));
    System.exit(smuggles ? 1 : 0);
  }

  private boolean run(Path results) throws Exception {
    Files.createDirectories(results);
    List<Reading> ours = readings(OURS);
    write(results.resolve(OURS + ".tsv"), ours);
    boolean smuggles = false;
    for (String peer : PEERS) {
      List<Reading> readings = readings(peer);
      write(results.resolve(peer + ".tsv"), readings);
      smuggles |= report(peer, readings, ours, results.resolve(peer + "-in-front.txt"));
    }
    for (Front front : Front.values()) {
      smuggles |= behind(front, results.resolve(front + "-in-front.txt"));
    }
    return smuggles;
  }

  private List<Reading> readings(String server) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS);
    try (EchoProcess process = EchoProcess.start(classPaths, server)) {
      for (RequestRow row : rows.subList(0, CONNECTIONS)) {
        Reading.of(process.port(), row.octets(), COLD_MILLIS);
      }
      List<Future<Reading>> running = new ArrayList<>();
      for (RequestRow row : rows) {
        running.add(threads.submit(() -> Reading.of(process.port(), row.octets(), QUIET_MILLIS)));
      }
      List<Reading> readings = new ArrayList<>();
      for (Future<Reading> each : running) {
        readings.add(each.get());
      }
      return readings;
    } finally {
      threads.shutdownNow();
    }
  }

  private void write(Path file, List<Reading> readings) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      for (int i = 0; i < rows.size(); i++) {
        out.write(rows.get(i) + "\t" + readings.get(i) + "\n");
      }
    }
  }

  /** Whether a pair smuggles. */
  private boolean report(String peer, List<Reading> theirs, List<Reading> ours, Path file)
      throws IOException {
    Map<Difference, Map<String, Integer>> counts = new EnumMap<>(Difference.class);
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      for (int i = 0; i < rows.size(); i++) {
        Difference difference = Difference.of(theirs.get(i), ours.get(i));
        counts
            .computeIfAbsent(difference, d -> new TreeMap<>())
            .merge(rows.get(i).group(), 1, Integer::sum);
        if (difference != Difference.NONE) {
          out.write(difference + "\t" + rows.get(i));
          out.write("\n  " + peer + ": " + theirs.get(i) + "\n  ours: " + ours.get(i) + "\n");
        }
      }
    }
    System.out.println(peer + " in front of this server, " + rows.size() + " streams");
    counts.forEach(
        (difference, groups) ->
            System.out.printf(
                "  %3d %s%s%n",
                groups.values().stream().mapToInt(Integer::intValue).sum(),
                difference.sentence(),
                difference == Difference.NONE ? "" : ": " + groups));
    return counts.containsKey(Difference.SMUGGLES);
  }

  /** Whether this server has seen a request that the proxy has not sent as one. */
  private boolean behind(Front front, Path file) throws Exception {
    Map<String, Integer> counts = new LinkedHashMap<>();
    try (EchoProcess process = EchoProcess.start(classPaths, OURS);
        FrontProcess proxy = FrontProcess.start(front, process.port());
        BufferedWriter out = Files.newBufferedWriter(file)) {
      for (RequestRow row : rows) {
        Reading reading = Reading.of(proxy.port(), row.octets(), QUIET_MILLIS);
        List<String> seen = process.seen();
        String check = proxy.check();
        process.seen();
        String verdict = FrontVerdict.of(reading, seen, check);
        counts.merge(verdict, 1, Integer::sum);
        out.write(verdict + "\t" + row + "\n  answers: " + reading + "\n");
        for (String line : seen) {
          out.write("  seen: " + line + "\n");
        }
      }
    }
    System.out.println(front + " in front of this server, " + rows.size() + " streams");
    counts.forEach((verdict, count) -> System.out.printf("  %3d %s%n", count, verdict));
    return counts.containsKey(FrontVerdict.SMUGGLES);
  }
}

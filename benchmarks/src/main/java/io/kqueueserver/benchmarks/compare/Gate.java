package io.kqueueserver.benchmarks.compare;

import io.kqueueserver.benchmarks.Arguments;
import io.kqueueserver.benchmarks.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * Whether a build of the server takes more CPU time per request than another. Started by {@code
 * benchmarks/gate}. Three servers run at the same time, two of the first build and one of the
 * second, and are visited in turn, there and back: a drift of the machine takes from all alike.
 * Each start is of new processes, so that one lucky compilation does not decide.
 */
public final class Gate {
  private static final int SERVERS = 3;
  private static final int FIRST = 0;
  private static final int AGAIN = 1;
  private static final int SECOND = 2;

  private final List<Options> builds;
  private final int starts;
  private final int blocks;
  private final double threshold;
  private final List<GateRow> rows;

  private Gate(List<Options> builds, int starts, int blocks, double threshold) {
    this.builds = builds;
    this.starts = starts;
    this.blocks = blocks;
    this.threshold = threshold;
    this.rows = builds.get(FIRST).workloads().stream().map(GateRow::new).toList();
  }

  /**
   * The first argument is the repository's root, the next two are directories with a class path of
   * each build, in {@code kqueue/target/classpath}, and the next two their names.
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    Path base = Path.of(args[0]);
    Arguments arguments = new Arguments(Arrays.copyOfRange(args, 5, args.length));
    int starts = arguments.number("starts", 2);
    int blocks = arguments.number("blocks", 4);
    int percent = arguments.number("threshold", 5);
    String seconds = Integer.toString(arguments.number("seconds", 1));
    String only = arguments.text("only", "bare,plaintext,post-1m,download,tls,h2");
    arguments.rejectUnknown();
    Options options =
        Options.parse(
            base,
            new String[] {
              "--only",
              only,
              "--servers",
              "kqueue",
              "--seconds",
              seconds,
              "--warmup",
              "1",
              "--out",
              base.resolve("benchmarks/target/gate").toString()
            });
    Options first = options.withClassPaths(Path.of(args[1]));
    Options second = options.withClassPaths(Path.of(args[2]));
    Files.createDirectories(options.out());
    Children.stopAllAtExit();
    double threshold = 1 + percent / 100.0;
    Gate gate = new Gate(List.of(first, first, second), starts, blocks, threshold);
    System.exit(gate.run(args[3], args[4]));
  }

  private int run(String first, String second) throws InterruptedException, IOException {
    String loadBefore = ProcFs.loadAverage();
    for (int start = 0; start < starts; start++) {
      for (Mode mode : Mode.values()) {
        List<GateRow> ofMode = rows.stream().filter(row -> row.workload().mode() == mode).toList();
        if (!ofMode.isEmpty()) {
          run(start, mode, ofMode);
        }
      }
    }
    System.out.printf(
        "%n%s against %s, CPU time per request as a ratio with its 95 %% confidence interval%n",
        second, first);
    System.out.printf(
        "%s; load average %s before, %s after; %d starts of %d blocks of %d s per server,"
            + " twice%n%n",
        Machine.line(),
        loadBefore,
        ProcFs.loadAverage(),
        starts,
        blocks,
        builds.get(FIRST).seconds());
    System.out.printf("%-30s %12s   %-24s %-24s%n", "", "before", "ratio", "before against itself");
    rows.forEach(row -> System.out.println(row.line(threshold)));
    return judge();
  }

  /** The exit code: 1 if a row is slower, 2 if a row has no figures. */
  private int judge() {
    List<GateRow.Verdict> verdicts = rows.stream().map(row -> row.verdict(threshold)).toList();
    if (verdicts.contains(GateRow.Verdict.SLOWER)) {
      System.out.printf(Locale.ROOT, "%nFAILED: a whole interval is above %.2f%n", threshold);
      return 1;
    }
    if (verdicts.contains(GateRow.Verdict.FAILED)) {
      System.out.printf("%nNOT MEASURED: a row has no figures%n");
      return 2;
    }
    System.out.printf(Locale.ROOT, "%nPASSED: no whole interval is above %.2f%n", threshold);
    return 0;
  }

  private void run(int start, Mode mode, List<GateRow> ofMode) throws InterruptedException {
    List<ServerProcess> servers = new ArrayList<>();
    try {
      for (int i = 0; i < SERVERS; i++) {
        servers.add(start(start, mode, i));
      }
      for (GateRow row : ofMode) {
        for (int i = 0; i < SERVERS; i++) {
          Visit.untilSteady(builds.get(i), row.workload(), servers.get(i));
        }
        System.err.printf("start %d, %s:", start + 1, row.workload().title());
        for (int block = 0; block < blocks; block++) {
          measure(row, servers, start * blocks + block);
        }
        System.err.println();
      }
    } catch (IOException e) {
      System.err.println(e.getMessage());
    } finally {
      servers.forEach(ServerProcess::close);
    }
  }

  private ServerProcess start(int start, Mode mode, int which)
      throws IOException, InterruptedException {
    Options options = builds.get(which);
    Path log = options.out().resolve(which + "-" + mode + "-" + (start + 1) + ".log");
    ServerProcess server =
        ServerProcess.start(options, Contender.KQUEUE, mode, options.port() + which, log);
    server.awaitFirst200(
        rows.stream()
            .filter(row -> row.workload().mode() == mode)
            .findFirst()
            .orElseThrow()
            .workload()
            .firstPath());
    return server;
  }

  /** Visits each server twice, there and back; the order turns from block to block. */
  private void measure(GateRow row, List<ServerProcess> servers, int block)
      throws IOException, InterruptedException {
    List<Integer> order = new ArrayList<>(List.of(FIRST, SECOND, AGAIN));
    Collections.rotate(order, block);
    double[] cpu = new double[SERVERS];
    double[] requests = new double[SERVERS];
    for (int way = 0; way < 2; way++) {
      for (int which : order) {
        Options options = builds.get(which);
        Visit visit = Visit.of(options, row.workload(), servers.get(which), options.seconds());
        if (visit.figure("errors") + visit.figure("bad_status") > 0) {
          throw new IOException(row.workload().title() + ": errors " + visit.figures());
        }
        cpu[which] += visit.cpuMicros();
        requests[which] += visit.figure("requests");
      }
      Collections.reverse(order);
    }
    row.add(
        cpu[FIRST] / requests[FIRST], cpu[AGAIN] / requests[AGAIN], cpu[SECOND] / requests[SECOND]);
    System.err.printf(
        Locale.ROOT,
        " %.2f/%.2f/%.2f",
        cpu[FIRST] / requests[FIRST],
        cpu[AGAIN] / requests[AGAIN],
        cpu[SECOND] / requests[SECOND]);
  }
}

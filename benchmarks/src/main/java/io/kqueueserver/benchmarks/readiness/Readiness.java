package io.kqueueserver.benchmarks.readiness;

import io.kqueueserver.benchmarks.Arguments;
import io.kqueueserver.benchmarks.Medians;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * The table of the field. One round of a competitor: make a random descriptor ready, wait for it,
 * make it unready, 100 000 times; its CPU time less that of the same without the wait.
 */
public final class Readiness {
  /** As many as a loop asks for. */
  static final int EVENT_CAPACITY = 256;

  /** The most descriptors that the calls which search the set look at in one round. */
  private static final long SEARCH_BUDGET = 10_000_000;

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final int[] sizes;
  private final int waits;
  private final int rounds;
  private final Trigger trigger;
  private final List<Competitor> competitors = Competitor.present();
  private final Map<Integer, Map<Competitor, Double>> seconds = new TreeMap<>();
  private final SplittableRandom random = new SplittableRandom(42);

  private Readiness(Arguments arguments) {
    sizes = arguments.numbers("sizes", 10, 100, 1_000, 10_000);
    waits = arguments.number("waits", 100_000);
    rounds = arguments.number("rounds", 11);
    trigger = arguments.flag("level") ? Trigger.LEVEL : Trigger.EDGE;
  }

  public static void main(String[] args) throws IOException {
    Arguments arguments = new Arguments(args);
    String svg = arguments.text("svg", "");
    Readiness readiness = new Readiness(arguments);
    arguments.rejectUnknown();
    readiness.run();
    ReadinessReport report =
        new ReadinessReport(
            readiness.competitors, readiness.seconds, readiness.rounds, readiness.trigger);
    System.out.println(report.table(readiness::waits));
    boolean met = report.printVerdicts();
    if (!svg.isEmpty()) {
      Files.writeString(Path.of(svg), ReadinessChart.svg(readiness.competitors, readiness.seconds));
      System.out.println("chart: " + svg);
    }
    System.exit(met ? 0 : 1);
  }

  private int waits(Competitor competitor, int size) {
    return competitor.searchesTheSet()
        ? (int) Math.max(1_000, Math.min(waits, SEARCH_BUDGET / size))
        : waits;
  }

  private void run() {
    // Small sets first and last: the compiler has then seen every class before figures count.
    measure(sizes[0], 3);
    for (int size : sizes) {
      seconds.put(size, measure(size, rounds));
    }
  }

  private Map<Competitor, Double> measure(int size, int rounds) {
    Map<Competitor, List<Double>> samples = new EnumMap<>(Competitor.class);
    for (int round = 0; round < rounds; round++) {
      for (Competitor competitor : competitors) {
        samples
            .computeIfAbsent(competitor, c -> new ArrayList<>())
            .add(secondsPerHundredThousand(competitor, size));
      }
      System.err.printf("%,d descriptors: round %d of %d%n", size, round + 1, rounds);
    }
    Map<Competitor, Double> medians = new EnumMap<>(Competitor.class);
    samples.forEach((competitor, values) -> medians.put(competitor, Medians.of(values)));
    return medians;
  }

  private double secondsPerHundredThousand(Competitor competitor, int size) {
    int waits = waits(competitor, size);
    int[] order = random.ints(waits, 0, size).toArray();
    try (Descriptors descriptors =
        competitor.takesNativeDescriptors()
            ? new NativeDescriptors(Competitor.HOST, size)
            : new NioDescriptors(size)) {
      // Registered descriptors cost more to make ready (by the notification), so both are.
      try (Waiter waiter = competitor.open(descriptors, trigger)) {
        settle(waiter, descriptors, order);
        long around = withoutWaits(waiter, descriptors, order);
        long whole = withWaits(waiter, descriptors, order);
        return (whole - around) / 1e9 * 100_000 / waits;
      }
    }
  }

  /** Touches every page and table that the measured loops will. */
  private static void settle(Waiter waiter, Descriptors descriptors, int[] order) {
    withWaits(waiter, descriptors, Arrays.copyOf(order, Math.min(order.length, 2_000)));
  }

  private static long withWaits(Waiter waiter, Descriptors descriptors, int[] order) {
    long before = THREADS.getCurrentThreadCpuTime();
    for (int index : order) {
      descriptors.makeReady(index);
      int ready;
      do {
        ready = waiter.await();
      } while (ready < 0);
      if (ready != index) {
        throw new IllegalStateException(descriptors + ": " + ready + " is ready, not " + index);
      }
      descriptors.makeUnready(index);
    }
    return THREADS.getCurrentThreadCpuTime() - before;
  }

  private static long withoutWaits(Waiter waiter, Descriptors descriptors, int[] order) {
    long before = THREADS.getCurrentThreadCpuTime();
    for (int index : order) {
      descriptors.makeReady(index);
      descriptors.makeUnready(index);
    }
    return THREADS.getCurrentThreadCpuTime() - before;
  }
}

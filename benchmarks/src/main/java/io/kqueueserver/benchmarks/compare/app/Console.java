package io.kqueueserver.benchmarks.compare.app;

import com.sun.management.ThreadMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * Answers the comparison's questions over standard input and output, so that no port, agent or
 * attaching tool touches what is measured. When standard input ends, so does the process.
 */
public final class Console implements Runnable {
  static final String ANSWER = "console: ";

  /** References cleared by one collection free their targets in the next. */
  private static final int COLLECTIONS = 3;

  public static void start() {
    Thread thread = new Thread(new Console(), "console");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void run() {
    try (var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        System.out.println(ANSWER + answer(line));
      }
    } catch (IOException e) {
      System.err.println("console: reading standard input: " + e);
    }
    System.exit(0);
  }

  private static long answer(String question) {
    return switch (question) {
      case "allocated" -> allocatedBytes();
      case "compiling" -> ManagementFactory.getCompilationMXBean().getTotalCompilationTime();
      case "live-heap" -> liveHeapBytes();
      default -> -1;
    };
  }

  private static long allocatedBytes() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long sum = 0;
    for (long bytes : threads.getThreadAllocatedBytes(threads.getAllThreadIds())) {
      sum += Math.max(bytes, 0);
    }
    return sum;
  }

  /**
   * Gives back what malloc only keeps: the compilers leave megabytes, which would drown what a
   * connection takes. JDKs before 17.0.9 have no such command; the figure is coarser there.
   */
  private static void trimNativeHeap() {
    try {
      ManagementFactory.getPlatformMBeanServer()
          .invoke(
              new ObjectName("com.sun.management:type=DiagnosticCommand"),
              "systemTrimNativeHeap",
              new Object[0],
              new String[0]);
    } catch (JMException e) {
      System.err.println("console: native heap not trimmed: " + e);
    }
  }

  private static long liveHeapBytes() {
    for (int i = 0; i < COLLECTIONS; i++) {
      System.gc();
      try {
        Thread.sleep(100);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    trimNativeHeap();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}

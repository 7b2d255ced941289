package io.kqueueserver.server.observe;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Measures the load of the JVM's compilers between two calls. One thread only. */
final class CompilerLoad {
  private final @Nullable CompilationMXBean compilers = compilers();
  private long before;

  CompilerLoad() {
    before = totalMillis();
  }

  /** Whether compilers worked for half of the time since the last call, or longer. */
  boolean wasHigh(long elapsedNanos) {
    long total = totalMillis();
    long spent = total - before;
    before = total;
    return spent > 0 && spent >= TimeUnit.NANOSECONDS.toMillis(elapsedNanos) / 2;
  }

  private static @Nullable CompilationMXBean compilers() {
    try {
      return ManagementFactory.getCompilationMXBean();
    } catch (LinkageError e) {
      return null; // a runtime image without java.management; stalls are found without it
    }
  }

  private long totalMillis() {
    return compilers == null || !compilers.isCompilationTimeMonitoringSupported()
        ? 0
        : compilers.getTotalCompilationTime();
  }
}

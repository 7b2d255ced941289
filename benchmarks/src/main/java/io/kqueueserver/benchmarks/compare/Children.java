package io.kqueueserver.benchmarks.compare;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Every process we started, so that none outlives us, also after Ctrl-C. */
final class Children {
  private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

  private Children() {}

  static void stopAllAtExit() {
    Thread stop = new Thread(() -> RUNNING.forEach(Process::destroyForcibly), "stop children");
    Runtime.getRuntime().addShutdownHook(stop);
  }

  static Process start(ProcessBuilder builder) throws IOException {
    Process process = builder.start();
    RUNNING.add(process);
    return process;
  }

  static void stop(Process process, long patienceSeconds) {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      // It has ended already.
    }
    try {
      if (!process.waitFor(patienceSeconds, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    RUNNING.remove(process);
  }
}

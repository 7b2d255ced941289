package io.kqueueserver.benchmarks.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * Traffic of several kinds at a bounded rate, in a process of its own: it begins with the process
 * and ends with the line {@code stop}, which is answered by what there was.
 */
public final class TrafficProcess {
  private static final long LEAVE_MILLIS = 60_000;

  private final Counts counts = new Counts();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean running = true;

  /** The process, seen from the one that started it. */
  public static final class Handle extends ChildProcess {
    public Handle(List<String> jvmOptions, Class<?> main, String... arguments) {
      super(jvmOptions, main, arguments);
      answer("running");
    }

    public Counts stop() {
      send("stop");
      return Counts.of(answer("stopped "));
    }
  }

  /** Whether the traffic goes on. */
  public boolean isRunning() {
    return running;
  }

  /**
   * Does something again and again in threads of its own, with a pause after each.
   *
   * @param action returns whether it ended in the second way that {@link Counts} has
   */
  public void repeat(String kind, int times, long pauseMillis, Callable<Boolean> action) {
    for (int i = 0; i < times; i++) {
      Thread thread = new Thread(() -> repeat(kind, pauseMillis, action), kind + " " + i);
      thread.setDaemon(true);
      threads.add(thread);
    }
  }

  private void repeat(String kind, long pauseMillis, Callable<Boolean> action) {
    while (running) {
      try {
        counts.add(kind, action.call());
        Thread.sleep(pauseMillis);
      } catch (InterruptedException e) {
        return;
      } catch (Exception e) {
        counts.add(kind, true);
        System.err.println(kind + ": " + e);
      }
    }
  }

  /** Starts all of it, and stops when that is asked for. */
  public void run() throws IOException, InterruptedException {
    threads.forEach(Thread::start);
    System.out.println("running");
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    commands.readLine();
    running = false;
    long end = System.currentTimeMillis() + LEAVE_MILLIS;
    for (Thread thread : threads) {
      thread.join(Math.max(1, end - System.currentTimeMillis()));
    }
    System.out.println("stopped " + counts);
    System.exit(0);
  }
}

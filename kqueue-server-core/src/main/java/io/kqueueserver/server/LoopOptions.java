package io.kqueueserver.server;

import io.kqueueserver.ffi.NativeOptions;
import java.time.Duration;

/**
 * Event loops and their threads.
 *
 * @param count event loops, each one thread
 * @param name prefix of the thread names: {@code name-loop-0}
 * @param threads makes the loop threads
 * @param natives which native library to bind
 * @param stallThreshold a longer turn of a loop is reported as a stall; zero or less to never look
 */
public record LoopOptions(
    int count, String name, Threads threads, NativeOptions natives, Duration stallThreshold) {
  /** Far more threads than any machine has processors. */
  public static final int MAX_COUNT = 1_024;

  public static final LoopOptions DEFAULTS =
      new LoopOptions(
          Runtime.getRuntime().availableProcessors(),
          "kqueue",
          Thread::new,
          NativeOptions.DEFAULTS,
          Duration.ofSeconds(1));

  /**
   * Checks every bound.
   *
   * @throws IllegalArgumentException naming the option, its value and what is allowed
   */
  public LoopOptions {
    OptionBounds.within("loops", count, 1, MAX_COUNT);
  }

  /** Makes a loop's thread; the thread must not be started. */
  @FunctionalInterface
  public interface Threads {
    Thread newThread(Runnable loop, String name);
  }

  public LoopOptions count(int loops) {
    return new LoopOptions(loops, name, threads, natives, stallThreshold);
  }

  public LoopOptions name(String prefix) {
    return new LoopOptions(count, prefix, threads, natives, stallThreshold);
  }

  public LoopOptions threads(Threads factory) {
    return new LoopOptions(count, name, factory, natives, stallThreshold);
  }

  public LoopOptions natives(NativeOptions library) {
    return new LoopOptions(count, name, threads, library, stallThreshold);
  }

  public LoopOptions stallThreshold(Duration threshold) {
    return new LoopOptions(count, name, threads, natives, threshold);
  }

  public long stallThresholdNanos() {
    return OptionBounds.nanos(stallThreshold);
  }
}

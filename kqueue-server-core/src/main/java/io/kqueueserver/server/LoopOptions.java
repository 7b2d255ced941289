package io.kqueueserver.server;

import io.kqueueserver.ffi.NativeOptions;
import java.time.Duration;

/**
 * Options of event loops and their threads.
 *
 * @param count number of event loops, each one thread
 * @param name prefix of the thread names: {@code name-loop-0}
 * @param threads makes the loops' threads
 * @param natives the native library to bind
 * @param stallThreshold a longer turn of a loop is reported as a stall; zero or less for never
 */
public record LoopOptions(
    int count, String name, Threads threads, NativeOptions natives, Duration stallThreshold) {
  /** 1024 loops: more than a machine has processors. */
  public static final int MAX_COUNT = 1_024;

  /**
   * 2 MiB: the stack of a loop's thread. Parsers of applications may recurse once per record, and
   * 900 parts of a multipart body fit a piece of 8 KiB: with 1 MiB they overflow the stack while
   * the parser is still interpreted.
   */
  public static final long STACK_BYTES = 2 << 20;

  public static final LoopOptions DEFAULTS =
      new LoopOptions(
          Runtime.getRuntime().availableProcessors(),
          "kqueue",
          (loop, name) -> new Thread(null, loop, name, STACK_BYTES),
          NativeOptions.DEFAULTS,
          Duration.ofSeconds(1));

  /**
   * Checks every bound.
   *
   * @throws IllegalArgumentException if a value is out of bounds; the message names the option
   */
  public LoopOptions {
    OptionBounds.within("loops", count, 1, MAX_COUNT);
  }

  /** Makes the thread of a loop. The returned thread must not be started. */
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

  /**
   * Whether there are more loops than processors, so that loops take processors from each other.
   */
  public boolean isCrowded() {
    return count > Runtime.getRuntime().availableProcessors();
  }

  public long stallThresholdNanos() {
    return OptionBounds.nanos(stallThreshold);
  }
}

package io.kqueueserver.build;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Changes inputs at random, by seed, for a time: {@code -Dkqueue.fuzz.seconds}, or one second. The
 * seed of a failure is in its message.
 */
public final class RandomInputs {
  private static final int SECONDS = Integer.getInteger("kqueue.fuzz.seconds", 1);

  private RandomInputs() {}

  /**
   * Feeds a target its kept corpus, and then changed inputs of that and of others. Publishes how
   * many.
   *
   * @param fuzzTest whose corpus it is
   * @param spice octets that matter to the target
   * @param publish takes names and values, as {@code TestReporter.publishEntry} does
   */
  public static void run(
      Class<?> fuzzTest,
      List<byte[]> others,
      String spice,
      Consumer<byte[]> target,
      BiConsumer<String, String> publish) {
    List<byte[]> inputs = new ArrayList<>(KeptInputs.corpus(fuzzTest));
    final int kept = inputs.size();
    for (byte[] input : inputs) {
      try {
        target.accept(input);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("kept: " + HexFormat.of().formatHex(input), e);
      }
    }
    inputs.addAll(others);
    int fed = feed(inputs, spice, target);
    publish.accept("kept inputs", Integer.toString(kept));
    publish.accept("executions", Integer.toString(kept + fed));
    if (kept == 0 || fed == 0) {
      throw new AssertionError("nothing was fed");
    }
  }

  /**
   * Feeds changed inputs to a target, and returns how many.
   *
   * @param spice octets that matter to the target
   */
  private static int feed(List<byte[]> inputs, String spice, Consumer<byte[]> target) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    int seed = 0;
    while (System.nanoTime() < deadline) {
      Random random = new Random(seed);
      byte[] input = inputs.get(random.nextInt(inputs.size()));
      for (int changes = random.nextInt(6); changes > 0; changes--) {
        input = change(input, spice, random);
      }
      try {
        target.accept(input);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + ": " + Arrays.toString(input), e);
      }
      seed++;
    }
    return seed;
  }

  private static byte[] change(byte[] input, String spice, Random random) {
    int at = random.nextInt(input.length + 1);
    int length = Math.min(random.nextInt(4), input.length - at);
    byte[] middle = new byte[random.nextInt(4)];
    for (int i = 0; i < middle.length; i++) {
      boolean known = random.nextInt(4) > 0;
      middle[i] =
          (byte) (known ? spice.charAt(random.nextInt(spice.length())) : random.nextInt(256));
    }
    byte[] changed = Arrays.copyOf(input, input.length - length + middle.length);
    System.arraycopy(middle, 0, changed, at, middle.length);
    System.arraycopy(input, at + length, changed, at + middle.length, input.length - at - length);
    return changed;
  }
}

package io.kqueueserver.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.heap.ScarceHeapLoader;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One allocation of an array fails in the thread of a loop, while one connection is served: each
 * site once, as far as {@code -Dheap.seconds} go (5 by default; 0 for all allocations, which the
 * profile {@code heap} has), in an order of {@code -Dheap.seed}. Whichever it is: each response is
 * whole or visibly broken, other connections go on, all is given back, and the next client is
 * served.
 */
class FailingArrayTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anArrayForWhichThereIsNoMemoryCostsItsOwnConnection(boolean tls, TestReporter reporter)
      throws ReflectiveOperationException {
    Map<String, String> report =
        rounds()
            .apply(
                Map.of(
                    "tls", Boolean.toString(tls),
                    "folder", folder.toString(),
                    "seconds", Long.toString(Long.getLong("heap.seconds", 5)),
                    "seed", Long.toString(Long.getLong("heap.seed", 1))));

    report.forEach(reporter::publishEntry);
    assertThat(Integer.parseInt(report.get("failed"))).isPositive();
  }

  @SuppressWarnings("unchecked")
  private static Function<Map<String, String>, Map<String, String>> rounds()
      throws ReflectiveOperationException {
    return (Function<Map<String, String>, Map<String, String>>)
        new ScarceHeapLoader()
            .loadClass(ScarceHeapRounds.class.getName())
            .getConstructor()
            .newInstance();
  }
}

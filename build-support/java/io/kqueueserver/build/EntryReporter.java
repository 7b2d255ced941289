package io.kqueueserver.build;

import java.util.stream.Collectors;
import org.junit.platform.engine.reporting.ReportEntry;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/**
 * Prints what tests publish about their run, such as how many inputs a fuzz test has tried;
 * Surefire drops it. Found as {@link SkippedTestReporter} is.
 */
public final class EntryReporter implements TestExecutionListener {
  @Override
  public void reportingEntryPublished(TestIdentifier test, ReportEntry entry) {
    String values =
        entry.getKeyValuePairs().entrySet().stream()
            .map(pair -> pair.getKey() + ": " + pair.getValue())
            .collect(Collectors.joining(", "));
    System.out.printf("[REPORT] %s %s%n", name(test), values);
  }

  private static String name(TestIdentifier test) {
    if (test.getSource().orElse(null) instanceof MethodSource method) {
      String type = method.getClassName();
      return type.substring(type.lastIndexOf('.') + 1) + "." + method.getMethodName();
    }
    return test.getDisplayName();
  }
}

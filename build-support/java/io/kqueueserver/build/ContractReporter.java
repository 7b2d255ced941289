package io.kqueueserver.build;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Prints, after each test plan (of a module, or of a class where several JVMs share a module), how
 * many cases each contract has and which implementations they ran on. A contract is an abstract
 * class named {@code *Contract}; an implementation is a test class below it.
 */
public final class ContractReporter implements TestExecutionListener {
  private static final class Tally {
    int passed;
    int failed;
    int skipped;
  }

  private final Set<String> cases = new TreeSet<>();
  private final Map<String, Tally> implementations = new TreeMap<>();

  @Override
  public synchronized void executionSkipped(TestIdentifier test, String reason) {
    String implementation = contractOf(test);
    if (implementation != null) {
      tally(implementation).skipped++;
    }
  }

  @Override
  public synchronized void executionFinished(TestIdentifier test, TestExecutionResult result) {
    String implementation = contractOf(test);
    if (implementation == null) {
      return;
    }
    Tally tally = tally(implementation);
    if (result.getStatus() == Status.SUCCESSFUL) {
      tally.passed++;
    } else if (result.getStatus() == Status.FAILED) {
      tally.failed++;
    } else {
      tally.skipped++;
    }
  }

  private Tally tally(String implementation) {
    return implementations.computeIfAbsent(implementation, name -> new Tally());
  }

  /** The implementation a case of a contract is run on; null for every other test. */
  private String contractOf(TestIdentifier test) {
    if (!(test.getSource().orElse(null) instanceof MethodSource method)) {
      return null;
    }
    for (Class<?> type = method.getJavaClass(); type != null; type = type.getSuperclass()) {
      if (type.getSimpleName().endsWith("Contract") && declares(type, method.getMethodName())) {
        cases.add(type.getSimpleName() + "." + method.getMethodName());
        return simple(method.getClassName());
      }
    }
    return null;
  }

  private static boolean declares(Class<?> type, String method) {
    for (var declared : type.getDeclaredMethods()) {
      if (declared.getName().equals(method)) {
        return true;
      }
    }
    return false;
  }

  private static String simple(String className) {
    return className.substring(className.lastIndexOf('.') + 1);
  }

  @Override
  public synchronized void testPlanExecutionFinished(TestPlan plan) {
    if (implementations.isEmpty()) {
      return;
    }
    Map<String, Integer> parts = new TreeMap<>();
    cases.forEach(name -> parts.merge(name.substring(0, name.indexOf('.')), 1, Integer::sum));
    System.out.printf("[CONTRACT] %d cases: %s%n", cases.size(), parts);
    System.out.printf(
        "[CONTRACT] %-50s %6s %6s %7s%n", "implementation", "passed", "failed", "skipped");
    implementations.forEach(
        (name, tally) ->
            System.out.printf(
                "[CONTRACT] %-50s %6d %6d %7d%n", name, tally.passed, tally.failed, tally.skipped));
    cases.clear();
    implementations.clear();
  }
}

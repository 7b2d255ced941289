package io.kqueueserver.build;

import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/**
 * Prints why a test did not run; Surefire only counts it. Compiled into the tests of every module
 * and found by the JUnit launcher through {@code META-INF/services}.
 */
public final class SkippedTestReporter implements TestExecutionListener {

  @Override
  public void executionSkipped(TestIdentifier test, String reason) {
    report(test, reason);
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    if (result.getStatus() == Status.ABORTED) {
      report(test, result.getThrowable().map(Throwable::getMessage).orElse("aborted"));
    }
  }

  private static void report(TestIdentifier test, String reason) {
    System.out.printf("[SKIPPED] %s: %s%n", name(test), reason);
  }

  private static String name(TestIdentifier test) {
    Object source = test.getSource().orElse(null);
    if (source instanceof MethodSource method) {
      return simple(method.getClassName()) + "." + method.getMethodName() + display(test, method);
    }
    return source instanceof ClassSource type ? simple(type.getClassName()) : test.getDisplayName();
  }

  /** The row of a parameterized test, which shares its method with its sisters. */
  private static String display(TestIdentifier test, MethodSource method) {
    String display = test.getDisplayName();
    return display.startsWith(method.getMethodName()) ? "" : " " + display;
  }

  private static String simple(String className) {
    return className.substring(className.lastIndexOf('.') + 1);
  }
}

package io.kqueueserver.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeOptions;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The contract on whatever library the properties name: {@code kqueue.server.native.kqueue-library}
 * with {@code kqueue-abi}, or {@code kqueue.server.native.library} with {@code abi}. The command is
 * in CONTRIBUTING.md.
 */
@ExtendWith(NamedLibraryKqueueTest.IfNamed.class)
class NamedLibraryKqueueTest extends KqueueContract {
  static final class IfNamed implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      NativeOptions named = NativeOptions.DEFAULTS;
      if (named.library() != null || named.kqueueLibrary() != null) {
        return ConditionEvaluationResult.enabled("a library is named");
      }
      return ConditionEvaluationResult.disabled(
          "no library is named; ./mvnw test -Pnamed-library -Dnative.library=/path/lib.so"
              + " -Dnative.abi=netbsd-x86_64 (or -Dnative.kqueue-library, -Dnative.kqueue-abi)"
              + " runs it on one");
    }
  }

  @Override
  protected Native natives() {
    return Native.load(NativeOptions.DEFAULTS);
  }

  @Override
  protected Set<KqueueDifference> differences() {
    return KernelTraits.differences(natives());
  }

  @Override
  protected boolean hasUserFilter() {
    return KernelTraits.hasUserFilter(natives());
  }

  @Override
  protected boolean hasTimers() {
    return KernelTraits.hasTimers(natives());
  }

  /** NetBSD got units and EVFILT_USER with the same release. */
  @Override
  protected boolean hasTimerUnits() {
    return !natives().kqueueAbi().os().equals("netbsd") || hasUserFilter();
  }

  @Override
  protected boolean hasVnodes() {
    return KernelTraits.hasVnodes(natives());
  }

  @Test
  void itIsTheNamedLibrarysQueue() {
    assertThat(queue.backend()).isEqualTo("kqueue");
  }
}

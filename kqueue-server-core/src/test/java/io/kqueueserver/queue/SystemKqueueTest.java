package io.kqueueserver.queue;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.ffi.NativeOptions;
import java.util.Set;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** The contract on the kernel this build runs on, where that has kqueue: macOS and the BSDs. */
@DisabledOnOs(
    value = OS.LINUX,
    disabledReason = "Linux has no kqueue; macOS and the BSDs run this on their kernel")
class SystemKqueueTest extends KqueueContract {
  @Override
  protected Native natives() {
    return Native.load(new NativeOptions(null, null, null, null));
  }

  @Override
  protected Set<KqueueDifference> differences() {
    return KernelTraits.differences(natives());
  }

  @Override
  protected boolean hasUserFilter() {
    return KernelTraits.hasUserFilter(natives());
  }

  /** NetBSD got units and EVFILT_USER with the same release. */
  @Override
  protected boolean hasTimerUnits() {
    return !natives().kqueueAbi().os().equals("netbsd") || hasUserFilter();
  }
}

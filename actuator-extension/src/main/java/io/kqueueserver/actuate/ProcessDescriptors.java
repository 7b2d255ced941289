package io.kqueueserver.actuate;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import org.jspecify.annotations.Nullable;

/** The descriptors of this process, whoever opened them; -1 where the JVM does not tell. */
final class ProcessDescriptors {
  private static final @Nullable UnixOperatingSystemMXBean SYSTEM = system();

  private ProcessDescriptors() {}

  private static @Nullable UnixOperatingSystemMXBean system() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? unix
        : null;
  }

  static long open() {
    return SYSTEM == null ? -1 : SYSTEM.getOpenFileDescriptorCount();
  }

  static long limit() {
    return SYSTEM == null ? -1 : SYSTEM.getMaxFileDescriptorCount();
  }
}

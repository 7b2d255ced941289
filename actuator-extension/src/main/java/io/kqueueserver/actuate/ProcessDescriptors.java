package io.kqueueserver.actuate;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import org.jspecify.annotations.Nullable;

/** The descriptors of this process, of all its code, as far as the JVM reports them. */
final class ProcessDescriptors {
  /** The number of descriptors that the endpoint shows if the JVM does not report it. */
  static final long UNREPORTED = -1;

  private static final @Nullable UnixOperatingSystemMXBean SYSTEM = system();

  private ProcessDescriptors() {}

  private static @Nullable UnixOperatingSystemMXBean system() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? unix
        : null;
  }

  /** Number of open descriptors, or {@link #UNREPORTED}. */
  static long open() {
    return SYSTEM == null ? UNREPORTED : SYSTEM.getOpenFileDescriptorCount();
  }

  /** Number of descriptors that the process may open, or {@link #UNREPORTED}. */
  static long limit() {
    return SYSTEM == null ? UNREPORTED : SYSTEM.getMaxFileDescriptorCount();
  }
}

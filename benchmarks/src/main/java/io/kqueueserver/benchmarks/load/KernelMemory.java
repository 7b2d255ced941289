package io.kqueueserver.benchmarks.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the kernel keeps of all processes: its objects, and the bytes in sockets. Linux only. */
public final class KernelMemory {
  private static final Path OBJECTS = Path.of("/proc/meminfo");
  private static final Path SOCKETS = Path.of("/proc/net/sockstat");
  private static final Pattern SLAB = Pattern.compile("Slab:\\s+(\\d+) kB");
  private static final Pattern TCP_PAGES = Pattern.compile("TCP:.* mem (\\d+)");
  private static final long PAGE_BYTES = 4096;

  private KernelMemory() {}

  /** Bytes of kernel objects (slab), and of socket buffers of TCP. */
  public static long bytes() {
    return 1024 * number(OBJECTS, SLAB) + PAGE_BYTES * number(SOCKETS, TCP_PAGES);
  }

  private static long number(Path file, Pattern pattern) {
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (String line : lines) {
      Matcher matcher = pattern.matcher(line);
      if (matcher.find()) {
        return Long.parseLong(matcher.group(1));
      }
    }
    throw new IllegalStateException(file + " has no line like " + pattern);
  }
}

package io.kqueueserver.benchmarks.compare;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What the kernel knows of a process: proc(5). */
final class ProcFs {
  /** USER_HZ: the unit of {@code stat}, 100 on every Linux that runs Java. */
  private static final long MICROS_PER_TICK = 10_000;

  /** In {@code stat}, counted from the field after the command's closing parenthesis. */
  private static final int UTIME = 11;

  private static final int STIME = 12;

  private final Path directory;

  ProcFs(long pid) {
    this.directory = Path.of("/proc", Long.toString(pid));
  }

  /** User and system time of all threads, dead ones included. */
  long cpuMicros() throws IOException {
    String stat = Files.readString(directory.resolve("stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return (Long.parseLong(fields[UTIME]) + Long.parseLong(fields[STIME])) * MICROS_PER_TICK;
  }

  long residentBytes() throws IOException {
    return residentBytesOutside(0, 0);
  }

  /** Resident memory of the mappings that do not begin within {@code [from, to)}. */
  long residentBytesOutside(long from, long to) throws IOException {
    List<String> lines =
        Files.readAllLines(directory.resolve("smaps"), StandardCharsets.ISO_8859_1);
    long kibibytes = 0;
    boolean counted = true;
    for (String line : lines) {
      int dash = line.indexOf('-');
      int space = line.indexOf(' ');
      if (dash > 0 && dash < space && line.charAt(0) != 'V') {
        long start = Long.parseUnsignedLong(line.substring(0, dash), 16);
        counted = start < from || start >= to;
      } else if (counted && line.startsWith("Rss:")) {
        kibibytes += Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    return kibibytes * 1024;
  }

  static String loadAverage() throws IOException {
    return Files.readString(Path.of("/proc/loadavg")).split(" ")[0];
  }
}

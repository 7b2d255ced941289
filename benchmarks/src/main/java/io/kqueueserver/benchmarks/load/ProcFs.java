package io.kqueueserver.benchmarks.load;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The values of a process in Linux's proc(5). */
public final class ProcFs {
  /** USER_HZ, which is 100 on every architecture we run on. */
  private static final long NANOS_PER_TICK = 10_000_000;

  private static final int CHUNK_BYTES = 16 * 1024;

  private static final Pattern MAPPING = Pattern.compile("^([0-9a-f]+)-[0-9a-f]+ ");

  private ProcFs() {}

  /** CPU time of all threads, those that have ended included. */
  public static long cpuNanos(long pid) {
    String stat = read(Path.of("/proc/" + pid + "/stat"));
    // The command, in parentheses, may contain blanks: count behind it. utime is field 14.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * NANOS_PER_TICK;
  }

  /** CPU time of each living thread whose name begins so, in nanoseconds. */
  public static Map<String, Long> threadCpuNanos(long pid, String prefix) {
    Map<String, Long> times = new TreeMap<>();
    for (Path task : list(Path.of("/proc/" + pid + "/task"))) {
      String name = read(task.resolve("comm")).strip();
      if (name.startsWith(prefix)) {
        times.put(name, Long.parseLong(read(task.resolve("schedstat")).split(" ")[0]));
      }
    }
    return times;
  }

  public static long rssBytes(long pid) {
    return kibibytes(Path.of("/proc/" + pid + "/status"), "VmRSS:") * 1024;
  }

  /** Resident bytes of all mappings that do not begin in the range. */
  static long rssBytesOutside(long pid, long from, long to) {
    long kibibytes = 0;
    boolean counts = true;
    for (String line : read(Path.of("/proc/" + pid + "/smaps")).lines().toList()) {
      Matcher mapping = MAPPING.matcher(line);
      if (mapping.find()) {
        long start = Long.parseUnsignedLong(mapping.group(1), 16);
        counts = start < from || start >= to;
      } else if (counts && line.startsWith("Rss:")) {
        kibibytes += Long.parseLong(line.replaceAll("\\D+", ""));
      }
    }
    return kibibytes * 1024;
  }

  public static int descriptors(long pid) {
    return list(Path.of("/proc/" + pid + "/fd")).size();
  }

  /** A line such as {@code MemAvailable: 1024 kB}. */
  static long kibibytes(Path file, String name) {
    return read(file)
        .lines()
        .filter(line -> line.startsWith(name))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D+", "")))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException(file + " has no line " + name));
  }

  /** What each descriptor is: a path, or its kind and number. */
  public static Map<String, String> descriptorTargets(long pid) {
    Map<String, String> targets = new TreeMap<>();
    for (Path entry : list(Path.of("/proc/" + pid + "/fd"))) {
      try {
        targets.put(entry.getFileName().toString(), Files.readSymbolicLink(entry).toString());
      } catch (IOException e) {
        targets.put(entry.getFileName().toString(), "closed meanwhile");
      }
    }
    return targets;
  }

  static String read(Path file) {
    // Files.readString begins with one byte, and after that the files of /proc/sys are at their
    // end.
    byte[] chunk = new byte[CHUNK_BYTES];
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (InputStream in = Files.newInputStream(file)) {
      for (int n; (n = in.read(chunk)) > 0; ) {
        bytes.write(chunk, 0, n);
      }
      return bytes.toString(StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> list(Path directory) {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.toList();
    } catch (NoSuchFileException e) {
      return new ArrayList<>();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package io.kqueueserver.ffi;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The numbers of one operating system on one processor: constants, struct layouts and linker
 * symbols under their C names. Immutable. Looking a name up costs a hash; callers keep the answer
 * in a field.
 */
public final class Abi {
  /** Every system there is a column for, by the names {@link #named} takes. */
  static final List<String> NAMES =
      List.of(
          "darwin-x86_64",
          "darwin-aarch64",
          "freebsd-x86_64",
          "freebsd-aarch64",
          "netbsd-x86_64",
          "openbsd-x86_64",
          "dragonfly-x86_64",
          "linux-x86_64",
          "linux-aarch64",
          "libkqueue-x86_64");

  private final String name;
  private final String os;
  private final Map<String, Long> numbers = new HashMap<>();
  private final Map<String, String> symbols = new HashMap<>();

  private Abi(String name) {
    this.name = name;
    int dash = name.indexOf('-');
    this.os = name.substring(0, dash);
    boolean aarch64 = name.endsWith("-aarch64");
    for (String table :
        List.of(
            AbiTable.LAYOUTS,
            AbiTable.EVENTS,
            AbiTable.SOCKETS,
            AbiTable.ERRNOS,
            AbiTable.SYMBOLS,
            AbiTable.OWN,
            AbiTable.TRAITS)) {
      parse(table, aarch64);
    }
  }

  /** Done by hand: splitting with patterns costs milliseconds on the way to the first request. */
  private void parse(String table, boolean aarch64) {
    int column = -1;
    for (int start = 0, end; start < table.length(); start = end + 1) {
      end = table.indexOf('\n', start);
      if (column < 0) {
        column = columnOf(table, start, end); // the first line names the columns
        continue;
      }
      String cell = cell(table, start, end, column);
      if (cell.equals("-")) {
        continue;
      }
      int slash = cell.indexOf('/');
      if (slash >= 0) {
        cell = aarch64 ? cell.substring(slash + 1) : cell.substring(0, slash);
      }
      String row = cell(table, start, end, 0);
      if (row.startsWith("sym.")) {
        symbols.put(row.substring("sym.".length()), cell);
      } else {
        numbers.put(row, Long.valueOf(cell));
      }
    }
  }

  private int columnOf(String table, int start, int end) {
    int column = 1;
    while (!cell(table, start, end, column).equals(os)) {
      column++;
    }
    return column;
  }

  /** The text of a column in the line from start to end; columns are parted by runs of blanks. */
  private static String cell(String table, int start, int end, int column) {
    int from = start;
    for (int i = 0; ; i++) {
      int to = table.indexOf(' ', from);
      to = to < 0 || to > end ? end : to;
      if (i == column) {
        return table.substring(from, to);
      }
      from = to;
      while (table.charAt(from) == ' ') {
        from++;
      }
    }
  }

  /**
   * The row of that name, for example {@code netbsd-x86_64}; {@code libkqueue} alone will do for
   * its only row.
   *
   * @throws NativeUnavailableException if there is no such row
   */
  public static Abi named(String name) {
    String full = name.equals("libkqueue") ? "libkqueue-x86_64" : name;
    if (!NAMES.contains(full)) {
      throw new NativeUnavailableException(
          "no ABI row is named " + name, "choose one of " + String.join(", ", NAMES));
    }
    return new Abi(full);
  }

  /**
   * The row of the system this JVM runs on.
   *
   * @throws NativeUnavailableException if it is none of the known
   */
  public static Abi host() {
    String name = hostName(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
    if (name == null) {
      throw new NativeUnavailableException(
          "there are no ABI tables for "
              + System.getProperty("os.name")
              + " on "
              + System.getProperty("os.arch")
              + ", only for "
              + String.join(", ", systems()),
          "use another embedded server here");
    }
    return named(name);
  }

  /** The rows of whole systems; libkqueue's is that of a library. */
  static List<String> systems() {
    return NAMES.subList(0, NAMES.size() - 1);
  }

  static @Nullable String hostName(String osName, String osArch) {
    String lower = osName.toLowerCase(Locale.ROOT);
    String os =
        lower.startsWith("mac") || lower.startsWith("darwin")
            ? "darwin"
            : lower.startsWith("dragonfly") ? "dragonfly" : lower;
    String arch =
        switch (osArch) {
          case "amd64", "x86_64", "x86-64" -> "x86_64";
          case "aarch64", "arm64" -> "aarch64";
          default -> osArch;
        };
    String name = os + "-" + arch;
    return NAMES.contains(name) ? name : null;
  }

  /** For example {@code linux-x86_64}. */
  public String name() {
    return name;
  }

  /** For example {@code linux}. */
  public String os() {
    return os;
  }

  public boolean isLinux() {
    return os.equals("linux");
  }

  public boolean isDarwin() {
    return os.equals("darwin");
  }

  /** Whether the system has the constant, field or struct. */
  public boolean has(String constant) {
    return numbers.containsKey(constant);
  }

  /**
   * The constant, or the size or offset as {@code struct.sizeof}, {@code struct.field.offset}; the
   * low 32 bits of those that need more.
   *
   * @throws NativeUnavailableException if the system has none
   */
  public int constant(String constant) {
    return (int) longConstant(constant);
  }

  /**
   * As {@link #constant}, for unsigned longs such as ioctl requests, which must not be
   * sign-extended.
   */
  public long longConstant(String constant) {
    Long value = numbers.get(constant);
    if (value == null) {
      throw new NativeUnavailableException(
          name + " has no " + constant,
          "report it: only what all systems have may be asked for without looking");
    }
    return value;
  }

  /** The constant, or what stands for it where the system has none. */
  public int constant(String constant, int absent) {
    return has(constant) ? constant(constant) : absent;
  }

  /** The linker symbol behind a C function, or null if the system has no such function. */
  public @Nullable String symbol(String function) {
    return symbols.get(function);
  }

  Map<String, Long> numbers() {
    return numbers;
  }

  Map<String, String> symbols() {
    return symbols;
  }

  @Override
  public String toString() {
    return name;
  }
}

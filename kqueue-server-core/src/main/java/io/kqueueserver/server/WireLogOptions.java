package io.kqueueserver.server;

import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * Options of the log of heads and frames.
 *
 * @param enabled whether the log is on
 * @param masked names of fields with masked values, besides {@link #ALWAYS_MASKED}; case is ignored
 */
public record WireLogOptions(boolean enabled, Set<String> masked) {
  /** Names of the fields with credentials. */
  public static final Set<String> ALWAYS_MASKED =
      Set.of("authorization", "proxy-authorization", "cookie", "set-cookie");

  public static final WireLogOptions DEFAULTS = new WireLogOptions(false, Set.of());

  public WireLogOptions {
    Set<String> folded = new TreeSet<>();
    masked.forEach(name -> folded.add(name.strip().toLowerCase(Locale.ROOT)));
    masked = Set.copyOf(folded);
  }

  boolean masks(String name) {
    String folded = name.toLowerCase(Locale.ROOT);
    return ALWAYS_MASKED.contains(folded) || masked.contains(folded);
  }
}

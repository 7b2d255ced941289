package io.kqueueserver.server;

import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * The log of what goes over the wire.
 *
 * @param enabled whether there is one
 * @param masked names of fields whose values are not shown, besides {@link #ALWAYS_MASKED}; upper
 *     and lower case are one
 */
public record WireLogOptions(boolean enabled, Set<String> masked) {
  /** Fields whose values are credentials. */
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

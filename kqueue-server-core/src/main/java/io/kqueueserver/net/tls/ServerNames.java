package io.kqueueserver.net.tls;

import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Finds the profile for the name a client asks for (RFC 6066 3, wildcards as RFC 6125 6.4.3). */
final class ServerNames {
  private ServerNames() {}

  /** Host names know no case, and a final dot says nothing. */
  static String fold(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
  }

  /** The exact name, else the wildcard for its first label, else the default. */
  static TlsProfile choose(TlsOptions options, @Nullable String serverName) {
    Map<String, Supplier<TlsProfile>> byName = options.byServerName();
    Supplier<TlsProfile> found = null;
    if (serverName != null && !byName.isEmpty()) {
      found = byName.get(serverName);
      int dot = serverName.indexOf('.');
      if (found == null && dot > 0) {
        found = byName.get("*" + serverName.substring(dot));
      }
    }
    return (found == null ? options.profile() : found).get();
  }
}

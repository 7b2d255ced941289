package io.kqueueserver.net.tls;

import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Finds the profile of a requested server name (RFC 6066 3, wildcards as in RFC 6125 6.4.3). */
final class ServerNames {
  private ServerNames() {}

  /** Folds a host name: to lower case, and without a final dot. */
  static String fold(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
  }

  /** The profile of the exact name, else of the wildcard for its first label, else the default. */
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

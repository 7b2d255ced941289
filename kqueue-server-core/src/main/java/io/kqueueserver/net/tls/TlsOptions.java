package io.kqueueserver.net.tls;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The TLS options of one server. Each handshake calls a supplier, on a loop's thread. A supplier
 * must return at once, and its result may change while the server runs.
 *
 * @param profile the profile for clients that name no server, or an unknown one
 * @param byServerName profiles by requested name, whole ({@code shop.example}) or with a wildcard
 *     for its first label ({@code *.example}); case is ignored
 * @param handshakeTimeout the time from the start of the connection to the end of its handshake
 * @param maxHandshakes maximum number of handshakes under way, counted from a complete ClientHello;
 *     a client beyond it is refused
 */
public record TlsOptions(
    Supplier<TlsProfile> profile,
    Map<String, Supplier<TlsProfile>> byServerName,
    Duration handshakeTimeout,
    int maxHandshakes) {
  public static final Duration DEFAULT_HANDSHAKE_TIMEOUT = Duration.ofSeconds(10);

  /** 1024 handshakes: each holds an engine of some tens of KiB, together about 50 MiB at most. */
  public static final int DEFAULT_MAX_HANDSHAKES = 1024;

  /**
   * Checks every bound.
   *
   * @throws IllegalArgumentException if a value is out of bounds; the message names the option, its
   *     value and the bounds
   */
  public TlsOptions {
    Map<String, Supplier<TlsProfile>> folded = new TreeMap<>();
    byServerName.forEach((name, supplier) -> folded.put(ServerNames.fold(name), supplier));
    byServerName = Map.copyOf(folded);
    if (handshakeTimeout.isNegative() || handshakeTimeout.isZero()) {
      throw new IllegalArgumentException(
          "tls.handshake-timeout is " + handshakeTimeout + "; it must be more than zero");
    }
    if (maxHandshakes < 1) {
      throw new IllegalArgumentException(
          "tls.max-handshakes is " + maxHandshakes + "; it must be at least 1");
    }
  }

  /** Options with one profile for all clients. */
  public static TlsOptions of(TlsProfile profile) {
    return new TlsOptions(
        () -> profile, Map.of(), DEFAULT_HANDSHAKE_TIMEOUT, DEFAULT_MAX_HANDSHAKES);
  }

  public TlsOptions handshakeTimeout(Duration timeout) {
    return new TlsOptions(profile, byServerName, timeout, maxHandshakes);
  }

  /** These options with other values; a null argument keeps the value. */
  public TlsOptions with(@Nullable Duration timeout, @Nullable Integer most) {
    TlsOptions options = timeout == null ? this : handshakeTimeout(timeout);
    return most == null ? options : options.maxHandshakes(most);
  }

  public TlsOptions maxHandshakes(int most) {
    return new TlsOptions(profile, byServerName, handshakeTimeout, most);
  }
}

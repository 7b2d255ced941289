package io.kqueueserver.net.tls;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * TLS of one server. The suppliers are asked at each handshake, on loop threads: they must answer
 * at once, and what they answer may change while the server runs.
 *
 * @param profile for clients that name no server, or one that is not listed
 * @param byServerName by the name a client asks for, whole ({@code shop.example}) or with a
 *     wildcard for its first label ({@code *.example}); upper and lower case are one
 * @param handshakeTimeout from the start of the connection to the end of its handshake
 * @param maxHandshakes handshakes under way at once, counted from a complete ClientHello; a client
 *     beyond them is refused
 */
public record TlsOptions(
    Supplier<TlsProfile> profile,
    Map<String, Supplier<TlsProfile>> byServerName,
    Duration handshakeTimeout,
    int maxHandshakes) {
  public static final Duration DEFAULT_HANDSHAKE_TIMEOUT = Duration.ofSeconds(10);

  /** Each holds an engine, some tens of KiB: together not more than about 50 MiB. */
  public static final int DEFAULT_MAX_HANDSHAKES = 1024;

  /**
   * Checks every bound.
   *
   * @throws IllegalArgumentException naming the option, its value and what is allowed
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

  /** One profile for everybody. */
  public static TlsOptions of(TlsProfile profile) {
    return new TlsOptions(
        () -> profile, Map.of(), DEFAULT_HANDSHAKE_TIMEOUT, DEFAULT_MAX_HANDSHAKES);
  }

  public TlsOptions handshakeTimeout(Duration timeout) {
    return new TlsOptions(profile, byServerName, timeout, maxHandshakes);
  }

  /** These, with what is given in place of their own. */
  public TlsOptions with(@Nullable Duration timeout, @Nullable Integer most) {
    TlsOptions options = timeout == null ? this : handshakeTimeout(timeout);
    return most == null ? options : options.maxHandshakes(most);
  }

  public TlsOptions maxHandshakes(int most) {
    return new TlsOptions(profile, byServerName, handshakeTimeout, most);
  }
}

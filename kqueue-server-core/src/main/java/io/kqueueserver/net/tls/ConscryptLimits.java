package io.kqueueserver.net.tls;

import java.security.GeneralSecurityException;
import java.security.Provider;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * What Conscrypt's engine cannot do. It ignores some of it without a word, so the start has to ask.
 */
final class ConscryptLimits {
  private static final String TLS_1_3 = "TLSv1.3";
  private static final Set<String> PROTOCOLS = Set.of("TLSv1.2", TLS_1_3);

  /** Conscrypt offers all three in TLS 1.3, whatever suites are enabled. */
  private static final List<String> SUITES_OF_TLS_1_3 =
      List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

  private ConscryptLimits() {}

  /**
   * Checks names of protocols and suites.
   *
   * @throws TlsProviderException if Conscrypt would do otherwise than the profile says
   */
  static void check(TlsProfile profile, SSLEngine engine) {
    List<String> protocols = profile.protocols();
    if (protocols != null) {
      List<String> unknown = new ArrayList<>(protocols);
      unknown.removeAll(PROTOCOLS);
      if (!unknown.isEmpty()) {
        throw new TlsProviderException(
            "Conscrypt does not speak " + String.join(", ", unknown),
            "enable TLSv1.2 and TLSv1.3 alone",
            null);
      }
    }
    List<String> suites = profile.ciphers();
    if (suites != null) {
      List<String> unknown = new ArrayList<>(suites);
      unknown.removeAll(Arrays.asList(engine.getSupportedCipherSuites()));
      if (!unknown.isEmpty()) {
        throw new TlsProviderException(
            "Conscrypt does not have the cipher suites " + String.join(", ", unknown),
            "remove them from the list",
            null);
      }
      if ((protocols == null || protocols.contains(TLS_1_3))
          && !suites.containsAll(SUITES_OF_TLS_1_3)) {
        throw new TlsProviderException(
            "Conscrypt offers all cipher suites of TLS 1.3, and the list does not name all",
            "add " + String.join(", ", SUITES_OF_TLS_1_3) + ", or do without TLSv1.3",
            null);
      }
    }
  }

  /**
   * Tries a handshake. Clients of two providers try it, because either may be without an algorithm
   * of the server.
   *
   * @throws TlsProviderException if both fail
   */
  static void tryKeys(Supplier<SSLEngine> engines, Provider provider) {
    Exception failure = failure(engines.get(), provider);
    if (failure != null && failure(engines.get(), null) != null) {
      throw new TlsProviderException(
          "Conscrypt cannot serve with the key of this bundle (" + failure.getMessage() + ")",
          "use an RSA key, or an EC key of the curve P-256, P-384 or P-521, with its certificate",
          failure);
    }
  }

  private static @Nullable Exception failure(SSLEngine server, @Nullable Provider provider) {
    try {
      new TrialHandshake(server, provider).run();
      return null;
    } catch (SSLException | GeneralSecurityException | IllegalArgumentException e) {
      return e;
    }
  }
}

package io.kqueueserver.net.tls;

import io.kqueueserver.net.ApplicationProtocol;
import java.util.List;
import java.util.function.BiFunction;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Chooses a protocol of ALPN when version and cipher suite of a handshake are known. The choice is
 * the server's first protocol that the client offers and that fits version and suite. Any thread.
 */
final class AlpnSelector implements BiFunction<SSLEngine, List<String>, @Nullable String> {
  private final List<ApplicationProtocol> protocols;

  /**
   * Makes a selector.
   *
   * @param protocols the server's protocols in order of preference
   */
  AlpnSelector(List<ApplicationProtocol> protocols) {
    this.protocols = List.copyOf(protocols);
  }

  /** Returns null if no protocol fits; the engine then sends {@code no_application_protocol}. */
  @Override
  public @Nullable String apply(SSLEngine engine, List<String> offered) {
    SSLSession session = chosen(engine);
    for (ApplicationProtocol protocol : protocols) {
      boolean fits = session == null || protocol.fits().test(session);
      if (fits && offered.contains(protocol.name())) {
        return protocol.name();
      }
    }
    return null;
  }

  /** The session of the handshake; null if the engine does not show it before the end. */
  private static @Nullable SSLSession chosen(SSLEngine engine) {
    SSLSession session = engine.getHandshakeSession();
    boolean known = session != null && !session.getCipherSuite().endsWith("_NULL_WITH_NULL_NULL");
    return known ? session : null;
  }
}

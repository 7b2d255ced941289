package io.kqueueserver.net.tls;

import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * How one handshake is done: keys and trust, and what is offered.
 *
 * @param context holds the keys, the trust and the sessions that may be resumed
 * @param ciphers the suites in order of preference; null for the JDK's own
 * @param protocols such as {@code TLSv1.3}; null for the JDK's own
 */
public record TlsProfile(
    SSLContext context,
    ClientAuth clientAuth,
    @Nullable List<String> ciphers,
    @Nullable List<String> protocols) {

  public TlsProfile {
    ciphers = ciphers == null ? null : List.copyOf(ciphers);
    protocols = protocols == null ? null : List.copyOf(protocols);
  }

  /** Everything but the context as the JDK has it. */
  public static TlsProfile of(SSLContext context) {
    return new TlsProfile(context, ClientAuth.NONE, null, null);
  }

  /**
   * Makes an engine for one connection, the server's side.
   *
   * @throws IllegalArgumentException naming a cipher or protocol the JDK does not know
   */
  SSLEngine newEngine(List<String> applicationProtocols) {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(false);
    SSLParameters parameters = engine.getSSLParameters();
    if (ciphers != null) {
      parameters.setCipherSuites(ciphers.toArray(String[]::new));
    }
    if (protocols != null) {
      parameters.setProtocols(protocols.toArray(String[]::new));
    }
    // Setting one of the two clears the other.
    switch (clientAuth) {
      case NONE -> parameters.setNeedClientAuth(false);
      case WANT -> parameters.setWantClientAuth(true);
      case NEED -> parameters.setNeedClientAuth(true);
    }
    parameters.setUseCipherSuitesOrder(true); // ours goes before the client's
    parameters.setApplicationProtocols(applicationProtocols.toArray(String[]::new));
    engine.setSSLParameters(parameters);
    return engine;
  }

  /** Fails where a handshake would: on ciphers and protocols the JDK does not know. */
  public void verify() {
    newEngine(List.of());
  }
}

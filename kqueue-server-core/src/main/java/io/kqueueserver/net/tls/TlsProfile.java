package io.kqueueserver.net.tls;

import java.util.List;
import java.util.function.BiFunction;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * The keys, the trust and the offers of a handshake.
 *
 * @param context holds the keys, the trust and the sessions that may be resumed
 * @param ciphers the suites in order of preference; null for the JDK's default
 * @param protocols the versions, such as {@code TLSv1.3}; null for the JDK's default
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

  /** A profile with the JDK's defaults. */
  public static TlsProfile of(SSLContext context) {
    return new TlsProfile(context, ClientAuth.NONE, null, null);
  }

  /**
   * Makes an engine for one connection, the server's side.
   *
   * @throws IllegalArgumentException if the JDK does not know a cipher or protocol
   */
  SSLEngine newEngine(BiFunction<SSLEngine, List<String>, @Nullable String> alpn) {
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
    parameters.setUseCipherSuitesOrder(true); // the server's order overrides the client's
    engine.setSSLParameters(parameters);
    engine.setHandshakeApplicationProtocolSelector(alpn);
    if (EngineMemory.of(engine) == EngineMemory.NATIVE) {
      ConscryptCalls.useTickets(engine);
    }
    return engine;
  }

  /**
   * Makes an engine, so that an unknown cipher or protocol fails the start and no handshake.
   *
   * @throws TlsProviderException if the provider's engine cannot do what this profile says
   * @throws IllegalArgumentException if the JDK does not know a cipher or protocol
   */
  public void verify() {
    SSLEngine plain = context.createSSLEngine();
    if (EngineMemory.of(plain) == EngineMemory.NATIVE) {
      ConscryptLimits.check(this, plain);
      ConscryptLimits.tryKeys(
          new TlsProfile(context, ClientAuth.NONE, ciphers, protocols)::newTrial,
          context.getProvider());
    }
    plain.closeOutbound();
    newTrial().closeOutbound();
  }

  /** Number of descriptors that each engine holds besides the connection's. */
  public int descriptors() {
    return EngineMemory.of(context) == EngineMemory.NATIVE ? EngineMemory.NATIVE_DESCRIPTORS : 0;
  }

  private SSLEngine newTrial() {
    return newEngine(new AlpnSelector(List.of()));
  }
}

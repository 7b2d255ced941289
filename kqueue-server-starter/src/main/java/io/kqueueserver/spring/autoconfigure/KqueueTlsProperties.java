package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.spring.TlsProvider;
import io.kqueueserver.spring.TlsProviderOptions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** Settings of TLS engines and handshakes. Keys and protocols are set by {@code server.ssl}. */
public class KqueueTlsProperties {
  /**
   * Whose engines encrypt. With jdk, those of the JVM, whatever is on the class path. With
   * conscrypt, those of org.conscrypt:conscrypt-openjdk-uber, which the application has to add.
   * With auto, Conscrypt's if they can be used, else the JVM's.
   */
  private TlsProvider provider = TlsProvider.JDK;

  /** Providers of single SSL bundles, by the bundle's name, instead of the one for all. */
  private Map<String, TlsProvider> providers = new LinkedHashMap<>();

  /** How long a client may take from its connect to the end of its TLS handshake. */
  private Duration handshakeTimeout = Duration.ofSeconds(10);

  /** Maximum number of TLS handshakes under way at once. A client beyond it is refused. */
  private int maxHandshakes = 1024;

  public TlsProvider getProvider() {
    return provider;
  }

  public void setProvider(TlsProvider provider) {
    this.provider = provider;
  }

  public Map<String, TlsProvider> getProviders() {
    return providers;
  }

  public void setProviders(Map<String, TlsProvider> providers) {
    this.providers = providers;
  }

  public Duration getHandshakeTimeout() {
    return handshakeTimeout;
  }

  public void setHandshakeTimeout(Duration handshakeTimeout) {
    this.handshakeTimeout = handshakeTimeout;
  }

  public int getMaxHandshakes() {
    return maxHandshakes;
  }

  public void setMaxHandshakes(int maxHandshakes) {
    this.maxHandshakes = maxHandshakes;
  }

  TlsProviderOptions toProviders(boolean allowHalfClose) {
    return new TlsProviderOptions(provider, providers, allowHalfClose);
  }
}

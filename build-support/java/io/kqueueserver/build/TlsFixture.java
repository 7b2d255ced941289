package io.kqueueserver.build;

import io.kqueueserver.net.tls.TlsProviderException;
import io.kqueueserver.net.tls.TlsProviders;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import org.opentest4j.TestAbortedException;

/** Contexts with the keys of {@code build-support/test-certificates}, each made anew. */
public final class TlsFixture {
  private static final char[] PASSWORD = "changeit".toCharArray();

  /** Read once: a key store costs a hundred milliseconds of key derivation, and more at first. */
  private static final Map<String, X509ExtendedKeyManager> KEYS = new ConcurrentHashMap<>();

  private static final int NARROW_BYTES = 16 * 1024;

  private TlsFixture() {}

  /** For localhost; trusts the CA that signed the client. */
  public static SSLContext server() {
    return context("server.p12");
  }

  /** For shop.example and the names below it. */
  public static SSLContext shop() {
    return context("shop.p12");
  }

  /** Trusts both servers. */
  public static SSLContext client() {
    return context("");
  }

  public static SSLContext clientWithCertificate() {
    return context("client.p12");
  }

  public static Path file(String name) {
    try {
      return Path.of(TlsFixture.class.getResource("/tls/" + name).toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  /** A connected socket that has not begun its handshake. */
  public static SSLSocket connect(SSLContext client, int port) {
    try {
      return (SSLSocket)
          client.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** With so small a window that a few MB fill it and the server's buffer. */
  public static SSLSocket connectNarrow(int port) {
    try {
      Socket raw = new Socket();
      raw.setReceiveBufferSize(NARROW_BYTES);
      raw.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return over(raw);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Over a socket that the test keeps at hand, to be cut off by TCP alone. */
  public static SSLSocket over(Socket raw) {
    try {
      return (SSLSocket)
          client().getSocketFactory().createSocket(raw, "localhost", raw.getPort(), true);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The subject of the certificate the server shows to a client that asks for this name. */
  public static String serverSeen(int port, SNIServerName... asked) throws IOException {
    try (SSLSocket socket = connect(client(), port)) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setServerNames(List.of(asked));
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
          .getSubjectX500Principal()
          .getName();
    }
  }

  /** As {@link #server()}; the hook runs where the key is chosen: in the engine's task. */
  public static SSLContext server(Runnable whenKeyIsChosen) {
    return context("server.p12", keys -> new HookedKeys(keys, whenKeyIsChosen));
  }

  /** As {@link #server()}, by another provider than the JDK's, which is not installed for it. */
  public static SSLContext server(Provider provider) {
    return context("server.p12", provider);
  }

  /** Conscrypt's provider, which has no library for every system: there the test is aborted. */
  public static Provider conscrypt() {
    try {
      return TlsProviders.conscrypt();
    } catch (TlsProviderException e) {
      throw new TestAbortedException(e.problem(), e);
    }
  }

  /** As {@link #shop()}, by another provider. */
  public static SSLContext shop(Provider provider) {
    return context("shop.p12", provider);
  }

  /** With the provider's own key and trust managers, where it has some; else with the JDK's. */
  private static SSLContext context(String keys, Provider provider) {
    try {
      KeyManager[] keyManagers = {KEYS.computeIfAbsent(keys, TlsFixture::keys)};
      TrustManager[] trustManagers = Trust.MANAGERS;
      if (provider.getService("KeyManagerFactory", "PKIX") != null) {
        KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX", provider);
        factory.init(store(keys), PASSWORD);
        keyManagers = factory.getKeyManagers();
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX", provider);
        trust.init(store("trust.p12"));
        trustManagers = trust.getTrustManagers();
      }
      SSLContext context = SSLContext.getInstance("TLS", provider);
      context.init(keyManagers, trustManagers, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static SSLContext context(String keys) {
    return context(keys, keyManager -> keyManager);
  }

  private static SSLContext context(
      String keys, UnaryOperator<X509ExtendedKeyManager> keyManagers) {
    try {
      KeyManager used = keyManagers.apply(KEYS.computeIfAbsent(keys, TlsFixture::keys));
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(new KeyManager[] {used}, Trust.MANAGERS, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static X509ExtendedKeyManager keys(String name) {
    try {
      KeyManagerFactory factory =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      factory.init(name.isEmpty() ? null : store(name), PASSWORD);
      return (X509ExtendedKeyManager) factory.getKeyManagers()[0];
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static final class Trust {
    static final TrustManager[] MANAGERS = managers();

    private static TrustManager[] managers() {
      try {
        TrustManagerFactory factory =
            TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store("trust.p12"));
        return factory.getTrustManagers();
      } catch (GeneralSecurityException e) {
        throw new AssertionError(e);
      }
    }
  }

  private static KeyStore store(String name) {
    try (InputStream in = TlsFixture.class.getResourceAsStream("/tls/" + name)) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(in, PASSWORD);
      return store;
    } catch (IOException | GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static final class HookedKeys extends X509ExtendedKeyManager {
    private final X509ExtendedKeyManager keys;
    private final Runnable hook;

    HookedKeys(X509ExtendedKeyManager keys, Runnable hook) {
      this.keys = keys;
      this.hook = hook;
    }

    @Override
    public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
      String alias = keys.chooseEngineServerAlias(keyType, issuers, engine);
      if (alias != null) {
        hook.run();
      }
      return alias;
    }

    @Override
    public String[] getClientAliases(String keyType, Principal[] issuers) {
      return keys.getClientAliases(keyType, issuers);
    }

    @Override
    public String chooseClientAlias(String[] keyType, Principal[] issuers, Socket socket) {
      return keys.chooseClientAlias(keyType, issuers, socket);
    }

    @Override
    public String[] getServerAliases(String keyType, Principal[] issuers) {
      return keys.getServerAliases(keyType, issuers);
    }

    @Override
    public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
      return keys.chooseServerAlias(keyType, issuers, socket);
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return keys.getCertificateChain(alias);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return keys.getPrivateKey(alias);
    }
  }
}

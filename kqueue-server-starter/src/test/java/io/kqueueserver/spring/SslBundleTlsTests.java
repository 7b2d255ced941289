package io.kqueueserver.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.kqueueserver.build.TlsFixture;
import io.kqueueserver.net.tls.TlsOptions;
import io.kqueueserver.net.tls.TlsProfile;
import java.util.Map;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.springframework.boot.ssl.DefaultSslBundleRegistry;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslManagerBundle;
import org.springframework.boot.ssl.SslStoreBundle;
import org.springframework.boot.web.server.Ssl;

/** How updates of bundles reach the profiles of a server. */
class SslBundleTlsTests {
  private final SSLContext first = TlsFixture.server();
  private final SSLContext second = TlsFixture.shop();
  private final DefaultSslBundleRegistry bundles = new DefaultSslBundleRegistry("a", bundle(first));

  @Test
  void anUpdateIsSeenByTheNextHandshake() {
    TlsOptions options = options();
    TlsProfile before = options.profile().get();

    bundles.updateBundle("a", bundle(second));

    assertThat(before.context()).isSameAs(first);
    assertThat(options.profile().get().context()).isSameAs(second);
  }

  @Test
  void anUpdateThatCannotBeUsedLeavesWhatWasBefore() {
    TlsOptions options = options();

    bundles.updateBundle("a", bundle(null));

    assertThat(options.profile().get().context()).isSameAs(first);
  }

  @Test
  void anUpdateBetweenTheFirstLookAndTheListeningIsNotLost() {
    DefaultSslBundleRegistry racing =
        new DefaultSslBundleRegistry("a", bundle(first)) {
          @Override
          public void addBundleUpdateHandler(String name, Consumer<SslBundle> handler) {
            updateBundle(name, bundle(second));
            super.addBundleUpdateHandler(name, handler);
          }
        };

    assertThat(options(racing).profile().get().context()).isSameAs(second);
  }

  private TlsOptions options() {
    return options(bundles);
  }

  private static TlsOptions options(DefaultSslBundleRegistry bundles) {
    return SslBundleTls.of(
        Ssl.forBundle("a"), bundles.getBundle("a"), Map.of(), bundles, TlsProviderOptions.DEFAULTS);
  }

  /** Of one context; null for one that fails. */
  private static SslBundle bundle(SSLContext context) {
    SslManagerBundle managers =
        new SslManagerBundle() {
          @Override
          public javax.net.ssl.KeyManagerFactory getKeyManagerFactory() {
            return null;
          }

          @Override
          public javax.net.ssl.TrustManagerFactory getTrustManagerFactory() {
            return null;
          }

          @Override
          public SSLContext createSslContext(String protocol) {
            if (context == null) {
              throw new IllegalStateException("a test's bundle that is broken");
            }
            return context;
          }
        };
    return SslBundle.of(SslStoreBundle.NONE, null, null, null, managers);
  }
}

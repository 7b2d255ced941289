package io.kqueueserver.spring;

import io.kqueueserver.net.tls.ClientAuth;
import io.kqueueserver.net.tls.TlsOptions;
import io.kqueueserver.net.tls.TlsProfile;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.web.server.Ssl;
import org.springframework.boot.web.server.Ssl.ServerNameSslBundle;

/**
 * Translates Spring Boot's SSL bundles to the core's {@link TlsOptions}: the default bundle and the
 * bundles by server name. After an update of a named bundle new handshakes use the new material,
 * and connections that are open go on.
 */
final class SslBundleTls {
  private static final Log logger = LogFactory.getLog(SslBundleTls.class);

  /**
   * The current profile of one bundle. Loops read the profile at each handshake; updates come on
   * any thread.
   */
  private static final class Current implements Supplier<TlsProfile> {
    private final TlsProfiles profiles;
    private final @Nullable String name;
    private volatile TlsProfile profile;

    Current(TlsProfiles profiles, @Nullable String name, SslBundle bundle) {
      this.profiles = profiles;
      this.name = name;
      this.profile = profiles.profile(name, bundle);
    }

    @Override
    public TlsProfile get() {
      return profile;
    }

    void follow(@Nullable SslBundles bundles, SslBundle seen) {
      if (bundles != null && name != null) {
        bundles.addBundleUpdateHandler(name, updated -> update(name, updated));
        SslBundle now = bundles.getBundle(name);
        if (now != seen) { // updated between the first read and the registration of the listener
          update(name, now);
        }
      }
    }

    private void update(String name, SslBundle updated) {
      try {
        profile = profiles.profile(name, updated);
        logger.info("SSL bundle '" + name + "' was updated: new handshakes use it");
      } catch (RuntimeException e) {
        logger.error(
            "SSL bundle '" + name + "' was updated and cannot be used; the one before it stays", e);
      }
    }
  }

  private SslBundleTls() {}

  /**
   * The options of one server, which may be started and stopped many times.
   *
   * @param bundle the bundle for clients that name no server, or an unknown one
   * @param byServerName the bundles by the names in {@code server.ssl.server-name-bundles}
   * @param bundles the source of updates; null for none
   * @param providers whose engines are used
   * @throws InvalidSettingException if a provider is chosen for a bundle that does not exist
   * @throws TlsProviderUnusableException if a provider is missing, or cannot do what is asked
   */
  static TlsOptions of(
      Ssl ssl,
      SslBundle bundle,
      Map<String, SslBundle> byServerName,
      @Nullable SslBundles bundles,
      TlsProviderOptions providers) {
    checkNames(bundles, providers);
    ClientAuth clientAuth =
        Ssl.ClientAuth.map(ssl.getClientAuth(), ClientAuth.NONE, ClientAuth.WANT, ClientAuth.NEED);
    TlsProfiles profiles =
        new TlsProfiles(providers, clientAuth == null ? ClientAuth.NONE : clientAuth);
    Current standard = new Current(profiles, ssl.getBundle(), bundle);
    standard.follow(bundles, bundle);
    Map<String, Supplier<TlsProfile>> byName = new HashMap<>();
    for (ServerNameSslBundle named : ssl.getServerNameBundles()) {
      SslBundle own = byServerName.get(named.serverName());
      if (own != null) {
        Current current = new Current(profiles, named.bundle(), own);
        current.follow(bundles, own);
        byName.put(named.serverName(), current);
      }
    }
    return new TlsOptions(
        standard, byName, TlsOptions.DEFAULT_HANDSHAKE_TIMEOUT, TlsOptions.DEFAULT_MAX_HANDSHAKES);
  }

  private static void checkNames(@Nullable SslBundles bundles, TlsProviderOptions providers) {
    List<String> names = bundles == null ? List.of() : bundles.getBundleNames();
    providers
        .byBundle()
        .forEach(
            (name, provider) -> {
              if (!names.contains(name)) {
                throw new InvalidSettingException(
                    TlsProviderOptions.keyOf(name),
                    provider.name().toLowerCase(Locale.ROOT),
                    "for a bundle of spring.ssl.bundle, which are " + String.join(", ", names));
              }
            });
  }
}

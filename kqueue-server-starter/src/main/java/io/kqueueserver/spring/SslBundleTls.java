package io.kqueueserver.spring;

import io.kqueueserver.net.tls.ClientAuth;
import io.kqueueserver.net.tls.TlsOptions;
import io.kqueueserver.net.tls.TlsProfile;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.ssl.SslOptions;
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
    private final ClientAuth clientAuth;
    private volatile TlsProfile profile;

    Current(SslBundle bundle, ClientAuth clientAuth) {
      this.clientAuth = clientAuth;
      this.profile = profile(bundle, clientAuth);
    }

    @Override
    public TlsProfile get() {
      return profile;
    }

    void follow(@Nullable SslBundles bundles, @Nullable String name, SslBundle seen) {
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
        profile = profile(updated, clientAuth);
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
   */
  static TlsOptions of(
      Ssl ssl,
      SslBundle bundle,
      Map<String, SslBundle> byServerName,
      @Nullable SslBundles bundles) {
    ClientAuth clientAuth =
        Ssl.ClientAuth.map(ssl.getClientAuth(), ClientAuth.NONE, ClientAuth.WANT, ClientAuth.NEED);
    Current standard = new Current(bundle, clientAuth == null ? ClientAuth.NONE : clientAuth);
    standard.follow(bundles, ssl.getBundle(), bundle);
    Map<String, Supplier<TlsProfile>> profiles = new HashMap<>();
    for (ServerNameSslBundle named : ssl.getServerNameBundles()) {
      SslBundle own = byServerName.get(named.serverName());
      if (own != null) {
        Current current = new Current(own, standard.clientAuth);
        current.follow(bundles, named.bundle(), own);
        profiles.put(named.serverName(), current);
      }
    }
    return new TlsOptions(
        standard,
        profiles,
        TlsOptions.DEFAULT_HANDSHAKE_TIMEOUT,
        TlsOptions.DEFAULT_MAX_HANDSHAKES);
  }

  /** The profile of a bundle. Exceptions about keys and certificates are not wrapped. */
  private static TlsProfile profile(SslBundle bundle, ClientAuth clientAuth) {
    // Before createSslContext, which wraps this call's exceptions, for example about an alias that
    // is not there.
    bundle.getManagers().getKeyManagerFactory();
    SslOptions options = bundle.getOptions();
    TlsProfile profile =
        new TlsProfile(
            bundle.createSslContext(),
            clientAuth,
            list(options.getCiphers()),
            list(options.getEnabledProtocols()));
    profile.verify();
    return profile;
  }

  private static @Nullable List<String> list(String @Nullable [] names) {
    return names == null ? null : List.of(names);
  }
}

package io.kqueueserver.spring;

import io.kqueueserver.net.tls.ClientAuth;
import io.kqueueserver.net.tls.TlsProfile;
import io.kqueueserver.net.tls.TlsProviderException;
import io.kqueueserver.net.tls.TlsProviders;
import java.security.GeneralSecurityException;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslManagerBundle;
import org.springframework.boot.ssl.SslOptions;

/** Makes profiles of SSL bundles, each with an engine of the provider that is chosen for it. */
final class TlsProfiles {
  private static final Log logger = LogFactory.getLog(TlsProfiles.class);

  private final TlsProviderOptions providers;
  private final ClientAuth clientAuth;

  TlsProfiles(TlsProviderOptions providers, ClientAuth clientAuth) {
    this.providers = providers;
    this.clientAuth = clientAuth;
  }

  /**
   * The profile of a bundle. Exceptions about keys and certificates are not wrapped.
   *
   * @param name the bundle's name; null for keys that are no bundle's
   * @throws TlsProviderUnusableException if the provider is missing, or cannot do what is asked
   */
  TlsProfile profile(@Nullable String name, SslBundle bundle) {
    // Before a context is made, which wraps this call's exceptions, for example about an alias
    // that is not there.
    bundle.getManagers().getKeyManagerFactory();
    TlsProvider provider = providers.of(name);
    try {
      return provider == TlsProvider.JDK ? byJdk(bundle) : byConscrypt(bundle);
    } catch (TlsProviderException e) {
      if (provider != TlsProvider.AUTO) {
        throw new TlsProviderUnusableException(providers.key(name), provider, name, e);
      }
      logger.info(
          "The JDK's TLS engine serves %s, as %s is auto: %s"
              .formatted(
                  TlsProviderUnusableException.shown(name), providers.key(name), e.problem()));
      return byJdk(bundle);
    }
  }

  private TlsProfile byJdk(SslBundle bundle) {
    return profile(bundle, bundle.createSslContext());
  }

  private TlsProfile byConscrypt(SslBundle bundle) {
    if (providers.allowHalfClose()) {
      throw new TlsProviderException(
          "Conscrypt ends both sides of a connection when the client ends its own, and"
              + " kqueue.server.allow-half-close is true",
          "set kqueue.server.allow-half-close=false",
          null);
    }
    SslManagerBundle managers = bundle.getManagers();
    try {
      SSLContext context = SSLContext.getInstance(bundle.getProtocol(), TlsProviders.conscrypt());
      context.init(managers.getKeyManagers(), managers.getTrustManagers(), null);
      return profile(bundle, context);
    } catch (GeneralSecurityException e) {
      throw new TlsProviderException(
          "Conscrypt makes no context of the protocol "
              + bundle.getProtocol()
              + " ("
              + e.getMessage()
              + ")",
          "leave the bundle's protocol at TLS",
          e);
    }
  }

  private TlsProfile profile(SslBundle bundle, SSLContext context) {
    SslOptions options = bundle.getOptions();
    TlsProfile profile =
        new TlsProfile(
            context, clientAuth, list(options.getCiphers()), list(options.getEnabledProtocols()));
    profile.verify();
    return profile;
  }

  private static @Nullable List<String> list(String @Nullable [] names) {
    return names == null ? null : List.of(names);
  }
}

package io.kqueueserver.spring;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The choice of TLS providers.
 *
 * @param standard for bundles without a choice of their own, and for keys that are no bundle's
 * @param byBundle by the names of SSL bundles
 * @param allowHalfClose whether clients that have closed their sending side still get responses
 */
public record TlsProviderOptions(
    TlsProvider standard, Map<String, TlsProvider> byBundle, boolean allowHalfClose) {
  public static final TlsProviderOptions DEFAULTS =
      new TlsProviderOptions(TlsProvider.JDK, Map.of(), false);

  private static final String KEY = "kqueue.server.tls.provider";
  private static final String KEYS = "kqueue.server.tls.providers.";

  public TlsProviderOptions {
    byBundle = Map.copyOf(byBundle);
  }

  /** The provider of a bundle; of keys that are no bundle's, if the name is null. */
  TlsProvider of(@Nullable String bundle) {
    TlsProvider own = bundle == null ? null : byBundle.get(bundle);
    return own == null ? standard : own;
  }

  /** The configuration key that chooses the provider of a bundle. */
  String key(@Nullable String bundle) {
    return bundle != null && byBundle.containsKey(bundle) ? keyOf(bundle) : KEY;
  }

  /** The configuration key of one bundle's own choice. */
  static String keyOf(String bundle) {
    return KEYS + bundle;
  }
}

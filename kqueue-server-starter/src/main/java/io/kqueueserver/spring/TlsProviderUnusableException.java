package io.kqueueserver.spring;

import io.kqueueserver.net.tls.TlsProviderException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Thrown if the TLS provider of an SSL bundle is missing, or cannot do what is asked of it. */
public final class TlsProviderUnusableException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  private final String key;
  private final String value;
  private final String problem;
  private final String remedy;

  TlsProviderUnusableException(
      String key, TlsProvider provider, @Nullable String bundle, TlsProviderException cause) {
    super(key + ", for " + shown(bundle) + ": " + cause.getMessage(), cause);
    this.key = key;
    this.value = provider.name().toLowerCase(Locale.ROOT);
    this.problem = shown(bundle) + ": " + cause.problem();
    this.remedy = cause.remedy();
  }

  static String shown(@Nullable String bundle) {
    return bundle == null ? "server.ssl" : "SSL bundle '" + bundle + "'";
  }

  /** The configuration key that has chosen the provider. */
  public String key() {
    return key;
  }

  /** The value of the key. */
  public String value() {
    return value;
  }

  /** The problem and the bundle that has it, as a sentence without its full stop. */
  public String problem() {
    return problem;
  }

  /** The remedy, worded to follow "To use it, ". */
  public String remedy() {
    return remedy;
  }
}

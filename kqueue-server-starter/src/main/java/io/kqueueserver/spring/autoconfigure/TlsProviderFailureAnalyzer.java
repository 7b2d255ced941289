package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.spring.TlsProviderUnusableException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.origin.Origin;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

/** Analyzes a TLS provider that cannot be used: names key, value, origin, and the remedy. */
final class TlsProviderFailureAnalyzer
    extends AbstractFailureAnalyzer<TlsProviderUnusableException> {
  private final Environment environment;

  TlsProviderFailureAnalyzer(Environment environment) {
    this.environment = environment;
  }

  @Override
  protected FailureAnalysis analyze(Throwable rootFailure, TlsProviderUnusableException cause) {
    Origin origin = InvalidSettingFailureAnalyzer.origin(environment, cause.key());
    return new FailureAnalysis(
        "The value '"
            + cause.value()
            + "' of "
            + cause.key()
            + (origin == null ? "" : " (from " + origin + ")")
            + " cannot be used for "
            + cause.problem()
            + ".",
        StringUtils.capitalize(cause.remedy())
            + ".\nOr set "
            + cause.key()
            + " to jdk, or to auto, which takes the JDK's engine where Conscrypt's cannot be"
            + " used.",
        cause);
  }
}

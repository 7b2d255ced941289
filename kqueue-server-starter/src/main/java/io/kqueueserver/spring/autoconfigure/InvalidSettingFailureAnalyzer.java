package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.spring.InvalidSettingException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.origin.Origin;
import org.springframework.core.env.Environment;

/** Analyzes a value out of range: names key, value, origin, and the allowed values. */
final class InvalidSettingFailureAnalyzer extends AbstractFailureAnalyzer<InvalidSettingException> {
  private final Environment environment;

  InvalidSettingFailureAnalyzer(Environment environment) {
    this.environment = environment;
  }

  @Override
  protected FailureAnalysis analyze(Throwable rootFailure, InvalidSettingException cause) {
    Origin origin = origin(environment, cause.key());
    return new FailureAnalysis(
        "The value '"
            + cause.value()
            + "' of "
            + cause.key()
            + (origin == null ? "" : " (from " + origin + ")")
            + " is not allowed.",
        cause.key()
            + " must be "
            + cause.allowed()
            + ". Change it, or remove it to have the default.",
        cause);
  }

  /** Where a key was set; null if that is not known. */
  static @Nullable Origin origin(Environment environment, String key) {
    ConfigurationPropertyName name = ConfigurationPropertyName.of(key);
    for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
      ConfigurationProperty property = source.getConfigurationProperty(name);
      if (property != null) {
        return property.getOrigin();
      }
    }
    return null;
  }
}

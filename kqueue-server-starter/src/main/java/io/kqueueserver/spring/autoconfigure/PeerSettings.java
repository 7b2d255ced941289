package io.kqueueserver.spring.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;

/**
 * Settings of Spring Boot's other servers, each with its counterpart here. {@code
 * peer-settings.properties} has them, and {@code docs/migration.md} shows the same lines.
 */
final class PeerSettings {
  /** A key of the file that ends so stands for all keys below it. */
  private static final String BELOW = ".";

  private final Map<ConfigurationPropertyName, String> keys = new HashMap<>();
  private final Map<ConfigurationPropertyName, String> groups = new HashMap<>();

  private PeerSettings() {}

  static PeerSettings load() {
    PeerSettings settings = new PeerSettings();
    lines().forEach((key, counterpart) -> settings.add((String) key, (String) counterpart));
    return settings;
  }

  /** The lines of the file. */
  static Properties lines() {
    Properties lines = new Properties();
    try (InputStream in = PeerSettings.class.getResourceAsStream("peer-settings.properties")) {
      lines.load(Objects.requireNonNull(in, "peer-settings.properties"));
    } catch (IOException e) {
      throw new IllegalStateException("peer-settings.properties cannot be read", e);
    }
    return lines;
  }

  private void add(String key, String counterpart) {
    if (key.endsWith(BELOW)) {
      groups.put(
          ConfigurationPropertyName.of(key.substring(0, key.length() - BELOW.length())),
          counterpart);
    } else {
      keys.put(ConfigurationPropertyName.of(key), counterpart);
    }
  }

  /**
   * The counterpart of a setting, by the longest key that fits. Names are compared as Spring Boot
   * binds them, so that an environment variable is found too.
   *
   * @return null for a key of no other server
   */
  @Nullable String counterpart(ConfigurationPropertyName key) {
    String counterpart = keys.get(key);
    ConfigurationPropertyName group = key;
    while (counterpart == null && !group.isEmpty()) {
      group = group.getParent();
      counterpart = groups.get(group);
    }
    return counterpart;
  }
}

package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.watch.FileWatcher;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.AnyNestedCondition;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.core.io.ResourceLoader;

/**
 * A file watcher for the application and for its SSL bundles, off by default. An unused watcher
 * would load the native library even in an application without a web server.
 */
@AutoConfiguration(before = SslAutoConfiguration.class)
@Conditional(KqueueFileWatcherAutoConfiguration.OnUse.class)
@Import(KqueueServerAutoConfiguration.ServerKeys.class)
@EnableConfigurationProperties(KqueueFileWatcherProperties.class)
public final class KqueueFileWatcherAutoConfiguration {
  private static final String SSL_BUNDLES = "kqueue.server.file-watcher.ssl-bundles";

  @Bean
  @ConditionalOnMissingBean
  FileWatcher kqueueFileWatcher(
      KqueueFileWatcherProperties properties,
      KqueueServerProperties server,
      Environment environment) {
    SettingBounds.check(environment);
    return FileWatcher.builder()
        .debounce(properties.getDebounce())
        .pollInterval(properties.getPollInterval())
        .maxWatches(properties.getMaxWatches())
        .maxDescriptors(properties.getMaxDescriptors())
        .maxEntries(properties.getMaxEntries())
        .maxPendingChanges(properties.getMaxPendingChanges())
        .natives(server.getNative().toOptions())
        .build();
  }

  @Bean
  FileWatcherLifecycle kqueueFileWatcherLifecycle(ObjectProvider<FileWatcher> watchers) {
    return new FileWatcherLifecycle(watchers);
  }

  @Bean
  @ConditionalOnBooleanProperty(SSL_BUNDLES)
  static SslBundleReload kqueueSslBundleReload(
      FileWatcher watcher, Environment environment, ResourceLoader resources) {
    return new SslBundleReload(watcher, environment, resources);
  }

  /** The watcher was asked for, by name or by its use. */
  static final class OnUse extends AnyNestedCondition {
    OnUse() {
      super(ConfigurationPhase.REGISTER_BEAN);
    }

    @ConditionalOnBooleanProperty("kqueue.server.file-watcher.enabled")
    static final class Enabled {}

    @ConditionalOnBooleanProperty(SSL_BUNDLES)
    static final class SslBundles {}
  }
}

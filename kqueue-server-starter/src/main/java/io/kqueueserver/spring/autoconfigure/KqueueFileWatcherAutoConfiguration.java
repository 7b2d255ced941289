package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.watch.FileWatcher;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/**
 * A file watcher for the application, if it asks for one: most need none, and one that is not used
 * would still load the native library in an application that serves nothing.
 */
@AutoConfiguration
@ConditionalOnBooleanProperty("kqueue.server.file-watcher.enabled")
@EnableConfigurationProperties({KqueueServerProperties.class, KqueueFileWatcherProperties.class})
public final class KqueueFileWatcherAutoConfiguration {

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
}

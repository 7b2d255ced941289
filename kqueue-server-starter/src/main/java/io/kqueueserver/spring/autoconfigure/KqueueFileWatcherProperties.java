package io.kqueueserver.spring.autoconfigure;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;

/** Settings of the file watcher. */
@ConfigurationProperties("kqueue.server.file-watcher")
public class KqueueFileWatcherProperties {
  /** Whether there is a FileWatcher bean. The bean starts no thread before the first watch. */
  private boolean enabled = false;

  /**
   * Whether SSL bundles are updated when their files change. Bundles with reload-on-update are left
   * to Spring Boot. There is a FileWatcher bean then, as with "enabled".
   */
  private boolean sslBundles = false;

  /** Pause without a change before changes are reported, so that one save is one callback. */
  private Duration debounce = Duration.ofMillis(50);

  /** How often paths are polled that the system does not report changes of, such as on NFS. */
  private Duration pollInterval = Duration.ofSeconds(5);

  /** Maximum number of open watches. */
  private int maxWatches = 256;

  /** Maximum number of descriptors held open, one per watched file and directory. */
  private int maxDescriptors = 2048;

  /** Maximum number of entries of a watched directory. */
  private int maxEntries = 1024;

  /** Maximum number of changes kept for a slow listener. Beyond it, an overflow is reported. */
  private int maxPendingChanges = 4096;

  public boolean isEnabled() {
    return enabled;
  }

  public void setEnabled(boolean enabled) {
    this.enabled = enabled;
  }

  public boolean isSslBundles() {
    return sslBundles;
  }

  public void setSslBundles(boolean sslBundles) {
    this.sslBundles = sslBundles;
  }

  public Duration getDebounce() {
    return debounce;
  }

  public void setDebounce(Duration debounce) {
    this.debounce = debounce;
  }

  public Duration getPollInterval() {
    return pollInterval;
  }

  public void setPollInterval(Duration pollInterval) {
    this.pollInterval = pollInterval;
  }

  public int getMaxWatches() {
    return maxWatches;
  }

  public void setMaxWatches(int maxWatches) {
    this.maxWatches = maxWatches;
  }

  public int getMaxDescriptors() {
    return maxDescriptors;
  }

  public void setMaxDescriptors(int maxDescriptors) {
    this.maxDescriptors = maxDescriptors;
  }

  public int getMaxEntries() {
    return maxEntries;
  }

  public void setMaxEntries(int maxEntries) {
    this.maxEntries = maxEntries;
  }

  public int getMaxPendingChanges() {
    return maxPendingChanges;
  }

  public void setMaxPendingChanges(int maxPendingChanges) {
    this.maxPendingChanges = maxPendingChanges;
  }
}

package io.kqueueserver.spring.autoconfigure;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;

/** What can be set on the file watcher. */
@ConfigurationProperties("kqueue.server.file-watcher")
public class KqueueFileWatcherProperties {
  /** Whether there is a FileWatcher bean. It starts no thread before something is watched. */
  private boolean enabled = false;

  /** How long it must be quiet before changes are looked at, so that one save is one callback. */
  private Duration debounce = Duration.ofMillis(50);

  /** How often paths are looked at that the system does not tell of, such as on NFS. */
  private Duration pollInterval = Duration.ofSeconds(5);

  /** Maximum number of open watches. */
  private int maxWatches = 256;

  /** Maximum number of descriptors held open, one per watched file and directory. */
  private int maxDescriptors = 2048;

  /** Maximum number of entries of a watched directory. */
  private int maxEntries = 1024;

  /** Maximum number of changes kept for a slow listener. More are told as an overflow. */
  private int maxPendingChanges = 4096;

  public boolean isEnabled() {
    return enabled;
  }

  public void setEnabled(boolean enabled) {
    this.enabled = enabled;
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

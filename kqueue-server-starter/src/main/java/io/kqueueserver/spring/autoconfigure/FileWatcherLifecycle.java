package io.kqueueserver.spring.autoconfigure;

import io.kqueueserver.watch.FileWatcher;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.SmartLifecycle;

/**
 * Pauses file watchers while their context is stopped, so that the process can be checkpointed
 * (CRaC): a paused watcher holds no thread and no descriptor. File watchers start before all other
 * lifecycle beans and stop after them.
 */
final class FileWatcherLifecycle implements SmartLifecycle {
  private final ObjectProvider<FileWatcher> watchers;
  private volatile boolean running;

  FileWatcherLifecycle(ObjectProvider<FileWatcher> watchers) {
    this.watchers = watchers;
  }

  @Override
  public int getPhase() {
    return Integer.MIN_VALUE;
  }

  @Override
  public void start() {
    watchers.forEach(FileWatcher::resume);
    running = true;
  }

  @Override
  public void stop() {
    watchers.forEach(FileWatcher::pause);
    running = false;
  }

  @Override
  public boolean isRunning() {
    return running;
  }
}

package io.kqueueserver.watch;

import java.nio.file.Path;

/** One watched path. Any thread. */
public interface Watch extends AutoCloseable {
  /** The path, as it was given. */
  Path path();

  /**
   * Ends the watch. No callback begins after this call. On return the descriptors of the watch are
   * closed, unless a file system holds the watcher's thread up. A second close does nothing. A
   * callback may close its watch.
   */
  @Override
  void close();
}

package io.kqueueserver.watch;

import java.nio.file.Path;

/** One watched path. Any thread. */
public interface Watch extends AutoCloseable {
  /** The path, as it was given. */
  Path path();

  /**
   * Ends it: no callback begins after this, and its descriptors are closed on return, unless the
   * watcher's thread is held up by a file system. Closing twice, and from a callback, is fine.
   */
  @Override
  void close();
}

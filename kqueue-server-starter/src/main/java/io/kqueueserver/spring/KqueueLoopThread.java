package io.kqueueserver.spring;

import io.kqueueserver.server.LoopOptions;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.NonBlocking;

/**
 * An event loop's thread. Reactor refuses to block on it. It is not a daemon: a running server
 * keeps its application alive.
 */
final class KqueueLoopThread extends Thread implements NonBlocking {
  private KqueueLoopThread(Runnable loop, String name, @Nullable ClassLoader contextClassLoader) {
    super(loop, name);
    setDaemon(false);
    setContextClassLoader(contextClassLoader);
  }

  /** Makes loop threads that see the application's classes. */
  static LoopOptions.Threads seeing(@Nullable ClassLoader contextClassLoader) {
    return (loop, name) -> new KqueueLoopThread(loop, name, contextClassLoader);
  }
}

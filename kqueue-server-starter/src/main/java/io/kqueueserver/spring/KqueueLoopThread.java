package io.kqueueserver.spring;

import io.kqueueserver.server.LoopOptions;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.NonBlocking;

/**
 * The thread of an event loop. Reactor refuses to block on this thread. The thread is not a daemon,
 * so that a running server keeps its application alive.
 */
final class KqueueLoopThread extends Thread implements NonBlocking {
  private KqueueLoopThread(Runnable loop, String name, @Nullable ClassLoader contextClassLoader) {
    super(null, loop, name, LoopOptions.STACK_BYTES);
    setDaemon(false);
    setContextClassLoader(contextClassLoader);
  }

  /** Makes loop threads whose context class loader is the given one. */
  static LoopOptions.Threads seeing(@Nullable ClassLoader contextClassLoader) {
    return (loop, name) -> new KqueueLoopThread(loop, name, contextClassLoader);
  }
}

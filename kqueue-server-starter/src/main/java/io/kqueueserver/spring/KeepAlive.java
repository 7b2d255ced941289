package io.kqueueserver.spring;

import java.util.concurrent.locks.LockSupport;

/**
 * Keeps the JVM running for a server that has no loops, because it does not listen or because they
 * have failed.
 */
final class KeepAlive {
  private final Thread thread = new Thread(this::await, "kqueue-await");
  private volatile boolean released;

  void start() {
    thread.setDaemon(false);
    thread.start();
  }

  void release() {
    released = true;
    LockSupport.unpark(thread);
  }

  private void await() {
    while (!released) {
      LockSupport.park(this);
    }
  }
}

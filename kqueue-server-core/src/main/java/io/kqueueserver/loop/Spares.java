package io.kqueueserver.loop;

import io.kqueueserver.queue.Kqueue;

/** Gives a loop that has failed another queue and another thread, if it may go on. */
public interface Spares {
  /** Nothing takes the place of a loop that fails: it ends. */
  Spares NONE =
      new Spares() {
        @Override
        public boolean mayReplace() {
          return false;
        }

        @Override
        public Kqueue openQueue() {
          throw new IllegalStateException("there is no spare queue");
        }

        @Override
        public Thread newThread(Runnable loop, String name) {
          throw new IllegalStateException("there is no spare thread");
        }
      };

  /** Whether a loop that has failed may be replaced; if not, it ends. */
  boolean mayReplace();

  /**
   * Opens a queue.
   *
   * @throws io.kqueueserver.ffi.NativeException if the system has none to give now
   */
  Kqueue openQueue();

  /** Makes a thread, which the caller starts. */
  Thread newThread(Runnable loop, String name);

  /** A new queue has taken the place of one that failed. On the loop's thread. */
  default void onReplaced(EventLoop loop, Throwable cause) {}

  /** A loop that failed was not replaced and has ended. On what was its thread. */
  default void onLost(EventLoop loop, Throwable cause) {}
}

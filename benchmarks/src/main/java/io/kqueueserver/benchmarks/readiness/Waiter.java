package io.kqueueserver.benchmarks.readiness;

/** One way to wait for a set of descriptors. Used by one thread; does not own the descriptors. */
interface Waiter extends AutoCloseable {
  /**
   * Waits until a descriptor is ready and returns its index in the set; -1 if the wait was
   * interrupted.
   */
  int await();

  @Override
  void close();
}

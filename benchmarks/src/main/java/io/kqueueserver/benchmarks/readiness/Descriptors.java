package io.kqueueserver.benchmarks.readiness;

/** A set of descriptors of which one at a time is made ready. Used by one thread. */
interface Descriptors extends AutoCloseable {
  int count();

  void makeReady(int index);

  /** Takes back what {@link #makeReady} did. */
  void makeUnready(int index);

  @Override
  void close();
}

package io.kqueueserver.ffi;

import java.nio.ByteBuffer;

/** Native memory that runs out at one allocation, for the loops of a server or for its start. */
public final class ScarceMemory implements AutoCloseable {
  private final String thread;
  private int left;
  private boolean failed;

  private ScarceMemory(String thread, int allocations) {
    this.thread = thread;
    this.left = allocations;
  }

  /**
   * Has one allocation fail.
   *
   * @param thread with which the name of a thread begins that meets it
   * @param allocations how many succeed before
   */
  public static ScarceMemory after(String thread, int allocations) {
    ScarceMemory scarce = new ScarceMemory(thread, allocations);
    NativeBuffer.memory = scarce::allocate;
    return scarce;
  }

  private synchronized ByteBuffer allocate(int size) {
    if (Thread.currentThread().getName().startsWith(thread) && left-- == 0) {
      failed = true;
      throw new OutOfMemoryError("on purpose: no native memory");
    }
    return ByteBuffer.allocateDirect(size);
  }

  /** Whether an allocation has failed. */
  public synchronized boolean hasFailed() {
    return failed;
  }

  @Override
  public void close() {
    NativeBuffer.memory = ByteBuffer::allocateDirect;
  }
}

package io.kqueueserver.heap;

import java.util.ArrayList;
import java.util.List;

/**
 * A heap that runs out at one allocation of an array on the thread of a loop. The code of {@link
 * ScarceHeapLoader} calls {@link #take} before each.
 */
public final class ScarceHeap implements AutoCloseable {
  private static volatile ScarceHeap current;

  private final List<String> sites = new ArrayList<>();
  private int left;
  private String failed;

  private ScarceHeap(int allocations) {
    this.left = allocations;
  }

  /**
   * Has one allocation fail.
   *
   * @param allocations how many succeed before
   */
  public static ScarceHeap after(int allocations) {
    current = new ScarceHeap(allocations);
    return current;
  }

  /** None fails. */
  public static ScarceHeap ample() {
    return after(-1);
  }

  /** Called before an array is allocated at that site. */
  public static void take(String site) {
    ScarceHeap heap = current;
    if (heap != null && Thread.currentThread().getName().startsWith("kqueue-loop")) {
      heap.allocate(site);
    }
  }

  private synchronized void allocate(String site) {
    sites.add(site);
    if (left-- == 0) {
      failed = site;
      throw new OutOfMemoryError("on purpose: no array at " + site);
    }
  }

  /** The site of the allocation that has failed; null if none has. */
  public synchronized String failed() {
    return failed;
  }

  /** The sites so far, in order, one for each allocation: {@code server.h1.Http1Wire.head:97}. */
  public synchronized List<String> sites() {
    return List.copyOf(sites);
  }

  @Override
  public void close() {
    current = null;
  }
}

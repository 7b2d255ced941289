package io.kqueueserver.loop;

import java.util.ArrayList;
import java.util.List;

/**
 * Collects until it is taken. What is added while a taken batch is worked off waits for the next
 * one, so that work that asks for more work cannot keep the loop to itself.
 */
final class Batch<T> {
  private List<T> coming = new ArrayList<>();
  private List<T> taken = new ArrayList<>();

  void add(T item) {
    coming.add(item);
  }

  boolean isEmpty() {
    return coming.isEmpty();
  }

  /** All there is; the caller clears the list when it is done with it. */
  List<T> take() {
    List<T> batch = coming;
    coming = taken;
    taken = batch;
    return batch;
  }
}

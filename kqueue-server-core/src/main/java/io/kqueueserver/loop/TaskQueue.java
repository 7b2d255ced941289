package io.kqueueserver.loop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Tasks for one loop: any thread offers, the loop's thread alone takes, in the order of arrival. A
 * stack that the taker turns round in one go: one compare-and-set per offer, one exchange per
 * batch, and a close after which no offer can be lost unseen.
 */
final class TaskQueue {
  private static final class Node {
    final Runnable task;
    @Nullable Node next;

    /** Number of tasks from here down: the queue's length, without walking it. */
    int depth;

    Node(Runnable task) {
      this.task = task;
    }
  }

  private static final VarHandle HEAD;

  static {
    try {
      HEAD = MethodHandles.lookup().findVarHandle(TaskQueue.class, "head", Node.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static final Node CLOSED = new Node(() -> {});

  @SuppressWarnings("UnusedVariable") // written through HEAD
  private volatile @Nullable Node head;

  /** Taken but not yet run, oldest first; the loop's thread only. */
  private @Nullable Node batch;

  /** How many those are; written by the loop's thread, read by any. */
  private int batchSize;

  /** Adds a task; false if the queue is closed, in which case the task will not run. Any thread. */
  boolean offer(Runnable task) {
    Node node = new Node(task);
    while (true) {
      Node top = head;
      if (top == CLOSED) {
        return false;
      }
      node.next = top;
      node.depth = top == null ? 1 : top.depth + 1;
      if (HEAD.compareAndSet(this, top, node)) {
        return true;
      }
    }
  }

  /** The oldest task, or null. The loop's thread only. */
  @Nullable Runnable poll() {
    if (batch == null) {
      if (head == null || head == CLOSED) {
        return null;
      }
      Node top = (Node) HEAD.getAndSet(this, null);
      batchSize = top == null ? 0 : top.depth;
      batch = reversed(top);
    }
    Node first = batch;
    if (first == null) {
      return null;
    }
    batch = first.next;
    batchSize--;
    return first.task;
  }

  /** The loop's thread only. */
  boolean isEmpty() {
    return batch == null && (head == null || head == CLOSED);
  }

  /** Tasks that wait, about. Any thread. */
  int size() {
    Node top = head;
    return batchSize + (top == null ? 0 : top.depth);
  }

  /** Refuses further offers; tasks already in stay to be polled. The loop's thread only. */
  void close() {
    Node rest = reversed((Node) HEAD.getAndSet(this, CLOSED));
    if (batch == null) {
      batch = rest;
      return;
    }
    Node last = batch;
    while (last.next != null) {
      last = last.next;
    }
    last.next = rest;
  }

  private static @Nullable Node reversed(@Nullable Node top) {
    Node result = null;
    Node node = top == CLOSED ? null : top;
    while (node != null) {
      Node next = node.next;
      node.next = result;
      result = node;
      node = next;
    }
    return result;
  }
}

package io.kqueueserver.queue;

/**
 * One kernel event queue with the contract of kqueue(2). Owned by one event loop and used only on
 * its thread, except {@link #wakeup()}, which any thread may call. Closing it forgets every
 * registration but closes none of the registered descriptors.
 */
public interface Kqueue extends AutoCloseable {
  /** For {@link #poll}: wait without limit. */
  long FOREVER = -1;

  /** An empty change list that fits this queue's ABI; it grows as needed. */
  ChangeList newChangeList();

  /** An event list that fits this queue's ABI. */
  EventList newEventList(int capacity);

  /**
   * Submits the changes, empties the list, and waits for events. A failed change comes back as an
   * event with EV_ERROR and its errno in data. Returns the number of events, 0 on timeout, on
   * wake-up, on EINTR and on ETIMEDOUT alike; the loop recomputes its timeout.
   *
   * <p>Where a failed wait may have left changes unapplied, the list keeps them, and the next poll
   * submits them again. Changes that do stand already are not harmed by that.
   *
   * @param timeoutNanos 0 to look without waiting, {@link #FOREVER} to wait without limit
   * @throws io.kqueueserver.ffi.NativeException if the wait itself failed
   */
  int poll(ChangeList changes, EventList events, long timeoutNanos);

  /**
   * Submits the changes without waiting or collecting events, and empties the list; for the change
   * whose answer the caller needs.
   *
   * @throws io.kqueueserver.ffi.NativeException naming the first change that failed; the others
   *     were applied. If the call failed as a whole, the list keeps its changes
   */
  void apply(ChangeList changes);

  /**
   * Tells that a descriptor which may be registered is about to be closed. Kernels drop its
   * registrations themselves on close; what must be done here instead, or can be saved there, is
   * done now. Changes of it that are not yet submitted must not be.
   */
  default void forget(int fd) {}

  /**
   * Makes the current or the next {@link #poll} return. Any thread; wake-ups coalesce. Does nothing
   * once the queue is closed.
   *
   * @throws io.kqueueserver.ffi.NativeException if the system refuses
   */
  void wakeup();

  /** The mechanism of this queue, for logs: {@code kqueue} or {@code epoll}. */
  String backend();

  @Override
  void close();
}

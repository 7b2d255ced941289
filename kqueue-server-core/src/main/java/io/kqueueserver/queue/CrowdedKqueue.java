package io.kqueueserver.queue;

/**
 * The queue of one of more loops than there are processors. A thread that has found events lets
 * other threads run before it waits again: they send or serve meanwhile, and more events come
 * together in the next wait. Without that, each loop is woken for an event or two and sleeps again.
 */
final class CrowdedKqueue implements Kqueue {
  private final Kqueue queue;

  CrowdedKqueue(Kqueue queue) {
    this.queue = queue;
  }

  @Override
  @SuppressWarnings("ThreadPriorityCheck") // a hint: whatever the scheduler does, the poll follows
  public int poll(ChangeList changes, EventList events, long timeoutNanos) {
    // The list still has the events of the last poll. It is asked, and no field of this object, for
    // the queues of all loops lie side by side: benchmarks/shared-lines.
    if (events.size() > 0) {
      Thread.yield();
    }
    return queue.poll(changes, events, timeoutNanos);
  }

  @Override
  public ChangeList newChangeList() {
    return queue.newChangeList();
  }

  @Override
  public EventList newEventList(int capacity) {
    return queue.newEventList(capacity);
  }

  @Override
  public void apply(ChangeList changes) {
    queue.apply(changes);
  }

  @Override
  public void forget(int fd) {
    queue.forget(fd);
  }

  @Override
  public void wakeup() {
    queue.wakeup();
  }

  @Override
  public String backend() {
    return queue.backend();
  }

  @Override
  public void close() {
    queue.close();
  }
}

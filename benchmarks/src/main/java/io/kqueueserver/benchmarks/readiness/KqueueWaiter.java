package io.kqueueserver.benchmarks.readiness;

import io.kqueueserver.ffi.Native;
import io.kqueueserver.queue.ChangeList;
import io.kqueueserver.queue.EventFlag;
import io.kqueueserver.queue.EventList;
import io.kqueueserver.queue.Filter;
import io.kqueueserver.queue.Kqueue;
import io.kqueueserver.queue.Kqueues;

/** Our queue, whichever the binding has: the Linux twin or a native kqueue. */
final class KqueueWaiter implements Waiter {
  private final Kqueue queue;
  private final ChangeList changes;
  private final EventList events;

  KqueueWaiter(Native natives, NativeDescriptors descriptors, Trigger trigger) {
    queue = Kqueues.open(natives);
    changes = queue.newChangeList();
    events = queue.newEventList(Readiness.EVENT_CAPACITY);
    int flags = EventFlag.EV_ADD | (trigger == Trigger.EDGE ? EventFlag.EV_CLEAR : 0);
    for (int i = 0; i < descriptors.count(); i++) {
      changes.add(descriptors.fd(i), Filter.EVFILT_READ, flags, 0, 0, i);
    }
    queue.apply(changes);
  }

  @Override
  public int await() {
    int n = queue.poll(changes, events, Kqueue.FOREVER);
    return n == 0 ? -1 : (int) events.udata(0);
  }

  @Override
  public void close() {
    queue.close();
  }
}

package io.kqueueserver.queue;

import io.kqueueserver.ffi.KeventLayout;

/**
 * Changes to submit with the next wait, in one queue's ABI and order. It grows as needed, and the
 * queue that takes it empties it. Owned by one loop; not thread-safe.
 */
public final class ChangeList extends KeventArray {
  ChangeList(KeventLayout layout, FilterNumbers filters) {
    super(layout, filters, 64);
  }

  /** A list for an event queue that is not the kernel's, such as a scripted one in tests. */
  public static ChangeList plain() {
    return new ChangeList(KeventLayout.PLAIN, FilterNumbers.ORDINALS);
  }

  /** Appends one change: the six fields of struct kevent, in the order of EV_SET. */
  public void add(long ident, Filter filter, int flags, int fflags, long data, long udata) {
    append(ident, filter, flags, fflags, data, udata);
  }

  /**
   * Takes out every change of a descriptor that is about to be closed: its number may soon be
   * another's.
   */
  public void drop(int fd) {
    for (int i = size - 1; i >= 0; i--) {
      if (ident(i) == fd && isOfDescriptor(filter(i))) {
        remove(i);
      }
    }
  }

  private static boolean isOfDescriptor(Filter filter) {
    return filter == Filter.EVFILT_READ
        || filter == Filter.EVFILT_WRITE
        || filter == Filter.EVFILT_VNODE;
  }

  public int fflags(int index) {
    return storedFflags(index);
  }

  public long data(int index) {
    return storedData(index);
  }

  public void clear() {
    size = 0;
  }
}

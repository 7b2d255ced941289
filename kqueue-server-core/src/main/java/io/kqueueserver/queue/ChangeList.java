package io.kqueueserver.queue;

/** Changes to submit with the next wait, in this queue's ABI. Stub: replaced by the queue branch. */
public class ChangeList {
  public void add(long ident, Filter filter, int flags, int fflags, long data, long udata) {
    throw new UnsupportedOperationException();
  }

  public int size() {
    throw new UnsupportedOperationException();
  }
}

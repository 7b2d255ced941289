package io.kqueueserver.ffi;

/** kqueue(2) where the counts are ints, which is everywhere but on NetBSD. */
public interface KqueueCalls {
  int kqueue();

  int kevent(int kq, long changelist, int nchanges, long eventlist, int nevents, long timeout);
}

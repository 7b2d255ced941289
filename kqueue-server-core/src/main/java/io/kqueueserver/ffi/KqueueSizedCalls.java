package io.kqueueserver.ffi;

import jnr.ffi.provider.jffi.NoX86;

/** kqueue(2) where the counts are {@code size_t}: NetBSD. */
@NoX86 // for the reason given at KqueueCalls
public interface KqueueSizedCalls {
  int kqueue();

  int kevent(int kq, long changelist, long nchanges, long eventlist, long nevents, long timeout);

  /** The same calls in the common form. */
  record Narrowed(KqueueSizedCalls calls) implements KqueueCalls {
    @Override
    public int kqueue() {
      return calls.kqueue();
    }

    @Override
    public int kevent(
        int kq, long changelist, int nchanges, long eventlist, int nevents, long timeout) {
      return calls.kevent(kq, changelist, nchanges, eventlist, nevents, timeout);
    }
  }
}

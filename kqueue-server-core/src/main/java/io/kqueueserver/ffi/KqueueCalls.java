package io.kqueueserver.ffi;

import jnr.ffi.provider.jffi.NoX86;

/** kqueue(2) where the counts are ints, which is everywhere but on NetBSD. */
// jnr-ffi's x86_64 stubs load a sixth integer argument from the return address's slot
// (X86_64StubCompiler, 2.3.4): kevent would get a wild timeout. Its portable path is right.
@NoX86
public interface KqueueCalls {
  int kqueue();

  int kevent(int kq, long changelist, int nchanges, long eventlist, int nevents, long timeout);
}

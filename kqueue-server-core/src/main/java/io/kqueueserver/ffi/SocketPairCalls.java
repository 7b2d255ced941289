package io.kqueueserver.ffi;

/** For systems embedded without pipes. */
public interface SocketPairCalls {
  int socketpair(int domain, int type, int protocol, long sv);
}

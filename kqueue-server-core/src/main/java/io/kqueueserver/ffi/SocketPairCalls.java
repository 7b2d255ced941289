package io.kqueueserver.ffi;

/** The call that replaces pipes on embedded systems without pipes. */
public interface SocketPairCalls {
  int socketpair(int domain, int type, int protocol, long sv);
}

package io.kqueueserver.ffi;

/** recv(2), bound where a connection's first bytes are looked at before they are read. */
public interface RecvCalls {
  long recv(int s, long buf, long len, int flags);
}

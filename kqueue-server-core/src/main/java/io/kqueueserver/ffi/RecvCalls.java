package io.kqueueserver.ffi;

/** recv(2), bound where first bytes are looked at before anybody takes them. */
public interface RecvCalls {
  long recv(int s, long buf, long len, int flags);
}

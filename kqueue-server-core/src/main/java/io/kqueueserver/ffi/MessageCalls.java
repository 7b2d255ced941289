package io.kqueueserver.ffi;

/** The calls that pass descriptors between processes, bound where sockets are handed over. */
public interface MessageCalls {
  long sendmsg(int s, long msg, int flags);

  long recvmsg(int s, long msg, int flags);
}

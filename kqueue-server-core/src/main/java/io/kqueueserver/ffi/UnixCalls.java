package io.kqueueserver.ffi;

/** What a listener on a Unix domain socket needs besides. */
public interface UnixCalls {
  int connect(int s, long name, int namelen);

  @IfPresent
  int flock(int fd, int operation);
}

package io.kqueueserver.ffi;

/** The calls that only a listener on a Unix domain socket needs. */
public interface UnixCalls {
  int connect(int s, long name, int namelen);

  @IfPresent
  int flock(int fd, int operation);
}

package io.kqueueserver.ffi;

/** What Darwin has besides. */
public interface DarwinLibC extends LibC {
  /** File first; {@code len} points to an in-out {@code off_t}: bytes wanted (0: all), then bytes sent. */
  @IfPresent
  int sendfile(int fd, int s, long offset, long len, long hdtr, int flags);
}

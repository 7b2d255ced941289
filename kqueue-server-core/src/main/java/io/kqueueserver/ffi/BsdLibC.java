package io.kqueueserver.ffi;

/** What FreeBSD and DragonFly have besides; the two others have no sendfile. */
public interface BsdLibC extends LibC {
  /** File first; {@code sbytes} points to an {@code off_t} that receives the count, also on EAGAIN and EINTR. */
  @IfPresent
  int sendfile(int fd, int s, long offset, long nbytes, long hdtr, long sbytes, int flags);
}

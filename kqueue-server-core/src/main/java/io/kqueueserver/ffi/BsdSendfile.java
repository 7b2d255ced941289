package io.kqueueserver.ffi;

/** sendfile(2) as FreeBSD and DragonFly have it. */
public interface BsdSendfile {
  /**
   * File first; {@code nbytes} counts file bytes alone. {@code sbytes} points to an {@code off_t}
   * that receives the count, that of the headers included, also on EAGAIN and EINTR.
   */
  int sendfile(int fd, int s, long offset, long nbytes, long hdtr, long sbytes, int flags);
}

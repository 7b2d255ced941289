package io.kqueueserver.ffi;

/** The functions of libc that only Linux has. */
public interface LinuxLibC extends LibC {
  int epoll_create1(int flags);

  int epoll_ctl(int epfd, int op, int fd, long event);

  int epoll_wait(int epfd, long events, int maxevents, int timeout);

  int eventfd(int initval, int flags);

  /** For MSG_MORE; elsewhere write(2) does. */
  @IfPresent
  long send(int s, long buf, long len, int flags);

  /** Socket first; {@code offset} points to an in-out {@code off_t}. */
  long sendfile(int out_fd, int in_fd, long offset, long count);

  /** For RWF_NOWAIT; {@code iov} points to an array of {@code struct iovec}. */
  @IfPresent
  long preadv2(int fd, long iov, int iovcnt, long offset, int flags);

  @IfPresent
  int timerfd_create(int clockid, int flags);

  @IfPresent
  int timerfd_settime(int fd, int flags, long new_value, long old_value);

  @IfPresent
  int inotify_init1(int flags);

  @IfPresent
  int inotify_add_watch(int fd, long pathname, int mask);

  @IfPresent
  int inotify_rm_watch(int fd, int wd);

  /** Not before glibc 2.28; {@code fstat} is no symbol at all before 2.33. */
  @IfPresent
  int statx(int dirfd, long pathname, int flags, int mask, long statxbuf);
}

package io.kqueueserver.ffi;

/** What Linux has besides. */
public interface LinuxLibC extends LibC {
  int epoll_create1(int flags);

  int epoll_ctl(int epfd, int op, int fd, long event);

  int epoll_wait(int epfd, long events, int maxevents, int timeout);

  int eventfd(int initval, int flags);

  /** Socket first; {@code offset} points to an in-out {@code off_t}. */
  long sendfile(int out_fd, int in_fd, long offset, long count);
}

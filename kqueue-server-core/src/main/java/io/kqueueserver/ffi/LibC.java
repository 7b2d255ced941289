package io.kqueueserver.ffi;

import jnr.ffi.annotations.Variadic;

/**
 * The C library, by man-page name and argument order. Pointers are addresses, {@code size_t},
 * {@code ssize_t} and {@code off_t} are longs: with primitives only, jnr-ffi compiles each method
 * to a native stub. A result below zero is a failure and goes through {@link Native#result(int)} at
 * once, before any other call.
 *
 * <p>Variadic functions name their fixed arguments, since Apple's arm64 passes the others on the
 * stack; those calls are reflective and slow (a microsecond), so they stay off the paths of every
 * request.
 */
public interface LibC {
  int socket(int domain, int type, int protocol);

  int bind(int s, long addr, int addrlen);

  int listen(int s, int backlog);

  int accept(int s, long addr, long addrlen);

  int shutdown(int s, int how);

  int getsockname(int s, long name, long namelen);

  int getsockopt(int s, int level, int optname, long optval, long optlen);

  int setsockopt(int s, int level, int optname, long optval, int optlen);

  long read(int fd, long buf, long nbytes);

  long write(int fd, long buf, long nbytes);

  @IfPresent
  long writev(int fd, long iov, int iovcnt);

  int close(int fd);

  @Variadic(fixedCount = 2)
  int fcntl(int fd, int cmd, long arg);

  /** Not on Darwin. */
  @IfPresent
  int accept4(int s, long addr, long addrlen, int flags);

  @IfPresent
  @Variadic(fixedCount = 2)
  int ioctl(int fd, long request, long argp);

  @IfPresent
  int pipe(long fildes);

  @IfPresent
  @Variadic(fixedCount = 2)
  int open(long path, int flags, long mode);

  @IfPresent
  int getrlimit(int resource, long rlp);

  /** Returns the error number instead of setting errno. */
  @IfPresent
  int posix_fadvise(int fd, long offset, long len, int advice);
}

/*
 * A whole foreign system: sockets, descriptors, kqueue and errno as one BSD-family system has them, each
 * a thin wrapper of the host's call. Constants, struct sockaddr, errno and even descriptor numbers are
 * translated, so a call that slips past this library to the host's fails. For tests only.
 *
 * -DNO_ACCEPT4 leaves accept4 out, and accepted sockets inherit O_NONBLOCK as on xnu if
 * -DINHERIT_NONBLOCK is given. -DLEAN leaves out all that a server can do without. -DV6_ONLY has IPv6 sockets
 * that take no IPv4 connections and cannot be told to, as OpenBSD and DragonFly.
 */
#define FOREIGN_ERRNO
#define FD_BASE 1000
#include "kqueue_on_linux.c"
#include <stdarg.h>
#include <sys/syscall.h>

#define EACH_ERRNO(E)                                                                        \
  E(EPERM) E(ENOENT) E(EINTR) E(EBADF) E(ENOMEM) E(EACCES) E(EFAULT) E(EEXIST) E(EINVAL)      \
  E(ENFILE) E(EMFILE) E(EPIPE) E(EAGAIN) E(EINPROGRESS) E(ENOTSOCK) E(EOPNOTSUPP)             \
  E(ENOPROTOOPT) E(EAFNOSUPPORT) E(EADDRINUSE) E(EADDRNOTAVAIL) E(ECONNABORTED) E(ECONNRESET) \
  E(ENOBUFS) E(ENOTCONN) E(ETIMEDOUT) E(ECONNREFUSED) E(EPROTO) E(EPROTONOSUPPORT)

int foreign_errno(int host) {
  switch (host) {
#define E(name) case name: return FOREIGN_##name;
    EACH_ERRNO(E)
#undef E
    default: return host;
  }
}

static long answer(long result) {
  if (result < 0) errno = foreign_errno(errno);
  return result;
}
static long fail(int error) {
  errno = foreign_errno(error);
  return -1;
}
static int foreign_fd(long host) { return host < 0 ? (int)answer(host) : (int)host + FD_BASE; }

/* For tests: what the next calls answer; each hook counts itself down. */
enum { NAMELESS = 1, OF_NO_FAMILY, CUT_SHORT, NOT_WRITTEN, OF_A_PATH };
static int odd_name, odd_names, unknown_names, write_error, failing_writes, tried_writes, refused_connects;

/* The names of the next so many accepted connections. */
int kqtest_odd_names(int kind, int times) {
  odd_name = kind, odd_names = times;
  return 0;
}

/* The next so many calls of getsockname fail as xnu's does for a connection that was reset. */
int kqtest_unknown_names(int times) {
  unknown_names = times;
  return 0;
}

/* The next so many calls of write and sendfile fail with this errno of the foreign system. */
int kqtest_fail_writes(int error, int times) {
  write_error = error, failing_writes = times, tried_writes = 0;
  return 0;
}

/* How many calls kqtest_fail_writes has failed. */
int kqtest_failed_writes(void) { return tried_writes; }

/* The next so many connects to a path find its backlog full. */
int kqtest_refuse_connects(int times) {
  refused_connects = times;
  return 0;
}

static int is_failing_write(void) {
  if (failing_writes <= 0) return 0;
  failing_writes--, tried_writes++;
  errno = write_error;
  return 1;
}

static int domain_of(int foreign) {
  return foreign == FOREIGN_AF_INET    ? AF_INET
         : foreign == FOREIGN_AF_INET6 ? AF_INET6
         : foreign == FOREIGN_AF_UNIX  ? AF_UNIX
                                       : -1;
}

/* BSD sockaddr: length byte, family byte. */
static int to_host(const uint8_t *from, unsigned length, uint8_t *to) {
  if (length < 2 || length > FOREIGN_sockaddr_un_sizeof || from[0] != length || domain_of(from[1]) < 0) return -1;
  memcpy(to, from, length);
  *(uint16_t *)to = (uint16_t)domain_of(from[1]);
  return 0;
}
static void to_foreign(const uint8_t *from, unsigned length, uint8_t *to, socklen_t *room) {
  uint8_t copy[128];
  if (!to) return;
  memcpy(copy, from, length);
  copy[0] = (uint8_t)length;
  copy[1] = *(const uint16_t *)from == AF_INET6 ? FOREIGN_AF_INET6 : FOREIGN_AF_INET;
  memcpy(to, copy, length < *room ? length : *room);
  *room = length;
}

static int type_flags(int foreign) {
  int flags = 0;
#ifdef FOREIGN_SOCK_CLOEXEC
  if (foreign & FOREIGN_SOCK_CLOEXEC) flags |= SOCK_CLOEXEC;
  if (foreign & FOREIGN_SOCK_NONBLOCK) flags |= SOCK_NONBLOCK;
#else
  (void)foreign;
#endif
  return flags;
}

#define NAME_(name) #name
#define NAME(name) NAME_(name)
int foreign_socket(int domain, int type, int protocol) __asm__(NAME(SYM_socket));
int foreign_socket(int domain, int type, int protocol) {
  int flags = type_flags(type);
#ifdef FOREIGN_SOCK_CLOEXEC
  type &= ~(FOREIGN_SOCK_CLOEXEC | FOREIGN_SOCK_NONBLOCK);
#endif
  if (type != FOREIGN_SOCK_STREAM) return (int)fail(EINVAL);
  if (domain_of(domain) < 0) return (int)fail(EAFNOSUPPORT);
  long fd = syscall(SYS_socket, domain_of(domain), SOCK_STREAM | flags, protocol);
#ifdef V6_ONLY
  int on = 1;
  if (fd >= 0 && domain == FOREIGN_AF_INET6)
    host_setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
#endif
  return foreign_fd(fd);
}

int foreign_socketpair(int domain, int type, int protocol, int *sv) __asm__("socketpair");
int foreign_socketpair(int domain, int type, int protocol, int *sv) {
  if (domain != FOREIGN_AF_UNIX || type != FOREIGN_SOCK_STREAM) return (int)fail(EAFNOSUPPORT);
  long result = syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, protocol, sv);
  if (result == 0) sv[0] += FD_BASE, sv[1] += FD_BASE;
  return (int)answer(result);
}

int foreign_bind(int fd, const void *addr, socklen_t length) __asm__("bind");
int foreign_bind(int fd, const void *addr, socklen_t length) {
  uint8_t host[128];
  if (to_host(addr, length, host) < 0) return (int)fail(EINVAL);
  return (int)answer(syscall(SYS_bind, fd - FD_BASE, host, length));
}

int foreign_listen(int fd, int backlog) __asm__("listen");
int foreign_listen(int fd, int backlog) {
  return (int)answer(syscall(SYS_listen, fd - FD_BASE, backlog));
}

int foreign_connect(int fd, const void *addr, socklen_t length) __asm__("connect");
int foreign_connect(int fd, const void *addr, socklen_t length) {
  uint8_t host[128];
  if (to_host(addr, length, host) < 0) return (int)fail(EINVAL);
  int unix_domain = *(const uint16_t *)host == AF_UNIX;
  if (unix_domain && refused_connects > 0) {
    refused_connects--;
    return (int)fail(ECONNREFUSED);
  }
  long result = syscall(SYS_connect, fd - FD_BASE, host, length);
  /* uipc_usrreq.c of the BSDs and of xnu: a full backlog refuses, and does not ask to come again. */
  if (result < 0 && unix_domain && errno == EAGAIN) errno = ECONNREFUSED;
  return (int)answer(result);
}

/* BSD kernels fire an EV_CLEAR listener again after accept while connections are left. */
static void rearm_listener(int fd) {
  pthread_mutex_lock(&lock);
  for (int i = 0; i < QUEUES; i++) {
    struct knote *k = queues[i] ? &queues[i]->knotes[READER][fd] : NULL;
    if (k && k->state & KNOTE && k->state & FOREIGN_EV_CLEAR)
      control(queues[i], READER, EPOLL_CTL_MOD, fd, k->state);
  }
  pthread_mutex_unlock(&lock);
}

/* What xnu's accept makes of a connection that was reset before: a descriptor, and no name. */
static void name_oddly(uint8_t *name, socklen_t *length) {
  switch (odd_name) {
    case NAMELESS: *length = 0; break;
    case OF_NO_FAMILY: name[1] = 0; break;
    case CUT_SHORT: *length = 8; break;
    case OF_A_PATH: name[1] = FOREIGN_AF_UNIX; break;
    default: break; /* NOT_WRITTEN: not even the length */
  }
}

static int accept_as(int fd, void *addr, socklen_t *length, int flags) {
  uint8_t host[128];
  socklen_t room = sizeof host;
  long accepted = syscall(SYS_accept4, fd - FD_BASE, host, &room, flags);
  if (accepted >= 0) {
    if (odd_names <= 0 || odd_name != NOT_WRITTEN) to_foreign(host, room, addr, length);
    if (odd_names > 0 && odd_names--) name_oddly(addr, length);
    errors[accepted] = 0;
    int error = errno;
    rearm_listener(fd - FD_BASE);
    errno = error;
  }
  return foreign_fd(accepted);
}

int foreign_accept(int fd, void *addr, socklen_t *length) __asm__("accept");
int foreign_accept(int fd, void *addr, socklen_t *length) {
#ifdef INHERIT_NONBLOCK
  return accept_as(fd, addr, length,
                   syscall(SYS_fcntl, fd - FD_BASE, F_GETFL) & O_NONBLOCK ? SOCK_NONBLOCK : 0);
#else
  return accept_as(fd, addr, length, 0);
#endif
}

#if !defined NO_ACCEPT4 && !defined LEAN
int foreign_accept4(int fd, void *addr, socklen_t *length, int flags) __asm__("accept4");
int foreign_accept4(int fd, void *addr, socklen_t *length, int flags) {
  return accept_as(fd, addr, length, type_flags(flags));
}
#endif

int foreign_getsockname(int fd, void *addr, socklen_t *length) __asm__("getsockname");
int foreign_getsockname(int fd, void *addr, socklen_t *length) {
  uint8_t host[128];
  socklen_t room = sizeof host;
  if (unknown_names > 0 && unknown_names--) return (int)fail(EINVAL);
  long result = syscall(SYS_getsockname, fd - FD_BASE, host, &room);
  if (result == 0) to_foreign(host, room, addr, length);
  return (int)answer(result);
}

int foreign_shutdown(int fd, int how) __asm__("shutdown");
int foreign_shutdown(int fd, int how) {
  return (int)answer(syscall(SYS_shutdown, fd - FD_BASE, how));
}

static int option_of(int *level, int name) {
  if (*level == FOREIGN_SOL_SOCKET) {
    *level = SOL_SOCKET;
    switch (name) {
      case FOREIGN_SO_REUSEADDR: return SO_REUSEADDR;
      case FOREIGN_SO_REUSEPORT: return SO_REUSEPORT;
      case FOREIGN_SO_LINGER: return SO_LINGER; /* the struct is the same everywhere */
#ifdef FOREIGN_SO_REUSEPORT_LB
      case FOREIGN_SO_REUSEPORT_LB: return SO_REUSEPORT;
#endif
      case FOREIGN_SO_ERROR: return SO_ERROR;
      default: return -1;
    }
  }
  if (*level == FOREIGN_IPPROTO_TCP && name == FOREIGN_TCP_NODELAY) return TCP_NODELAY;
  if (*level == FOREIGN_IPPROTO_IPV6 && name == FOREIGN_IPV6_V6ONLY) return IPV6_V6ONLY;
  return -1;
}

int foreign_setsockopt(int fd, int level, int name, const void *value, socklen_t length)
    __asm__("setsockopt");
int foreign_setsockopt(int fd, int level, int name, const void *value, socklen_t length) {
  int option = option_of(&level, name);
  if (option < 0) return (int)fail(ENOPROTOOPT);
#ifdef V6_ONLY
  if (level == IPPROTO_IPV6 && option == IPV6_V6ONLY && !*(const int *)value) return (int)fail(EOPNOTSUPP);
#endif
  return (int)answer(syscall(SYS_setsockopt, fd - FD_BASE, level, option, value, length));
}

int foreign_getsockopt(int fd, int level, int name, void *value, socklen_t *length)
    __asm__("getsockopt");
int foreign_getsockopt(int fd, int level, int name, void *value, socklen_t *length) {
  int option = option_of(&level, name);
  if (option < 0) return (int)fail(ENOPROTOOPT);
  long result = syscall(SYS_getsockopt, fd - FD_BASE, level, option, value, length);
  if (result == 0 && option == SO_ERROR && level == SOL_SOCKET)
    *(int *)value = foreign_errno(*(int *)value);
  return (int)answer(result);
}

ssize_t foreign_read(int fd, void *buf, size_t count) __asm__("read");
ssize_t foreign_read(int fd, void *buf, size_t count) {
  long n = syscall(SYS_read, fd - FD_BASE, buf, count);
  int host = fd - FD_BASE;
  if (n == 0 && host >= 0 && host < FDS && errors[host]) { /* kevent told it, but must not take it */
    int error = errors[host];
    errors[host] = 0;
    return fail(error);
  }
  return answer(n);
}

ssize_t foreign_write(int fd, const void *buf, size_t count) __asm__("write");
ssize_t foreign_write(int fd, const void *buf, size_t count) {
  if (is_failing_write()) return -1;
  return answer(syscall(SYS_write, fd - FD_BASE, buf, count));
}

#ifndef NO_OPEN
int foreign_open(const char *path, int flags, ...) __asm__("open");
int foreign_open(const char *path, int flags, ...) {
  int host = flags & FOREIGN_O_ACCMODE, known = FOREIGN_O_ACCMODE;
#ifdef OPEN_MISSES /* as if the file were being renamed, but for each so many-th time */
  static int opens;
  if (__sync_add_and_fetch(&opens, 1) % OPEN_MISSES) return (int)fail(ENOENT);
#endif
#define FLAG(name) if (flags & FOREIGN_##name) host |= name; known |= FOREIGN_##name;
  FLAG(O_CLOEXEC) FLAG(O_NONBLOCK) FLAG(O_NOFOLLOW) FLAG(O_DIRECTORY)
#undef FLAG
#ifdef FOREIGN_O_EVTONLY
  known |= FOREIGN_O_EVTONLY;
#endif
  if (flags & ~known) return (int)fail(EINVAL);
  return foreign_fd(syscall(SYS_openat, AT_FDCWD, path, host));
}
#endif

int foreign_close(int fd) __asm__("close");
int foreign_close(int fd) {
  int host = fd - FD_BASE;
  if (host >= 0 && host < QUEUES) {
    pthread_mutex_lock(&lock);
    drop_queue(host);
    pthread_mutex_unlock(&lock);
  }
  return (int)answer(syscall(SYS_close, host));
}

int foreign_fcntl(int fd, int command, ...) __asm__("fcntl");
int foreign_fcntl(int fd, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  long argument = va_arg(arguments, long), result;
  va_end(arguments);
  fd -= FD_BASE;
  switch (command) {
    case 0: /* F_DUPFD */
      return foreign_fd(syscall(SYS_fcntl, fd, F_DUPFD, argument > FD_BASE ? argument - FD_BASE : 0));
    case FOREIGN_F_GETFL:
      result = syscall(SYS_fcntl, fd, F_GETFL);
      return (int)answer(result < 0 ? result : result & O_NONBLOCK ? FOREIGN_O_NONBLOCK : 0);
    case FOREIGN_F_SETFL:
      return (int)answer(
          syscall(SYS_fcntl, fd, F_SETFL, argument & FOREIGN_O_NONBLOCK ? O_NONBLOCK : 0));
    case FOREIGN_F_GETFD: return (int)answer(syscall(SYS_fcntl, fd, F_GETFD));
    case FOREIGN_F_SETFD: return (int)answer(syscall(SYS_fcntl, fd, F_SETFD, argument));
    default: return (int)fail(EINVAL);
  }
}

#ifndef LEAN
int foreign_ioctl(int fd, unsigned long request, ...) __asm__("ioctl");
int foreign_ioctl(int fd, unsigned long request, ...) {
  va_list arguments;
  va_start(arguments, request);
  void *argument = va_arg(arguments, void *);
  va_end(arguments);
  if (request == FOREIGN_FIONREAD) request = FIONREAD;
  else return (int)fail(EINVAL);
  return (int)answer(syscall(SYS_ioctl, fd - FD_BASE, request, argument));
}

int foreign_pipe(int *fildes) __asm__("pipe");
int foreign_pipe(int *fildes) {
  long result = syscall(SYS_pipe2, fildes, 0);
  if (result == 0) fildes[0] += FD_BASE, fildes[1] += FD_BASE;
  return (int)answer(result);
}
#endif

#if defined DARWIN_SENDFILE || defined BSD_SENDFILE
/* Sends until done, the end of the file, or the socket is full; tells how much in any case. */
static long send_all(int fd, int s, off_t offset, off_t count, off_t *sent) {
  off_t position = offset, left = count;
  long n = 0;
  while (left > 0
         && (n = syscall(SYS_sendfile, s - FD_BASE, fd - FD_BASE, &position, left)) > 0) {
    *sent += n, left -= n;
    if (is_failing_write()) return -1; /* after a part has gone */
  }
  return n < 0 ? answer(n) : 0;
}

struct foreign_sf_hdtr {
  struct iovec *headers;
  int hdr_cnt;
  struct iovec *trailers;
  int trl_cnt;
};

/* Sends the headers; below 0 if not all of them have gone. EINVAL of a count of 0 is xnu's. */
static long send_headers(int s, const struct foreign_sf_hdtr *hdtr, off_t *sent) {
  off_t wanted = 0;
  if (hdtr->trailers || !hdtr->headers || hdtr->hdr_cnt < 1) return fail(EINVAL);
  for (int i = 0; i < hdtr->hdr_cnt; i++) wanted += hdtr->headers[i].iov_len;
  if (is_failing_write()) return -1;
  long n = syscall(SYS_writev, s - FD_BASE, hdtr->headers, hdtr->hdr_cnt);
  if (n < 0) return answer(n);
  *sent = n;
  return n < wanted ? fail(EAGAIN) : 0;
}
#endif

#ifdef DARWIN_SENDFILE
int foreign_sendfile(int fd, int s, off_t offset, off_t *len, void *hdtr, int flags)
    __asm__("sendfile");
int foreign_sendfile(int fd, int s, off_t offset, off_t *len, void *hdtr, int flags) {
  off_t count = *len ? *len : 1L << 40;
  if (flags || !is_open(fd - FD_BASE)) return (int)fail(flags ? EINVAL : EBADF);
  *len = 0;
  if (hdtr && send_headers(s, hdtr, len) < 0) return -1;
  return (int)send_all(fd, s, offset, count - *len, len); /* what is wanted counts the headers */
}
#endif

#ifdef BSD_SENDFILE
int foreign_sendfile(int fd, int s, off_t offset, size_t nbytes, void *hdtr, off_t *sbytes, int flags)
    __asm__("sendfile");
int foreign_sendfile(int fd, int s, off_t offset, size_t nbytes, void *hdtr, off_t *sbytes, int flags) {
  if (flags) return (int)fail(EINVAL);
  *sbytes = 0;
  if (hdtr && send_headers(s, hdtr, sbytes) < 0) return -1;
  return (int)send_all(fd, s, offset, nbytes ? (off_t)nbytes : 1L << 40, sbytes);
}
#endif

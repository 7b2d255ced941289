/*
 * The host's C library with an epoll_wait, epoll_create1, epoll_ctl and wake-up that fail when a test says so: see
 * failures.c. All other functions that the binding of Linux knows are the C library's own, by a jump. For tests only.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>
#include "failures.c"

#define EACH_FUNCTION(F)                                                                            \
  F(socket) F(bind) F(listen) F(accept) F(shutdown) F(getsockname) F(getsockopt) F(setsockopt)       \
  F(read) F(close) F(fcntl) F(accept4) F(ioctl) F(pipe) F(open) F(getrlimit)                         \
  F(posix_fadvise) F(sendfile) F(timerfd_create) F(timerfd_settime) F(inotify_init1)                 \
  F(inotify_add_watch) F(inotify_rm_watch) F(statx) F(recv) F(send)

#ifdef __x86_64__
#define JUMP_TO(slot) "jmp *" slot "(%rip)\n"
#else
#define JUMP_TO(slot) "adrp x16, " slot "\nldr x16, [x16, :lo12:" slot "]\nbr x16\n"
#endif

#define FUNCTION(name)                                                                              \
  __attribute__((visibility("hidden"))) void *real_##name;                                          \
  __asm__(".text\n.globl " #name "\n.type " #name ", %function\n" #name ": " JUMP_TO("real_" #name));
EACH_FUNCTION(FUNCTION)

#define BIND(name) real_##name = dlsym(libc, #name);
__attribute__((constructor)) static void bind_all(void) {
  void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_LOCAL);
  EACH_FUNCTION(BIND)
}

static char wakeups[65536]; /* the descriptors that are eventfds */

int epoll_create1(int flags) {
  if ((errno = fails(CALL_KQUEUE))) return -1;
  return (int)syscall(SYS_epoll_create1, flags);
}

int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event) {
  if (op == EPOLL_CTL_ADD && event->events & (EPOLLRDHUP | EPOLLOUT)
      && (errno = fails(CALL_CHANGE)))
    return -1;
  return (int)syscall(SYS_epoll_ctl, epfd, op, fd, event);
}

int epoll_wait(int epfd, struct epoll_event *events, int maxevents, int timeout) {
  int error = fails(CALL_WAIT);
  if (error == EBADF) syscall(SYS_close, epfd); /* by a stranger, as one has to suppose */
  if ((errno = error)) return -1;
  return (int)syscall(SYS_epoll_pwait, epfd, events, maxevents, timeout, NULL, 8);
}

int eventfd(unsigned initval, int flags) {
  int fd = (int)syscall(SYS_eventfd2, initval, flags);
  if (fd >= 0 && fd < (int)sizeof wakeups) wakeups[fd] = 1;
  return fd;
}

ssize_t write(int fd, const void *buf, size_t n) {
  if (fd >= 0 && fd < (int)sizeof wakeups && wakeups[fd] && n == 8 && (errno = fails(CALL_WAKE)))
    return -1;
  return syscall(SYS_write, fd, buf, n);
}

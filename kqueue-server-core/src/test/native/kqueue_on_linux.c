/*
 * kqueue(2) over epoll, eventfd, timerfd and inotify with the struct layout, numbers, symbol names and count types of one
 * BSD-family system, so that the binding's rows for that system are executed on Linux. For tests only.
 *
 * foreign.h is written by the test from the compiled record of that system's headers: FOREIGN_<row>
 * for numbers (dots become underscores), SYM_<function> for symbols, COUNT_T for kevent's counts.
 * -DKEEPS_CLOSED keeps knotes of closed descriptors and refuses a second EV_ADD without a reason, as
 * libkqueue 2.7 does; -DNO_USER leaves EVFILT_USER out; -DFOREIGN_ERRNO answers with that system's errno numbers;
 * -DPLAIN_NAMES exports plain C names where that system's headers rename a function.
 */
#define _GNU_SOURCE
#include "foreign.h"
#ifdef PLAIN_NAMES
#undef SYM_kevent
#define SYM_kevent kevent
#undef SYM_socket
#define SYM_socket socket
#endif
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Descriptors are numbered from here; 0 leaves them the host's. */
#ifndef FD_BASE
#define FD_BASE 0
#endif

/* Straight to the host's kernel: a library with a socket API of its own may have these names. */
#define is_open(fd) (syscall(SYS_fcntl, fd, F_GETFD) >= 0)
#define host_fstat(fd, stat) syscall(SYS_newfstatat, fd, "", stat, AT_EMPTY_PATH)
#define host_close(fd) syscall(SYS_close, fd)
#define host_write(fd, buf, n) syscall(SYS_write, fd, buf, n)
#define host_ioctl(fd, request, arg) syscall(SYS_ioctl, fd, request, arg)
#define host_setsockopt(fd, level, name, value, length) \
  syscall(SYS_setsockopt, fd, level, name, value, length)
#define host_getsockopt(fd, level, name, value, length) \
  syscall(SYS_getsockopt, fd, level, name, value, length)

#ifdef FOREIGN_ERRNO
int foreign_errno(int host);
#else
#define foreign_errno(host) (host)
#endif

struct foreign_kevent {
  uintptr_t ident;
#if FOREIGN_kevent_filter_size == 4
  uint32_t filter, flags;
#else
  int16_t filter;
  uint16_t flags;
#endif
  uint32_t fflags;
  int64_t data;
  uint64_t udata;
  uint64_t ext[(FOREIGN_kevent_sizeof - FOREIGN_kevent_udata_offset - 8) / 8];
};
_Static_assert(sizeof(struct foreign_kevent) == FOREIGN_kevent_sizeof, "sizeof");
_Static_assert(offsetof(struct foreign_kevent, filter) == FOREIGN_kevent_filter_offset, "filter");
_Static_assert(offsetof(struct foreign_kevent, flags) == FOREIGN_kevent_flags_offset, "flags");
_Static_assert(offsetof(struct foreign_kevent, fflags) == FOREIGN_kevent_fflags_offset, "fflags");
_Static_assert(offsetof(struct foreign_kevent, data) == FOREIGN_kevent_data_offset, "data");
_Static_assert(offsetof(struct foreign_kevent, udata) == FOREIGN_kevent_udata_offset, "udata");

#include "failures.c"

/*
 * kern_event.c of NetBSD before 10: EV_ENABLE and EV_DISABLE leave the knote's udata as it is, and an EV_CLEAR
 * knote does not report again what it has reported.
 */
#if defined NO_USER && FOREIGN_kevent_filter_size == 4
#define KEEPS_UDATA 1
#else
#define KEEPS_UDATA 0
#endif

#include "timer_on_linux.c"
#include "vnode_on_linux.c"

#define FDS 16384
#define QUEUES 16384
#define USERS 64
#define WAKE UINT64_MAX
#define WRITE_SET (UINT64_MAX - 1)
enum { READER, WRITER };
enum { KNOTE = 1 << 16 };

struct knote {
  uint32_t state;
  uint64_t udata, file;
  int64_t told;
  int low_water, enabled;
};
struct user {
  uint64_t ident, udata;
  int64_t data;
  uint32_t fflags;
  int used, flags, triggered;
};
struct queue {
  int set[2]; /* READ, and WRITE nested in it */
  int wake;
  struct knote knotes[2][FDS];
  struct user users[USERS];
  struct timer timers[TIMERS];
  struct vnodes vnodes;
  int next_user, our_turn;
};

static struct queue *queues[QUEUES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int fail_next;
static int errors[FDS]; /* the socket's error, once it was told: reading SO_ERROR took it away */

/* For tests: the next kevent applies its changes and then fails with this errno. */
int kqtest_fail_next(int error) {
  fail_next = error;
  return 0;
}

/* Under the lock: frees what a closed queue held besides its own descriptor. */
static void drop_queue(int kq) {
  if (queues[kq]) {
    host_close(queues[kq]->set[WRITER]);
    host_close(queues[kq]->wake);
    if (queues[kq]->vnodes.inotify) host_close(queues[kq]->vnodes.inotify);
    for (int i = 0; i < TIMERS; i++) drop_timer(&queues[kq]->timers[i]);
    free(queues[kq]);
    queues[kq] = NULL;
  }
}

int SYM_kqueue(void) {
  int refused = fails(CALL_KQUEUE);
  if (refused) {
    errno = foreign_errno(refused);
    return -1;
  }
  struct queue *q = calloc(1, sizeof *q);
  int kq = epoll_create1(0);
  q->set[READER] = kq;
  q->set[WRITER] = epoll_create1(EPOLL_CLOEXEC);
  q->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (kq < 0 || kq >= QUEUES || q->set[WRITER] < 0 || q->wake < 0) {
    errno = foreign_errno(EMFILE);
    return -1;
  }
  struct epoll_event e = {.events = EPOLLIN, .data.u64 = WRITE_SET};
  epoll_ctl(kq, EPOLL_CTL_ADD, q->set[WRITER], &e);
  e.events = EPOLLIN | EPOLLET;
  e.data.u64 = WAKE;
  epoll_ctl(kq, EPOLL_CTL_ADD, q->wake, &e);
  pthread_mutex_lock(&lock);
  drop_queue(kq); /* closed since, which nobody told us */
  queues[kq] = q;
  pthread_mutex_unlock(&lock);
  return kq + FD_BASE;
}

/* kern_event.c of NetBSD 7 and 10 looks at EV_CLEAR first, and then no more at EV_DISPATCH. */
static int is_dispatched(uint32_t state) {
#if FOREIGN_kevent_filter_size == 4
  if (state & FOREIGN_EV_CLEAR) return 0;
#endif
  return (state & FOREIGN_EV_DISPATCH) != 0;
}

static int control(struct queue *q, int which, int op, int fd, uint32_t state) {
  struct epoll_event e = {.events = which == READER ? EPOLLIN | EPOLLRDHUP : EPOLLOUT};
  if (state & FOREIGN_EV_CLEAR) e.events |= EPOLLET;
  if (state & FOREIGN_EV_ONESHOT || is_dispatched(state)) e.events |= EPOLLONESHOT;
  if (state & FOREIGN_EV_DISABLE) e.events = EPOLLONESHOT;
  e.data.u64 = (uint64_t)fd;
  return epoll_ctl(q->set[which], op, fd, &e) < 0 ? errno : 0;
}

#define KEPT (FOREIGN_EV_CLEAR | FOREIGN_EV_ONESHOT | FOREIGN_EV_DISPATCH | FOREIGN_EV_DISABLE)

/* Tells a descriptor from its number's next user. */
static uint64_t file_of(int fd) {
  struct stat stat;
  return host_fstat(fd, &stat) < 0 ? 0 : stat.st_ino;
}

static int arm(struct queue *q, int which, int fd, uint32_t kept, uint64_t udata) {
  struct knote *k = &q->knotes[which][fd];
  int error = control(q, which, EPOLL_CTL_ADD, fd, kept);
  if (error == EEXIST) error = control(q, which, EPOLL_CTL_MOD, fd, kept);
  k->state = error ? 0 : KNOTE | kept;
  k->udata = udata;
  k->file = file_of(fd);
  return error;
}

static void low_water(struct knote *k, int fd, const struct foreign_kevent *c) {
#ifdef FOREIGN_NOTE_LOWAT
  int wanted = c->fflags & FOREIGN_NOTE_LOWAT && !(c->flags & FOREIGN_EV_DELETE);
  int bytes = wanted ? (int)c->data : 1;
  if (c->filter == FOREIGN_EVFILT_READ && (wanted || k->low_water))
    host_setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes);
  k->low_water = wanted;
#else
  (void)k, (void)fd, (void)c;
#endif
}

static int change_fd(struct queue *q, int which, const struct foreign_kevent *c) {
  int fd = (int)c->ident - FD_BASE;
  if (c->ident < FD_BASE || fd >= FDS || !is_open(fd)) return EBADF;
  struct knote *k = &q->knotes[which][fd];
#ifdef KEEPS_CLOSED
  if (k->state & KNOTE && c->flags & FOREIGN_EV_ADD) return -1;
#endif
  low_water(k, fd, c);
  /* A number used again has no entry, and its predecessor's knote went with that. */
  if (k->state & KNOTE && control(q, which, EPOLL_CTL_MOD, fd, k->state)) k->state = 0;
  if (!(k->state & KNOTE)) {
    if (!(c->flags & FOREIGN_EV_ADD) || c->flags & FOREIGN_EV_DELETE) return ENOENT;
    errors[fd] = 0;
    return arm(q, which, fd, c->flags & KEPT, c->udata);
  }
  if (c->flags & FOREIGN_EV_DELETE) {
    k->state = 0;
    return control(q, which, EPOLL_CTL_DEL, fd, 0);
  }
  uint32_t kept = k->state & KEPT;
  if (c->flags & FOREIGN_EV_DISABLE) kept |= FOREIGN_EV_DISABLE;
  else if (c->flags & FOREIGN_EV_ENABLE) kept &= ~(uint32_t)FOREIGN_EV_DISABLE;
  k->enabled = c->flags & FOREIGN_EV_ENABLE && k->state & FOREIGN_EV_DISABLE;
  return arm(q, which, fd, kept, KEEPS_UDATA && !(c->flags & FOREIGN_EV_ADD) ? k->udata : c->udata);
}

static int change_user(struct queue *q, const struct foreign_kevent *c) {
#ifdef NO_USER
  (void)q, (void)c;
  return EINVAL;
#else
  struct user *u = NULL, *room = NULL;
  for (int i = 0; i < USERS; i++) {
    if (q->users[i].used && q->users[i].ident == c->ident) u = &q->users[i];
    if (!q->users[i].used && !room) room = &q->users[i];
  }
  if (!u) {
    if (!(c->flags & FOREIGN_EV_ADD) || c->flags & FOREIGN_EV_DELETE) return ENOENT;
    if (!room) return ENOMEM;
    *room = (struct user){.ident = c->ident, .udata = c->udata, .used = 1, .flags = c->flags,
                          .fflags = c->fflags & FOREIGN_NOTE_FFLAGSMASK};
    return 0;
  }
  if (c->flags & FOREIGN_EV_DELETE) {
    u->used = 0;
    return 0;
  }
  uint32_t bits = c->fflags & FOREIGN_NOTE_FFLAGSMASK, ctrl = c->fflags & FOREIGN_NOTE_FFCTRLMASK;
  if (ctrl == FOREIGN_NOTE_FFAND) u->fflags &= bits;
  if (ctrl == FOREIGN_NOTE_FFOR) u->fflags |= bits;
  if (ctrl == FOREIGN_NOTE_FFCOPY) u->fflags = bits;
  u->udata = c->udata;
  u->data = c->data;
  if (c->fflags & FOREIGN_NOTE_TRIGGER) u->triggered = 1;
  if (c->flags & FOREIGN_EV_CLEAR) u->triggered = 0;
  if (c->flags & FOREIGN_EV_DISABLE) u->flags |= FOREIGN_EV_DISABLE;
  else if (c->flags & FOREIGN_EV_ENABLE) u->flags &= ~FOREIGN_EV_DISABLE;
  uint64_t one = 1;
  if (u->triggered && host_write(q->wake, &one, 8) < 0) return errno;
  return 0;
#endif
}

static int change(struct queue *q, const struct foreign_kevent *c) {
  if (c->flags & FOREIGN_EV_ADD && c->filter == FOREIGN_EVFILT_READ) {
    int refused = fails(CALL_CHANGE);
    if (refused) return refused;
  }
  for (size_t i = 0; i < sizeof c->ext / 8; i++)
    if (c->ext[i]) return EINVAL; /* memory somebody else wrote */
  if (c->filter == FOREIGN_EVFILT_READ) return change_fd(q, READER, c);
  if (c->filter == FOREIGN_EVFILT_WRITE) return change_fd(q, WRITER, c);
  if (c->filter == FOREIGN_EVFILT_USER) return change_user(q, c);
  if (c->filter == FOREIGN_EVFILT_TIMER) return change_timer(q->timers, q->set[READER], c);
#ifdef NO_VNODE /* as a file system that cannot be watched */
  if (c->filter == FOREIGN_EVFILT_VNODE) return EOPNOTSUPP;
#endif
  if (c->filter == FOREIGN_EVFILT_VNODE) return change_vnode(&q->vnodes, q->set[READER], c);
  return EINVAL;
}

static void set(struct foreign_kevent *e, uint64_t ident, int filter, int flags, uint32_t fflags,
                int64_t data, uint64_t udata) {
  memset(e, 0xA5, sizeof *e); /* what a binding with the wrong stride would read */
  e->ident = ident;
  e->filter = filter;
  e->flags = flags;
  e->fflags = fflags;
  e->data = data;
  e->udata = udata;
}

static int64_t amount(int which, int fd) {
  int n = 0, buffer = 0;
  socklen_t length = sizeof buffer;
  if (which == WRITER) {
    host_getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, &length);
    return host_ioctl(fd, TIOCOUTQ, &n) < 0 ? 0 : buffer - n;
  }
  if (host_ioctl(fd, FIONREAD, &n) == 0) return n;
  struct tcp_info info;
  length = sizeof info;
  return host_getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0 ? info.tcpi_unacked : 0;
}

static int tcp_state(int fd) {
  struct tcp_info info;
  socklen_t length = sizeof info;
  return host_getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0 ? info.tcpi_state : 0;
}

/* What epoll does not tell of one's own shutdown(SHUT_WR). */
static int has_sent_fin(int fd) {
  int state = tcp_state(fd);
  return state == TCP_FIN_WAIT1 || state == TCP_FIN_WAIT2 || state == TCP_CLOSING || state == TCP_LAST_ACK;
}

static int fd_event(struct queue *q, int which, struct epoll_event *ready, struct foreign_kevent *out) {
  int fd = (int)ready->data.u64, flags = 0;
  struct knote *k = &q->knotes[which][fd];
  if (file_of(fd) != k->file) k->state = 0; /* closed, but a dup of it lives, and has the entry */
  if (!(k->state & KNOTE) || k->state & FOREIGN_EV_DISABLE) return 0;
  if (ready->events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) flags |= FOREIGN_EV_EOF;
  if (which == WRITER && has_sent_fin(fd)) flags |= FOREIGN_EV_EOF;
  if (ready->events & EPOLLERR) {
    int error = 0;
    socklen_t length = sizeof error;
    host_getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
    if (error) errors[fd] = error == EPIPE ? ECONNRESET : error; /* tcp_reset after a FIN */
  }
  int64_t data = amount(which, fd);
  int old = KEEPS_UDATA && k->enabled && k->state & FOREIGN_EV_CLEAR && !flags && data == k->told;
  k->enabled = 0;
  if (old) return 0;
  k->told = data;
  set(out, (uint64_t)fd + FD_BASE, which == READER ? FOREIGN_EVFILT_READ : FOREIGN_EVFILT_WRITE,
      flags | (int)(k->state & FOREIGN_EV_CLEAR), flags ? (uint32_t)foreign_errno(errors[fd]) : 0, data,
      k->udata);
  if (k->state & FOREIGN_EV_ONESHOT) {
    control(q, which, EPOLL_CTL_DEL, fd, 0);
    k->state = 0;
  } else if (is_dispatched(k->state)) {
    k->state |= FOREIGN_EV_DISABLE;
  }
  return 1;
}

static int is_active(const struct user *u) {
  return u->used && u->triggered && !(u->flags & FOREIGN_EV_DISABLE);
}

static int user_events(struct queue *q, struct foreign_kevent *out, int room) {
  int count = 0, first = q->next_user;
  for (int i = 0; i < USERS && count < room; i++) {
    struct user *u = &q->users[(first + i) % USERS];
    if (!is_active(u)) continue;
    q->next_user = (first + i + 1) % USERS;
    set(out + count++, u->ident, FOREIGN_EVFILT_USER, 0, u->fflags, u->data, u->udata);
    if (u->flags & FOREIGN_EV_CLEAR) u->triggered = 0;
    if (u->flags & FOREIGN_EV_ONESHOT) u->used = 0;
    if (u->flags & FOREIGN_EV_DISPATCH) u->flags |= FOREIGN_EV_DISABLE;
  }
  return count;
}

static int harvest(struct queue *q, struct foreign_kevent *out, int room, int timeout) {
  struct epoll_event ready[64];
  int count = 0, writable = 0, active = any_vnode_is_active(&q->vnodes), fds = room < 64 ? room : 64;
  for (int i = 0; i < USERS; i++) active |= is_active(&q->users[i]);
  if (active) timeout = 0, q->our_turn = !q->our_turn, fds -= room > 1 ? 1 : q->our_turn;
  pthread_mutex_unlock(&lock);
  int n = fds ? epoll_wait(q->set[READER], ready, fds, timeout) : 0, error = errno;
  pthread_mutex_lock(&lock);
  if (n < 0) {
    errno = foreign_errno(error);
    return -1;
  }
  for (int i = 0; i < n; i++) {
    uint64_t token = ready[i].data.u64;
    if (token == WRITE_SET) writable = 1;
    else if (token == WAKE || token == VNODE_TOKEN) continue;
    else if (token & TIMER_TOKEN) count += timer_event(q->timers, q->set[READER], token, out + count);
    else count += fd_event(q, READER, &ready[i], out + count);
  }
  if (writable) {
    n = epoll_wait(q->set[WRITER], ready, fds - count, 0);
    for (int i = 0; i < n; i++) count += fd_event(q, WRITER, &ready[i], out + count);
  }
  count += vnode_events(&q->vnodes, out + count, room - count);
  return count + user_events(q, out + count, room - count);
}

/* Which of the loop's calls it is, by the form only that one has. */
static int call_of(const struct foreign_kevent *changes, COUNT_T nchanges, COUNT_T nevents) {
  if (nevents == 0) return nchanges == 1 && changes->fflags & FOREIGN_NOTE_TRIGGER ? CALL_WAKE : CALL_OTHER;
  return nchanges && changes->flags & FOREIGN_EV_RECEIPT ? CALL_APPLY : CALL_WAIT;
}

int SYM_kevent(int kq, const struct foreign_kevent *changes, COUNT_T nchanges,
               struct foreign_kevent *events, COUNT_T nevents, const struct timespec *timeout) {
  kq -= FD_BASE;
  struct queue *q = kq >= 0 && kq < QUEUES && is_open(kq) ? queues[kq] : NULL;
  int answers = 0, result, millis = -1;
  if (!q) {
    errno = foreign_errno(EBADF);
    return -1;
  }
  int refused = fails(call_of(changes, nchanges, nevents));
  if (refused == EBADF) { /* closed by a stranger, as one has to suppose */
    pthread_mutex_lock(&lock);
    drop_queue(kq);
    pthread_mutex_unlock(&lock);
    host_close(kq);
  }
  if (refused) {
    errno = foreign_errno(refused);
    return -1;
  }
  if (timeout && (timeout->tv_sec < 0 || timeout->tv_sec > 100000000 || timeout->tv_nsec < 0
                  || timeout->tv_nsec > 999999999)) {
    errno = foreign_errno(EINVAL);
    return -1;
  }
  if (timeout)
    millis = timeout->tv_sec > 1000000 ? 1000000000
                                       : (int)(timeout->tv_sec * 1000 + (timeout->tv_nsec + 999999) / 1000000);
  pthread_mutex_lock(&lock);
  for (COUNT_T i = 0; i < nchanges; i++) {
    int error = change(q, changes + i);
    if (error < 0) {
      pthread_mutex_unlock(&lock);
      errno = 0;
      return -1;
    }
    if (!error && !(changes[i].flags & FOREIGN_EV_RECEIPT)) continue;
    if ((COUNT_T)answers < nevents) {
      set(events + answers++, changes[i].ident, changes[i].filter, FOREIGN_EV_ERROR, 0,
          foreign_errno(error), changes[i].udata);
    } else if (error) {
      pthread_mutex_unlock(&lock);
      errno = foreign_errno(error);
      return -1;
    }
  }
  if (fail_next) {
    errno = foreign_errno(fail_next);
    fail_next = 0;
    result = -1;
  } else if (answers || nevents == 0) {
    result = answers;
  } else {
    result = harvest(q, events, (int)nevents, millis);
  }
  int error = errno;
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}

/*
 * EVFILT_TIMER over timerfd, in the units and with the bits of one BSD-family system. Part of
 * kqueue_on_linux.c. A system from before units (-DNO_USER: they came together) would take any number
 * for milliseconds; here it refuses the bits, so that whoever sends them is found out. -DPAST_IS_EINVAL refuses
 * points in time that are past, as FreeBSD up to 13.0.
 */
#include <sys/timerfd.h>

#define TIMERS 64
#define TIMER_TOKEN (1ULL << 62)

#if defined NO_USER
#define ABSOLUTE 0
#elif defined FOREIGN_NOTE_ABSTIME
#define ABSOLUTE FOREIGN_NOTE_ABSTIME
#elif defined FOREIGN_NOTE_ABSOLUTE
#define ABSOLUTE FOREIGN_NOTE_ABSOLUTE
#else
#define ABSOLUTE 0
#endif

/* NetBSD before 10, kern_event.c: a timer that is added again runs on, and its new period begins after. */
#if defined NO_USER && FOREIGN_kevent_filter_size == 4
#define RUNS_ON 1
#else
#define RUNS_ON 0
#endif

struct timer {
  uint64_t ident, udata;
  int used, fd, flags, has_next;
  struct itimerspec next;
};

static void set(struct foreign_kevent *e, uint64_t ident, int filter, int flags, uint32_t fflags,
                int64_t data, uint64_t udata);
static int is_dispatched(uint32_t state);

/* How many of a unit make a second; 0 for bits that are no unit here. */
static int64_t units_per_second(uint32_t unit) {
  if (unit == 0) return 1000;
#if defined FOREIGN_NOTE_SECONDS && !defined NO_USER
  if (unit == FOREIGN_NOTE_SECONDS) return 1;
  if (unit == FOREIGN_NOTE_USECONDS) return 1000000;
  if (unit == FOREIGN_NOTE_NSECONDS) return 1000000000;
#ifdef FOREIGN_NOTE_MSECONDS
  if (unit == FOREIGN_NOTE_MSECONDS) return 1000;
#endif
#endif
  return 0;
}

static int start_timer(struct timer *t, const struct foreign_kevent *c, int again) {
  int absolute = (c->fflags & ABSOLUTE) != 0;
  int64_t per_second = units_per_second(c->fflags & ~(uint32_t)ABSOLUTE);
  if (!per_second || c->data < 1) return EINVAL; /* what the systems make of it differs, so none may see it */
  struct itimerspec spec = {.it_value = {c->data / per_second, c->data % per_second * (1000000000 / per_second)}};
  if (!absolute && !(t->flags & FOREIGN_EV_ONESHOT)) spec.it_interval = spec.it_value;
#ifdef PAST_IS_EINVAL
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (absolute && (spec.it_value.tv_sec < now.tv_sec
                   || (spec.it_value.tv_sec == now.tv_sec && spec.it_value.tv_nsec <= now.tv_nsec)))
    return EINVAL;
#endif
  if (again && RUNS_ON) {
    t->next = spec, t->has_next = 1;
    return 0;
  }
  return timerfd_settime(t->fd, absolute ? TFD_TIMER_ABSTIME : 0, &spec, NULL) < 0 ? errno : 0;
}

static int listen_to_timer(int epfd, int op, struct timer *t, int index) {
  struct epoll_event e = {.events = t->flags & FOREIGN_EV_DISABLE ? 0 : EPOLLIN,
                          .data.u64 = TIMER_TOKEN | (uint64_t)index};
  return epoll_ctl(epfd, op, t->fd, &e) < 0 ? errno : 0;
}

static void drop_timer(struct timer *t) {
  if (t->used) host_close(t->fd);
  t->used = 0;
}

static int change_timer(struct timer *timers, int epfd, const struct foreign_kevent *c) {
  int index = -1, room = -1, error;
  for (int i = 0; i < TIMERS; i++) {
    if (timers[i].used && timers[i].ident == c->ident) index = i;
    if (!timers[i].used && room < 0) room = i;
  }
  if (index < 0) {
    if (c->flags & FOREIGN_EV_DELETE || !(c->flags & FOREIGN_EV_ADD)) return ENOENT;
    if (room < 0) return ENOMEM;
    struct timer *t = timers + room;
    *t = (struct timer){.ident = c->ident, .udata = c->udata, .flags = c->flags, .used = 1,
                        .fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK)};
    error = t->fd < 0 ? errno : start_timer(t, c, 0);
    if (!error) error = listen_to_timer(epfd, EPOLL_CTL_ADD, t, room);
    if (error) drop_timer(t);
    return error;
  }
  struct timer *t = timers + index;
  if (c->flags & FOREIGN_EV_DELETE) {
    drop_timer(t);
    return 0;
  }
  if (!KEEPS_UDATA || c->flags & FOREIGN_EV_ADD) t->udata = c->udata;
  if (c->flags & FOREIGN_EV_DISABLE) t->flags |= FOREIGN_EV_DISABLE;
  else if (c->flags & FOREIGN_EV_ENABLE) t->flags &= ~FOREIGN_EV_DISABLE;
  if (c->flags & FOREIGN_EV_ADD && (error = start_timer(t, c, 1))) return error;
  return listen_to_timer(epfd, EPOLL_CTL_MOD, t, index);
}

static int timer_event(struct timer *timers, int epfd, uint64_t token, struct foreign_kevent *out) {
  int index = (int)(token & ~TIMER_TOKEN);
  struct timer *t = timers + index;
  uint64_t expirations;
  if (!t->used || t->flags & FOREIGN_EV_DISABLE || syscall(SYS_read, t->fd, &expirations, 8) != 8) return 0;
  set(out, t->ident, FOREIGN_EVFILT_TIMER, FOREIGN_EV_CLEAR, 0, (int64_t)expirations, t->udata);
  if (t->has_next) {
    t->has_next = 0;
    timerfd_settime(t->fd, 0, &t->next, NULL);
  }
  if (t->flags & FOREIGN_EV_ONESHOT) {
    drop_timer(t);
  } else if (is_dispatched((uint32_t)t->flags | FOREIGN_EV_CLEAR)) { /* a timer's knote has EV_CLEAR by itself */
    t->flags |= FOREIGN_EV_DISABLE;
    listen_to_timer(epfd, EPOLL_CTL_MOD, t, index);
  }
  return 1;
}

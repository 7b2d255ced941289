/*
 * The clients of the comparison that wrk is not. One thread, one epoll, loopback only.
 *
 *   load rate    PORT PATH CONNECTIONS SECONDS RATE  fixed rate; latency counts from when a request was due
 *   load connect PORT PATH CONNECTIONS SECONDS       a new connection for every request
 *   load sse     PORT PATH CONNECTIONS SECONDS       event streams; an event's data is the time it was made
 *   load idle    PORT PATH CONNECTIONS               one request each, then silence until standard input ends
 *
 * Prints "ready" when measuring begins, and one line of key=value at the end.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

enum {
  MAX_CONNS = 19000,
  MAX_SAMPLES = 8 * 1000 * 1000,
  RESPONSE_BYTES = 1024,           /* these requests have small answers */
  RAMP = 64,                       /* under way at once while many are opened; Tomcat's backlog is 100 */
  SOURCES = 64,                    /* 127.0.0.2 and up, so that no tuple is used again too soon */
  START_DEADLINE_SECONDS = 60,
  STREAM_WARMUP_NANOS = 2000 * 1000 * 1000
};

enum mode { RATE, CONNECT, SSE, IDLE };

struct conn {
  int fd, number;
  bool connected, busy, answered;
  int64_t since;                   /* when its request was due */
  size_t len;
  char in[RESPONSE_BYTES];
  int match;                       /* sse: how much of "data:" was seen; 5 while digits come */
  int64_t value;
};

static enum mode mode;
static int port, count, epfd, timer;
static char request[512];
static size_t request_len;
static struct conn *conns;
static uint32_t *samples;
static size_t nsamples;
static long completed, errors, bad_status, opened, answered_conns, lost;
static bool measuring;
static int64_t begin, end, interval, next_due;
static int *idle_stack, idle_top;
static int64_t *due_queue;
static size_t due_head, due_tail, due_cap;
static unsigned sources;
static const char *first_error;

static int64_t now_nanos(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void sample(int64_t nanos) {
  completed++;
  if (nsamples < MAX_SAMPLES) samples[nsamples++] = nanos > UINT32_MAX ? UINT32_MAX : (uint32_t)nanos;
}

static void drop(struct conn *c) {
  if (c->fd >= 0) close(c->fd);
  c->fd = -1;
}

static bool start(struct conn *c) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
  if (fd < 0) return false;
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  struct sockaddr_in from = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(0x7f000002u + sources++ % SOURCES)};
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port),
                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  c->fd = fd;
  c->connected = c->busy = c->answered = false;
  c->len = 0;
  c->match = 0;
  c->since = now_nanos();
  struct epoll_event ev = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.u32 = (uint32_t)c->number};
  if (bind(fd, (struct sockaddr *)&from, sizeof from) < 0
      || (connect(fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS)
      || epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ev) < 0) {
    drop(c);
    return false;
  }
  opened++;
  return true;
}

static void fail(struct conn *c) {
  if (first_error == NULL) {
    first_error = errno == 0 || errno == EAGAIN ? "closed by the server" : strerror(errno);
  }
  if (measuring || mode != CONNECT) errors++;
  drop(c);
  if (mode == CONNECT && errors < 1000 && !start(c)) errors++;
}

static bool send_request(struct conn *c) {
  c->busy = true;
  c->len = 0;
  return write(c->fd, request, request_len) == (ssize_t)request_len;
}

/* Whether the bytes so far are one whole answer: by Content-Length, else by the last chunk. */
static bool whole(const struct conn *c) {
  const char *head_end = memmem(c->in, c->len, "\r\n\r\n", 4);
  if (head_end == NULL) return false;
  size_t head = (size_t)(head_end + 4 - c->in);
  for (const char *p = c->in; p < head_end; p++) {
    if (p[0] == '\n' && strncasecmp(p + 1, "content-length:", 15) == 0) {
      return c->len >= head + strtoul(p + 16, NULL, 10);
    }
  }
  return memmem(head_end, c->len - (size_t)(head_end - c->in), "\r\n0\r\n\r\n", 7) != NULL;
}

static void check_status(const struct conn *c) {
  if (c->len < 12 || c->in[9] != '2') bad_status++;
}

static void dispatch_due(void) {
  while (due_head != due_tail && idle_top > 0) {
    struct conn *c = &conns[idle_stack[--idle_top]];
    if (c->fd < 0) continue;
    c->since = due_queue[due_head++ % due_cap];
    if (!send_request(c)) fail(c);
  }
}

static void on_answer(struct conn *c) {
  check_status(c);
  c->busy = false;
  if (mode == RATE && c->answered) {
    sample(now_nanos() - c->since);
  }
  if (!c->answered) {
    c->answered = true;
    answered_conns++;
  }
  c->len = 0;
  if (mode == RATE) idle_stack[idle_top++] = c->number;
}

static void on_events(struct conn *c, const char *data, size_t len, int64_t now) {
  static const char word[] = "data:";
  for (size_t i = 0; i < len; i++) {
    char b = data[i];
    if (c->match == 5) {
      if (b >= '0' && b <= '9') {
        c->value = c->value * 10 + (b - '0');
        continue;
      }
      if (b == ' ') continue;
      if (!c->answered) {
        c->answered = true;
        answered_conns++;
      }
      if (measuring && c->value >= begin) sample(now - c->value);
      c->match = 0;
    } else if (b == word[c->match]) {
      if (++c->match == 5) c->value = 0;
    } else {
      c->match = b == 'd';
    }
  }
}

static void on_eof(struct conn *c) {
  if (mode == CONNECT && c->busy && whole(c)) {
    check_status(c);
    if (measuring) sample(now_nanos() - c->since);
    drop(c);
    if (!start(c)) errors++;
    return;
  }
  if (mode == IDLE && c->answered) lost++;
  fail(c);
}

static void on_readable(struct conn *c) {
  static char shared[64 * 1024];
  while (c->fd >= 0) {
    size_t room = mode == SSE ? sizeof shared : sizeof c->in - c->len;
    char *at = mode == SSE ? shared : c->in + c->len;
    if (room == 0) {
      fail(c);
      return;
    }
    ssize_t n = read(c->fd, at, room);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) {
      if (n == 0) errno = 0;
      on_eof(c);
      return;
    }
    if (mode == SSE) {
      if (c->len == 0) {
        c->len = 1;
        if (n < 12 || shared[9] != '2') bad_status++;
      }
      on_events(c, shared, (size_t)n, now_nanos());
    } else {
      c->len += (size_t)n;
      if (mode != CONNECT && c->busy && whole(c)) on_answer(c);
    }
  }
}

static void on_ready(struct conn *c, uint32_t events) {
  if (c->fd < 0) return;
  if (!c->connected && (events & EPOLLOUT)) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    c->connected = true;
    errno = error;
    if (error != 0 || !send_request(c)) {
      fail(c);
      return;
    }
  }
  if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) on_readable(c);
}

static void arm(int64_t at) {
  struct itimerspec when = {{0, 0}, {at / 1000000000, at % 1000000000}};
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static void on_timer(void) {
  uint64_t ticks;
  if (read(timer, &ticks, sizeof ticks) < 0) return;
  int64_t now = now_nanos();
  while (next_due <= now && next_due < end) {
    if (due_tail - due_head == due_cap) {
      errors++;
      due_head++;
    }
    due_queue[due_tail++ % due_cap] = next_due;
    next_due += interval;
  }
  dispatch_due();
  arm(next_due < end ? next_due : end);
}

static void poll_once(int timeout_ms, int *watched_stdin) {
  struct epoll_event events[512];
  int n = epoll_wait(epfd, events, 512, timeout_ms);
  for (int i = 0; i < n; i++) {
    uint32_t id = events[i].data.u32;
    if (id == UINT32_MAX) on_timer();
    else if (id == UINT32_MAX - 1) {
      char byte;
      if (read(STDIN_FILENO, &byte, 1) <= 0) *watched_stdin = 0;
    } else on_ready(&conns[id], events[i].events);
  }
}

static void watch(int fd, uint32_t id) {
  struct epoll_event ev = {.events = EPOLLIN, .data.u32 = id};
  if (epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ev) < 0) perror("epoll_ctl");
}

static void open_all(int *standing) {
  int64_t deadline = now_nanos() + START_DEADLINE_SECONDS * 1000000000LL;
  int next = 0;
  while (mode == CONNECT ? next < count : answered_conns < count) {
    while (next < count && (mode == CONNECT || next - answered_conns < RAMP)) {
      if (!start(&conns[next++])) errors++;
    }
    poll_once(10, standing);
    if (now_nanos() > deadline || errors > 0 || !*standing) {
      fprintf(stderr, "load: %ld of %d connections answered, %ld failed (%s)\n", answered_conns, count,
          errors, first_error != NULL ? first_error : "deadline");
      exit(1);
    }
  }
}

static int by_value(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

static double percentile(double p) {
  if (nsamples == 0) return 0;
  size_t i = (size_t)(p * (double)nsamples);
  return samples[i < nsamples ? i : nsamples - 1] / 1000.0;
}

int main(int argc, char **argv) {
  if (argc < 5) {
    fprintf(stderr, "usage: load rate|connect|sse|idle PORT PATH CONNECTIONS [SECONDS [RATE]]\n");
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  mode = strcmp(argv[1], "rate") == 0 ? RATE : strcmp(argv[1], "connect") == 0 ? CONNECT
       : strcmp(argv[1], "sse") == 0 ? SSE : IDLE;
  port = atoi(argv[2]);
  count = atoi(argv[4]);
  int seconds = argc > 5 ? atoi(argv[5]) : 0, rate = argc > 6 ? atoi(argv[6]) : 1000;
  if (count < 1 || count > MAX_CONNS || rate < 1) return 2;
  request_len = (size_t)snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s%s\r\n",
      argv[3], port, mode == CONNECT ? "Connection: close\r\n" : "",
      mode == SSE ? "Accept: text/event-stream\r\n" : "");
  conns = calloc((size_t)count, sizeof *conns);
  samples = malloc(sizeof *samples * MAX_SAMPLES);
  idle_stack = malloc(sizeof *idle_stack * (size_t)count);
  due_cap = (size_t)rate * 2;
  due_queue = malloc(sizeof *due_queue * due_cap);
  if (!conns || !samples || !idle_stack || !due_queue) return 1;
  for (int i = 0; i < count; i++) {
    conns[i].fd = -1;
    conns[i].number = i;
  }
  epfd = epoll_create1(EPOLL_CLOEXEC);
  timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  watch(timer, UINT32_MAX);
  watch(STDIN_FILENO, UINT32_MAX - 1);
  int standing = 1;
  open_all(&standing);
  /* Streams warm up in place: to leave and come back would measure a server that tidies up. */
  int64_t warm = now_nanos() + (mode == SSE ? STREAM_WARMUP_NANOS : 0);
  while (standing && now_nanos() < warm) poll_once(10, &standing);

  measuring = true;
  begin = now_nanos();
  end = begin + seconds * 1000000000LL;
  long expected = mode == SSE ? (long)count * seconds * 10 : 0;
  printf("ready\n");
  fflush(stdout);
  if (mode == IDLE) {
    while (standing) poll_once(1000, &standing);
  } else {
    if (mode == RATE) {
      interval = 1000000000LL / rate;
      next_due = begin;
      arm(begin);
    }
    while (standing && now_nanos() < end) {
      int64_t left = (end - now_nanos()) / 1000000;
      poll_once(left < 1 ? 1 : (int)left, &standing);
    }
  }
  double took = (double)(now_nanos() - begin) / 1e9;
  if (mode == RATE) errors += (long)(due_tail - due_head) > rate / 10 ? (long)(due_tail - due_head) : 0;
  if (mode == SSE && completed * 10 < expected * 9) errors += expected - completed;
  qsort(samples, nsamples, sizeof *samples, by_value);
  printf("requests=%ld seconds=%.6f p50_us=%.1f p99_us=%.1f max_us=%.1f errors=%ld bad_status=%ld lost=%ld\n",
      completed, took, percentile(0.5), percentile(0.99), percentile(1.0), errors, bad_status, lost);
  return 0;
}

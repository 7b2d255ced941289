/*
 * The clients of the comparison that speak frames: HTTP/2 in the clear, and WebSocket. One thread, one
 * epoll, loopback only.
 *
 *   framed h2-idle      PORT PATH CONNECTIONS                one request each, then silence until standard input ends
 *   framed ws-idle      PORT PATH CONNECTIONS 0 BYTES        one message each, then the same
 *   framed ws-deflated  PORT PATH CONNECTIONS 0 BYTES        the same with permessage-deflate
 *   framed ws-echo      PORT PATH CONNECTIONS SECONDS BYTES  a message, its echo, the next
 *   framed ws-broadcast PORT PATH CONNECTIONS SECONDS        counts the messages that come
 *
 * Pings are answered. Prints "ready" when measuring begins, and one line of key=value at the end.
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
#include <time.h>
#include <unistd.h>

enum {
  MAX_CONNS = 19000,
  MAX_SAMPLES = 8 * 1000 * 1000,
  RAMP = 64,                       /* under way at once while many are opened; Tomcat's backlog is 100 */
  SOURCES = 64,
  START_DEADLINE_SECONDS = 60,
  BROADCAST_WARMUP_NANOS = 2000 * 1000 * 1000,
  KEPT = 512                       /* an answer's head, or the head and payload of a control frame */
};

enum mode { H2_IDLE, WS_IDLE, WS_DEFLATED, WS_ECHO, WS_BROADCAST };

struct conn {
  int fd, number;
  bool connected, upgraded, answered;
  int64_t since;
  const char *out;                 /* what is still to be written */
  size_t out_len;
  size_t kept_len;
  size_t skip;                     /* of a payload */
  bool last;                       /* the frame being skipped ends a message */
  char kept[KEPT];
};

static enum mode mode;
static int port, count, epfd;
static char handshake[512];
static size_t handshake_len;
static char *message;
static size_t message_len;
static struct conn *conns;
static uint32_t *samples;
static size_t nsamples;
static long completed, errors, bad_status, answered_conns, lost;
static bool measuring;
static unsigned sources;
static const char *first_error;

static int64_t now_nanos(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void drop(struct conn *c) {
  if (c->fd >= 0) close(c->fd);
  c->fd = -1;
}

static void fail(struct conn *c, const char *why) {
  if (c->fd < 0) return;
  if (first_error == NULL) first_error = why;
  if (c->answered && mode != WS_ECHO && mode != WS_BROADCAST) lost++;
  else errors++;
  drop(c);
}

static bool start(struct conn *c) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
  if (fd < 0) return false;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  struct sockaddr_in from = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(0x7f000002u + sources++ % SOURCES)};
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port),
                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  c->fd = fd;
  struct epoll_event ev = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.u32 = (uint32_t)c->number};
  if (bind(fd, (struct sockaddr *)&from, sizeof from) < 0
      || (connect(fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS)
      || epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ev) < 0) {
    drop(c);
    return false;
  }
  return true;
}

static void flush(struct conn *c) {
  while (c->fd >= 0 && c->out_len > 0) {
    ssize_t n = write(c->fd, c->out, c->out_len);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) {
      fail(c, strerror(errno));
      return;
    }
    c->out += n;
    c->out_len -= (size_t)n;
  }
}

static void send_message(struct conn *c) {
  c->since = now_nanos();
  c->out = message;
  c->out_len = message_len;
  flush(c);
}

/* Small frames beside the message; a socket that takes no 140 bytes is at fault. */
static void send_small(struct conn *c, const char *frame, size_t len) {
  if (c->out_len == 0 && write(c->fd, frame, len) != (ssize_t)len) fail(c, "a control frame was not taken");
}

static void on_message(struct conn *c) {
  if (!c->answered) {
    c->answered = true;
    answered_conns++;
  }
  if (measuring) {
    int64_t took = now_nanos() - c->since;
    completed++;
    if (mode == WS_ECHO && nsamples < MAX_SAMPLES) samples[nsamples++] = took > UINT32_MAX ? UINT32_MAX : (uint32_t)took;
  }
  if (mode == WS_ECHO) send_message(c);
}

/* Bytes of kept that one frame's head takes, and its payload if that is kept too; 0 if more must come. */
static size_t ws_frame(struct conn *c) {
  const unsigned char *p = (const unsigned char *)c->kept;
  if (c->kept_len < 2) return 0;
  size_t len = p[1] & 0x7f, head = len == 126 ? 4 : len == 127 ? 10 : 2;
  if (c->kept_len < head) return 0;
  if (head > 2) {
    len = 0;
    for (size_t i = 2; i < head; i++) len = len << 8 | p[i];
  }
  int opcode = p[0] & 0xf;
  if (opcode < 8) {
    c->skip = len;
    c->last = p[0] & 0x80;
    return head;
  }
  if (c->kept_len < head + len) return 0;
  if (opcode == 8) fail(c, "Close");
  if (opcode == 9) {
    char pong[6 + 125] = {(char)0x8a, (char)(0x80 | len)};
    memcpy(pong + 6, p + 2, len); /* masked with zero */
    send_small(c, pong, 6 + len);
  }
  return head + len;
}

static size_t h2_frame(struct conn *c) {
  const unsigned char *p = (const unsigned char *)c->kept;
  if (c->kept_len < 9) return 0;
  size_t len = (size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2];
  int type = p[3], flags = p[4];
  if (type == 0 || type == 1) { /* DATA, HEADERS */
    if (type == 1 && c->kept_len < 10) return 0;
    /* Behind a possible update of the table's size, 200 is entry 8 of the static table. */
    if (type == 1 && (p[9] & 0xe0) != 0x20 && p[9] != 0x88) bad_status++;
    c->skip = len;
    c->last = flags & 1;
    return 9;
  }
  if (c->kept_len < 9 + len) return 0;
  if (type == 3 || type == 7) fail(c, type == 3 ? "RST_STREAM" : "GOAWAY");
  if (type == 4 && !(flags & 1)) send_small(c, "\0\0\0\4\1\0\0\0\0", 9);
  if (type == 6 && !(flags & 1)) {
    char ack[17] = {0, 0, 8, 6, 1};
    memcpy(ack + 9, p + 9, 8);
    send_small(c, ack, sizeof ack);
  }
  return 9 + len;
}

static void on_bytes(struct conn *c, const char *data, size_t len) {
  while (len > 0 && c->fd >= 0) {
    if (c->skip > 0) {
      size_t some = len < c->skip ? len : c->skip;
      c->skip -= some;
      data += some;
      len -= some;
      if (c->skip == 0 && c->last) {
        c->last = false;
        on_message(c);
      }
      continue;
    }
    size_t room = KEPT - c->kept_len, some = len < room ? len : room;
    memcpy(c->kept + c->kept_len, data, some);
    size_t before = c->kept_len;
    c->kept_len += some;
    size_t used;
    if (mode != H2_IDLE && !c->upgraded) {
      const char *head_end = memmem(c->kept, c->kept_len, "\r\n\r\n", 4);
      used = head_end == NULL ? 0 : (size_t)(head_end + 4 - c->kept);
      if (used > 0) {
        c->upgraded = true;
        if (memcmp(c->kept, "HTTP/1.1 101", 12) != 0) {
          bad_status++;
          fail(c, "no 101");
        } else if (mode == WS_BROADCAST) {
          c->answered = true;
          answered_conns++;
        } else {
          send_message(c);
        }
      }
    } else {
      used = mode == H2_IDLE ? h2_frame(c) : ws_frame(c);
    }
    if (used == 0) {
      if (room == some && c->kept_len == KEPT) fail(c, "too long to keep");
      data += some;
      len -= some;
      continue;
    }
    /* What was kept before belongs to this frame whole: it had not been enough. */
    c->kept_len = 0;
    data += used - before;
    len -= used - before;
    if (c->skip == 0 && c->last) {
      c->last = false;
      on_message(c);
    }
  }
}

static void on_ready(struct conn *c, uint32_t events) {
  static char shared[256 * 1024];
  if (c->fd < 0) return;
  if (!c->connected && (events & EPOLLOUT)) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    c->connected = true;
    if (error != 0) {
      fail(c, strerror(error));
      return;
    }
    c->out = handshake;
    c->out_len = handshake_len;
  }
  if (events & EPOLLOUT) flush(c);
  if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
    while (c->fd >= 0) {
      ssize_t n = read(c->fd, shared, sizeof shared);
      if (n < 0 && errno == EAGAIN) return;
      if (n <= 0) {
        fail(c, n == 0 ? "closed by the server" : strerror(errno));
        return;
      }
      on_bytes(c, shared, (size_t)n);
    }
  }
}

static void poll_once(int timeout_ms, int *standing) {
  struct epoll_event events[512];
  int n = epoll_wait(epfd, events, 512, timeout_ms);
  for (int i = 0; i < n; i++) {
    uint32_t id = events[i].data.u32;
    if (id == UINT32_MAX) {
      char byte;
      if (read(STDIN_FILENO, &byte, 1) <= 0) *standing = 0;
    } else on_ready(&conns[id], events[i].events);
  }
}

static void open_all(int *standing) {
  int64_t deadline = now_nanos() + START_DEADLINE_SECONDS * 1000000000LL;
  int next = 0;
  while (answered_conns < count) {
    while (next < count && next - answered_conns < RAMP) {
      if (!start(&conns[next++])) errors++;
    }
    poll_once(10, standing);
    if (now_nanos() > deadline || errors > 0 || lost > 0 || !*standing) {
      fprintf(stderr, "framed: %ld of %d connections answered, %ld failed (%s)\n", answered_conns, count,
          errors + lost, first_error != NULL ? first_error : "deadline");
      exit(1);
    }
  }
}

/* Letters under a mask; with deflate a stored block, and the first byte of the flush that is left out. */
static void make_message(size_t bytes) {
  static const unsigned char key[4] = {0x37, 0xfa, 0x21, 0x3d};
  bool deflated = mode == WS_DEFLATED;
  size_t len = deflated ? 5 + bytes + 1 : bytes, head = len < 126 ? 2 : len < 65536 ? 4 : 10, at = head + 4;
  message = calloc(1, at + len);
  message[0] = (char)(0x81 | (deflated ? 0x40 : 0));
  message[1] = (char)(0x80 | (head == 2 ? len : head == 4 ? 126 : 127));
  for (size_t i = 2; i < head; i++) message[i] = (char)(len >> 8 * (head - 1 - i));
  memcpy(message + head, key, 4);
  if (deflated) {
    char stored[5] = {0, (char)bytes, (char)(bytes >> 8), (char)~bytes, (char)(~bytes >> 8)};
    memcpy(message + at, stored, 5);
  }
  for (size_t i = 0; i < bytes; i++) message[at + (deflated ? 5 : 0) + i] = (char)('a' + i % 26);
  for (size_t i = 0; i < len; i++) message[at + i] ^= (char)key[i % 4];
  message_len = at + len;
}

static void make_handshake(const char *path) {
  if (mode != H2_IDLE) {
    handshake_len = (size_t)snprintf(handshake, sizeof handshake,
        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s\r\n", path, port,
        mode == WS_DEFLATED ? "Sec-WebSocket-Extensions: permessage-deflate\r\n" : "");
    return;
  }
  char authority[32];
  size_t name = (size_t)snprintf(authority, sizeof authority, "127.0.0.1:%d", port), uri = strlen(path);
  char *p = mempcpy(handshake, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 24 + 9);
  size_t block = 2 + 2 + uri + 2 + name;
  p = mempcpy(p, (char[]){0, 0, (char)block, 1, 5, 0, 0, 0, 1}, 9);
  p = mempcpy(p, (char[]){(char)0x82, (char)0x86, 0x04, (char)uri}, 4); /* GET, http, :path */
  p = mempcpy(p, path, uri);
  p = mempcpy(p, (char[]){0x01, (char)name}, 2); /* :authority */
  p = mempcpy(p, authority, name);
  handshake_len = (size_t)(p - handshake);
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

static int mode_of(const char *name) {
  static const char *const names[] = {"h2-idle", "ws-idle", "ws-deflated", "ws-echo", "ws-broadcast"};
  for (int i = 0; i < 5; i++) if (strcmp(name, names[i]) == 0) return i;
  return -1;
}

int main(int argc, char **argv) {
  int chosen = argc < 5 ? -1 : mode_of(argv[1]);
  if (chosen < 0 || strlen(argv[3]) > 100) {
    fprintf(stderr, "usage: framed MODE PORT PATH CONNECTIONS [SECONDS [BYTES]]\n");
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  mode = (enum mode)chosen;
  port = atoi(argv[2]);
  count = atoi(argv[4]);
  int seconds = argc > 5 ? atoi(argv[5]) : 0, bytes = argc > 6 ? atoi(argv[6]) : 64;
  if (count < 1 || count > MAX_CONNS || bytes < 1 || bytes > 16 * 1024 * 1024) return 2;
  make_handshake(argv[3]);
  make_message((size_t)bytes);
  conns = calloc((size_t)count, sizeof *conns);
  samples = malloc(sizeof *samples * MAX_SAMPLES);
  if (!conns || !samples) return 1;
  for (int i = 0; i < count; i++) {
    conns[i].fd = -1;
    conns[i].number = i;
  }
  epfd = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event ev = {.events = EPOLLIN, .data.u32 = UINT32_MAX};
  if (epoll_ctl(epfd, EPOLL_CTL_ADD, STDIN_FILENO, &ev) < 0) perror("epoll_ctl");
  int standing = 1;
  open_all(&standing);
  int64_t warm = now_nanos() + (mode == WS_BROADCAST ? BROADCAST_WARMUP_NANOS : 0);
  while (standing && now_nanos() < warm) poll_once(10, &standing);

  measuring = true;
  int64_t begin = now_nanos(), end = begin + seconds * 1000000000LL;
  printf("ready\n");
  fflush(stdout);
  bool idle = mode <= WS_DEFLATED;
  while (standing && (idle || now_nanos() < end)) {
    int64_t left = idle ? 1000 : (end - now_nanos()) / 1000000;
    poll_once(left < 1 ? 1 : (int)left, &standing);
  }
  double took = (double)(now_nanos() - begin) / 1e9;
  qsort(samples, nsamples, sizeof *samples, by_value);
  printf("requests=%ld seconds=%.6f p50_us=%.1f p99_us=%.1f max_us=%.1f errors=%ld bad_status=%ld lost=%ld\n",
      completed, took, percentile(0.5), percentile(0.99), percentile(1.0), errors, bad_status, lost);
  return 0;
}

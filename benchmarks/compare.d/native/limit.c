/*
 * The machine's limit: the smallest server that can answer the comparison's requests. One thread,
 * one epoll, edge-triggered; an answer is a fixed string, so what it costs is what the kernel costs.
 *
 *   GET /blob      1 MiB                 POST  the body, echoed as it comes
 *   GET /file      1 MiB by sendfile
 *   GET /sse       ten events a second   else  "Hello, World!"
 *
 * limit PORT: serves 127.0.0.1:PORT until its standard input ends.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum {
  MAX_FD = 20000,
  MAX_HEAD = 8 * 1024,
  IN_BYTES = 64 * 1024,
  BATCH_BYTES = 64 * 1024,
  BLOB_BYTES = 1024 * 1024,
  TICK_NANOS = 100 * 1000 * 1000
};

static const char HELLO[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!";
static const char BLOB_HEAD[] =
    "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 1048576\r\n\r\n";
static const char SSE_HEAD[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

struct conn {
  bool open, closing, sse;
  size_t echo_left;               /* body bytes still to be echoed */
  size_t file_left;               /* bytes of the file still to be sent */
  char *head;                     /* the part of a head that has come so far */
  size_t head_len;
  char *out;                      /* what the socket did not take */
  size_t out_off, out_len, out_cap;
};

static struct conn conns[MAX_FD];
static char in[MAX_HEAD + IN_BYTES], batch[BATCH_BYTES], blob[BLOB_BYTES];
static size_t batch_len;
static int epfd, blob_file;

static void die(const char *call) {
  perror(call);
  exit(1);
}

static void close_conn(int fd) {
  struct conn *c = &conns[fd];
  free(c->head);
  free(c->out);
  memset(c, 0, sizeof *c);
  close(fd);
}

static bool keep(struct conn *c, const char *data, size_t len) {
  if (c->out_off + c->out_len + len > c->out_cap) {
    size_t cap = c->out_len + len;
    char *grown = malloc(cap);
    if (grown == NULL) return false;
    if (c->out_len > 0) memcpy(grown, c->out + c->out_off, c->out_len);
    free(c->out);
    c->out = grown;
    c->out_off = 0;
    c->out_cap = cap;
  }
  memcpy(c->out + c->out_off + c->out_len, data, len);
  c->out_len += len;
  return true;
}

static bool send_now(int fd, const char *data, size_t len) {
  struct conn *c = &conns[fd];
  if (c->out_len == 0) {
    ssize_t n = write(fd, data, len);
    if (n < 0 && errno != EAGAIN) return false;
    if (n > 0) {
      data += n;
      len -= (size_t)n;
    }
  }
  return len == 0 || keep(c, data, len);
}

static bool flush_kept(int fd) {
  struct conn *c = &conns[fd];
  if (c->out_len == 0) return true;
  ssize_t n = write(fd, c->out + c->out_off, c->out_len);
  if (n < 0) return errno == EAGAIN;
  c->out_off += (size_t)n;
  c->out_len -= (size_t)n;
  if (c->out_len == 0) c->out_off = 0;
  return true;
}

static bool send_file(int fd) {
  struct conn *c = &conns[fd];
  while (c->out_len == 0 && c->file_left > 0) {
    off_t at = (off_t)(BLOB_BYTES - c->file_left);
    ssize_t n = sendfile(fd, blob_file, &at, c->file_left);
    if (n < 0) return errno == EAGAIN;
    c->file_left -= (size_t)n;
  }
  return true;
}

static bool flush_batch(int fd) {
  size_t len = batch_len;
  batch_len = 0;
  return len == 0 || send_now(fd, batch, len);
}

static bool answer(int fd, const char *data, size_t len) {
  if (batch_len + len > BATCH_BYTES && !flush_batch(fd)) return false;
  if (len > BATCH_BYTES) return send_now(fd, data, len);
  memcpy(batch + batch_len, data, len);
  batch_len += len;
  return true;
}

static bool on_head(int fd, const char *head, size_t len) {
  struct conn *c = &conns[fd];
  if (memmem(head, len, "\r\nConnection: close", 19) != NULL) c->closing = true;
  if (head[0] == 'P') {
    const char *field = memmem(head, len, "\r\nContent-Length: ", 18);
    c->echo_left = field == NULL ? 0 : strtoul(field + 18, NULL, 10);
    char echo_head[128];
    int n = snprintf(echo_head, sizeof echo_head,
        "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %zu\r\n\r\n",
        c->echo_left);
    return answer(fd, echo_head, (size_t)n);
  }
  if (len > 9 && memcmp(head, "GET /blob", 9) == 0) {
    return answer(fd, BLOB_HEAD, sizeof BLOB_HEAD - 1) && flush_batch(fd)
        && send_now(fd, blob, BLOB_BYTES);
  }
  if (len > 9 && memcmp(head, "GET /file", 9) == 0) {
    c->file_left = BLOB_BYTES;
    return answer(fd, BLOB_HEAD, sizeof BLOB_HEAD - 1) && flush_batch(fd) && send_file(fd);
  }
  if (len > 8 && memcmp(head, "GET /sse", 8) == 0) {
    c->sse = true;
    return answer(fd, SSE_HEAD, sizeof SSE_HEAD - 1);
  }
  return answer(fd, HELLO, sizeof HELLO - 1);
}

/* Takes heads and bodies from the bytes; what is left of an unfinished head is kept. */
static bool on_bytes(int fd, const char *data, size_t len) {
  struct conn *c = &conns[fd];
  while (len > 0) {
    if (c->echo_left > 0) {
      size_t n = len < c->echo_left ? len : c->echo_left;
      if (!answer(fd, data, n)) return false;
      c->echo_left -= n;
      data += n;
      len -= n;
      continue;
    }
    const char *end = memmem(data, len, "\r\n\r\n", 4);
    if (end == NULL) {
      if (len > MAX_HEAD) return false;
      c->head = malloc(len);
      if (c->head == NULL) return false;
      memcpy(c->head, data, len);
      c->head_len = len;
      return true;
    }
    size_t n = (size_t)(end + 4 - data);
    if (!on_head(fd, data, n)) return false;
    data += n;
    len -= n;
  }
  return true;
}

static void on_ready(int fd) {
  struct conn *c = &conns[fd];
  if (!c->open) return;
  if (!flush_kept(fd) || !send_file(fd)) {
    close_conn(fd);
    return;
  }
  /* Like any server with back-pressure: nothing is read while answers wait. */
  while (c->out_len == 0 && c->file_left == 0) {
    if (c->closing && c->echo_left == 0) {
      close_conn(fd);
      return;
    }
    size_t before = c->head_len;
    if (before > 0) {
      memcpy(in, c->head, before);
      free(c->head);
      c->head = NULL;
      c->head_len = 0;
    }
    ssize_t n = read(fd, in + before, IN_BYTES);
    if (n < 0 && errno == EAGAIN) {
      if (before > 0 && !on_bytes(fd, in, before)) close_conn(fd);
      return;
    }
    if (n <= 0 || !on_bytes(fd, in, before + (size_t)n) || !flush_batch(fd)) {
      batch_len = 0;
      close_conn(fd);
      return;
    }
    if (n < IN_BYTES && c->out_len == 0 && !c->closing) return;
  }
}

static void on_tick(int timer) {
  unsigned long long ticks;
  if (read(timer, &ticks, sizeof ticks) < 0) return;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  char data[64], chunk[96];
  int len = snprintf(data, sizeof data, "data:%lld\n\n", now.tv_sec * 1000000000LL + now.tv_nsec);
  int n = snprintf(chunk, sizeof chunk, "%x\r\n%s\r\n", len, data);
  for (int fd = 0; fd < MAX_FD; fd++) {
    if (conns[fd].open && conns[fd].sse && !send_now(fd, chunk, (size_t)n)) close_conn(fd);
  }
}

static void on_accept(int listener) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    if (fd >= MAX_FD) {
      close(fd);
      continue;
    }
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    conns[fd].open = true;
    struct epoll_event ev = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.fd = fd};
    if (epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ev) < 0) close_conn(fd);
  }
}

static void watch(int fd) {
  struct epoll_event ev = {.events = EPOLLIN, .data.fd = fd};
  if (epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ev) < 0) die("epoll_ctl");
}

static int listen_on(int port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port),
                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0) die("bind");
  if (listen(fd, 1024) < 0) die("listen");
  return fd;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: limit PORT\n");
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  /* Pages that were never written are all the kernel's one page of zeros, which is no memory to read. */
  memset(blob, 'x', sizeof blob);
  blob_file = memfd_create("blob", MFD_CLOEXEC);
  if (blob_file < 0 || write(blob_file, blob, sizeof blob) != sizeof blob) die("blob");
  epfd = epoll_create1(EPOLL_CLOEXEC);
  int listener = listen_on(atoi(argv[1]));
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  struct itimerspec tick = {{0, TICK_NANOS}, {0, TICK_NANOS}};
  timerfd_settime(timer, 0, &tick, NULL);
  watch(listener);
  watch(timer);
  watch(STDIN_FILENO);
  struct epoll_event events[256];
  for (;;) {
    int n = epoll_wait(epfd, events, 256, -1);
    for (int i = 0; i < n; i++) {
      int fd = events[i].data.fd;
      if (fd == listener) on_accept(listener);
      else if (fd == timer) on_tick(timer);
      else if (fd == STDIN_FILENO) {
        char byte;
        if (read(STDIN_FILENO, &byte, 1) <= 0) return 0;
      } else on_ready(fd);
    }
  }
}

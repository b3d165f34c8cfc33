/* Another load client for event streams, that shares nothing with ours: it holds streams, publishes at even spacing, and
 * times each delivery from its intended time. One thread, epoll, HTTP/1.1 to 127.0.0.1. Prints one line of JSON.
 *
 *     load-client PORT PATH STREAMS BESIDE RATE WARMUP SECONDS PAYLOAD
 *
 * BESIDE more streams are held, and in no count; what is published in the first WARMUP seconds is in none either. It
 * expects a server that writes an event at once: a stamp that a chunk of the transfer coding cuts in two is not found, and
 * so counts as lost. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { PUBLISHERS = 16, KEPT = 1 << 16, STAMP = 4 + 8 + 16 };

typedef struct {
  int fd, publisher, counted, open, busy;
  size_t length;
  char kept[KEPT];
} Connection;

static uint64_t now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void die(const char *what) {
  perror(what);
  exit(1);
}

static int connected(int port) {
  int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0) die("connect");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

static void send_all(int fd, const char *text, size_t length) {
  while (length > 0) {
    ssize_t sent = send(fd, text, length, MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (sent < 0) die("send");
    text += sent;
    length -= sent;
  }
}

static uint32_t *latencies;
static uint64_t delivered, most, accepted, refused, opened;
static uint64_t base_us, counted_from_us;

/* Stamps in what a stream has kept; the rest stays, as it may hold the begin of one. */
static void read_stream(Connection *stream, uint64_t at) {
  if (!stream->open) {
    char *end = memmem(stream->kept, stream->length, "\r\n\r\n", 4);
    if (!end) return;
    if (memmem(stream->kept, end - stream->kept, " 200", 4)) opened += stream->counted;
    stream->open = 1;
  }
  char *from = stream->kept, *end = stream->kept + stream->length, *found;
  while ((found = memmem(from, end - from, "@ic1", 4)) && end - found >= STAMP) {
    char digits[17] = {0};
    memcpy(digits, found + 12, 16);
    uint64_t intended = strtoull(digits, NULL, 16);
    if (stream->counted && intended >= counted_from_us && delivered < most) latencies[delivered++] = (uint32_t)(at - intended);
    from = found + STAMP;
  }
  if (!found && end - from > 3) from = end - 3;
  if (found) from = found;
  stream->length = end - from;
  memmove(stream->kept, from, stream->length);
}

/* Whether the answer to a publish is whole. */
static void read_answer(Connection *publisher) {
  publisher->kept[publisher->length] = 0;
  char *body = strstr(publisher->kept, "\r\n\r\n"), *length;
  if (!body) return;
  body += 4;
  if (strcasestr(publisher->kept, "transfer-encoding: chunked")) {
    if (!strstr(body - 2, "\r\n0\r\n\r\n")) return;
  } else if ((length = strcasestr(publisher->kept, "content-length:"))) {
    if (publisher->kept + publisher->length - body < atol(length + 15)) return;
  }
  if (publisher->kept[9] == '2') accepted++; else refused++;
  publisher->busy = 0;
  publisher->length = 0;
}

static void publish(Connection *publisher, const char *path, uint64_t seq, uint64_t intended, int payload) {
  static char text[1 << 20];
  int body = payload + (int)strlen("{\"data\":\"\"}");
  int at = sprintf(text, "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    "{\"data\":\"@ic1%08llx%016llx", path, body, (unsigned long long)seq, (unsigned long long)intended);
  memset(text + at, 'x', payload - STAMP);
  at += payload - STAMP;
  memcpy(text + at, "\"}", 2);
  publisher->busy = 1;
  send_all(publisher->fd, text, at + 2);
}

static int ascending(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

/* Over what was expected: what never came is infinitely late, told as -1. */
static double percentile_ms(double share, uint64_t expected) {
  uint64_t rank = (uint64_t)(share * expected + 0.999999);
  return rank == 0 || rank > delivered ? -1 : latencies[rank - 1] / 1000.0;
}

int main(int argc, char **argv) {
  if (argc != 9) return fprintf(stderr, "load-client PORT PATH STREAMS BESIDE RATE WARMUP SECONDS PAYLOAD\n"), 2;
  int port = atoi(argv[1]), streams = atoi(argv[3]), beside = atoi(argv[4]), payload = atoi(argv[8]);
  double rate = atof(argv[5]), warmup = atof(argv[6]), seconds = atof(argv[7]);
  const char *path = argv[2];
  if (payload < STAMP || payload > 1 << 19) return fprintf(stderr, "PAYLOAD is out of range\n"), 2;
  uint64_t uncounted = (uint64_t)(rate * warmup + 0.5), publishes = uncounted + (uint64_t)(rate * seconds + 0.5);
  uint64_t expected = (publishes - uncounted) * streams;
  int count = streams + beside + PUBLISHERS;
  Connection *all = calloc(count, sizeof *all);
  most = expected * 2;
  latencies = malloc((most + 1) * sizeof *latencies);
  int poll = epoll_create1(0), timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  if (!all || !latencies || poll < 0 || timer < 0) die("begin");
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(poll, EPOLL_CTL_ADD, timer, &event);
  char head[1024];
  int head_length = snprintf(head, sizeof head, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n", path);
  for (int i = 0; i < count; i++) {
    Connection *one = &all[i];
    one->fd = connected(port);
    one->publisher = i >= streams + beside;
    one->counted = i < streams;
    if (!one->publisher) send_all(one->fd, head, head_length);
    fcntl(one->fd, F_SETFL, O_NONBLOCK);
    event.data.ptr = one;
    epoll_ctl(poll, EPOLL_CTL_ADD, one->fd, &event);
    usleep(2000);
  }

  uint64_t sent = 0, end_us = now_us() + 30000000;
  for (;;) {
    uint64_t now = now_us();
    if (!base_us && opened == (uint64_t)streams) {
      base_us = now + 500000;
      counted_from_us = base_us + (uint64_t)(uncounted * 1e6 / rate);
      end_us = base_us + (uint64_t)((warmup + seconds) * 1e6) + 5000000;
    }
    if (now > end_us || (sent == publishes && delivered >= expected && accepted + refused == sent)) break;
    while (base_us && sent < publishes) {
      uint64_t due = base_us + (uint64_t)(sent * 1e6 / rate);
      Connection *idle = NULL;
      for (int i = streams + beside; i < count && !idle; i++) if (!all[i].busy) idle = &all[i];
      if (due > now_us() || !idle) {
        struct itimerspec at = {.it_value = {.tv_sec = due / 1000000, .tv_nsec = due % 1000000 * 1000}};
        if (idle) timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
        break;
      }
      publish(idle, path, sent++, due, payload);
    }
    struct epoll_event ready[256];
    int n = epoll_wait(poll, ready, 256, 100);
    for (int i = 0; i < n; i++) {
      Connection *one = ready[i].data.ptr;
      uint64_t fired;
      if (!one) {
        if (read(timer, &fired, sizeof fired) < 0 && errno != EAGAIN) die("timer");
        continue;
      }
      ssize_t got = recv(one->fd, one->kept + one->length, KEPT - 1 - one->length, 0);
      if (got <= 0) {
        if (got == 0 || errno != EAGAIN) epoll_ctl(poll, EPOLL_CTL_DEL, one->fd, NULL);
        continue;
      }
      one->length += got;
      if (one->publisher) read_answer(one); else read_stream(one, now_us());
    }
  }
  qsort(latencies, delivered, sizeof *latencies, ascending);
  printf("{\"opened\":%llu,\"publishes\":%llu,\"refused\":%llu,\"expected\":%llu,\"delivered\":%llu,\"p50Ms\":%.3f,\"p99Ms\":%.3f}\n",
    (unsigned long long)opened, (unsigned long long)sent, (unsigned long long)refused, (unsigned long long)expected,
    (unsigned long long)delivered, percentile_ms(0.5, expected), percentile_ms(0.99, expected));
  return 0;
}

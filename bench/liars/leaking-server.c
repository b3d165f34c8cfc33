/* A server of event streams that keeps a KiB of each, or with `honest` nothing: `leaking-server [honest]` prints its port,
 * and ends when its standard input does. `GET` is a stream, `POST` publishes `{"data":"..."}` as it stands. It is in C, and
 * takes all that it needs in the beginning, so that its memory is what it keeps of streams and nothing else. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

enum { CONNECTIONS = 1024, HEAD_AND_BODY = 2048, LEAK = 1024, MOST_STREAMS = 1 << 18 };

/* By file descriptor. */
static struct {
  int is_stream;
  size_t length;
  char request[HEAD_AND_BODY];
} connections[CONNECTIONS];

static char *kept;

static void die(const char *what) {
  perror(what);
  exit(1);
}

/* A small response, or an event: what does not fit into the buffer of a client that does not read is lost to it. */
static void put(int fd, const char *text, size_t length) {
  if (send(fd, text, length, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno != EAGAIN) shutdown(fd, SHUT_RDWR);
}

static void publish(const char *data, size_t length) {
  char event[HEAD_AND_BODY + 16];
  int bytes = snprintf(event, sizeof event, "data: %.*s\n\n", (int)length, data);
  for (int fd = 0; fd < CONNECTIONS; fd += 1)
    if (connections[fd].is_stream) put(fd, event, bytes);
}

static void subscribe(int fd, int leaks) {
  static const char head[] =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n";
  put(fd, head, sizeof head - 1);
  connections[fd].is_stream = 1;
  if (!leaks) return;
  memset(kept, 1, LEAK);
  kept += LEAK;
}

/* Takes a request once all of it is there. */
static void take(int fd, int leaks) {
  static const char accepted[] = "HTTP/1.1 204 No Content\r\n\r\n", opening[] = "{\"data\":\"";
  char *request = connections[fd].request, *body = strstr(request, "\r\n\r\n");
  if (body == NULL) return;
  body += 4;
  if (strncmp(request, "POST", 4) != 0) {
    subscribe(fd, leaks);
  } else {
    const char *length = strcasestr(request, "\r\ncontent-length:");
    size_t bytes = length == NULL ? 0 : strtoul(length + 17, NULL, 10);
    if (strlen(body) < bytes) return;
    if (strncmp(body, opening, sizeof opening - 1) == 0) publish(body + sizeof opening - 1, bytes - sizeof opening - 1);
    put(fd, accepted, sizeof accepted - 1);
  }
  connections[fd].length = 0;
}

int main(int argc, char **argv) {
  int leaks = argc < 2 || strcmp(argv[1], "honest") != 0;
  int listener = socket(AF_INET, SOCK_STREAM, 0), poll = epoll_create1(0);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof at;
  if (listener < 0 || bind(listener, (struct sockaddr *)&at, size) < 0 || listen(listener, 4096) < 0) die("listen");
  getsockname(listener, (struct sockaddr *)&at, &size);
  kept = mmap(NULL, (size_t)LEAK * MOST_STREAMS, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (kept == MAP_FAILED) die("mmap");
  /* A huge page would be 512 times what was touched of it. */
  madvise(kept, (size_t)LEAK * MOST_STREAMS, MADV_NOHUGEPAGE);
  memset(connections, 0, sizeof connections);
  for (int fd = 0; fd < CONNECTIONS; fd += 1) memset(connections[fd].request, 1, HEAD_AND_BODY);
  struct epoll_event of_listener = {.events = EPOLLIN, .data.fd = listener}, of_input = {.events = EPOLLIN, .data.fd = 0};
  if (epoll_ctl(poll, EPOLL_CTL_ADD, listener, &of_listener) < 0 || epoll_ctl(poll, EPOLL_CTL_ADD, 0, &of_input) < 0)
    die("epoll_ctl");
  printf("%d\n", ntohs(at.sin_port));
  fflush(stdout);
  for (;;) {
    struct epoll_event ready[256];
    int count = epoll_wait(poll, ready, 256, -1);
    for (int n = 0; n < count; n += 1) {
      int fd = ready[n].data.fd;
      if (fd == 0) return 0;
      if (fd == listener) {
        int client = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        struct epoll_event of_client = {.events = EPOLLIN, .data.fd = client};
        if (client < 0) continue;
        if (client >= CONNECTIONS || epoll_ctl(poll, EPOLL_CTL_ADD, client, &of_client) < 0) {
          close(client);
          continue;
        }
        connections[client].is_stream = 0;
        connections[client].length = 0;
        continue;
      }
      size_t length = connections[fd].length, room = HEAD_AND_BODY - 1 - length;
      ssize_t got = recv(fd, connections[fd].request + length, room, 0);
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
      if (got <= 0) {
        connections[fd].is_stream = 0;
        close(fd);
        continue;
      }
      connections[fd].length += got;
      connections[fd].request[connections[fd].length] = 0;
      take(fd, leaks);
    }
  }
}

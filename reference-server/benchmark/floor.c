/*
 * The yardstick: the least that one thread can do for a broadcast to event streams. One send() for each event and
 * stream, of a frame that was made once; what a socket does not take is dropped for that stream alone.
 *
 *     floor PORT
 *
 *     GET /stats      {"openStreams": n, "droppedEvents": n}
 *     GET anything    opens a stream
 *     POST anything   sends what stands in the body, {"data": "..."} or raw, to every stream as one event
 *
 * It is no server to use: it knows as much HTTP as the benchmark's reader speaks, looks for no end of a request's head
 * but an empty line, and copies JSON text without unescaping it. Listens on 127.0.0.1.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* Bytes: the longest request, and the longest frame. */
enum { REQUEST_MAX = 64 * 1024, FRAME_MAX = REQUEST_MAX + 64 };

struct connection {
	int fd;
	/* Where it stands among the streams; -1 while it is none. */
	int index;
	/* A request that has not arrived whole. */
	char *request;
	size_t request_bytes;
	/* The end of a frame that the socket took in part. At most one: later events are dropped until it is gone. */
	char *rest;
	size_t rest_bytes;
};

static int epoll;
static struct connection **streams;
static int stream_count, stream_room;
static uint64_t dropped_events;
static char frame[FRAME_MAX];

static void *must(void *memory)
{
	if (memory)
		return memory;
	fprintf(stderr, "floor: out of memory\n");
	exit(1);
}

static void watch(struct connection *c, int operation, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = c };
	epoll_ctl(epoll, operation, c->fd, &e);
}

static void leave(struct connection *c)
{
	if (c->index >= 0) {
		streams[c->index] = streams[--stream_count];
		streams[c->index]->index = c->index;
	}
	close(c->fd);
	free(c->request);
	free(c->rest);
	free(c);
}

static void answer(struct connection *c, const char *text)
{
	/* A publisher reads its answers: a socket that is full here is one that is gone, and is noticed at its next read. */
	if (send(c->fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return;
}

static void open_stream(struct connection *c)
{
	if (c->index >= 0)
		return;
	if (stream_count == stream_room) {
		stream_room = stream_room ? 2 * stream_room : 1024;
		streams = must(realloc(streams, (size_t)stream_room * sizeof *streams));
	}
	c->index = stream_count;
	streams[stream_count++] = c;
	answer(c, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
		  "Transfer-Encoding: chunked\r\n\r\n");
}

/* Sends one frame. @returns false when the stream is gone */
static int deliver(struct connection *c, size_t bytes)
{
	if (c->rest_bytes) {
		dropped_events++;
		return 1;
	}
	ssize_t taken = send(c->fd, frame, bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (taken == (ssize_t)bytes)
		return 1;
	if (taken < 0) {
		if (errno != EAGAIN)
			return 0;
		dropped_events++;
		return 1;
	}
	c->rest_bytes = bytes - (size_t)taken;
	c->rest = must(malloc(c->rest_bytes));
	memcpy(c->rest, frame + taken, c->rest_bytes);
	watch(c, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
	return 1;
}

static void publish(const char *data, size_t bytes)
{
	int head = snprintf(frame, sizeof frame, "%zx\r\ndata: ", bytes + strlen("data: \n\n"));
	memcpy(frame + head, data, bytes);
	memcpy(frame + head + bytes, "\n\n\r\n", 4);
	for (int i = 0; i < stream_count;) {
		struct connection *c = streams[i];
		if (deliver(c, (size_t)head + bytes + 4))
			i++;
		else
			leave(c); /* the last stream takes its place */
	}
}

/* The text of the JSON member "data", or the whole body when there is none. */
static const char *data_of(const char *body, size_t *bytes)
{
	static const char member[] = "\"data\":\"";
	const char *found = memmem(body, *bytes, member, sizeof member - 1);
	if (!found)
		return body;
	const char *start = found + sizeof member - 1;
	const char *end = memchr(start, '"', *bytes - (size_t)(start - body));
	*bytes = end ? (size_t)(end - start) : 0;
	return start;
}

/* Takes one request off the front of what has arrived. @returns its bytes; 0 when it is not whole */
static size_t take_request(struct connection *c, const char *request, size_t bytes)
{
	const char *blank = memmem(request, bytes, "\r\n\r\n", 4);
	if (!blank)
		return 0;
	size_t head = (size_t)(blank - request) + 4, body = 0;
	if (!strncmp(request, "POST ", 5)) {
		const char *length = strcasestr(request, "\r\nContent-Length:");
		if (length && length < blank)
			body = strtoul(length + strlen("\r\nContent-Length:"), NULL, 10);
		if (bytes - head < body)
			return 0;
		size_t data_bytes = body;
		const char *data = data_of(request + head, &data_bytes);
		publish(data, data_bytes);
		answer(c, "HTTP/1.1 204 No Content\r\n\r\n");
	} else if (!strncmp(request, "GET /stats ", 11)) {
		char json[128], text[256];
		int n = snprintf(json, sizeof json, "{\"openStreams\":%d,\"droppedEvents\":%llu}", stream_count,
				 (unsigned long long)dropped_events);
		snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", n,
			 json);
		answer(c, text);
	} else {
		open_stream(c);
	}
	return head + body;
}

/* @returns false when the client has left or is not understood */
static int receive(struct connection *c)
{
	static char arrived[REQUEST_MAX + 1];
	size_t bytes = c->request_bytes;
	if (bytes)
		memcpy(arrived, c->request, bytes);
	if (bytes == REQUEST_MAX)
		return 0;
	ssize_t got = recv(c->fd, arrived + bytes, REQUEST_MAX - bytes, MSG_DONTWAIT);
	if (got <= 0)
		return got < 0 && errno == EAGAIN;
	bytes += (size_t)got;
	size_t taken = 0, request;
	for (;;) {
		arrived[bytes] = '\0';
		request = take_request(c, arrived + taken, bytes - taken);
		if (!request)
			break;
		taken += request;
	}
	/* An idle stream holds nothing but its struct. */
	free(c->request);
	c->request_bytes = bytes - taken;
	c->request = c->request_bytes ? must(malloc(c->request_bytes)) : NULL;
	if (c->request)
		memcpy(c->request, arrived + taken, c->request_bytes);
	return 1;
}

/* @returns false when the stream is gone */
static int send_rest(struct connection *c)
{
	ssize_t taken = send(c->fd, c->rest, c->rest_bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (taken < 0)
		return errno == EAGAIN;
	c->rest_bytes -= (size_t)taken;
	memmove(c->rest, c->rest + taken, c->rest_bytes);
	if (!c->rest_bytes) {
		free(c->rest);
		c->rest = NULL;
		watch(c, EPOLL_CTL_MOD, EPOLLIN);
	}
	return 1;
}

static void accept_all(int listener)
{
	static const int one = 1;
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0)
			return;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		struct connection *c = must(calloc(1, sizeof *c));
		c->fd = fd;
		c->index = -1;
		watch(c, EPOLL_CTL_ADD, EPOLLIN);
	}
}

static int listen_on(int port)
{
	static const int one = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons((uint16_t)port),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 4096)) {
		perror("floor: cannot listen");
		exit(1);
	}
	return fd;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: floor PORT\n");
		return 2;
	}
	struct rlimit files;
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);

	int listener = listen_on(atoi(argv[1]));
	epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event on_listener = { .events = EPOLLIN, .data.ptr = NULL };
	epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &on_listener);

	for (;;) {
		/*
		 * One at a time: a publish may free any stream, and a stream that is freed must not stand in a list of
		 * events still to be looked at. Next to the sends of a publish, the calls saved would not show.
		 */
		struct epoll_event e;
		if (epoll_wait(epoll, &e, 1, -1) != 1)
			continue;
		struct connection *c = e.data.ptr;
		if (!c) {
			accept_all(listener);
			continue;
		}
		int alive = !(e.events & EPOLLOUT) || !c->rest_bytes || send_rest(c);
		if (alive && (e.events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
			alive = receive(c);
		if (!alive)
			leave(c);
	}
}

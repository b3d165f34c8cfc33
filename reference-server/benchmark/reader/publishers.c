/* Keep-alive connections that post one event each at a time. */
#define _GNU_SOURCE
#include "reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PUBLISHERS = 16, WAITING = 1 << 16, REQUEST_MAX = 72 * 1024, ANSWER_MAX = 8 * 1024 };

struct publisher {
	struct source source; /* fd -1 while there is no connection */
	bool busy;
	/* An idle connection may be closed by the server just when it is used: then a new one is tried, once. */
	bool tried_again;
	uint64_t sequence;
	size_t answer_bytes;
	char answer[ANSWER_MAX + 1];
};

static struct publisher publishers[PUBLISHERS];
static bool started;
static uint64_t waiting[WAITING], first_waiting, last_waiting;
static uint64_t refused;
static char data[REQUEST_MAX / 2];

static void send_waiting(void);

/* Not all alike, so that compression has something to do; nothing that JSON would escape, and no mark of an event. */
void set_data_bytes(int bytes)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz .,0123456789";
	uint32_t random = 1;
	if (bytes < 9)
		bytes = 9;
	if (bytes > (int)sizeof data - 1)
		bytes = sizeof data - 1;
	for (int i = 0; i < bytes; i++) {
		random = random * 1664525 + 1013904223;
		data[i] = letters[(random >> 16) % (sizeof letters - 1)];
	}
	data[bytes] = '\0';
}

static void send_request(struct publisher *p)
{
	static char request[REQUEST_MAX];
	char mark[10];
	/* '@' and the event's number, by which streams.c knows it again. */
	snprintf(mark, sizeof mark, "@%08x", (unsigned)p->sequence);
	memcpy(data, mark, 9);
	size_t body = strlen(data) + (target.json ? strlen("{\"data\":\"\"}") : 0);
	int bytes = snprintf(request, sizeof request,
			     "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n%s%s%s",
			     target.publish_path, target.port, target.json ? "application/json" : "text/plain", body,
			     target.json ? "{\"data\":\"" : "", data, target.json ? "\"}" : "");
	p->answer_bytes = 0;
	/* What does not go out shows as a connection that is closed without an answer. */
	if (send(p->source.fd, request, (size_t)bytes, MSG_NOSIGNAL) < bytes)
		shutdown(p->source.fd, SHUT_RDWR);
}

/* Whether the answer is whole: as long as its Content-Length says, or up to its last chunk. */
static bool is_whole(const char *answer)
{
	const char *blank = strstr(answer, "\r\n\r\n");
	if (!blank)
		return false;
	const char *chunked = strcasestr(answer, "\r\nTransfer-Encoding: chunked");
	if (chunked && chunked < blank)
		return strstr(blank, "\r\n0\r\n\r\n") != NULL;
	const char *length = strcasestr(answer, "\r\nContent-Length:");
	size_t body = length && length < blank ? strtoul(length + strlen("\r\nContent-Length:"), NULL, 10) : 0;
	return strlen(blank + 4) >= body;
}

static void connect_publisher(struct publisher *p)
{
	p->source.fd = connect_to_target(0);
	if (p->source.fd < 0) {
		perror("reader: a publisher cannot connect");
		exit(1);
	}
	watch(&p->source, EPOLL_CTL_ADD, EPOLLIN | (p->busy ? EPOLLOUT : 0u));
}

static void disconnected(struct publisher *p)
{
	close(p->source.fd);
	p->source.fd = -1;
	if (!p->busy)
		return;
	if (p->tried_again) {
		p->busy = false;
		refused++;
		return;
	}
	p->tried_again = true;
	connect_publisher(p);
}

static void publisher_ready(struct source *source, uint32_t events)
{
	struct publisher *p = (struct publisher *)source;
	if ((events & EPOLLOUT) && !(events & (EPOLLERR | EPOLLHUP))) {
		watch(source, EPOLL_CTL_MOD, EPOLLIN);
		send_request(p);
		return;
	}
	ssize_t got = recv(source->fd, p->answer + p->answer_bytes, ANSWER_MAX - p->answer_bytes, MSG_DONTWAIT);
	if (got <= 0) {
		disconnected(p);
		return;
	}
	p->answer_bytes += (size_t)got;
	p->answer[p->answer_bytes] = '\0';
	if (!is_whole(p->answer))
		return;
	if (strncmp(p->answer, "HTTP/1.1 2", 10)) {
		if (!refused)
			fprintf(stderr, "reader: a post was refused: %.120s\n", p->answer);
		refused++;
	}
	p->busy = false;
	send_waiting();
}

static void send_waiting(void)
{
	for (int i = 0; i < PUBLISHERS && first_waiting < last_waiting; i++) {
		struct publisher *p = &publishers[i];
		if (p->busy)
			continue;
		p->busy = true;
		p->tried_again = false;
		p->sequence = waiting[first_waiting++ % WAITING];
		if (p->source.fd < 0)
			connect_publisher(p);
		else
			send_request(p);
	}
}

void post_event(uint64_t sequence)
{
	if (!started) {
		for (int i = 0; i < PUBLISHERS; i++)
			publishers[i].source = (struct source){ .fd = -1, .ready = publisher_ready };
		started = true;
	}
	waiting[last_waiting++ % WAITING] = sequence;
	send_waiting();
}

void forget_waiting_posts(void)
{
	first_waiting = last_waiting;
}

bool publishers_are_idle(void)
{
	for (int i = 0; i < PUBLISHERS; i++)
		if (publishers[i].busy)
			return false;
	return true;
}

uint64_t refused_posts(void)
{
	return refused;
}

/* Streams: opened a bounded number at a time, then read and searched for the marks of events. */
#define _GNU_SOURCE
#include "reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Streams being opened at once: below the backlog of every server, which is 511 in Node. */
enum { OPENING_MAX = 128, READ_MAX = 256 * 1024, STALLED_RECEIVE_BUFFER_BYTES = 4096 };

enum state { CLOSED, CONNECTING, HEAD, OPEN };

struct stream {
	struct source source;
	uint8_t state;
	bool stalled;
	/* How much of the empty line that ends the response head has come. */
	uint8_t blank;
	/* Digits of a mark that have come; 0: not within one. 1 stands for the '@'. */
	uint8_t mark;
	uint32_t mark_value;
	/* Within a chunk: bytes to skip. Between them: the size being read. Only for compressed streams. */
	uint32_t chunk_left, chunk_size;
	uint32_t chunks;
};

static struct stream *streams;
static int stream_count, stream_room, open_count, opening_count, failed_count, compressed_count;
static bool ask_gzip, churning;
static int churned, churn_most;
/* When a stream was last begun or opened. */
static int64_t progress_us;

static void open_one(struct stream *s);

static void close_stream(struct stream *s)
{
	if (s->state == CLOSED)
		return;
	if (s->state == OPEN && !s->stalled)
		open_count--;
	else if (s->state != OPEN)
		opening_count--;
	close(s->source.fd);
	s->state = CLOSED;
}

static void fail(struct stream *s, const char *why)
{
	if (!failed_count)
		fprintf(stderr, "reader: a stream failed: %s\n", why);
	failed_count++;
	close_stream(s);
}

static void count_chunks(struct stream *s, const unsigned char *bytes, size_t length, int64_t at_us)
{
	for (size_t i = 0; i < length;) {
		if (s->chunk_left) {
			size_t skip = length - i < s->chunk_left ? length - i : s->chunk_left;
			i += skip;
			s->chunk_left -= (uint32_t)skip;
			if (!s->chunk_left)
				event_delivered(first_of_load() + s->chunks++, at_us);
			continue;
		}
		unsigned char c = bytes[i++];
		if (c == '\n') {
			s->chunk_left = s->chunk_size + 2;
			s->chunk_size = 0;
		} else if (c != '\r') {
			s->chunk_size = s->chunk_size * 16 + (uint32_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
		}
	}
}

static void count_marks(struct stream *s, const unsigned char *bytes, size_t length, int64_t at_us)
{
	const unsigned char *end = bytes + length;
	while (bytes < end) {
		if (!s->mark) {
			bytes = memchr(bytes, '@', (size_t)(end - bytes));
			if (!bytes)
				return;
			s->mark = 1;
			s->mark_value = 0;
			bytes++;
			continue;
		}
		unsigned char c = *bytes++;
		s->mark_value = s->mark_value * 16 + (uint32_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
		if (++s->mark == 9) {
			s->mark = 0;
			event_delivered(s->mark_value, at_us);
		}
	}
}

/* Looks for the end of the response head. @returns how many of the bytes belong to it */
static size_t read_head(struct stream *s, const char *bytes, size_t length)
{
	/* The first bytes hold the status, and with every server here the whole head. */
	if (!s->blank && strncmp(bytes, "HTTP/1.1 200", 12)) {
		fail(s, bytes);
		return length;
	}
	for (size_t i = 0; i < length; i++) {
		if (bytes[i] == "\r\n\r\n"[s->blank])
			s->blank++;
		else
			s->blank = bytes[i] == '\r';
		if (s->blank < 4)
			continue;
		s->state = OPEN;
		open_count++;
		opening_count--;
		progress_us = now_us();
		if (strcasestr(bytes, "\r\nContent-Encoding: gzip"))
			compressed_count++;
		return i + 1;
	}
	return length;
}

static void stream_ready(struct source *source, uint32_t events)
{
	static char bytes[READ_MAX + 1];
	struct stream *s = (struct stream *)source;
	if (s->state == CONNECTING) {
		if (events & (EPOLLERR | EPOLLHUP)) {
			fail(s, "the connection was refused");
			return;
		}
		char request[512];
		int length = snprintf(request, sizeof request,
				      "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: text/event-stream\r\n%s\r\n",
				      target.stream_path, target.port, ask_gzip ? "Accept-Encoding: gzip\r\n" : "");
		ssize_t sent = send(source->fd, request, (size_t)length, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent < 0 && (errno == EAGAIN || errno == ENOTCONN))
			return;
		if (sent < length) {
			fail(s, strerror(errno));
			return;
		}
		s->state = HEAD;
		if (s->stalled) {
			/* Never looked at again. */
			watch(source, EPOLL_CTL_DEL, 0);
			s->state = OPEN;
			opening_count--;
			return;
		}
		watch(source, EPOLL_CTL_MOD, EPOLLIN);
		return;
	}
	ssize_t got = recv(source->fd, bytes, READ_MAX, MSG_DONTWAIT);
	if (got < 0 && errno == EAGAIN)
		return;
	if (got <= 0) {
		fail(s, got ? strerror(errno) : "the server ended it");
		return;
	}
	bytes[got] = '\0';
	size_t head = s->state == HEAD ? read_head(s, bytes, (size_t)got) : 0;
	if (s->state != OPEN)
		return;
	if (churning) {
		churned++;
		close_stream(s);
		if (churned + opening_count < churn_most)
			open_one(s);
		return;
	}
	const unsigned char *body = (const unsigned char *)bytes + head;
	if (ask_gzip)
		count_chunks(s, body, (size_t)got - head, now_us());
	else
		count_marks(s, body, (size_t)got - head, now_us());
}

static void open_one(struct stream *s)
{
	bool stalled = s->stalled;
	*s = (struct stream){ .source = { .ready = stream_ready }, .stalled = stalled, .state = CONNECTING };
	opening_count++;
	s->source.fd = connect_to_target(stalled ? STALLED_RECEIVE_BUFFER_BYTES : 0);
	if (s->source.fd < 0) {
		fail(s, strerror(errno));
		return;
	}
	watch(&s->source, EPOLL_CTL_ADD, EPOLLOUT);
}

static void new_stream(bool stalled)
{
	struct stream *s = &streams[stream_count++];
	s->stalled = stalled;
	progress_us = now_us();
	open_one(s);
}

static void begin(int room)
{
	close_streams();
	free(streams);
	stream_room = room;
	streams = calloc((size_t)room, sizeof *streams);
	if (!streams)
		exit(1);
	failed_count = compressed_count = churned = 0;
	progress_us = now_us();
}

/*
 * How many streams may have been begun by now. Lazy servers answer none before the end, so that only time tells how many
 * connections wait to be accepted.
 */
static int begun_by_now(int64_t began_us)
{
	enum { LAZY_PER_MS = 4 };
	if (target.lazy_heads)
		return OPENING_MAX + (int)((now_us() - began_us) / 1000) * LAZY_PER_MS;
	return stream_count + OPENING_MAX - opening_count;
}

/* Publishes an event, for servers that send heads only with the first, when nothing has happened for a while. */
static void nudge(void)
{
	enum { QUIET_US = 300 * 1000 };
	if (!publishers_are_idle())
		progress_us = now_us();
	if (!target.lazy_heads || now_us() - progress_us < QUIET_US)
		return;
	progress_us = now_us();
	post_event(0);
}

static bool is_slow(int64_t began_us)
{
	enum { PATIENCE_US = 30 * 1000 * 1000 };
	return now_us() - began_us > PATIENCE_US;
}

struct open_result open_streams(int healthy, int stalled, bool gzip)
{
	int all = healthy + stalled;
	begin(all);
	ask_gzip = gzip;
	int64_t began_us = now_us();
	while ((stream_count < all || opening_count) && !is_slow(began_us)) {
		/* The stalled ones among the others, not at an end. */
		while (stream_count < all && stream_count < begun_by_now(began_us))
			new_stream((int64_t)(stream_count + 1) * stalled / all > (int64_t)stream_count * stalled / all);
		loop_once(now_us() + 1000);
		if (stream_count == all)
			nudge();
	}
	return (struct open_result){ .opened = open_count + stalled,
				     .failed = failed_count + opening_count,
				     .compressed = compressed_count,
				     .seconds = (double)(now_us() - began_us) / 1e6 };
}

struct open_result churn_streams(int most, int64_t until_us)
{
	begin(OPENING_MAX);
	ask_gzip = false;
	churning = true;
	churn_most = most;
	int64_t began_us = now_us();
	while (stream_count < stream_room && stream_count < most)
		new_stream(false);
	while (now_us() < until_us && opening_count)
		loop_once(now_us() + 1000);
	struct open_result result = { .opened = churned,
				      .failed = failed_count,
				      .seconds = (double)(now_us() - began_us) / 1e6 };
	churning = false;
	close_streams();
	return result;
}

void close_streams(void)
{
	for (int i = 0; i < stream_count; i++)
		close_stream(&streams[i]);
	stream_count = 0;
}

int healthy_streams(void)
{
	return open_count;
}

void restart_counting(void)
{
	for (int i = 0; i < stream_count; i++)
		streams[i].chunks = 0;
}

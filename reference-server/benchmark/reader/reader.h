/* What the parts of the reader share. Times are microseconds of CLOCK_MONOTONIC. */
#ifndef READER_H
#define READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* loop.c: waits for sockets, the timer and commands. */

struct source {
	int fd;
	/* Called with the epoll events of the descriptor. It may close this source, but none other. */
	void (*ready)(struct source *source, uint32_t events);
};

int64_t now_us(void);
void loop_start(void);
void watch(struct source *source, int operation, uint32_t events);
/* Handles what is ready; waits until something is, or `until_us` has come. */
void loop_once(int64_t until_us);

/* target.c: the server that is read from. */

struct target {
	int port;
	const char *stream_path;
	const char *publish_path;
	/* Whether {"data": ...} is posted, or the data alone. */
	bool json;
	/* Whether it sends a response head only with the first event, so that one must be published to open a stream. */
	bool lazy_heads;
};

extern struct target target;
/* A TCP connection that is being made, from one of many source addresses: each has ports of its own. @returns -1 on error */
int connect_to_target(int receive_buffer_bytes);

/* streams.c: open streams, read and counted. */

struct open_result {
	int opened, failed, compressed;
	double seconds;
};

enum { OPEN_HEALTHY, OPEN_STALLED };

/* Opens so many streams, a bounded number at a time. */
struct open_result open_streams(int healthy, int stalled, bool gzip);
/* Opens streams of an eager server and closes each at its response head, until `until_us` or `most` are opened. */
struct open_result churn_streams(int most, int64_t until_us);
void close_streams(void);
/* Those that read and are open. */
int healthy_streams(void);
/* Counts chunks from here on, for streams whose events cannot be read. */
void restart_counting(void);

/* publishers.c: connections that post. */

/* Posts the event when a connection is free; in the order of the calls. */
void post_event(uint64_t sequence);
/* Forgets what waits for a connection. */
void forget_waiting_posts(void);
/* Whether every answer is there. */
bool publishers_are_idle(void);
/* The length of the data of every event posted from here on. */
void set_data_bytes(int bytes);
uint64_t refused_posts(void);

/* load.c: what is published when, and how long it takes to arrive. */

struct load_result {
	uint64_t published, refused, expected, delivered;
	double seconds;
	/* From the intended time of an event; end_lag_us that of the last event at its last stream, -1: did not arrive. */
	int64_t p50_us, p99_us, max_us, end_lag_us;
};

/* One stream has the event. `first_of_load + n` where only the n-th event since then is known. */
void event_delivered(uint64_t sequence, int64_t at_us);
uint64_t first_of_load(void);
/* Publishes at a steady rate, whatever the server does. */
struct load_result open_loop(double events_per_second, double seconds);
/* Publishes another event whenever one has reached every stream, with so many on their way. */
struct load_result closed_loop(int outstanding, double seconds);

/* histogram.c: latencies to within 1 %. */

void histogram_clear(void);
void histogram_add(int64_t value);
/* @returns the value below which so many of the values lie; 0 when there are none */
int64_t histogram_quantile(double share);
int64_t histogram_max(void);

#endif

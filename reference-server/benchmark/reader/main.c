/*
 * The load generator: opens streams of a server on 127.0.0.1, publishes to it, and counts what arrives.
 *
 *     reader PORT STREAM_PATH PUBLISH_PATH json|raw eager|lazy
 *
 * A lazy server sends the head of a response only with the first event.
 *
 * Commands come on standard input, one a line, and each is answered by one line of JSON:
 *
 *     wait SECONDS                  until the server accepts connections
 *     open HEALTHY STALLED plain|gzip
 *     rate EVENTS_PER_SECOND SECONDS DATA_BYTES    open loop
 *     closed OUTSTANDING SECONDS DATA_BYTES        closed loop
 *     churn MOST SECONDS            opens, and closes at the response head, as fast as it can
 *     close                         all streams
 *
 * Data begins with a mark, '@' and the event's number in 8 hexadecimal digits, which is found in whatever a server
 * wraps it. On compressed streams each chunk counts as one event. It exits at the end of standard input.
 */
#include "reader.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

static char command[256];
static size_t command_bytes;
static bool commanded;

static void print_opened(struct open_result r)
{
	printf("{\"opened\":%d,\"failed\":%d,\"compressed\":%d,\"seconds\":%.6f}\n", r.opened, r.failed, r.compressed,
	       r.seconds);
}

static void print_load(struct load_result r)
{
	printf("{\"published\":%llu,\"refused\":%llu,\"expected\":%llu,\"delivered\":%llu,\"seconds\":%.3f,"
	       "\"p50Us\":%lld,\"p99Us\":%lld,\"maxUs\":%lld,\"endLagUs\":%lld}\n",
	       (unsigned long long)r.published, (unsigned long long)r.refused, (unsigned long long)r.expected,
	       (unsigned long long)r.delivered, r.seconds, (long long)r.p50_us, (long long)r.p99_us, (long long)r.max_us,
	       (long long)r.end_lag_us);
}

static bool accepts(void)
{
	int fd = connect_to_target(0);
	if (fd < 0)
		return false;
	struct pollfd writable = { fd, POLLOUT, 0 };
	bool connected = poll(&writable, 1, 1000) == 1 && !(writable.revents & (POLLERR | POLLHUP));
	close(fd);
	return connected;
}

static void wait_for_target(double seconds)
{
	int64_t until_us = now_us() + (int64_t)(seconds * 1e6);
	while (!accepts()) {
		if (now_us() > until_us) {
			printf("{\"error\":\"nothing listens on port %d after %g s\"}\n", target.port, seconds);
			return;
		}
		usleep(5000);
	}
	printf("{}\n");
}

static void run(const char *line)
{
	int a, b;
	double number, seconds;
	char kind[16];
	if (sscanf(line, "wait %lf", &seconds) == 1) {
		wait_for_target(seconds);
	} else if (sscanf(line, "open %d %d %15s", &a, &b, kind) == 3) {
		print_opened(open_streams(a, b, !strcmp(kind, "gzip")));
	} else if (sscanf(line, "rate %lf %lf %d", &number, &seconds, &a) == 3) {
		set_data_bytes(a);
		print_load(open_loop(number, seconds));
	} else if (sscanf(line, "closed %d %lf %d", &a, &seconds, &b) == 3) {
		set_data_bytes(b);
		print_load(closed_loop(a, seconds));
	} else if (sscanf(line, "churn %d %lf", &a, &seconds) == 2) {
		print_opened(churn_streams(a, now_us() + (int64_t)(seconds * 1e6)));
	} else if (!strcmp(line, "close")) {
		close_streams();
		printf("{}\n");
	} else {
		printf("{\"error\":\"there is no command %s\"}\n", line);
	}
	fflush(stdout);
}

static void command_ready(struct source *source, uint32_t events)
{
	(void)events;
	ssize_t got = read(source->fd, command + command_bytes, sizeof command - 1 - command_bytes);
	if (got <= 0)
		exit(0);
	command_bytes += (size_t)got;
	command[command_bytes] = '\0';
	commanded = strchr(command, '\n') != NULL;
}

int main(int argc, char **argv)
{
	if (argc != 6) {
		fprintf(stderr, "usage: reader PORT STREAM_PATH PUBLISH_PATH json|raw eager|lazy\n");
		return 2;
	}
	target = (struct target){ .port = atoi(argv[1]),
				  .stream_path = argv[2],
				  .publish_path = argv[3],
				  .json = !strcmp(argv[4], "json"),
				  .lazy_heads = !strcmp(argv[5], "lazy") };
	struct rlimit files;
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	loop_start();
	set_data_bytes(212);

	/* Watched also during a command: the end of standard input ends the process whatever it does. */
	struct source commands = { .fd = STDIN_FILENO, .ready = command_ready };
	watch(&commands, EPOLL_CTL_ADD, EPOLLIN);
	for (;;) {
		/* Streams are read between commands too, as heartbeats may come. */
		loop_once(now_us() + 1000000);
		if (!commanded)
			continue;
		*strchr(command, '\n') = '\0';
		commanded = false;
		command_bytes = 0;
		run(command);
	}
}

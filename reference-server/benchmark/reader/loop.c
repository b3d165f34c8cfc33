#include "reader.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static int epoll, timer;

static void timer_rang(struct source *source, uint32_t events)
{
	(void)events;
	uint64_t times;
	if (read(source->fd, &times, sizeof times) < 0)
		return;
}

static struct source timer_source = { .ready = timer_rang };

int64_t now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void watch(struct source *source, int operation, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = source };
	epoll_ctl(epoll, operation, source->fd, &e);
}

void loop_start(void)
{
	epoll = epoll_create1(EPOLL_CLOEXEC);
	timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	timer_source.fd = timer;
	watch(&timer_source, EPOLL_CTL_ADD, EPOLLIN);
}

void loop_once(int64_t until_us)
{
	/* Small batches, so that an event is not posted late because many streams are being read. */
	enum { BATCH = 64 };
	static int64_t armed_us;
	struct epoll_event events[BATCH];
	/* Not the timeout of epoll_wait: its milliseconds are too coarse for the intended time of an event. */
	if (until_us != armed_us) {
		struct itimerspec at = { .it_value = { until_us / 1000000, until_us % 1000000 * 1000 + 1 } };
		timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
		armed_us = until_us;
	}
	int count = epoll_wait(epoll, events, BATCH, now_us() >= until_us ? 0 : -1);
	for (int i = 0; i < count; i++) {
		struct source *source = events[i].data.ptr;
		source->ready(source, events[i].events);
	}
}

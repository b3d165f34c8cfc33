#include "reader.h"

/* Events that may be on their way at once. */
enum { IN_FLIGHT_MAX = 1 << 16 };

static struct {
	int64_t intended_us;
	/* Streams that it has yet to reach. */
	int pending;
} in_flight[IN_FLIGHT_MAX];

/* Numbers of events: the first of this load, and the next. Those of earlier loads that arrive late do not count. */
static uint64_t first = 1, next = 1;
static uint64_t delivered, done;
static int64_t count_until_us, delivered_us, end_lag_us;

uint64_t first_of_load(void)
{
	return first;
}

void event_delivered(uint64_t sequence, int64_t at_us)
{
	delivered_us = at_us;
	if (sequence < first || sequence >= next)
		return;
	int64_t latency_us = at_us - in_flight[sequence % IN_FLIGHT_MAX].intended_us;
	if (at_us <= count_until_us)
		delivered++;
	histogram_add(latency_us);
	if (--in_flight[sequence % IN_FLIGHT_MAX].pending > 0)
		return;
	done++;
	if (sequence == next - 1)
		end_lag_us = latency_us;
}

static void publish(int64_t intended_us)
{
	in_flight[next % IN_FLIGHT_MAX].intended_us = intended_us;
	in_flight[next % IN_FLIGHT_MAX].pending = healthy_streams();
	end_lag_us = -1;
	/* Last: an answer may be handled within. */
	post_event(next++);
}

/* Reads on until the server has nothing left of an earlier load: nothing to answer, and nothing sent for a while. */
static void settle(void)
{
	enum { QUIET_US = 150 * 1000, PATIENCE_US = 20 * 1000 * 1000 };
	int64_t began_us = now_us(), quiet_since_us = began_us;
	while (now_us() - began_us < PATIENCE_US) {
		loop_once(now_us() + 10000);
		if (delivered_us > quiet_since_us || !publishers_are_idle())
			quiet_since_us = now_us();
		if (now_us() - quiet_since_us > QUIET_US)
			return;
	}
}

static int64_t begin_load(int64_t counts_for_us)
{
	settle();
	histogram_clear();
	restart_counting();
	first = next;
	delivered = done = 0;
	end_lag_us = -1;
	int64_t now = now_us();
	count_until_us = counts_for_us ? now + counts_for_us : INT64_MAX;
	return now;
}

/* Reads on until every event has arrived everywhere, or nothing came for a while. */
static void drain(void)
{
	enum { PATIENCE_US = 1000 * 1000 };
	int64_t began_us = now_us();
	while (done < next - first) {
		loop_once(now_us() + 10000);
		if (now_us() - (delivered_us > began_us ? delivered_us : began_us) > PATIENCE_US)
			break;
		/* An overload that would take longer has been seen. */
		if (now_us() - began_us > 3 * PATIENCE_US)
			break;
	}
	forget_waiting_posts();
}

static struct load_result result_of(double seconds, uint64_t refused_before)
{
	uint64_t published = next - first;
	return (struct load_result){ .published = published,
				     .refused = refused_posts() - refused_before,
				     .expected = published * (uint64_t)healthy_streams(),
				     .delivered = delivered,
				     .seconds = seconds,
				     .p50_us = histogram_quantile(0.5),
				     .p99_us = histogram_quantile(0.99),
				     .max_us = histogram_max(),
				     .end_lag_us = end_lag_us };
}

struct load_result open_loop(double events_per_second, double seconds)
{
	uint64_t all = (uint64_t)(events_per_second * seconds), refused_before = refused_posts();
	int64_t began_us = begin_load(0);
	while (next - first < all) {
		int64_t intended_us = began_us + (int64_t)((double)(next - first) * 1e6 / events_per_second);
		if (now_us() >= intended_us)
			publish(intended_us);
		else
			loop_once(intended_us);
	}
	drain();
	return result_of(seconds, refused_before);
}

struct load_result closed_loop(int outstanding, double seconds)
{
	enum { LOST_US = 1000 * 1000 };
	int64_t began_us = begin_load((int64_t)(seconds * 1e6)), until_us = began_us + (int64_t)(seconds * 1e6);
	uint64_t refused_before = refused_posts(), lost = 0;
	delivered_us = began_us;
	while (now_us() < until_us) {
		/* Done out of order counts too: what matters is how many are on their way. */
		while (next - first - done - lost < (uint64_t)outstanding)
			publish(now_us());
		loop_once(until_us);
		/* A server that dropped an event for a stream will never be done with it. */
		if (now_us() - delivered_us > LOST_US) {
			lost = next - first - done;
			delivered_us = now_us();
		}
	}
	drain();
	return result_of(seconds, refused_before);
}

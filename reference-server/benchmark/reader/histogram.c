/* Buckets of equal width within each power of two: 128 of them, so that a value is known to within 1 %. */
#include "reader.h"

#include <string.h>

enum { STEPS_LOG2 = 7, STEPS = 1 << STEPS_LOG2, BUCKETS = (64 - STEPS_LOG2) * STEPS };

static uint64_t counts[BUCKETS], total;
static int64_t greatest;

static int bucket_of(uint64_t value)
{
	if (value < STEPS)
		return (int)value;
	int power = 63 - __builtin_clzll(value) - STEPS_LOG2;
	return power * STEPS + (int)(value >> power);
}

static int64_t value_of(int bucket)
{
	if (bucket < STEPS)
		return bucket;
	int power = bucket / STEPS - 1;
	return (int64_t)(bucket - power * STEPS) << power;
}

void histogram_clear(void)
{
	memset(counts, 0, sizeof counts);
	total = 0;
	greatest = 0;
}

void histogram_add(int64_t value)
{
	counts[bucket_of(value < 0 ? 0 : (uint64_t)value)]++;
	total++;
	if (value > greatest)
		greatest = value;
}

int64_t histogram_quantile(double share)
{
	double wanted = share * (double)total;
	uint64_t seen = 0;
	for (int bucket = 0; bucket < BUCKETS; bucket++) {
		seen += counts[bucket];
		if (seen && (double)seen >= wanted)
			return value_of(bucket);
	}
	return 0;
}

int64_t histogram_max(void)
{
	return greatest;
}

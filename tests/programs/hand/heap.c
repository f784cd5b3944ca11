/* SPDX-License-Identifier: BSD-3-Clause */
/* A heap of events in the order of time, and what they cause. */
#include "program.h"

struct event {
	uint32_t time;
	uint16_t kind;
	int16_t amount;
};

static struct event heap[256];
static unsigned count;

static void push(struct event e)
{
	unsigned i = count++;

	while (i && heap[(i - 1) / 2].time > e.time) {
		heap[i] = heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	heap[i] = e;
}

static struct event pop(void)
{
	struct event top = heap[0], last = heap[--count];
	unsigned i = 0;

	for (;;) {
		unsigned child = 2 * i + 1;

		if (child >= count)
			break;
		child += child + 1 < count && heap[child + 1].time < heap[child].time;
		if (heap[child].time >= last.time)
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = last;
	return top;
}

void program(void)
{
	uint64_t state = 6;
	int64_t balance = 0;

	for (unsigned i = 0; i < 60; i++)
		push((struct event){(uint32_t)next_random(&state) % 1000, (uint16_t)(i % 5),
		                    (int16_t)next_random(&state)});
	for (unsigned i = 0; i < 900 && count; i++) {
		struct event e = pop();

		balance += e.amount;
		if (e.kind == 3 && count < 200)
			push((struct event){e.time * 2 + i, 1, (int16_t)(e.amount / -3)});
		if (e.kind != 1 && count < 200)
			push((struct event){e.time + (uint32_t)(next_random(&state) & 63) * 2 + 1,
			                    (uint16_t)((e.kind + 1) % 5),
			                    (int16_t)(e.amount ^ 0x55)});
		if (i % 20 == 0)
			put("%u %u %d %ld %u\n", e.time, e.kind, e.amount, balance, count);
	}
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* Exceptions: those that a guest provokes on purpose, and the others. */
#include "guest.h"

/* Set while a vCPU tries something; the exception that comes of it is noted here. */
static struct {
	bool trying;
	bool calling; /* What is tried is a call. */
	struct fault fault;
} tries[KIT_MAX_CPUS];

/* Current EL with SP_ELx: a synchronous exception, an IRQ. */
#define VECTOR_SYNC 4
#define VECTOR_IRQ  5

void kit_exception(struct kit_frame *frame, unsigned vector);
void kit_irq(struct kit_frame *frame);

void kit_exception(struct kit_frame *frame, unsigned vector)
{
	unsigned cpu = cpu_index();

	if (vector == VECTOR_IRQ) {
		kit_irq(frame);
		return;
	}
	if (!tries[cpu].trying || vector != VECTOR_SYNC)
		panic("exception by vector %u: ESR 0x%lx FAR 0x%lx ELR 0x%lx SPSR 0x%lx", vector,
		      frame->esr, frame->far, frame->elr, frame->spsr);
	tries[cpu].trying = false;
	tries[cpu].fault = (struct fault){.taken = true, .esr = frame->esr, .far = frame->far};
	if (tries[cpu].calling)
		frame->elr = frame->x[30];
	else
		frame->elr += 4;
}

static void try_begin(bool calling)
{
	tries[cpu_index()].calling = calling;
	tries[cpu_index()].fault = (struct fault){.taken = false};
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	tries[cpu_index()].trying = true;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static struct fault try_end(void)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	tries[cpu_index()].trying = false;
	return tries[cpu_index()].fault;
}

struct fault try_read(uint64_t addr, uint64_t *value)
{
	uint64_t v = 0;

	try_begin(false);
	__asm__ volatile("ldr %0, [%1]\n\tdsb sy" : "+r"(v) : "r"(addr) : "memory");
	*value = v;
	return try_end();
}

struct fault try_read_pair(uint64_t addr)
{
	uint64_t a = 0, b = 0;

	try_begin(false);
	__asm__ volatile("ldp %0, %1, [%2]\n\tdsb sy" : "+&r"(a), "+&r"(b) : "r"(addr) : "memory");
	return try_end();
}

struct fault try_write(uint64_t addr, uint64_t value)
{
	try_begin(false);
	__asm__ volatile("str %0, [%1]\n\tdsb sy" : : "r"(value), "r"(addr) : "memory");
	return try_end();
}

struct fault try_call(uint64_t addr)
{
	try_begin(true);
	/* Whatever comes of it has its return address in x30. */
	__asm__ volatile("blr %0"
	                 :
	                 : "r"(addr)
	                 : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
	                   "x12", "x13", "x14", "x15", "x16", "x17", "x30", "memory");
	return try_end();
}

struct fault try_hvc(void)
{
	try_begin(false);
	__asm__ volatile("hvc #0" : : : "memory");
	return try_end();
}

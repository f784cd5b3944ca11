/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file guest.h
 * What a realm image of one .c file builds on. See docs/guests.md.
 *
 *     #include "guest.h"
 *
 *     int guest_main(void)
 *     {
 *             printf("hello from %u vCPUs\n", cpu_count());
 *             return 0;
 *     }
 */
#ifndef KIT_GUEST_H
#define KIT_GUEST_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <host/platform.h>

#include "lock.h"
#include "psci.h"
#include "rsi.h"

#define PAGE_SIZE 4096u

/* Start and end. */

/** The guest. What it returns is the exit status of the realm, 0..255. */
int guest_main(void);

/** X0..X7 as the host set them for the first vCPU; part of the measurement. */
extern uint64_t boot_args[8];

/** Ends the realm with an exit status, from any vCPU. */
void realm_exit(int status) __attribute__((noreturn));

/** Prints why, and ends the realm with PANIC_STATUS. */
void panic(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

/** Exit status after panic() and after an exception that nobody expected. */
#define PANIC_STATUS 70

/* The realm. */

/** The configuration of the realm; read once, at start. */
const struct rsi_realm_config *realm_config(void);

/** The Unprotected alias of an address: memory and devices that the host sees. */
void *shared(uint64_t ipa);

/** First address behind RAM, found by asking for the RIPAS. */
uint64_t ram_end(void);

/**
 * Changes the RIPAS of [base, base + size), repeating the command until it is done.
 * @return whether the host went along with all of it
 */
bool set_ripas(uint64_t base, uint64_t size, enum rsi_ripas ripas);

/** Makes a host call: gprs in and out. @return whether the RMM accepted it */
bool host_call(uint16_t imm, uint64_t gprs[31]);

/* Console. */

/** Where text goes. */
enum console {
	CONSOLE_MMIO,      /**< Byte by byte through the PL011: the default. */
	CONSOLE_HOST_CALL, /**< A line at a time by PLATFORM_CALL_WRITE. */
};

/** Chooses where text goes from now on. */
void console_select(enum console console);

/** Writes bytes. */
void console_write(const char *text, size_t size);

/** Understands %c %s %d %u %x %p %%, l, ll and z, a width and the flags 0 and -. */
int printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int vprintf(const char *fmt, va_list args) __attribute__((format(printf, 1, 0)));

/** Prints bytes as hexadecimal digits. */
void print_hex(const void *bytes, size_t size);

/* Faults. */

/** Registers at an exception; a handler that changes them changes where and how it goes on. */
struct kit_frame {
	uint64_t x[31];
	uint64_t elr;
	uint64_t spsr;
	uint64_t esr;
	uint64_t far;
	uint64_t pad;
};

/** What an access to memory brought about. */
struct fault {
	bool taken; /**< An exception; otherwise esr and far say nothing. */
	uint64_t esr;
	uint64_t far;
};

/** Exception class of a syndrome. */
static inline unsigned esr_ec(uint64_t esr)
{
	return (unsigned)(esr >> 26) & 0x3f;
}

/** Fault status code of the syndrome of an abort. */
static inline unsigned esr_fsc(uint64_t esr)
{
	return (unsigned)esr & 0x3f;
}

#define EC_UNKNOWN         0x00
#define EC_INSTR_ABORT_EL1 0x21
#define EC_DATA_ABORT_EL1  0x25
#define FSC_ADDR_SIZE_L0   0x00
#define FSC_SEA            0x10

/** Reads 64 bits; survives an exception. */
struct fault try_read(uint64_t addr, uint64_t *value);

/** Reads two registers by one instruction, of which no syndrome tells; survives an exception. */
struct fault try_read_pair(uint64_t addr);

/** Writes 64 bits; survives an exception. */
struct fault try_write(uint64_t addr, uint64_t value);

/** Branches to an address, where a RET is expected; survives an exception. */
struct fault try_call(uint64_t addr);

/** HVC, which a Realm has no use for; survives the exception. */
struct fault try_hvc(void);

/* vCPUs. */

/** Most vCPUs that the kit can start. */
#define KIT_MAX_CPUS 8

/**
 * Starts a vCPU with a function; when that returns, the vCPU is switched off.
 * @param index 1..KIT_MAX_CPUS - 1
 * @return enum psci_return_code
 */
int64_t cpu_start(unsigned index, void (*fn)(void *arg), void *arg);

/** Index of the vCPU that asks. */
unsigned cpu_index(void);

/** Number of vCPUs that the realm has. */
unsigned cpu_count(void);

/** MPIDR of a vCPU by index, for PSCI and the GIC. */
uint64_t mpidr_of(unsigned index);

/* Interrupts. */

/** Handles an interrupt on the vCPU that took it; @p frame is what it interrupted. */
typedef void irq_handler(unsigned intid, struct kit_frame *frame, void *arg);

/** Switches the distributor on; once. */
void gic_init(void);

/** Switches the calling vCPU's redistributor and CPU interface on; on every vCPU that is started.
 */
void gic_cpu_init(void);

/** Who handles an interrupt; before it is enabled. Private ones: on every vCPU. */
void irq_handle(unsigned intid, irq_handler *fn, void *arg);

/** Enables an interrupt: a private one of the calling vCPU, or an SPI. */
void irq_enable(unsigned intid, uint8_t priority);
void irq_disable(unsigned intid);

/** Makes a PPI or SPI edge-triggered, or level-sensitive. */
void irq_set_edge(unsigned intid, bool edge);

/** Sends an SPI to a vCPU. */
void irq_route(unsigned intid, unsigned cpu);

/** Sends an SGI, 0..15, to a vCPU; to all but the calling one. */
void sgi_send(unsigned cpu, unsigned intid);
void sgi_send_others(unsigned intid);

/** Lets the vCPU be interrupted, and not. It starts masked. */
static inline void irq_unmask(void)
{
	__asm__ volatile("msr daifclr, #2" : : : "memory");
}

static inline void irq_mask(void)
{
	__asm__ volatile("msr daifset, #2" : : : "memory");
}

/**
 * Waits for an interrupt, which need not be unmasked. To wait for something that a handler does,
 * mask interrupts, look, wait, and unmask: so none slips in between.
 */
static inline void wait_for_interrupt(void)
{
	__asm__ volatile("dsb sy\n\twfi" : : : "memory");
}

/* Timers. */

/** The two timers of a vCPU; both count the same. */
enum timer { TIMER_VIRTUAL, TIMER_PHYSICAL };

/** The counter, and how often it counts in a second. */
uint64_t timer_now(void);
uint64_t timer_frequency(void);

/** Has a timer interrupt once the counter has reached @p when, until it is set anew or stopped. */
void timer_set(enum timer timer, uint64_t when);
void timer_stop(enum timer timer);

/** Whether the counter has reached what the timer is set to. */
bool timer_is_due(enum timer timer);

/** INTID of a timer. */
unsigned timer_intid(enum timer timer);

/* Memory management. */

#define MMU_DEVICE    1u /**< Device memory, never executed; otherwise Normal write-back. */
#define MMU_READ_ONLY 2u
#define MMU_NO_EXEC   4u

/** Maps addresses, of whole pages, in blocks as large as possible. Panics out of table pages. */
void mmu_map(uint64_t va, uint64_t ipa, uint64_t size, unsigned flags);

/** Maps RAM, its shared alias and the devices, each where it is. */
void mmu_map_all(void);

/** Switches the calling vCPU's MMU and caches on. */
void mmu_on(void);

/* Memory access that the compiler leaves as it is: one plain load or store, as MMIO needs. */

static inline uint32_t mmio_read32(const volatile void *addr)
{
	uint32_t value;

	__asm__ volatile("ldr %w0, [%1]" : "=r"(value) : "r"(addr) : "memory");
	return value;
}

static inline void mmio_write32(volatile void *addr, uint32_t value)
{
	__asm__ volatile("str %w0, [%1]" : : "r"(value), "r"(addr) : "memory");
}

/* What the compiler asks of a library. */

void *memset(void *dst, int c, size_t size);
void *memcpy(void *restrict dst, const void *restrict src, size_t size);
void *memmove(void *dst, const void *src, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *s);

#endif

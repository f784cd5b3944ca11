/* SPDX-License-Identifier: BSD-3-Clause */
/* The memory window that a server shares with its clients. */

#include "serve/window.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../internal.h"

#define PAGE_SHIFT       12
#define PAGE_SIZE_4K     (UINT64_C(1) << PAGE_SHIFT)

/*
 * The kernel gives a process 65530 mappings. Taking stops earlier than giving back, so that what
 * is taken can always be given back in one order or another.
 */
#define MAX_EDGES_TAKING 40000
#define MAX_EDGES_GIVING 48000

struct serve_window {
	struct rmi *rmi;
	uint64_t base, size;
	uint8_t *live;             /* The memory of the RMM, leads to one of the files. */
	int shared_fd, private_fd; /* What clients map, and what they do not. */
	uint8_t *shared, *private; /* All of either. */
	uint64_t *taken;           /* A bit for each page: live leads to the private file. */
	uint8_t *owners;           /* Of each page that the RMM holds; SERVE_NOBODY: just held. */
	uint64_t edges;            /* Places in live where one file follows the other. */
	uint64_t granule;          /* RMI granule size, when it was looked at last. */
	uint64_t low, high;        /* All that is taken lies in [low, high), as page numbers. */
};

static uint64_t num_pages(const struct serve_window *w)
{
	return w->size >> PAGE_SHIFT;
}

static bool is_taken(const struct serve_window *w, uint64_t page)
{
	return (w->taken[page / 64] >> (page % 64) & 1) != 0;
}

/* The first page of [page, end) that is taken, or is not; end when there is none. */
static uint64_t next_page(const struct serve_window *w, uint64_t page, uint64_t end, bool taken)
{
	while (page < end) {
		uint64_t word = w->taken[page / 64];

		if (!taken)
			word = ~word;
		word >>= page % 64;
		if (word != 0) {
			page += (unsigned)__builtin_ctzll(word);
			break;
		}
		page = (page / 64 + 1) * 64;
	}
	return page < end ? page : end;
}

/* What is not there reads as zero. */
static void empty(int fd, uint64_t page, uint64_t count)
{
	(void)fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)(page << PAGE_SHIFT),
	                (off_t)(count << PAGE_SHIFT));
}

static bool is_zero(const uint8_t *page)
{
	return page[0] == 0 && memcmp(page, page + 1, PAGE_SIZE_4K - 1) == 0;
}

/* Makes a part of one file equal to that of the other. What is not there stays not there. */
static void copy(int to_fd, uint8_t *to, int from_fd, const uint8_t *from, uint64_t offset,
                 uint64_t size)
{
	uint64_t end = offset + size;
	off_t data = (off_t)offset;

	empty(to_fd, offset >> PAGE_SHIFT, size >> PAGE_SHIFT);
	while ((data = lseek(from_fd, data, SEEK_DATA)) >= 0 && (uint64_t)data < end) {
		off_t hole = lseek(from_fd, data, SEEK_HOLE);

		if (hole <= data)
			break;
		for (; data < hole && (uint64_t)data < end; data += (off_t)PAGE_SIZE_4K) {
			if (!is_zero(from + data))
				memcpy(to + data, from + data, PAGE_SIZE_4K);
		}
	}
}

static bool show(struct serve_window *w, uint64_t page, uint64_t count, int fd)
{
	uint64_t offset = page << PAGE_SHIFT;

	return mmap(w->live + offset, count << PAGE_SHIFT, PROT_READ | PROT_WRITE,
	            MAP_SHARED | MAP_FIXED | MAP_NORESERVE, fd, (off_t)offset) != MAP_FAILED;
}

/* Notes that pages, which were all one or the other, are taken or not. */
static void note(struct serve_window *w, uint64_t page, uint64_t count, bool taken)
{
	uint64_t end = page + count;

	if (page > 0)
		w->edges += is_taken(w, page - 1) != taken ? 1 : UINT64_MAX;
	if (end < num_pages(w))
		w->edges += is_taken(w, end) != taken ? 1 : UINT64_MAX;
	for (; page < end; page++) {
		uint64_t bit = UINT64_C(1) << (page % 64);

		if (taken)
			w->taken[page / 64] |= bit;
		else
			w->taken[page / 64] &= ~bit;
	}
	if (taken) {
		w->low = page - count < w->low ? page - count : w->low;
		w->high = end > w->high ? end : w->high;
	}
}

/* Takes pages that are not taken. */
static bool take(struct serve_window *w, uint64_t page, uint64_t count)
{
	uint64_t offset = page << PAGE_SHIFT, size = count << PAGE_SHIFT;

	copy(w->private_fd, w->private, w->shared_fd, w->shared, offset, size);
	if (!show(w, page, count, w->private_fd))
		return false;
	note(w, page, count, true);
	return true;
}

/* The end of the pages from one on that are someone's, or nobody's, as the first one is. */
static uint64_t same_kind(const struct serve_window *w, uint64_t page, uint64_t end)
{
	bool owned = w->owners[page] != SERVE_NOBODY;

	while (page < end && (w->owners[page] != SERVE_NOBODY) == owned)
		page++;
	return page;
}

/*
 * Gives pages back that are taken: with what the RMM left there if it had them. Those that were
 * only held have not changed, and clients may have gone on writing to them.
 */
static void give(struct serve_window *w, uint64_t page, uint64_t count)
{
	for (uint64_t i = page, next; i < page + count; i = next) {
		next = same_kind(w, i, page + count);
		if (w->owners[i] != SERVE_NOBODY)
			copy(w->shared_fd, w->shared, w->private_fd, w->private, i << PAGE_SHIFT,
			     (next - i) << PAGE_SHIFT);
	}
	if (!show(w, page, count, w->shared_fd))
		return;
	memset(w->owners + page, SERVE_NOBODY, count);
	note(w, page, count, false);
	empty(w->private_fd, page, count);
}

/* The RMM holds pages now. */
static void settle_held(struct serve_window *w, uint64_t page, uint64_t end, unsigned owner)
{
	for (uint64_t i = next_page(w, page, end, false), next; i < end;
	     i = next_page(w, next, end, false)) {
		next = next_page(w, i, end, true);
		if (!take(w, i, next - i))
			return;
	}
	for (uint64_t i = page, next; i < end; i = next) {
		next = same_kind(w, i, end);
		if (w->owners[i] != SERVE_NOBODY)
			continue;
		empty(w->shared_fd, i, next - i);
		memset(w->owners + i, (int)owner, next - i);
	}
}

/* The RMM holds none of the pages. */
static void settle_free(struct serve_window *w, uint64_t page, uint64_t end)
{
	page = page > w->low ? page : w->low;
	end = end < w->high ? end : w->high;
	for (uint64_t i = next_page(w, page, end, true), next; i < end;
	     i = next_page(w, next, end, true)) {
		next = next_page(w, i, end, false);
		give(w, i, next - i);
	}
}

/* Cuts [*base, *top) down to whole granules of the memory. Returns whether there are any. */
static bool clamp(const struct serve_window *w, uint64_t *base, uint64_t *top)
{
	uint64_t granule = w->granule;

	if (*base < w->base)
		*base = w->base;
	if (*top > w->base + w->size)
		*top = w->base + w->size;
	if (*base >= *top)
		return false;
	/* The memory begins and ends with a granule of any size. */
	*base &= ~(granule - 1);
	*top = (*top + granule - 1) & ~(granule - 1);
	return true;
}

/* The run of granules that the RMM holds at or after a PA. */
static bool next_run(const struct serve_window *w, uint64_t from, uint64_t top, uint64_t *base,
                     uint64_t *end)
{
	uint64_t granule = w->granule;
	const char *state;
	uint64_t pa;

	if (!rmi_next_held_granule(w->rmi, from, base, &state) || *base >= top)
		return false;
	*end = *base + granule;
	while (*end < top && rmi_next_held_granule(w->rmi, *end, &pa, &state) && pa == *end)
		*end += granule;
	return true;
}

void serve_window_sync(struct serve_window *window, uint64_t base, uint64_t top, unsigned owner)
{
	struct serve_window *w = window;
	uint64_t held, end;

	w->granule = rmi_granule_size(w->rmi);
	if (!clamp(w, &base, &top))
		return;
	for (; next_run(w, base, top, &held, &end); base = end) {
		settle_free(w, (base - w->base) >> PAGE_SHIFT, (held - w->base) >> PAGE_SHIFT);
		settle_held(w, (held - w->base) >> PAGE_SHIFT, (end - w->base) >> PAGE_SHIFT,
		            owner);
	}
	settle_free(w, (base - w->base) >> PAGE_SHIFT, (top - w->base) >> PAGE_SHIFT);
}

bool serve_window_hold(struct serve_window *window, uint64_t base, uint64_t top)
{
	struct serve_window *w = window;
	uint64_t end;

	if (!clamp(w, &base, &top))
		return true;
	end = (top - w->base) >> PAGE_SHIFT;
	for (uint64_t i = next_page(w, (base - w->base) >> PAGE_SHIFT, end, false), next; i < end;
	     i = next_page(w, next, end, false)) {
		next = next_page(w, i, end, true);
		if (!serve_window_has_room(w, true) || !take(w, i, next - i))
			return false;
	}
	return true;
}

bool serve_window_has_room(const struct serve_window *window, bool taking)
{
	return window->edges + 2 <= (taking ? MAX_EDGES_TAKING : MAX_EDGES_GIVING);
}

unsigned serve_window_owner(const struct serve_window *window, uint64_t pa)
{
	uint64_t offset = pa - window->base;

	return offset < window->size ? window->owners[offset >> PAGE_SHIFT] : SERVE_NOBODY;
}

void *serve_window_view(struct serve_window *window, uint64_t pa, uint64_t size)
{
	return rmi_pa_to_va(window->rmi, pa, size);
}

int serve_window_fd(const struct serve_window *window)
{
	return window->shared_fd;
}

/* A file of the size of the memory, and all of it mapped. Returns the descriptor, or -1. */
static int make_file(const struct serve_window *w, const char *name, unsigned seals, uint8_t **map)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -1;
	if (ftruncate(fd, (off_t)w->size) == 0 && fcntl(fd, F_ADD_SEALS, seals) == 0) {
		*map = mmap(NULL, w->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd,
		            0);
		if (*map != MAP_FAILED)
			return fd;
		*map = NULL;
	}
	(void)close(fd);
	return -1;
}

/* Tables that cost nothing until they are used. */
static void *make_table(uint64_t size)
{
	void *table = mmap(NULL, size, PROT_READ | PROT_WRITE,
	                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return table != MAP_FAILED ? table : NULL;
}

static uint64_t taken_size(const struct serve_window *w)
{
	return (num_pages(w) / 64 + 1) * sizeof(uint64_t);
}

struct serve_window *serve_window_create(struct rmi *rmi, struct rmi_error *err)
{
	struct rmi_memory memory = rmi_memory(rmi);
	struct serve_window *w;

	/* Whether memory may be replaced is known of the model alone. */
	if (strcmp(rmi_backend_name(rmi), "model") != 0 || rmi_granule_size(rmi) == 0) {
		rmi_error_set(err, "serve: the memory of the backend \"%.64s\" cannot be shared",
		              rmi_backend_name(rmi));
		return NULL;
	}
	if (sysconf(_SC_PAGESIZE) != (long)PAGE_SIZE_4K) {
		rmi_error_set(err, "serve: the pages of this machine are not of 4 KiB");
		return NULL;
	}
	w = calloc(1, sizeof(*w));
	if (w == NULL) {
		rmi_error_set(err, "serve: out of memory");
		return NULL;
	}
	*w = (struct serve_window){
	        .rmi = rmi,
	        .base = memory.base,
	        .size = memory.size,
	        .live = memory.host,
	        .shared_fd = -1,
	        .private_fd = -1,
	        .granule = rmi_granule_size(rmi),
	        .low = UINT64_MAX,
	};
	/* A client that could make the file shorter would take memory away under the RMM. */
	w->shared_fd = make_file(w, "realmkit window", F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL,
	                         &w->shared);
	w->private_fd = make_file(w, "realmkit realms", F_SEAL_SEAL, &w->private);
	w->taken = make_table(taken_size(w));
	w->owners = make_table(num_pages(w));
	if (w->shared_fd < 0 || w->private_fd < 0 || w->taken == NULL || w->owners == NULL ||
	    !show(w, 0, num_pages(w), w->shared_fd)) {
		rmi_error_set(err, "serve: no memory for a window of 0x%llx bytes: %s",
		              (unsigned long long)w->size, strerror(errno));
		serve_window_destroy(w);
		return NULL;
	}
	return w;
}

void serve_window_destroy(struct serve_window *window)
{
	struct serve_window *w = window;

	if (w == NULL)
		return;
	if (w->owners != NULL)
		(void)munmap(w->owners, num_pages(w));
	if (w->taken != NULL)
		(void)munmap(w->taken, taken_size(w));
	if (w->shared != NULL)
		(void)munmap(w->shared, w->size);
	if (w->private != NULL)
		(void)munmap(w->private, w->size);
	if (w->shared_fd >= 0)
		(void)close(w->shared_fd);
	if (w->private_fd >= 0)
		(void)close(w->private_fd);
	free(w);
}

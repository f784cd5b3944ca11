/* SPDX-License-Identifier: BSD-3-Clause */
/* Populating a Realm from a static AArch64 ELF file (DEN IHI0056). */

#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "populate.h"

/* A PT_LOAD segment. */
struct segment {
	unsigned index; /* Of its program header. */
	uint64_t gpa;
	uint64_t va;
	uint64_t mem_size;
	uint64_t file_size;
	const char *data;
};

struct image {
	const char *path;
	const char *raw; /* The file. */
	size_t raw_size;
	uint64_t entry;
	struct segment *segments; /* In the order of their addresses. */
	size_t num_segments;
};

/* An error about the file. */
#define elf_fail(self, code, image, fmt, ...)                                                      \
	host_fail(self, code, "%s: " fmt, (image)->path, __VA_ARGS__)

static int check_header(struct host_thread *self, const struct image *image, Elf *elf,
                        GElf_Ehdr *header)
{
	static const char *const types[] = {"no type", "relocatable", "executable",
	                                    "shared or position-independent", "core"};

	if (elf_kind(elf) != ELF_K_ELF || gelf_getehdr(elf, header) == NULL)
		return elf_fail(self, -ENOEXEC, image, "%s", "not an ELF file");
	if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
	    header->e_machine != EM_AARCH64)
		return elf_fail(self, -ENOEXEC, image,
		                "not AArch64: class %d, data %d, machine %d; wanted are 64-bit, "
		                "little-endian, machine %d",
		                header->e_ident[EI_CLASS], header->e_ident[EI_DATA],
		                header->e_machine, EM_AARCH64);
	if (header->e_type != ET_EXEC)
		return elf_fail(self, -ENOEXEC, image,
		                "not a static executable: its type is %d (%s), wanted is %d",
		                header->e_type, header->e_type < 5 ? types[header->e_type] : "?",
		                ET_EXEC);
	return 0;
}

/* Takes one program header over into a segment. */
static int read_segment(struct host_thread *self, struct image *image, unsigned index,
                        const GElf_Phdr *phdr)
{
	struct segment *segment = &image->segments[image->num_segments];

	if (phdr->p_type == PT_INTERP || phdr->p_type == PT_DYNAMIC)
		return elf_fail(self, -ENOEXEC, image, "not a static executable: segment %u is %s",
		                index, phdr->p_type == PT_INTERP ? "INTERP" : "DYNAMIC");
	if (phdr->p_type != PT_LOAD || phdr->p_memsz == 0)
		return 0;
	if (phdr->p_filesz > phdr->p_memsz || phdr->p_offset > image->raw_size ||
	    phdr->p_filesz > image->raw_size - phdr->p_offset)
		return elf_fail(self, -ENOEXEC, image,
		                "segment %u: %#" PRIx64 " bytes at offset %#" PRIx64
		                " reach beyond the end of the file or of the segment",
		                index, (uint64_t)phdr->p_filesz, (uint64_t)phdr->p_offset);
	if (phdr->p_paddr + phdr->p_memsz < phdr->p_paddr ||
	    phdr->p_vaddr + phdr->p_memsz < phdr->p_vaddr)
		return elf_fail(self, -ENOEXEC, image, "segment %u wraps around", index);
	*segment = (struct segment){
	        .index = index,
	        .gpa = phdr->p_paddr,
	        .va = phdr->p_vaddr,
	        .mem_size = phdr->p_memsz,
	        .file_size = phdr->p_filesz,
	        .data = image->raw + phdr->p_offset,
	};
	image->num_segments++;
	return 0;
}

static int compare_segments(const void *left, const void *right)
{
	const struct segment *a = left, *b = right;

	return a->gpa < b->gpa ? -1 : a->gpa > b->gpa;
}

/* The region of RAM that would have been right, for an error message. */
static const struct ram *nearest_ram(const struct realm *realm, uint64_t gpa)
{
	const struct ram *best = realm->ram;
	uint64_t best_distance = UINT64_MAX;

	for (const struct ram *ram = realm->ram; ram != NULL; ram = ram->next) {
		uint64_t distance = 0;

		if (gpa < ram->gpa)
			distance = ram->gpa - gpa;
		else if (gpa - ram->gpa >= ram->size)
			distance = gpa - (ram->gpa + ram->size - 1);
		if (distance < best_distance) {
			best_distance = distance;
			best = ram;
		}
	}
	return best;
}

static int check_segments(struct host_thread *self, const struct realm *realm,
                          const struct image *image)
{
	const struct segment *previous = NULL;

	if (image->num_segments == 0)
		return elf_fail(self, -ENOEXEC, image, "%s", "nothing to load in it");
	for (size_t i = 0; i < image->num_segments; i++) {
		const struct segment *segment = &image->segments[i];
		const uint64_t top = segment->gpa + segment->mem_size;

		if (realm->ram == NULL)
			return elf_fail(self, -EINVAL, image, "%s", "the realm has no RAM");
		if (!realm_ram_covers(realm, segment->gpa, segment->mem_size)) {
			const struct ram *ram = nearest_ram(realm, segment->gpa);

			return elf_fail(self, -EINVAL, image,
			                "segment %u at [%#" PRIx64 ", %#" PRIx64
			                ") is not within RAM, [%#" PRIx64 ", %#" PRIx64 ")",
			                segment->index, segment->gpa, top, ram->gpa,
			                ram->gpa + ram->size);
		}
		if (previous != NULL && previous->gpa + previous->mem_size > segment->gpa)
			return elf_fail(self, -EINVAL, image,
			                "segment %u at [%#" PRIx64 ", %#" PRIx64
			                ") overlaps segment %u at [%#" PRIx64 ", %#" PRIx64 ")",
			                segment->index, segment->gpa, top, previous->index,
			                previous->gpa, previous->gpa + previous->mem_size);
		previous = segment;
	}
	return 0;
}

/* Entry points are virtual, vCPUs start with stage 1 off. */
static int find_entry(struct host_thread *self, struct image *image, uint64_t va)
{
	for (size_t i = 0; i < image->num_segments; i++) {
		const struct segment *segment = &image->segments[i];

		if (va >= segment->va && va - segment->va < segment->mem_size) {
			image->entry = segment->gpa + (va - segment->va);
			return 0;
		}
	}
	return elf_fail(self, -ENOEXEC, image, "its entry point %#" PRIx64 " is in no segment", va);
}

static int read_image(struct host_thread *self, const struct realm *realm, struct image *image,
                      Elf *elf)
{
	GElf_Ehdr header = {0};
	size_t num;
	int err = check_header(self, image, elf, &header);

	if (err != 0)
		return err;
	image->raw = elf_rawfile(elf, &image->raw_size);
	if (image->raw == NULL || elf_getphdrnum(elf, &num) != 0 || num > 0xffff)
		return elf_fail(self, -ENOEXEC, image, "damaged: %s", elf_errmsg(-1));
	image->segments = host_zalloc(realm->host, (num + 1) * sizeof(image->segments[0]));
	if (image->segments == NULL)
		return elf_fail(self, -ENOMEM, image, "%s", "out of memory");
	for (unsigned i = 0; i < num; i++) {
		GElf_Phdr phdr;

		if (gelf_getphdr(elf, (int)i, &phdr) == NULL)
			return elf_fail(self, -ENOEXEC, image,
			                "damaged: program header %u cannot be read", i);
		err = read_segment(self, image, i, &phdr);
		if (err != 0)
			return err;
	}
	qsort(image->segments, image->num_segments, sizeof(image->segments[0]), compare_segments);
	err = check_segments(self, realm, image);
	if (err != 0)
		return err;
	return find_entry(self, image, header.e_entry);
}

/* A page holds parts of any number of segments. */
static void fill_page(const void *arg, uint64_t gpa, void *page, uint64_t size)
{
	const struct image *image = arg;

	for (size_t i = 0; i < image->num_segments; i++) {
		const struct segment *segment = &image->segments[i];
		uint64_t from = segment->gpa > gpa ? segment->gpa : gpa;
		uint64_t to = segment->gpa + segment->file_size;

		if (to > gpa + size)
			to = gpa + size;
		if (from < to)
			memcpy((char *)page + (from - gpa), segment->data + (from - segment->gpa),
			       to - from);
	}
}

/*
 * The run of pages that begins with segment *i, and the segments that touch it. Segments may share
 * pages, and a page can be populated only once.
 */
static struct ipa_range next_run(const struct realm *realm, const struct image *image, size_t *i)
{
	const uint64_t in_page = realm_page_size(realm) - 1;
	struct ipa_range run = {image->segments[*i].gpa & ~in_page, 0};

	do {
		const struct segment *segment = &image->segments[(*i)++];

		run.top = (segment->gpa + segment->mem_size + in_page) & ~in_page;
	} while (*i < image->num_segments && (image->segments[*i].gpa & ~in_page) <= run.top);
	return run;
}

static int load(struct host_thread *self, struct realm *realm, const struct image *image,
                unsigned flags)
{
	uint64_t total = 0, done = 0;
	int err = 0;

	for (size_t i = 0; i < image->num_segments;) {
		struct ipa_range run = next_run(realm, image, &i);

		total += run.top - run.base;
	}
	if (total >> realm->host->gshift > host_phys_available(&realm->host->phys))
		return elf_fail(
		        self, -ENOMEM, image, "needs %" PRIu64 " pages, and %" PRIu64 " are left",
		        total >> realm->host->gshift, host_phys_available(&realm->host->phys));
	err = realm_ensure_created(self, realm);
	for (size_t i = 0; i < image->num_segments && err == 0;) {
		struct ipa_range run = next_run(realm, image, &i);

		err = realm_populate_range(self, realm, run.base, run.top - run.base, fill_page,
		                           image, flags, &done, total);
	}
	if (err == 0)
		realm->entry = image->entry;
	return err;
}

/* Opens a regular file: a directory, say, would only make libelf wonder. */
static int open_file(struct host_thread *self, const struct image *image)
{
	struct stat status;
	int fd = open(image->path, O_RDONLY | O_CLOEXEC);
	int code = errno;

	if (fd < 0)
		return elf_fail(self, -code, image, "%s", strerror(code));
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
		code = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
		close(fd);
		return elf_fail(self, -code, image, "%s",
		                code == EISDIR ? strerror(code) : "not a regular file");
	}
	return fd;
}

static int load_elf(struct host_thread *self, struct realm *realm, const char *path, unsigned flags)
{
	struct image image = {.path = path};
	int fd, err;
	Elf *elf;

	if ((flags & ~(unsigned)REALM_MEASURE) != 0)
		return host_fail(self, -EINVAL, "unknown flags %#x", flags);
	fd = open_file(self, &image);
	if (fd < 0)
		return fd;
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (elf == NULL)
		err = elf_fail(self, -ENOEXEC, &image, "cannot be read: %s", elf_errmsg(-1));
	else
		err = read_image(self, realm, &image, elf);
	if (err == 0)
		err = load(self, realm, &image, flags);
	free(image.segments);
	elf_end(elf);
	close(fd);
	return err;
}

int realm_load_elf(struct realm *realm, const char *path, unsigned flags)
{
	struct host_thread *self = host_enter(realm->host);
	int err;

	if (self == NULL)
		return -ENOMEM;
	pthread_mutex_lock(&realm->config_lock);
	err = load_elf(self, realm, path, flags);
	pthread_mutex_unlock(&realm->config_lock);
	host_leave(self);
	return err;
}

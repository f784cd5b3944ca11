/* SPDX-License-Identifier: BSD-3-Clause */
#include "guest_image.h"

#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef REALMKIT_CAPSTONE
#include <capstone/capstone.h>
#endif

struct symbol {
	uint64_t addr;
	uint64_t size;
	const char *name;
};

struct guest_image {
	int fd;
	Elf *elf;
	struct symbol *symbols; /* By address. */
	size_t num_symbols;
#ifdef REALMKIT_CAPSTONE
	csh capstone;
	cs_insn *insn;
#endif
};

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a;
	const struct symbol *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

/* Labels and functions; mapping symbols ($x, $d) name nothing. */
static void take_symbols(struct guest_image *image, Elf_Scn *section, const GElf_Shdr *header)
{
	Elf_Data *data = elf_getdata(section, NULL);
	size_t count = header->sh_entsize != 0 ? header->sh_size / header->sh_entsize : 0;
	GElf_Sym sym;

	image->symbols = calloc(count + 1, sizeof(*image->symbols));
	if (image->symbols == NULL)
		return;
	for (size_t i = 0; i < count; i++) {
		const char *name;

		if (gelf_getsym(data, (int)i, &sym) == NULL || sym.st_shndx == SHN_UNDEF ||
		    GELF_ST_TYPE(sym.st_info) > STT_FUNC)
			continue;
		name = elf_strptr(image->elf, header->sh_link, sym.st_name);
		if (name == NULL || name[0] == '\0' || name[0] == '$')
			continue;
		image->symbols[image->num_symbols++] =
		        (struct symbol){.addr = sym.st_value, .size = sym.st_size, .name = name};
	}
	qsort(image->symbols, image->num_symbols, sizeof(*image->symbols), by_address);
}

static void read_symbols(struct guest_image *image)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(image->elf, section)) != NULL) {
		if (gelf_getshdr(section, &header) != NULL && header.sh_type == SHT_SYMTAB) {
			take_symbols(image, section, &header);
			return;
		}
	}
}

struct guest_image *guest_image_open(const char *path)
{
	struct guest_image *image = calloc(1, sizeof(*image));

	if (image == NULL)
		return NULL;
	image->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (image->fd < 0 || elf_version(EV_CURRENT) == EV_NONE) {
		guest_image_close(image);
		return NULL;
	}
	image->elf = elf_begin(image->fd, ELF_C_READ, NULL);
	if (image->elf == NULL || elf_kind(image->elf) != ELF_K_ELF) {
		guest_image_close(image);
		return NULL;
	}
	read_symbols(image);
#ifdef REALMKIT_CAPSTONE
	if (cs_open(CS_ARCH_ARM64, CS_MODE_ARM, &image->capstone) == CS_ERR_OK)
		image->insn = cs_malloc(image->capstone);
#endif
	return image;
}

void guest_image_close(struct guest_image *image)
{
	if (image == NULL)
		return;
#ifdef REALMKIT_CAPSTONE
	if (image->insn != NULL)
		cs_free(image->insn, 1);
	if (image->capstone != 0)
		(void)cs_close(&image->capstone);
#endif
	free(image->symbols);
	if (image->elf != NULL)
		(void)elf_end(image->elf);
	if (image->fd >= 0)
		(void)close(image->fd);
	free(image);
}

void guest_image_symbol(const struct guest_image *image, uint64_t addr, char *buf, size_t size)
{
	const struct symbol *best = NULL;

	buf[0] = '\0';
	for (size_t i = 0; i < image->num_symbols && image->symbols[i].addr <= addr; i++)
		best = &image->symbols[i];
	if (best == NULL || (best->size != 0 && addr - best->addr >= best->size))
		return;
	if (addr == best->addr)
		(void)snprintf(buf, size, "%s", best->name);
	else
		(void)snprintf(buf, size, "%s+0x%" PRIx64, best->name, addr - best->addr);
}

/* The word at an address that the file fills. */
static bool read_word(const struct guest_image *image, uint64_t addr, uint8_t word[4])
{
	size_t count;
	GElf_Phdr segment;

	if (elf_getphdrnum(image->elf, &count) != 0)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (gelf_getphdr(image->elf, (int)i, &segment) == NULL ||
		    segment.p_type != PT_LOAD || addr < segment.p_vaddr ||
		    addr - segment.p_vaddr + 4 > segment.p_filesz)
			continue;
		return pread(image->fd, word, 4,
		             (off_t)(segment.p_offset + (addr - segment.p_vaddr))) == 4;
	}
	return false;
}

#ifdef REALMKIT_CAPSTONE
static bool disassemble(const struct guest_image *image, const uint8_t word[4], uint64_t addr,
                        char *buf, size_t size)
{
	const uint8_t *at = word;
	size_t left = 4;

	if (image->insn == NULL || !cs_disasm_iter(image->capstone, &at, &left, &addr, image->insn))
		return false;
	(void)snprintf(buf, size, "%s%s%s", image->insn->mnemonic,
	               image->insn->op_str[0] != '\0' ? " " : "", image->insn->op_str);
	return true;
}
#endif

void guest_image_instruction(const struct guest_image *image, uint64_t addr, char *buf, size_t size)
{
	uint8_t word[4];

	buf[0] = '\0';
	if (!read_word(image, addr, word))
		return;
#ifdef REALMKIT_CAPSTONE
	if (disassemble(image, word, addr, buf, size))
		return;
#endif
	(void)snprintf(buf, size, "%02x%02x%02x%02x", word[3], word[2], word[1], word[0]);
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include <rmi/abi/psci.h>

#include <cmocka_test.h>

#include "image.h"
#include "spawn.h"

struct image image_init(void)
{
	static const uint32_t off[] = {A64_MOV(0, SMC64_PSCI_SYSTEM_OFF), A64_SMC, A64_B_SELF};
	struct image image = {
	        .ehdr =
	                {
	                        .e_type = ET_EXEC,
	                        .e_machine = EM_AARCH64,
	                        .e_version = EV_CURRENT,
	                        .e_entry = IMAGE_BASE,
	                        .e_phoff = sizeof(Elf64_Ehdr),
	                        .e_ehsize = sizeof(Elf64_Ehdr),
	                        .e_phentsize = sizeof(Elf64_Phdr),
	                },
	        .segs = {{IMAGE_BASE, 0x1000, 0x1000}},
	        .num_segs = 1,
	        .text = off,
	        .text_size = sizeof(off),
	};

	memcpy(image.ehdr.e_ident, ELFMAG, SELFMAG);
	image.ehdr.e_ident[EI_CLASS] = ELFCLASS64;
	image.ehdr.e_ident[EI_DATA] = ELFDATA2LSB;
	image.ehdr.e_ident[EI_VERSION] = EV_CURRENT;
	return image;
}

const char *image_write(const struct image *image, const char *name)
{
	static uint8_t file[IMAGE_MAX_SIZE];
	Elf64_Ehdr ehdr = image->ehdr;
	size_t used = 0x1000;

	memset(file, 0, sizeof(file));
	ehdr.e_phnum = (Elf64_Half)image->num_segs;
	memcpy(file, &ehdr, sizeof(ehdr));
	for (unsigned i = 0; i < image->num_segs; i++) {
		const struct image_segment *seg = &image->segs[i];
		size_t size = image->text_size < seg->filesz ? image->text_size : seg->filesz;
		Elf64_Phdr phdr = {
		        .p_type = PT_LOAD,
		        .p_flags = PF_R | PF_W | PF_X,
		        .p_offset = used,
		        .p_vaddr = seg->addr,
		        .p_paddr = seg->addr,
		        .p_filesz = seg->filesz,
		        .p_memsz = seg->memsz,
		        .p_align = 0x1000,
		};

		memcpy(file + sizeof(ehdr) + i * sizeof(phdr), &phdr, sizeof(phdr));
		assert_true(used + seg->filesz <= sizeof(file));
		memcpy(file + used, image->text, size);
		used += (seg->filesz + 0xfff) & ~(size_t)0xfff;
	}
	return scratch_file(name, file, used - image->cut);
}

/* The program's memory at an address: bytes of the file, numbers in its byte order, and pointers, which relocations
 * hold in position-independent programs. */
#include <stdlib.h>

#include "elf/private.h"
#include "memprof/base/bytes.h"
#include "memprof/base/search.h"
#include "memprof/base/vec.h"

static bool is_content(const struct elf_section *s)
{
	return s->listed && (s->header.sh_flags & SHF_ALLOC) && s->header.sh_type != SHT_NOBITS;
}

/* NULL: not in the section, or not in the file. */
static const char *content_of(const struct elf_file *f, const struct elf_section *s, uint64_t address, uint64_t n_bytes)
{
	const GElf_Shdr *h = &s->header;

	if (!is_content(s) || address < h->sh_addr || address - h->sh_addr > h->sh_size ||
	    n_bytes > h->sh_size - (address - h->sh_addr))
		return NULL;
	return f->bytes + h->sh_offset + (address - h->sh_addr);
}

const char *elf_content(const struct elf_file *f, uint64_t address, uint64_t n_bytes)
{
	for (size_t i = 1; i < f->n_sections; i++) {
		const char *bytes = content_of(f, &f->sections[i], address, n_bytes);
		if (bytes)
			return bytes;
	}
	return NULL;
}

const char *elf_content_of_symbol(const struct elf_file *f, const struct elf_symbol *s)
{
	return content_of(f, &f->sections[s->section], s->address, s->size_bytes);
}

uint64_t elf_next_symbol(const struct elf_file *f, uint64_t address)
{
	size_t i_section = 1;

	while (i_section < f->n_sections && !content_of(f, &f->sections[i_section], address, 1))
		i_section++;
	if (i_section == f->n_sections)
		return address;
	size_t i = search_while(f->n_symbols, k,
				f->symbols[k].section < i_section ||
					(f->symbols[k].section == i_section && f->symbols[k].address <= address));
	const GElf_Shdr *h = &f->sections[i_section].header;
	return i < f->n_symbols && f->symbols[i].section == i_section ? f->symbols[i].address : h->sh_addr + h->sh_size;
}

bool elf_number(const struct elf_file *f, uint64_t address, unsigned n_bytes, uint64_t *ret)
{
	const char *bytes = elf_content(f, address, n_bytes);

	if (bytes)
		*ret = bytes_number((const uint8_t *)bytes, n_bytes, elf_is_big_endian(f));
	return bytes;
}

/* ---- pointers ---- */

/* Types of relocations: "add the load address", and "copy the shared library's variable of this name here". */
static const struct machine {
	unsigned machine, relative, copy;
} machines[] = {
	{ EM_X86_64, R_X86_64_RELATIVE, R_X86_64_COPY },
	{ EM_AARCH64, R_AARCH64_RELATIVE, R_AARCH64_COPY },
	{ EM_RISCV, R_RISCV_RELATIVE, R_RISCV_COPY },
};

/* NULL: unknown, or the file has the pointers. */
static const struct machine *machine_of(const struct elf_file *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++)
		if (machines[i].machine == f->header.e_machine)
			return &machines[i];
	return NULL;
}

static int by_address(const void *a, const void *b)
{
	const struct elf_relocation *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

static int keep_relocation(struct elf_file *f, const struct machine *machine, const GElf_Rela *rela)
{
	unsigned type = (unsigned)GELF_R_TYPE(rela->r_info);
	struct elf_relocation relocation = { rela->r_offset, (uint64_t)rela->r_addend };

	if (type == machine->relative && f->header.e_type == ET_DYN)
		return vec_push(f, relocations, relocation);
	return type == machine->copy ? vec_push(f, copies, relocation) : 0;
}

int elf_relocations_read(struct elf_file *f)
{
	const struct machine *machine = machine_of(f);
	int r = 0;

	for (size_t i = 1; machine && i < f->n_sections; i++) {
		const GElf_Shdr *h = &f->sections[i].header;
		if (h->sh_type != SHT_RELA || !(h->sh_flags & SHF_ALLOC) ||
		    h->sh_entsize != gelf_fsize(f->elf, ELF_T_RELA, 1, EV_CURRENT))
			continue;
		Elf_Data *data = elf_getdata(elf_getscn(f->elf, i), NULL);
		GElf_Rela rela;
		for (int k = 0; data && k < INT32_MAX && gelf_getrela(data, k, &rela); k++)
			if ((r = keep_relocation(f, machine, &rela)) < 0)
				return r;
	}
	if (f->n_relocations)
		qsort(f->relocations, f->n_relocations, sizeof(*f->relocations), by_address);
	if (f->n_copies)
		qsort(f->copies, f->n_copies, sizeof(*f->copies), by_address);
	return 0;
}

static const struct elf_relocation *relocation_at(const struct elf_relocation *list, size_t n, uint64_t address)
{
	struct elf_relocation key = { address, 0 };

	return n ? bsearch(&key, list, n, sizeof(key), by_address) : NULL;
}

bool elf_is_copy(const struct elf_file *f, uint64_t address) { return relocation_at(f->copies, f->n_copies, address); }

bool elf_pointer(const struct elf_file *f, uint64_t address, uint64_t *ret)
{
	const struct elf_relocation *found = relocation_at(f->relocations, f->n_relocations, address);

	if (found)
		*ret = found->value;
	return found || elf_number(f, address, f->image->address_bits / 8, ret);
}

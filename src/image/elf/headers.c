/* The headers of an ELF and of its sections, checked against the size of the file. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "elf/private.h"

enum { SECTIONS_MAX = 65536 }; /* our samples have up to 37 */

bool elf_lies_within(uint64_t offset, uint64_t size_bytes, uint64_t n_bytes)
{
	return offset <= n_bytes && size_bytes <= n_bytes - offset;
}

/* ---- header ---- */

static const char *machine_name(struct image *image, unsigned machine)
{
	static const struct {
		uint16_t machine;
		const char *name;
	} machines[] = {
		{ EM_ARM, "arm" },         { EM_AARCH64, "aarch64" }, { EM_RISCV, "riscv" },
		{ EM_XTENSA, "xtensa" },   { EM_AVR, "avr" },         { EM_386, "x86" },
		{ EM_X86_64, "x86-64" },   { EM_MIPS, "mips" },       { EM_MSP430, "msp430" },
		{ EM_PPC, "powerpc" },     { EM_PPC64, "powerpc64" }, { EM_68K, "m68k" },
		{ EM_SH, "superh" },       { EM_RX, "rx" },           { EM_RL78, "rl78" },
		{ EM_ARC_COMPACT, "arc" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(machines); i++)
		if (machines[i].machine == machine)
			return machines[i].name;
	return arena_printf(&image->arena, "machine %u", machine);
}

static int read_header(struct elf_file *f)
{
	if (elf_kind(f->elf) != ELF_K_ELF || !gelf_getehdr(f->elf, &f->header))
		return elf_refuse(f, -EINVAL,
				  "the ELF header is truncated or damaged; link again, or copy the file again");
	if (f->header.e_type == ET_REL)
		return elf_refuse(f, -ENOTSUP,
				  "an object file, not linked yet, has no addresses; give the linked program");
	if (f->header.e_type == ET_CORE)
		return elf_refuse(f, -ENOTSUP, "a core dump; give the program that it is from");
	if (f->header.e_type != ET_EXEC && f->header.e_type != ET_DYN)
		return elf_refuse(f, -ENOTSUP, "an ELF of type %u, not a program", f->header.e_type);
	f->image->relocated = f->header.e_type == ET_DYN;
	f->image->entry = f->header.e_entry;
	f->image->target = machine_name(f->image, f->header.e_machine);
	f->image->address_bits = 8 * elf_address_bytes(f);
	return 0;
}

/* ---- sections ---- */

static struct image_slice text_at(const struct elf_file *f, const GElf_Shdr *strings, uint64_t offset)
{
	static const struct image_slice none = { "", 0 };

	if (offset >= strings->sh_size)
		return none;
	const char *text = f->bytes + strings->sh_offset + offset;
	const char *end = memchr(text, '\0', (size_t)MIN(strings->sh_size - offset, UINT32_MAX));
	return end ? (struct image_slice){ text, (uint32_t)(end - text) } : none;
}

/* The linker's own tables: no size tool counts them. */
static bool is_a_table(const GElf_Shdr *h)
{
	return !(h->sh_flags & SHF_ALLOC) &&
	       (h->sh_type == SHT_SYMTAB || h->sh_type == SHT_STRTAB || h->sh_type == SHT_SYMTAB_SHNDX ||
		h->sh_type == SHT_REL || h->sh_type == SHT_RELA || h->sh_type == SHT_GROUP);
}

static int check_section(const struct elf_file *f, size_t i)
{
	const struct elf_section *s = &f->sections[i];
	const char *name = s->name.text;

	if (s->header.sh_type != SHT_NOBITS && !elf_lies_within(s->header.sh_offset, s->header.sh_size, f->n_bytes))
		return elf_refuse(f, -EINVAL,
				  "section %zu (%.60s) of 0x%" PRIx64 " bytes at offset 0x%" PRIx64
				  " lies outside the file, which has %zu bytes: is it truncated?",
				  i, name, s->header.sh_size, s->header.sh_offset, f->n_bytes);
	if (s->header.sh_addr == UINT64_MAX || s->header.sh_size > UINT64_MAX - 1 - s->header.sh_addr)
		return elf_refuse(f, -EINVAL,
				  "section %zu (%.60s) of 0x%" PRIx64 " bytes does not fit behind address 0x%" PRIx64,
				  i, name, s->header.sh_size, s->header.sh_addr);
	return 0;
}

static int read_sections(struct elf_file *f)
{
	size_t n, i_names;

	/* libelf counts none where the table lies outside the file. */
	if (elf_getshdrnum(f->elf, &n) < 0 ||
	    !elf_lies_within(f->header.e_shoff, MAX((uint64_t)n, f->header.e_shnum) * f->header.e_shentsize,
			     f->n_bytes))
		return elf_refuse(f, -EINVAL,
				  "the section header table lies outside the file (%zu bytes); is it truncated?",
				  f->n_bytes);
	if (n > SECTIONS_MAX)
		return elf_refuse(f, -EINVAL, "%zu sections; memprof supports %d, more than any program has", n,
				  SECTIONS_MAX);
	if (n < 2)
		return elf_refuse(f, -EINVAL, "no sections; give the ELF as it was linked, before strip or objcopy");
	f->sections = arena_zeroed(&f->image->arena, n, sizeof(*f->sections));
	if (!f->sections)
		return -ENOMEM;
	f->n_sections = n;
	for (size_t i = 0; i < n; i++) {
		Elf_Scn *scn = elf_getscn(f->elf, i);
		if (!scn || !gelf_getshdr(scn, &f->sections[i].header))
			return elf_refuse(f, -EINVAL, "the header of section %zu cannot be read: %s", i,
					  elf_errmsg(-1));
		f->sections[i].name = (struct image_slice){ "", 0 };
	}
	f->sections[0].header.sh_type = SHT_NULL;
	if (elf_getshdrstrndx(f->elf, &i_names) < 0 || i_names >= n)
		i_names = 0;
	const GElf_Shdr *names = &f->sections[i_names].header;
	bool named = i_names && names->sh_type == SHT_STRTAB &&
		     elf_lies_within(names->sh_offset, names->sh_size, f->n_bytes);
	if (!named)
		image_note(f->image,
			   "the sections of this ELF have no names: its string table is not where the header says");
	for (size_t i = 1; i < n; i++) {
		struct elf_section *s = &f->sections[i];
		if (named)
			s->name = text_at(f, names, s->header.sh_name);
		if (s->header.sh_type == SHT_NULL)
			continue;
		int r = check_section(f, i);
		if (r < 0)
			return r;
		s->listed = s->header.sh_size && !is_a_table(&s->header);
	}
	return 0;
}

int elf_headers_read(struct elf_file *f)
{
	int r = read_header(f);

	return r < 0 ? r : read_sections(f);
}

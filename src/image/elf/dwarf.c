/* The debug information of an ELF, unit by unit.
 *
 * libdw writes to the input where sections are compressed (elfutils 0.188: 28 bytes of arm-lines-z.elf, a test sample),
 * so it gets a copy. */
#include "elf/dwarf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "slice.h"

enum { RATIO_MAX = 100 }; /* of inflated to stored bytes; zlib: 2.0 to 4.8 for a MicroPython */
static const uint64_t inflated_max_bytes = UINT64_C(1) << 30; /* of all sections together */

/* ---- compressed sections ---- */

static bool inflated_bytes(const struct elf_file *f, const struct elf_section *s, uint64_t *ret)
{
	bool wide = f->header.e_ident[EI_CLASS] == ELFCLASS64, big = elf_is_big_endian(f);
	size_t n_bytes = 8, at = 4; /* .zdebug_*: "ZLIB", then the size, big-endian */

	*ret = 0;
	if (s->header.sh_type == SHT_NOBITS || s->header.sh_type == SHT_NULL)
		return true;
	if (s->header.sh_flags & SHF_COMPRESSED) {
		n_bytes = wide ? 8 : 4;
		at = wide ? 8 : 4;
	} else if (strncmp(s->name.text, ".zdebug", 7) == 0) {
		big = true;
	} else {
		return true;
	}
	if (s->header.sh_size < at + n_bytes)
		return false;
	*ret = bytes_number((const uint8_t *)f->bytes + s->header.sh_offset + at, n_bytes, big);
	return *ret / RATIO_MAX <= s->header.sh_size;
}

bool elf_may_inflate(const struct elf_file *f)
{
	uint64_t total_bytes = 0, n_bytes;

	for (size_t i = 1; i < f->n_sections; i++) {
		if (!inflated_bytes(f, &f->sections[i], &n_bytes) || n_bytes > inflated_max_bytes - total_bytes)
			return false;
		total_bytes += n_bytes;
	}
	return true;
}

/* ---- units ---- */

static Elf_Data *info_data(const struct elf_file *f, Elf *elf)
{
	for (size_t i = 1; i < f->n_sections; i++) {
		if (!slice_is(f->sections[i].name, ".debug_info") && !slice_is(f->sections[i].name, ".zdebug_info"))
			continue;
		Elf_Data *data = elf_rawdata(elf_getscn(elf, i), NULL);
		return data && data->d_buf ? data : NULL;
	}
	return NULL;
}

/* libdw skips a unit of an unknown version by its length, but stops at one with a damaged header. So the copy gets an
 * unknown version there. False: the length is damaged too. */
static bool mark_unit_unknown(const struct elf_file *f, const Elf_Data *info, Dwarf_Off at)
{
	enum { LENGTH = 4, HEADER = 7 }; /* the length; version, abbreviation offset, address size in version 4 */
	uint8_t *unit = (uint8_t *)info->d_buf + at;

	if (at > info->d_size || info->d_size - at < LENGTH)
		return false;
	uint64_t n_bytes = bytes_number(unit, LENGTH, elf_is_big_endian(f));
	if (n_bytes < HEADER || n_bytes > info->d_size - at - LENGTH)
		return false;
	memset(unit + LENGTH, 0, HEADER);
	memset(unit + LENGTH, 0xff, 2);
	return true;
}

void elf_dwarf_units(struct elf_dwarf *d, void (*each)(void *ctx, Dwarf_Die *unit, uint64_t n_bytes), void *ctx)
{
	Dwarf_Off at = 0, next;
	size_t n_header_bytes;
	uint64_t n_damaged = 0;
	Dwarf_Die die;
	int r = 1;

	for (; d->info; at = next) {
		r = dwarf_nextcu(d->dwarf, at, &next, &n_header_bytes, NULL, NULL, NULL);
		if (r < 0 && mark_unit_unknown(d->file, d->info, at))
			r = dwarf_nextcu(d->dwarf, at, &next, &n_header_bytes, NULL, NULL, NULL);
		if (r != 0 || next <= at)
			break;
		if (dwarf_offdie(d->dwarf, at + n_header_bytes, &die))
			each(ctx, &die, next - at);
		else
			n_damaged++;
	}
	n_damaged += r < 0;
	if (n_damaged && !d->damage_noted)
		image_note(d->file->image,
			   "%llu units of the debug information are damaged: lines of their symbols are not known",
			   (unsigned long long)n_damaged);
	d->damage_noted |= n_damaged > 0;
}

/* ---- all of it ---- */

int elf_dwarf_open(struct elf_file *f, struct elf_dwarf *ret)
{
	*ret = (struct elf_dwarf){ .file = f };
	if (!elf_may_inflate(f)) {
		image_note(
			f->image,
			"the compressed debug information of this ELF is damaged, or too large: lines are not known");
		return 0;
	}
	ret->copy = malloc(f->n_bytes);
	if (!ret->copy)
		return -ENOMEM;
	memcpy(ret->copy, f->bytes, f->n_bytes);
	ret->elf = elf_memory(ret->copy, f->n_bytes);
	if (!ret->elf)
		return -ENOMEM;
	ret->dwarf = dwarf_begin_elf(ret->elf, DWARF_C_READ, NULL);
	ret->info = ret->dwarf ? info_data(f, ret->elf) : NULL;
	return 0;
}

void elf_dwarf_close(struct elf_dwarf *d)
{
	if (d->dwarf)
		dwarf_end(d->dwarf);
	elf_end(d->elf);
	free(d->copy);
	*d = (struct elf_dwarf){ .file = d->file };
}

/* The debug information of an ELF, unit by unit.
 *
 * libdw writes to the input where sections are compressed (elfutils 0.188: 28 bytes of arm-lines-z.elf, a test sample),
 * so it gets a copy then. It also opens files by itself, where entries refer to those that dwz has moved to another
 * file: so it gets a copy that does not name one. */
#include "elf/dwarf.h"

#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/bytes.h"
#include "slice.h"

enum {
	RATIO_MAX = 100, /* of inflated to stored bytes; zlib: 2.0 to 4.8 for a MicroPython */
	NAME_BYTES = 4,  /* of line tables for each folder or file, at least */
};
static const char link_to_moved[] = ".gnu_debugaltlink";      /* dwz writes it */
static const uint64_t inflated_max_bytes = UINT64_C(1) << 30; /* of all sections together */

/* ---- compressed sections ---- */

static bool is_compressed(const struct elf_section *s)
{
	return s->header.sh_type != SHT_NOBITS && s->header.sh_type != SHT_NULL &&
	       ((s->header.sh_flags & SHF_COMPRESSED) || strncmp(s->name.text, ".zdebug", 7) == 0);
}

static bool inflated_bytes(const struct elf_file *f, const struct elf_section *s, uint64_t *ret)
{
	bool is_old = !(s->header.sh_flags & SHF_COMPRESSED); /* .zdebug_*: "ZLIB", then the size, big-endian */
	bool big = is_old || elf_is_big_endian(f);
	size_t n_bytes = is_old ? 8 : elf_address_bytes(f), at = is_old ? 4 : elf_address_bytes(f);

	*ret = 0;
	if (!is_compressed(s))
		return true;
	if (s->header.sh_size < at + n_bytes)
		return false;
	*ret = bytes_number((const uint8_t *)f->bytes + s->header.sh_offset + at, n_bytes, big);
	return *ret / RATIO_MAX <= s->header.sh_size;
}

/* Whether the compressed sections, once inflated, are of a size that is possible. */
static bool may_inflate(const struct elf_file *f)
{
	uint64_t total_bytes = 0, n_bytes;

	for (size_t i = 1; i < f->n_sections; i++) {
		if (!inflated_bytes(f, &f->sections[i], &n_bytes) || n_bytes > inflated_max_bytes - total_bytes)
			return false;
		total_bytes += n_bytes;
	}
	return true;
}

static bool has_compressed(const struct elf_file *f)
{
	for (size_t i = 1; i < f->n_sections; i++)
		if (is_compressed(&f->sections[i]))
			return true;
	return false;
}

/* ---- sections ---- */

/* ".debug_line" is that, ".zdebug_line" too. */
static bool is_named(struct image_slice name, const char *wanted)
{
	bool is_compressed = strncmp(name.text, ".zdebug", 7) == 0;

	return strcmp(name.text + (is_compressed ? 2 : 0), wanted + (is_compressed ? 1 : 0)) == 0;
}

static Elf_Data *data_of(const struct elf_dwarf *d, const char *name)
{
	const struct elf_file *f = d->file;

	for (size_t i = 1; i < f->n_sections; i++) {
		if (f->sections[i].header.sh_type == SHT_NOBITS || !is_named(f->sections[i].name, name))
			continue;
		Elf_Data *data = elf_getdata(elf_getscn(d->elf, i), NULL); /* as libdw does */
		return data && data->d_buf ? data : NULL;
	}
	return NULL;
}

static struct section_bytes bytes_of(const struct elf_dwarf *d, const char *name)
{
	const Elf_Data *data = data_of(d, name);

	return data ? (struct section_bytes){ data->d_buf, data->d_size } : (struct section_bytes){ NULL, 0 };
}

static void find_sections(struct elf_dwarf *d)
{
	d->info = data_of(d, ".debug_info");
	d->line_sections.lines = bytes_of(d, ".debug_line");
	d->names_left = d->line_sections.lines.n_bytes / NAME_BYTES;
	d->line_sections.names = bytes_of(d, ".debug_line_str");
	d->line_sections.strings = bytes_of(d, ".debug_str");
	d->line_sections.big = elf_is_big_endian(d->file);
}

uint64_t elf_dwarf_bytes(const struct elf_dwarf *d)
{
	return d->file->n_bytes + (d->copy ? d->line_sections.lines.n_bytes + (d->info ? d->info->d_size : 0) : 0);
}

/* ---- units ---- */

/* libdw skips a unit of an unknown version by its length, but stops at one with a damaged header. So a copy gets an
 * unknown version there. False: the length is damaged too, or there is no memory. */
static bool mark_unit_unknown(struct elf_dwarf *d, Dwarf_Off at)
{
	enum { LENGTH = 4, HEADER = 7 }; /* the length; version, abbreviation offset, address size in version 4 */
	Elf_Data *info = d->info;

	if (at > info->d_size || info->d_size - at < LENGTH)
		return false;
	uint64_t n_bytes = bytes_number((uint8_t *)info->d_buf + at, LENGTH, elf_is_big_endian(d->file));
	if (n_bytes < HEADER || n_bytes > info->d_size - at - LENGTH)
		return false;
	if (!d->info_copy) {
		d->info_copy = malloc(info->d_size);
		if (!d->info_copy)
			return false;
		info->d_buf = memcpy(d->info_copy, info->d_buf, info->d_size);
	}
	memset((uint8_t *)info->d_buf + at + LENGTH, 0, HEADER);
	memset((uint8_t *)info->d_buf + at + LENGTH, 0xff, 2);
	return true;
}

/* With split DWARF (-gsplit-dwarf) the ELF has ranges and lines of a unit; the entries are in a .dwo file. */
static bool is_skeleton(Dwarf_Die *root)
{
	uint8_t type;

	return dwarf_cu_info(root->cu, NULL, &type, NULL, NULL, NULL, NULL, NULL) == 0 && type == DW_UT_skeleton;
}

/* Units are read more than once. */
static void note_units(struct elf_dwarf *d, uint64_t n_damaged, uint64_t n_skeletons)
{
	struct image *image = d->file->image;

	if (n_damaged && !d->is_noted)
		image_note(image,
			   "%llu units of the debug information are damaged: lines of their symbols are not known",
			   (unsigned long long)n_damaged);
	if (n_skeletons && !d->is_noted)
		image_note(image, "split DWARF: no variables and calls of %llu %s; .dwo files are not read",
			   (unsigned long long)n_skeletons, n_skeletons == 1 ? "unit" : "units");
	image->sources_incomplete |= n_skeletons > 0;
	d->is_noted = true;
}

void elf_dwarf_units(struct elf_dwarf *d, void (*each)(void *ctx, struct elf_unit *unit), void *ctx)
{
	Dwarf_Off at = 0, next;
	size_t n_header_bytes;
	uint64_t n_damaged = 0, n_skeletons = 0;
	int r = 1;

	for (; d->info; at = next) {
		struct elf_unit unit = { .dwarf = d };
		r = dwarf_nextcu(d->dwarf, at, &next, &n_header_bytes, NULL, NULL, NULL);
		if (r < 0 && mark_unit_unknown(d, at))
			r = dwarf_nextcu(d->dwarf, at, &next, &n_header_bytes, NULL, NULL, NULL);
		if (r != 0 || next <= at)
			break;
		if (!dwarf_offdie(d->dwarf, at + n_header_bytes, &unit.root)) {
			n_damaged++;
			continue;
		}
		unit.n_bytes = next - at;
		unit.is_skeleton = is_skeleton(&unit.root);
		n_skeletons += unit.is_skeleton;
		each(ctx, &unit);
	}
	note_units(d, n_damaged + (r < 0), n_skeletons);
}

bool elf_first_range(Dwarf_Die *die, uint64_t *ret_start, uint64_t *ret_end)
{
	Dwarf_Addr base;

	if (dwarf_ranges(die, 0, &base, ret_start, ret_end) > 0)
		return true;
	if (dwarf_lowpc(die, ret_start) != 0)
		return false;
	*ret_end = *ret_start;
	return true;
}

const char *elf_text_attribute(Dwarf_Die *die, unsigned name)
{
	Dwarf_Attribute a;

	return dwarf_formstring(dwarf_attr(die, name, &a));
}

/* ---- all of it ---- */

/* The section that names the file to which dwz moved entries; 0: none. */
static size_t find_link(const struct elf_file *f)
{
	for (size_t i = 1; i < f->n_sections; i++)
		if (slice_is(f->sections[i].name, link_to_moved))
			return i;
	return 0;
}

static int open_dwarf(struct elf_dwarf *d)
{
	const struct elf_file *f = d->file;
	size_t i_link = find_link(f);

	d->elf = f->elf;
	if (has_compressed(f) || i_link) {
		d->copy = malloc(f->n_bytes);
		if (!d->copy)
			return -ENOMEM;
		memcpy(d->copy, f->bytes, f->n_bytes);
		if (i_link)
			d->copy[f->sections[i_link].name.text - f->bytes] = '_';
		d->elf = elf_memory(d->copy, f->n_bytes);
		if (!d->elf)
			return -ENOMEM;
	}
	d->dwarf = dwarf_begin_elf(d->elf, DWARF_C_READ, NULL);
	if (d->dwarf)
		find_sections(d);
	if (d->dwarf && i_link) {
		f->image->sources_incomplete = true;
		image_note(f->image, "entries that 'dwz -m' moved to another file are not read");
	}
	return 0;
}

int elf_dwarf_open(struct elf_file *f, struct elf_dwarf *ret)
{
	*ret = (struct elf_dwarf){ .file = f };
	if (!may_inflate(f)) {
		image_note(
			f->image,
			"the compressed debug information of this ELF is damaged, or too large: lines are not known");
		return 0;
	}
	return open_dwarf(ret);
}

void elf_dwarf_close(struct elf_dwarf *d)
{
	if (d->dwarf)
		dwarf_end(d->dwarf);
	if (d->copy)
		elf_end(d->elf);
	free(d->copy);
	free(d->info_copy);
	*d = (struct elf_dwarf){ .file = d->file };
}

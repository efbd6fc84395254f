/* Split DWARF: the ELF has a skeleton of each unit, with ranges and lines; the entries are in a .dwo file, which names
 * addresses by their numbers in a table of the ELF (DWARF 5, 7.3.2; before that as an extension of GNU's). */
#include <dwarf.h>
#include <string.h>

#include "elf/dwarf.h"

const struct elf_split elf_split_init = { .n_bytes_left = UINT64_C(1) << 30, .n_units_left = 1 << 20 };

/* ---- the file ---- */

bool elf_unit_is_skeleton(const struct elf_unit *u)
{
	uint8_t type;

	return dwarf_cu_info(u->skeleton.cu, NULL, &type, NULL, NULL, NULL, NULL, NULL) == 0 && type == DW_UT_skeleton;
}

/* One unit at *at, which moves on. False: there are no more. */
static bool next_unit(struct elf_split *s, Dwarf_Off *at, Dwarf_Die *ret, uint64_t *ret_n_bytes)
{
	Dwarf *dwarf = elf_debug_file_dwarf(s->file)->dwarf;
	Dwarf_Off next;
	size_t n_header_bytes;

	if (s->n_units_left == 0 || dwarf_nextcu(dwarf, *at, &next, &n_header_bytes, NULL, NULL, NULL) != 0 ||
	    next <= *at || !dwarf_offdie(dwarf, *at + n_header_bytes, ret))
		return false;
	s->n_units_left--;
	*ret_n_bytes = next - *at;
	*at = next;
	return true;
}

/* The unit with this number; the search begins where the last one ended. NULL, or why it is not there. */
static const char *find_root(struct elf_unit *u, uint64_t id)
{
	struct elf_split *s = &u->program->split;
	const char *why = "is of a kind that memprof does not read"; /* -gsplit-dwarf=single; type units come first */
	uint64_t unit_id, n_bytes;
	Dwarf_Die die;
	uint8_t type;

	for (unsigned round = 0; round < 2; round++) {
		for (Dwarf_Off at = round == 0 ? s->next_unit : 0; next_unit(s, &at, &die, &n_bytes);) {
			if (dwarf_cu_info(die.cu, NULL, &type, NULL, NULL, &unit_id, NULL, NULL) != 0 ||
			    type != DW_UT_split_compile)
				continue;
			why = "is from another build";
			if (unit_id != id)
				continue;
			s->next_unit = at;
			u->dwarf = elf_debug_file_dwarf(s->file);
			u->root = die;
			u->n_bytes = n_bytes;
			u->is_split = true;
			return NULL;
		}
	}
	return s->n_units_left ? why : "is not searched: these files have too many units";
}

void elf_split_close(struct elf_split *s)
{
	elf_debug_file_close(s->file);
	s->file = NULL;
	s->name = NULL;
}

static bool is_same(const char *a, const char *b) { return a && b ? strcmp(a, b) == 0 : a == b; }

/* Tries all files that may be the one. NULL, or why none is. */
static const char *find_file(struct elf_unit *u, const char *folder, const char *name, uint64_t id)
{
	static const char too_large[] = "is not read: these files are too large";
	struct elf_dwarf *d = u->program;
	struct elf_split *s = &d->split;
	const char *why = "was not found, or is damaged";

	if (s->file && is_same(s->folder, folder) && is_same(s->name, name) && !find_root(u, id))
		return NULL;
	elf_split_close(s);
	if (s->n_bytes_left == 0)
		return too_large;
	for (unsigned i = 0; elf_debug_file_open(d->file->image->debug_files, folder, name, i, &s->file); i++) {
		if (!s->file)
			continue;
		struct elf_dwarf *its_dwarf = elf_debug_file_dwarf(s->file);
		s->n_bytes_left -= MIN(s->n_bytes_left, elf_debug_file_bytes(s->file));
		its_dwarf->first_number = s->next_number;
		s->next_unit = 0;
		why = s->n_bytes_left ? find_root(u, id) : too_large;
		if (!why) {
			s->next_number += its_dwarf->info->d_size;
			s->folder = folder;
			s->name = name;
			return NULL;
		}
		elf_split_close(s);
		if (s->n_bytes_left == 0)
			break;
	}
	elf_split_close(s);
	return why;
}

void elf_unit_open_split(struct elf_unit *u)
{
	struct elf_dwarf *d = u->program;
	struct elf_split *s = &d->split;
	uint64_t id;

	if (!elf_unit_is_skeleton(u) || dwarf_cu_info(u->skeleton.cu, NULL, NULL, NULL, NULL, &id, NULL, NULL) != 0)
		return;
	const char *name = elf_text_attribute(&u->skeleton, DW_AT_dwo_name);
	if (!name)
		name = elf_text_attribute(&u->skeleton, DW_AT_GNU_dwo_name);
	const char *why = name ? find_file(u, elf_text_attribute(&u->skeleton, DW_AT_comp_dir), name, id) :
				 "has no name";
	if (!why)
		return;
	d->file->image->sources_incomplete = true;
	if (s->n_missing++ == 0) {
		s->missing = name ? arena_text(&d->file->image->arena, name, strlen(name)) : "";
		s->why = why;
	}
}

void elf_split_note_missing(struct elf_dwarf *d)
{
	struct elf_split *s = &d->split;

	if (s->n_missing && !s->is_noted)
		image_note(d->file->image,
			   "split DWARF: no variables and calls of %llu %s; the first .dwo file, '%s', %s",
			   (unsigned long long)s->n_missing, s->n_missing == 1 ? "unit" : "units",
			   s->missing ? s->missing : "", s->why);
	s->is_noted |= s->n_missing > 0;
}

const char *elf_unit_text(const struct elf_unit *u, const char *text)
{
	return text && u->is_split ? arena_text(&u->program->file->image->arena, text, strlen(text)) : text;
}

/* ---- addresses ---- */

static struct cursor cursor_in(const struct elf_unit *u, const struct section_bytes *s, uint64_t offset)
{
	if (!s->bytes || offset > s->n_bytes)
		return (struct cursor){ .damaged = true };
	return (struct cursor){ s->bytes + offset, s->bytes + s->n_bytes, u->dwarf->line_sections.big, false };
}

/* An attribute of the skeleton that is an offset in a section of the program. */
static uint64_t base_of(struct elf_unit *u, unsigned name, unsigned name_of_gnu)
{
	Dwarf_Attribute a;
	Dwarf_Word base = 0;

	return (dwarf_attr(&u->skeleton, name, &a) || dwarf_attr(&u->skeleton, name_of_gnu, &a)) &&
			       dwarf_formudata(&a, &base) != 0 ?
		       UINT64_MAX :
		       base;
}

bool elf_unit_address(struct elf_unit *u, uint64_t number, uint64_t *ret)
{
	struct cursor c = cursor_in(u, &u->program->addresses, base_of(u, DW_AT_addr_base, DW_AT_GNU_addr_base));
	unsigned n = elf_address_bytes(u->program->file);

	if (c.damaged || number >= cursor_remaining(&c) / n)
		return false;
	cursor_skip(&c, number * n);
	*ret = cursor_number(&c, n);
	return true;
}

/* The number in an attribute, of forms that libdw resolves for entries of the program only. */
static bool number_of(const struct elf_unit *u, const Dwarf_Attribute *a, uint64_t *ret)
{
	const uint8_t *begin = u->dwarf->info->d_buf, *end = begin + u->dwarf->info->d_size;
	struct cursor c = { a->valp, end, u->dwarf->line_sections.big, false };
	uint8_t offset_bytes;

	if (a->valp < begin || a->valp > end ||
	    dwarf_cu_info(a->cu, NULL, NULL, NULL, NULL, NULL, NULL, &offset_bytes) != 0)
		return false;
	switch (a->form) {
	case DW_FORM_addrx:
	case DW_FORM_GNU_addr_index:
	case DW_FORM_rnglistx:
		*ret = cursor_uleb(&c);
		break;
	case DW_FORM_addrx1:
	case DW_FORM_addrx2:
	case DW_FORM_addrx3:
	case DW_FORM_addrx4:
		*ret = cursor_number(&c, a->form - DW_FORM_addrx1 + 1U);
		break;
	case DW_FORM_sec_offset:
		*ret = cursor_number(&c, offset_bytes);
		break;
	default:
		return false;
	}
	return !c.damaged;
}

/* ---- ranges ---- */

enum { ENTRIES_MAX = 64 }; /* before the first range: one, which sets the base */

/* .debug_ranges of the program: pairs of addresses (DWARF 4, 2.17.3). */
static bool first_pair(struct elf_unit *u, uint64_t offset, uint64_t *ret_start, uint64_t *ret_end)
{
	uint64_t bases = base_of(u, DW_AT_GNU_ranges_base, DW_AT_GNU_ranges_base);
	struct cursor c = cursor_in(u, &u->program->ranges, bases > UINT64_MAX - offset ? bases : bases + offset);
	unsigned n = elf_address_bytes(u->program->file);
	uint64_t base = 0, largest = UINT64_MAX >> (64 - 8 * n);

	if (dwarf_lowpc(&u->skeleton, &base) != 0)
		base = 0;
	for (unsigned i = 0; i < ENTRIES_MAX && !c.damaged; i++) {
		uint64_t start = cursor_number(&c, n), end = cursor_number(&c, n);
		if (start != largest) {
			*ret_start = base + start;
			*ret_end = base + end;
			return !c.damaged && (start || end);
		}
		base = end;
	}
	return false;
}

/* Where a list of .debug_rnglists.dwo begins: that of the attribute, whose number is an offset or counts offsets. */
static uint64_t list_offset(struct elf_unit *u, const Dwarf_Attribute *a, uint64_t number)
{
	const struct section_bytes *lists = &u->dwarf->split_ranges;
	struct cursor c = cursor_in(u, lists, 0);
	unsigned offset_bytes = cursor_number(&c, 4) == UINT32_MAX ? 8 : 4;

	if (a->form != DW_FORM_rnglistx)
		return number;
	cursor_skip(&c, (offset_bytes == 8 ? 8 : 0) + 8); /* length; version, sizes, number of offsets */
	const uint8_t *offsets = c.at;
	cursor_skip(&c, number > UINT32_MAX ? UINT64_MAX : number * offset_bytes);
	number = cursor_number(&c, offset_bytes);
	return c.damaged ? UINT64_MAX : number + (uint64_t)(offsets - lists->bytes);
}

/* The two numbers of an entry that starts or ends a range by addresses of the program's table. */
static bool indexed_range(struct elf_unit *u, struct cursor *c, bool has_end, uint64_t *ret_start, uint64_t *ret_end)
{
	uint64_t first = cursor_uleb(c), second = cursor_uleb(c);

	if (c->damaged || !elf_unit_address(u, first, ret_start))
		return false;
	*ret_end = *ret_start + second;
	return !has_end || elf_unit_address(u, second, ret_end);
}

/* .debug_rnglists.dwo (DWARF 5, 7.25). */
static bool first_of_list(struct elf_unit *u, uint64_t offset, uint64_t *ret_start, uint64_t *ret_end)
{
	struct cursor c = cursor_in(u, &u->dwarf->split_ranges, offset);
	unsigned n = elf_address_bytes(u->program->file);
	uint64_t base = 0;

	for (unsigned i = 0; i < ENTRIES_MAX && !c.damaged; i++) {
		switch (cursor_byte(&c)) {
		case DW_RLE_base_addressx:
			if (!elf_unit_address(u, cursor_uleb(&c), &base))
				return false;
			break;
		case DW_RLE_base_address:
			base = cursor_number(&c, n);
			break;
		case DW_RLE_startx_endx:
			return indexed_range(u, &c, true, ret_start, ret_end);
		case DW_RLE_startx_length:
			return indexed_range(u, &c, false, ret_start, ret_end);
		case DW_RLE_offset_pair:
			*ret_start = base + cursor_uleb(&c);
			*ret_end = base + cursor_uleb(&c);
			return !c.damaged;
		case DW_RLE_start_end:
			*ret_start = cursor_number(&c, n);
			*ret_end = cursor_number(&c, n);
			return !c.damaged;
		case DW_RLE_start_length:
			*ret_start = cursor_number(&c, n);
			*ret_end = *ret_start + cursor_uleb(&c);
			return !c.damaged;
		default: /* the end, or unknown */
			return false;
		}
	}
	return false;
}

static bool split_range(struct elf_unit *u, Dwarf_Die *die, uint64_t *ret_start, uint64_t *ret_end)
{
	Dwarf_Attribute a;
	Dwarf_Half version;
	Dwarf_Word n_bytes = 0;
	uint64_t number;

	if (dwarf_attr(die, DW_AT_ranges, &a))
		return number_of(u, &a, &number) &&
		       dwarf_cu_info(a.cu, &version, NULL, NULL, NULL, NULL, NULL, NULL) == 0 &&
		       (version < 5 ? first_pair(u, number, ret_start, ret_end) :
				      first_of_list(u, list_offset(u, &a, number), ret_start, ret_end));
	if (!dwarf_attr(die, DW_AT_low_pc, &a) || !number_of(u, &a, &number) || !elf_unit_address(u, number, ret_start))
		return false;
	if (dwarf_attr(die, DW_AT_high_pc, &a) && dwarf_formudata(&a, &n_bytes) != 0)
		n_bytes = 0;
	*ret_end = *ret_start + n_bytes;
	return true;
}

bool elf_unit_range(struct elf_unit *u, Dwarf_Die *die, uint64_t *ret_start, uint64_t *ret_end)
{
	Dwarf_Addr base;

	if (u->is_split)
		return split_range(u, die, ret_start, ret_end);
	if (dwarf_ranges(die, 0, &base, ret_start, ret_end) > 0)
		return true;
	if (dwarf_lowpc(die, ret_start) != 0)
		return false;
	*ret_end = *ret_start;
	return true;
}

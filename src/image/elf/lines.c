/* File and line of symbols, from DWARF. Where several entries have the address of a symbol its name decides: linkers
 * leave entries of discarded functions at 0 or near the top, where flash may be (GNU ld writes 0, LLD 0, -1 or -2).
 *
 * libdw writes to the input where sections are compressed (elfutils 0.188: 28 bytes of arm-lines-z.elf, a test sample),
 * so it gets a copy. */
#include "elf/private.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "memprof/base/search.h"
#include "memprof/base/vec.h"
#include "slice.h"

enum {
	DEPTH_MAX = 32,        /* of functions in namespaces, and variables in blocks in functions */
	SAME_ADDRESS_MAX = 64, /* entries of one address that are compared */
	RATIO_MAX = 100,       /* of inflated to stored bytes; zlib: 2.0 to 4.8 for a MicroPython */
};
static const uint64_t inflated_max_bytes = UINT64_C(1) << 30; /* of all sections together */

struct dwarf_entry {
	uint64_t address;
	const char *name; /* owned by libdw; "" if it has none */
	const char *file; /* in the image's arena */
	uint32_t line;
};

struct lines {
	struct elf_file *file;
	struct names files;
	VEC(struct dwarf_entry, entries);
	uint64_t n_remaining; /* entries of the unit that may still be read */
	int error;
};

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

/* ---- entries ---- */

static void add_entry(struct lines *l, uint64_t address, const char *name, const char *file, uint64_t line)
{
	uint32_t number = file ? names_add(&l->files, file, strlen(file)) : NAMES_NONE;

	if (!file || !line || line > UINT32_MAX)
		return;
	if (number == NAMES_NONE || vec_push(l, entries,
					     (struct dwarf_entry){ address, name ? name : "",
								   names_text(&l->files, number), (uint32_t)line }) < 0)
		l->error = -ENOMEM;
}

/* Of a function in parts that of the first range. */
static bool function_address(Dwarf_Die *die, Dwarf_Addr *ret)
{
	Dwarf_Addr base, end;

	return dwarf_lowpc(die, ret) == 0 || dwarf_ranges(die, 0, &base, ret, &end) > 0;
}

static bool variable_address(Dwarf_Die *die, Dwarf_Addr *ret)
{
	Dwarf_Attribute attribute;
	Dwarf_Op *ops;
	size_t n_ops;

	if (!dwarf_attr(die, DW_AT_location, &attribute) || dwarf_whatform(&attribute) != DW_FORM_exprloc ||
	    dwarf_getlocation(&attribute, &ops, &n_ops) != 0 || n_ops != 1 || ops[0].atom != DW_OP_addr)
		return false;
	*ret = ops[0].number;
	return true;
}

static bool is_header(const char *file)
{
	size_t n = strlen(file);

	return n > 2 && strcmp(file + n - 2, ".h") == 0;
}

/* libdw follows DW_AT_specification and DW_AT_abstract_origin, at most 16 times. For some functions gcc records the
 * place of the declaration (12.2, where a header has their attributes): then the first line of their code is better. */
static void read_entry(struct lines *l, Dwarf_Die *die, int tag)
{
	Dwarf_Addr address;
	Dwarf_Die unit;
	int number;

	if (!(tag == DW_TAG_subprogram ? function_address(die, &address) : variable_address(die, &address)) ||
	    dwarf_decl_line(die, &number) != 0 || number <= 0)
		return;
	const char *file = dwarf_decl_file(die);
	if (tag == DW_TAG_subprogram && file && is_header(file) && dwarf_diecu(die, &unit, NULL, NULL)) {
		Dwarf_Line *line = dwarf_getsrc_die(&unit, address);
		const char *of_line = line ? dwarf_linesrc(line, NULL, NULL) : NULL;
		int number_of_line;
		if (of_line && !is_header(of_line) && dwarf_lineno(line, &number_of_line) == 0 && number_of_line > 0) {
			file = of_line;
			number = number_of_line;
		}
	}
	add_entry(l, address, dwarf_diename(die), file, (uint64_t)number);
}

/* Entries whose children are of interest. */
static bool is_scope(int tag)
{
	return tag == DW_TAG_subprogram || tag == DW_TAG_lexical_block || tag == DW_TAG_namespace ||
	       tag == DW_TAG_structure_type || tag == DW_TAG_class_type;
}

static void read_children(struct lines *l, Dwarf_Die *parent, unsigned depth)
{
	Dwarf_Die die;

	if (dwarf_child(parent, &die) != 0)
		return;
	do {
		int tag = dwarf_tag(&die);
		if (tag == DW_TAG_subprogram || tag == DW_TAG_variable)
			read_entry(l, &die, tag);
		if (is_scope(tag) && depth < DEPTH_MAX)
			read_children(l, &die, depth + 1);
		if (!l->n_remaining) /* DW_AT_sibling may lead back */
			return;
		l->n_remaining--;
	} while (dwarf_siblingof(&die, &die) == 0);
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

static void read_units(struct lines *l, Dwarf *dwarf, const Elf_Data *info)
{
	Dwarf_Off at = 0, next;
	size_t n_header_bytes;
	uint64_t n_damaged = 0;
	Dwarf_Die die;
	int r;

	for (;; at = next) {
		r = dwarf_nextcu(dwarf, at, &next, &n_header_bytes, NULL, NULL, NULL);
		if (r < 0 && mark_unit_unknown(l->file, info, at))
			r = dwarf_nextcu(dwarf, at, &next, &n_header_bytes, NULL, NULL, NULL);
		if (r != 0 || next <= at)
			break;
		l->n_remaining = next - at; /* an entry takes at least a byte */
		if (dwarf_offdie(dwarf, at + n_header_bytes, &die))
			read_children(l, &die, 0);
		else
			n_damaged++;
	}
	n_damaged += r < 0;
	if (n_damaged)
		image_note(l->file->image,
			   "%llu units of the debug information are damaged: lines of their symbols are not known",
			   (unsigned long long)n_damaged);
}

/* ---- symbols ---- */

static int by_address(const void *a, const void *b)
{
	const struct dwarf_entry *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

/* "format.constprop.0" is "format", "names.0" is "names" in some function. */
static bool same_name(const struct image_symbol *s, const char *name)
{
	size_t n = strlen(name);

	return s->name.n_bytes >= n && memcmp(s->name.text, name, n) == 0 &&
	       (s->name.n_bytes == n || s->name.text[n] == '.');
}

static const struct dwarf_entry *entry_of(const struct lines *l, const struct image_symbol *s)
{
	size_t first = search_while(l->n_entries, i, l->entries[i].address < s->address), low = first;

	for (; low < l->n_entries && l->entries[low].address == s->address && low - first < SAME_ADDRESS_MAX; low++)
		if (same_name(s, l->entries[low].name))
			return &l->entries[low];
	/* An alias has no entry of its own: it takes the one of its address. Labels are the script's, and entries at 0
	 * are those of discarded functions. */
	return s->kind && s->address && low > first ? &l->entries[first] : NULL;
}

/* Assembly has no entries, only lines. */
static void set_line_at(struct lines *l, Dwarf *dwarf, struct image_symbol *s)
{
	Dwarf_Die unit;
	int number;
	Dwarf_Line *line = s->kind == 'o' || !s->size_bytes || !s->address || !dwarf_addrdie(dwarf, s->address, &unit) ?
				   NULL :
				   dwarf_getsrc_die(&unit, s->address);
	const char *file = line ? dwarf_linesrc(line, NULL, NULL) : NULL;
	uint32_t i_file = file && dwarf_lineno(line, &number) == 0 && number > 0 ?
				  names_add(&l->files, file, strlen(file)) :
				  NAMES_NONE;

	if (i_file == NAMES_NONE)
		return;
	s->file = names_text(&l->files, i_file);
	s->line = (uint32_t)number;
}

static void set_lines(struct lines *l, Dwarf *dwarf)
{
	struct image *image = l->file->image;

	if (l->n_entries)
		qsort(l->entries, l->n_entries, sizeof(*l->entries), by_address);
	for (size_t i = 0; i < image->n_symbols; i++) {
		struct image_symbol *s = &image->symbols[i];
		const struct dwarf_entry *entry = entry_of(l, s);
		if (entry) {
			s->file = entry->file;
			s->line = entry->line;
		} else {
			set_line_at(l, dwarf, s);
		}
		image->has_lines |= s->line > 0;
	}
}

/* ---- all of it ---- */

static int read_dwarf(struct lines *l, Elf *elf)
{
	Dwarf *dwarf = dwarf_begin_elf(elf, DWARF_C_READ, NULL);
	const Elf_Data *info = dwarf ? info_data(l->file, elf) : NULL;

	if (info) {
		read_units(l, dwarf, info);
		set_lines(l, dwarf);
	}
	if (!l->file->image->has_lines)
		image_note(l->file->image, "this ELF has no line information: it is built without -g, or stripped");
	if (dwarf)
		dwarf_end(dwarf);
	return l->error;
}

int elf_lines_read(struct elf_file *f)
{
	struct lines l = { .file = f, .files.arena = &f->image->arena };
	char *copy = NULL;
	Elf *elf = NULL;
	int r = -ENOMEM;

	if (!elf_may_inflate(f)) {
		image_note(
			f->image,
			"the compressed debug information of this ELF is damaged, or too large: lines are not known");
		return 0;
	}
	copy = malloc(f->n_bytes);
	if (copy) {
		memcpy(copy, f->bytes, f->n_bytes);
		elf = elf_memory(copy, f->n_bytes);
	}
	if (elf)
		r = read_dwarf(&l, elf);
	elf_end(elf);
	free(copy);
	names_deinit(&l.files);
	vec_deinit(&l, entries);
	return r;
}

/* File and line of symbols, from DWARF. Where several entries have the address of a symbol its name decides: linkers
 * leave entries of discarded functions at 0 or near the top, where flash may be (GNU ld writes 0, LLD 0, -1 or -2). */
#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "elf/dwarf.h"
#include "memprof/base/search.h"
#include "memprof/base/vec.h"
#include "slice.h"

enum {
	DEPTH_MAX = 32,        /* of functions in namespaces, and variables in blocks in functions */
	SAME_ADDRESS_MAX = 64, /* entries of one address that are compared */
};

struct dwarf_entry {
	uint64_t address;
	const char *name; /* owned by libdw; "" if it has none */
	const char *file; /* in the image's arena */
	/* Of its source; NULL: not known, or not asked for. */
	const char *path, *unit;
	uint32_t line;
};

struct lines {
	struct elf_file *file;
	struct names files;
	VEC(struct dwarf_entry, entries);
	struct sources *sources; /* NULL: not asked for */
	const char *unit;        /* that is read */
	uint64_t n_remaining;    /* entries of it that may still be read */
	int error;
};

/* ---- entries ---- */

/* Of a function that LTO has moved the unit that it came from. */
static const char *unit_of(const struct lines *l, Dwarf_Die *die)
{
	Dwarf_Attribute attribute;
	Dwarf_Die origin, unit;

	if (dwarf_attr(die, DW_AT_abstract_origin, &attribute) && dwarf_formref_die(&attribute, &origin) &&
	    dwarf_diecu(&origin, &unit, NULL, NULL))
		return sources_unit_name(l->sources, &unit);
	return l->unit;
}

/* Where its source is, from the folder where that was compiled. */
static const char *path_of(const struct lines *l, Dwarf_Die *die, const char *file)
{
	Dwarf_Die unit;

	return dwarf_diecu(die, &unit, NULL, NULL) ? sources_path(l->sources, &unit, file) : NULL;
}

static void add_entry(struct lines *l, uint64_t address, Dwarf_Die *die, const char *file, uint64_t line)
{
	const char *name = dwarf_diename(die);
	uint32_t number = file ? names_add(&l->files, file, strlen(file)) : NAMES_NONE;
	struct dwarf_entry entry = { .address = address, .name = name ? name : "", .line = (uint32_t)line };

	if (!file || !line || line > UINT32_MAX)
		return;
	if (l->sources) {
		entry.path = path_of(l, die, file);
		entry.unit = unit_of(l, die);
	}
	if (number != NAMES_NONE)
		entry.file = names_text(&l->files, number);
	if (number == NAMES_NONE || vec_push(l, entries, entry) < 0)
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

/* In DWARF 5 file 0 is that of the unit, as clang has it; libdw 0.188 takes it for none. */
static const char *decl_file(Dwarf_Die *die)
{
	const char *file = dwarf_decl_file(die);
	Dwarf_Attribute a;
	Dwarf_Word number;
	Dwarf_Half version;
	Dwarf_Die unit;
	Dwarf_Files *files;
	size_t n_files;

	if (file || dwarf_formudata(dwarf_attr_integrate(die, DW_AT_decl_file, &a), &number) != 0 || number != 0 ||
	    dwarf_cu_die(a.cu, &unit, &version, NULL, NULL, NULL, NULL, NULL) == NULL || version < 5 ||
	    dwarf_getsrcfiles(&unit, &files, &n_files) != 0)
		return file;
	return dwarf_filesrc(files, 0, NULL, NULL);
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
	const char *file = decl_file(die);
	if (tag == DW_TAG_subprogram && file && is_header(file) && dwarf_diecu(die, &unit, NULL, NULL)) {
		Dwarf_Line *line = dwarf_getsrc_die(&unit, address);
		const char *of_line = line ? dwarf_linesrc(line, NULL, NULL) : NULL;
		int number_of_line;
		if (of_line && !is_header(of_line) && dwarf_lineno(line, &number_of_line) == 0 && number_of_line > 0) {
			file = of_line;
			number = number_of_line;
		}
	}
	add_entry(l, address, die, file, (uint64_t)number);
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
		bool is_tls = s->section != IMAGE_NONE && image->sections[s->section].tls;
		if (l->sources && s->file && !is_tls) /* which shares its addresses with others */
			sources_add_symbol(l->sources, s, entry && entry->path ? entry->path : s->file,
					   entry ? entry->unit : NULL);
		image->has_lines |= s->line > 0;
	}
}

/* ---- all of it ---- */

static void read_unit(void *ctx, Dwarf_Die *unit, uint64_t n_bytes)
{
	struct lines *l = ctx;

	l->n_remaining = n_bytes;
	l->unit = l->sources ? sources_unit_name(l->sources, unit) : NULL;
	read_children(l, unit, 0);
	if (l->sources)
		sources_add_unit(l->sources, unit);
}

static int read_dwarf(struct lines *l, struct elf_dwarf *d)
{
	elf_dwarf_units(d, read_unit, l);
	if (d->info)
		set_lines(l, d->dwarf);
	if (!l->file->image->has_lines)
		image_note(l->file->image, "this ELF has no line information: it is built without -g, or stripped");
	return l->error == 0 && l->sources ? sources_end(l->sources) : l->error;
}

int elf_lines_read(struct elf_dwarf *d, bool with_sources)
{
	struct elf_file *f = d->file;
	struct lines l = { .file = f, .files.arena = &f->image->arena };
	int r = 0;

	if (with_sources) {
		l.sources = sources_new(f);
		r = l.sources ? 0 : -ENOMEM;
	}
	if (r == 0 && d->copy)
		r = read_dwarf(&l, d);
	sources_free(l.sources);
	names_deinit(&l.files);
	vec_deinit(&l, entries);
	return r;
}

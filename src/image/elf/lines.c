/* File and line of symbols, from DWARF: first of entries, then, for symbols without one, of the code at their address.
 * Where several entries have the address of a symbol its name decides: linkers leave entries of discarded functions at
 * 0 or near the top, where flash may be (GNU ld writes 0, LLD 0, -1 or -2). */
#include <dwarf.h>
#include <errno.h>
#include <string.h>

#include "elf/code_lines.h"
#include "elf/sources.h"
#include "memprof/base/search.h"
#include "memprof/base/vec.h"
#include "slice.h"
#include "sort.h"

enum {
	DEPTH_MAX = 32,        /* of functions in namespaces, and variables in blocks in functions */
	SAME_ADDRESS_MAX = 64, /* entries of one address that are compared */
};

struct dwarf_entry {
	uint64_t address;
	const char *name; /* "" if it has none */
	const char *file; /* in the image's arena */
	/* Of its source; NULL: not known, or not asked for. */
	const char *path, *unit;
	uint32_t line;
	bool of_code; /* the line of its code is better */
};

struct lines {
	struct elf_dwarf *dwarf;
	struct unit_files files;
	VEC(struct dwarf_entry, entries);
	VEC(const char *, units); /* their sources, as they come; NULL: LTO made it of several */
	struct code_lines code;   /* of addresses without an entry */
	struct sources *sources;  /* NULL: not asked for */
	bool with_inlines;
	bool is_discarded;     /* the function that is read, as far as its address shows: linkers leave them at 0 */
	struct elf_unit *unit; /* that is read */
	const char *unit_name;
	uint64_t n_remaining; /* entries of it that may still be read */
	size_t i_unit;
	int error;
};

/* ---- entries ---- */

/* The source that a unit was compiled from. */
static const char *unit_name(struct lines *l, Dwarf_Die *root)
{
	const char *name = elf_text_attribute(root, DW_AT_name), *folder = elf_text_attribute(root, DW_AT_comp_dir);

	if (!l->sources || !name || !*name || *name == '<') /* "<artificial>" of GCC's LTO */
		return NULL;
	return sources_path(l->sources, folder, name);
}

/* Of a function that LTO has moved the unit that it came from. */
static const char *unit_of(struct lines *l, Dwarf_Die *die)
{
	Dwarf_Attribute attribute;
	Dwarf_Die origin, root;

	if (dwarf_attr(die, DW_AT_abstract_origin, &attribute) && dwarf_formref_die(&attribute, &origin) &&
	    dwarf_diecu(&origin, &root, NULL, NULL))
		return unit_name(l, &root);
	return l->unit_name;
}

static bool is_header(const char *file)
{
	size_t n = strlen(file);

	return n > 2 && strcmp(file + n - 2, ".h") == 0;
}

static void add_entry(struct lines *l, Dwarf_Die *die, struct dwarf_entry entry)
{
	struct unit_file *file = unit_files_declared(&l->files, l->unit, die);
	const char *name = dwarf_diename(die);

	entry.file = file ? unit_files_text(&l->files, file) : NULL;
	if (!entry.file)
		return;
	entry.name = name ? name : "";
	if (l->sources) {
		entry.path = sources_file_path(l->sources, file);
		entry.unit = unit_of(l, die);
	}
	/* For some functions gcc records the place of the declaration (12.2, where a header has their attributes). */
	entry.of_code = entry.of_code && is_header(entry.file);
	if (vec_push(l, entries, entry) < 0)
		l->error = -ENOMEM;
}

/* Before DWARF 4 as a block. */
static bool is_expression(unsigned form)
{
	return form == DW_FORM_exprloc || form == DW_FORM_block1 || form == DW_FORM_block2 || form == DW_FORM_block4 ||
	       form == DW_FORM_block;
}

static bool variable_address(Dwarf_Die *die, uint64_t *ret)
{
	Dwarf_Attribute attribute, indexed;
	Dwarf_Op *ops;
	size_t n_ops;

	if (!dwarf_attr(die, DW_AT_location, &attribute) || !is_expression(dwarf_whatform(&attribute)) ||
	    dwarf_getlocation(&attribute, &ops, &n_ops) != 0 || n_ops != 1)
		return false;
	if (ops[0].atom == DW_OP_addrx || ops[0].atom == DW_OP_GNU_addr_index)
		return dwarf_getlocation_attr(&attribute, &ops[0], &indexed) == 0 && dwarf_formaddr(&indexed, ret) == 0;
	*ret = ops[0].number;
	return ops[0].atom == DW_OP_addr;
}

/* Compiler 5 of ARM does not tell where variables are declared; their unit is the file that they are in. */
static void add_variable_of_unit(struct lines *l, Dwarf_Die *die, struct dwarf_entry entry)
{
	const char *name = dwarf_diename(die);

	if (!l->unit_name || !name)
		return;
	entry.name = name;
	entry.file = entry.path = entry.unit = l->unit_name;
	if (vec_push(l, entries, entry) < 0)
		l->error = -ENOMEM;
}

/* libdw follows DW_AT_specification and DW_AT_abstract_origin, at most 16 times. */
static void read_entry(struct lines *l, Dwarf_Die *die, bool is_function)
{
	struct dwarf_entry entry = { .of_code = is_function };
	uint64_t end;
	int line;

	if (!(is_function ? elf_first_range(die, &entry.address, &end) : variable_address(die, &entry.address)))
		return;
	if (dwarf_decl_line(die, &line) != 0 || line <= 0) {
		if (!is_function)
			add_variable_of_unit(l, die, entry);
		return;
	}
	entry.line = (uint32_t)line;
	add_entry(l, die, entry);
}

/* Of the function that holds it, not of one that was inlined itself: that is not looked into. */
static void add_inlined(struct lines *l, Dwarf_Die *die)
{
	struct image *image = l->dwarf->file->image;
	const char *name = dwarf_diename(die);
	Dwarf_Addr base, start, end;
	ptrdiff_t offset = 0;

	if (!name)
		return;
	name = arena_text(&image->arena, name, strlen(name));
	while (l->error == 0 && (offset = dwarf_ranges(die, offset, &base, &start, &end)) > 0) {
		if (end <= start || !l->n_remaining)
			continue;
		l->n_remaining--;
		l->error = vec_push(image, inlines, (struct image_inline){ start, end - start, name });
	}
}

static uint64_t inline_start(const void *item) { return ((const struct image_inline *)item)->start; }

/* Code of discarded functions may lie anywhere: of two that overlap the second is left out. */
static int sort_inlines(struct image *image)
{
	int r = image_sort(image->inlines, image->n_inlines, sizeof(*image->inlines), inline_start);
	uint64_t end = 0;
	size_t n = 0;

	for (size_t i = 0; r == 0 && i < image->n_inlines; i++) {
		struct image_inline one = image->inlines[i];
		if (one.start < end || one.n_bytes > UINT64_MAX - one.start)
			continue;
		end = one.start + one.n_bytes;
		image->inlines[n++] = one;
	}
	image->n_inlines = r == 0 ? n : image->n_inlines;
	return r;
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
			read_entry(l, &die, tag == DW_TAG_subprogram);
		uint64_t start, end;
		if (tag == DW_TAG_subprogram && depth == 0)
			l->is_discarded = !elf_first_range(&die, &start, &end) || start == 0;
		if (tag == DW_TAG_inlined_subroutine && l->with_inlines && !l->is_discarded)
			add_inlined(l, &die);
		if (is_scope(tag) && depth < DEPTH_MAX)
			read_children(l, &die, depth + 1);
		if (!l->n_remaining) /* DW_AT_sibling may lead back */
			return;
		l->n_remaining--;
	} while (dwarf_siblingof(&die, &die) == 0);
}

/* A skeleton has no name, its line table has. */
static const char *name_of(struct lines *l, struct elf_unit *unit)
{
	struct unit_file *file = l->sources && unit->is_skeleton ? unit_files_primary(&l->files, unit) : NULL;

	if (!file)
		return unit_name(l, &unit->root);
	return unit_files_text(&l->files, file) ? sources_file_path(l->sources, file) : NULL;
}

static void read_entries(void *ctx, struct elf_unit *unit)
{
	struct lines *l = ctx;

	l->unit = unit;
	l->unit_name = name_of(l, unit);
	l->n_remaining = unit->n_bytes;
	read_children(l, &unit->root, 0);
	if (vec_push(l, units, l->unit_name) < 0)
		l->error = -ENOMEM;
}

/* Old avr-gcc writes them for -g. */
static bool has_stabs(const struct image *image)
{
	for (size_t i = 0; i < image->n_sections; i++)
		if (strcmp(image->sections[i].name, ".stab") == 0)
			return true;
	return false;
}

/* ---- symbols ---- */

static uint64_t address_of(const void *entry) { return ((const struct dwarf_entry *)entry)->address; }

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
static bool may_have_code(const struct image_symbol *s) { return s->kind != 'o' && s->size_bytes; }

static void add_queries(struct lines *l)
{
	const struct image *image = l->dwarf->file->image;

	for (size_t i = 0; i < image->n_symbols && l->error == 0; i++) {
		const struct image_symbol *s = &image->symbols[i];
		const struct dwarf_entry *entry = entry_of(l, s);
		if (entry ? entry->of_code : may_have_code(s))
			l->error = code_lines_add_query(&l->code, s->address, s->address + s->size_bytes);
	}
	code_lines_sort(&l->code);
}

static void set_line(struct lines *l, struct image_symbol *s)
{
	const struct dwarf_entry *entry = entry_of(l, s);
	const struct code_line *code = !entry || entry->of_code ? code_lines_find(&l->code, s->address) : NULL;
	const char *path, *unit = entry ? entry->unit : NULL;

	if (code && (!code->file || !code->line || (entry && is_header(code->file))))
		code = NULL;
	if (!entry && !code)
		return;
	s->file = code ? code->file : entry->file;
	s->line = code ? code->line : entry->line;
	path = code ? code->path : entry->path;
	bool is_tls = s->section != IMAGE_NONE && l->dwarf->file->image->sections[s->section].tls;
	if (l->sources && path && !is_tls) /* which shares its addresses with others */
		sources_add_symbol(l->sources, s, path, unit);
}

/* ---- all of it ---- */

static void read_code(void *ctx, struct elf_unit *unit)
{
	struct lines *l = ctx;

	if (l->i_unit < l->n_units)
		code_lines_read(&l->code, unit, l->units[l->i_unit++]);
}

static int first_error(const struct lines *l)
{
	return l->error ? l->error : l->files.error ? l->files.error : l->code.error;
}

static int read_dwarf(struct lines *l)
{
	struct image *image = l->dwarf->file->image;

	elf_dwarf_units(l->dwarf, read_entries, l);
	if (image_sort(l->entries, l->n_entries, sizeof(*l->entries), address_of) < 0)
		return -ENOMEM;
	if (l->n_units)
		add_queries(l);
	if (first_error(l) == 0 && (l->sources || l->code.n_queries))
		elf_dwarf_units(l->dwarf, read_code, l);
	for (size_t i = 0; l->n_units && i < image->n_symbols; i++) {
		set_line(l, &image->symbols[i]);
		image->has_lines |= image->symbols[i].line > 0;
	}
	if (l->files.is_cut || l->code.work_left == 0)
		image_note(image,
			   "line tables of this ELF overlap, or are damaged: not all lines and sources are known");
	if (!image->has_lines)
		image_note(image,
			   has_stabs(image) ?
				   "this ELF has its line information as stabs, which memprof does not read: build"
				   " with -gdwarf-2" :
				   "this ELF has no line information: it is built without -g, or stripped");
	int r = first_error(l);
	return r == 0 && l->sources ? sources_end(l->sources) : r;
}

int elf_lines_read(struct elf_dwarf *d, unsigned want)
{
	bool with_sources = want & IMAGE_WANT_SOURCES;
	struct lines l = { .dwarf = d, .with_inlines = want & IMAGE_WANT_INLINES };
	int r = 0;

	if (with_sources) {
		l.sources = sources_new(d);
		r = l.sources ? 0 : -ENOMEM;
	}
	unit_files_init(&l.files, d);
	l.code = (struct code_lines){ .files = &l.files,
				      .sources = l.sources,
				      .work_left = CODE_LINES_WORK * elf_dwarf_bytes(d) };
	if (r == 0)
		r = read_dwarf(&l);
	if (r == 0)
		r = sort_inlines(d->file->image);
	sources_free(l.sources);
	unit_files_deinit(&l.files);
	code_lines_deinit(&l.code);
	vec_deinit(&l, units);
	vec_deinit(&l, entries);
	return r;
}

/* Function and line of code addresses. libdw keeps what it reads, so it is opened once. */
#include "memprof/image/call_sites.h"

#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "elf/dwarf.h"
#include "memprof/base/search.h"
#include "memprof/base/vec.h"

enum { DEPTH_MAX = 32 }; /* of functions inlined in blocks in functions in namespaces */

struct known_site {
	uint64_t address;
	bool is_site;
	struct call_site site;
};

struct call_sites {
	const struct image *image;
	struct image headers; /* for its arena: sections, names of symbols */
	struct diag diag;
	struct elf_file file;
	struct elf_dwarf dwarf;
	struct known_site **known; /* room for CALL_SITES_MAX; by address; each stays where it is */
	size_t n_known;
};

/* ---- one address ---- */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void add_frame(struct call_site *site, const char *function, const char *path, int line)
{
	if (!function || !function[0] || site->n_frames == CALL_FRAMES_MAX)
		return;
	site->frames[site->n_frames++] = (struct call_frame){ function, path && line > 0 ? base_name(path) : NULL,
							      line > 0 ? (uint32_t)line : 0 };
}

/* Where an inlined function was called. */
static void call_place(Dwarf_Die *unit, Dwarf_Die *inlined, const char **ret_path, int *ret_line)
{
	Dwarf_Attribute attribute;
	Dwarf_Files *files;
	size_t n_files;
	Dwarf_Word file = 0, line = 0;

	*ret_path = NULL;
	*ret_line = 0;
	if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &file) != 0 ||
	    dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &line) != 0 ||
	    dwarf_getsrcfiles(unit, &files, &n_files) != 0 || file >= n_files || line > INT32_MAX)
		return;
	*ret_path = dwarf_filesrc(files, file, NULL, NULL);
	*ret_line = (int)line;
}

/* The functions at an address, the outermost first. */
struct chain {
	Dwarf_Die dies[DEPTH_MAX];
	size_t n;
	uint64_t address;
	uint64_t n_remaining; /* entries that may still be read: DW_AT_sibling may lead back */
};

/* True if a function with the address is among the children, or theirs. */
static bool follow(struct chain *c, Dwarf_Die *parent, unsigned depth)
{
	Dwarf_Die die;

	if (depth == DEPTH_MAX || dwarf_child(parent, &die) != 0)
		return false;
	do {
		int tag = dwarf_tag(&die);
		bool is_function = tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine;
		bool is_code = is_function || tag == DW_TAG_lexical_block;
		bool is_scope = tag == DW_TAG_namespace || tag == DW_TAG_structure_type || tag == DW_TAG_class_type;
		if (c->n_remaining == 0)
			return false;
		c->n_remaining--;
		if (!is_scope && (!is_code || dwarf_haspc(&die, c->address) <= 0))
			continue;
		if (is_function)
			c->dies[c->n++] = die; /* no more than there are levels */
		if (follow(c, &die, depth + 1) || is_function)
			return true;
	} while (dwarf_siblingof(&die, &die) == 0);
	return false;
}

/* By the ranges of the units, as .debug_aranges need not be there (clang). */
static bool find_unit(struct call_sites *s, uint64_t address, Dwarf_Die *ret, uint64_t *ret_n_bytes)
{
	Dwarf_Off at = 0, next;
	size_t n_header_bytes;

	for (; dwarf_nextcu(s->dwarf.dwarf, at, &next, &n_header_bytes, NULL, NULL, NULL) == 0 && next > at;
	     at = next) {
		*ret_n_bytes = next - at; /* an entry takes at least a byte */
		if (dwarf_offdie(s->dwarf.dwarf, at + n_header_bytes, ret) && dwarf_haspc(ret, address) > 0)
			return true;
	}
	return false;
}

static void find_dwarf(struct call_sites *s, uint64_t address, struct call_site *ret)
{
	struct chain chain = { .address = address };
	const char *path = NULL;
	Dwarf_Die unit;
	int line = 0;

	if (!find_unit(s, address, &unit, &chain.n_remaining))
		return;
	follow(&chain, &unit, 0);
	Dwarf_Line *source = dwarf_getsrc_die(&unit, address);
	if (source && dwarf_lineno(source, &line) == 0)
		path = dwarf_linesrc(source, NULL, NULL);
	for (size_t i = chain.n; i-- > 0;) {
		add_frame(ret, dwarf_diename(&chain.dies[i]), path, line);
		call_place(&unit, &chain.dies[i], &path, &line);
	}
}

/* Where there is no debug information. */
static void find_symbol(struct call_sites *s, uint64_t address, struct call_site *ret)
{
	for (size_t i = 0; i < s->image->n_symbols; i++) {
		const struct image_symbol *symbol = &s->image->symbols[i];
		if (symbol->kind != 'f' || address < symbol->address || address - symbol->address >= symbol->size_bytes)
			continue;
		const char *name = arena_text(&s->headers.arena, symbol->name.text, symbol->name.n_bytes);
		add_frame(ret, name, NULL, 0);
		return;
	}
}

const struct call_site *call_sites_find(struct call_sites *s, uint64_t address, bool is_return)
{
	bool is_arm = s->image->target && strcmp(s->image->target, "arm") == 0;

	address &= is_arm ? ~UINT64_C(1) : UINT64_MAX;
	if (address == 0)
		return NULL;
	address -= is_return;
	size_t i = search_while(s->n_known, k, s->known[k]->address < address);
	if (i < s->n_known && s->known[i]->address == address)
		return s->known[i]->is_site ? &s->known[i]->site : NULL;
	struct known_site *known = s->n_known < CALL_SITES_MAX ? calloc(1, sizeof(*known)) : NULL;
	if (!known)
		return NULL;
	known->address = address;
	if (s->dwarf.dwarf)
		find_dwarf(s, address, &known->site);
	if (known->site.n_frames == 0)
		find_symbol(s, address, &known->site);
	known->is_site = known->site.n_frames > 0;
	memmove(s->known + i + 1, s->known + i, (s->n_known++ - i) * sizeof(*s->known));
	s->known[i] = known;
	return known->is_site ? &known->site : NULL;
}

/* ---- all of them ---- */

/* 0, also without debug information, or -ENOMEM. */
static int open_dwarf(struct call_sites *s, const char *bytes, size_t n_bytes)
{
	elf_version(EV_CURRENT);
	s->file = (struct elf_file){ .image = &s->headers, .diag = &s->diag, .bytes = bytes, .n_bytes = n_bytes };
	s->file.elf = elf_memory((char *)(uintptr_t)bytes, n_bytes);
	return s->file.elf && elf_headers_read(&s->file) == 0 ? elf_dwarf_open(&s->file, &s->dwarf) : 0;
}

int call_sites_new(const struct image *image, const char *bytes, size_t n_bytes, struct call_sites **ret)
{
	struct call_sites *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->image = image;
	image_init(&s->headers, image->name);
	s->known = calloc(CALL_SITES_MAX, sizeof(*s->known));
	if (!s->known || open_dwarf(s, bytes, n_bytes) < 0) {
		call_sites_free(s);
		return -ENOMEM;
	}
	*ret = s;
	return 0;
}

void call_sites_free(struct call_sites *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_known; i++)
		free(s->known[i]);
	free(s->known);
	elf_dwarf_close(&s->dwarf);
	elf_end(s->file.elf);
	image_deinit(&s->headers);
	free(s);
}

/* Which functions call which, by the call sites that GCC and clang describe in DWARF when they optimise (DWARF 5,
 * 3.4; before that as an extension of GNU's). A site has the entry of what it calls: that of a function here, of one
 * that it is a copy of, or of a declaration, whose name is looked up. One without such an entry is a call through a
 * pointer. */
#include <dwarf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "elf/dwarf.h"
#include "memprof/base/search.h"
#include "slice.h"

enum {
	DEPTH_MAX = 64,  /* of blocks, inlined functions and namespaces in one another */
	ORIGINS_MAX = 4, /* an entry, the one that it is a copy of, its declaration */
	WRAPPED_MAX_BYTES = 256,
	CANDIDATES_MAX = 64, /* copies of one function that a call may mean */
};

/* An entry of DWARF that stands for a function. */
struct origin {
	uint64_t number;
	uint32_t function;
};

struct site {
	uint64_t callee; /* number of its entry */
	const char *name;
	uint32_t caller;
	bool tail;
};

struct name_of {
	struct image_slice name;
	uint32_t function;
	bool local;
};

struct calls {
	struct elf_dwarf *dwarf;
	struct image *image;
	VEC(struct origin, origins);
	VEC(struct site, sites);
	VEC(struct name_of, names); /* sorted, those of other units first */
	bool by_gcc;
	int error;
};

/* ---- entries ---- */

static bool reference(Dwarf_Die *die, unsigned attribute, Dwarf_Die *ret)
{
	Dwarf_Attribute a;

	return dwarf_attr(die, attribute, &a) && dwarf_formref_die(&a, ret);
}

static bool has_flag(Dwarf_Die *die, unsigned attribute)
{
	bool is_set = false;
	Dwarf_Attribute a;

	return dwarf_attr(die, attribute, &a) && dwarf_formflag(&a, &is_set) == 0 && is_set;
}

/* A function's own entry, and those that a call of it may refer to instead. */
static void add_origins(struct calls *c, Dwarf_Die *die, uint32_t function)
{
	Dwarf_Die at = *die, next;

	for (unsigned i = 0; i < ORIGINS_MAX; i++) {
		if (vec_push(c, origins, (struct origin){ dwarf_dieoffset(&at), function }) < 0)
			c->error = -ENOMEM;
		if (!reference(&at, DW_AT_abstract_origin, &next) && !reference(&at, DW_AT_specification, &next))
			break;
		at = next;
	}
}

/* Linkers leave the entries of functions that they discarded at 0. */
static uint32_t function_of(struct calls *c, Dwarf_Die *die)
{
	uint64_t address, end;
	bool is_here = elf_first_range(die, &address, &end);
	uint32_t function = is_here ? image_function_at(c->image, address) : IMAGE_NONE;
	bool is_discarded = function != IMAGE_NONE && address == 0 && c->image->functions[function].size_bytes != end;

	if (function == IMAGE_NONE || is_discarded)
		return IMAGE_NONE;
	add_origins(c, die, function);
	/* clang sets it too, and leaves out calls of functions without an entry, such as memcpy. */
	c->image->functions[function].calls_known |= c->by_gcc && (has_flag(die, DW_AT_call_all_calls) ||
								   has_flag(die, DW_AT_GNU_all_call_sites));
	return function;
}

static const char *linkage_of(Dwarf_Die *die)
{
	Dwarf_Attribute a;
	const char *name = dwarf_formstring(dwarf_attr_integrate(die, DW_AT_linkage_name, &a));

	return name ? name : dwarf_diename(die);
}

static void add_site(struct calls *c, Dwarf_Die *die, uint32_t caller)
{
	Dwarf_Die callee;

	if (caller == IMAGE_NONE)
		return;
	if (!reference(die, DW_AT_call_origin, &callee) && !reference(die, DW_AT_abstract_origin, &callee))
		c->image->functions[caller].n_indirect++;
	else if (vec_push(c, sites,
			  (struct site){ dwarf_dieoffset(&callee), linkage_of(&callee), caller,
					 has_flag(die, DW_AT_call_tail_call) || has_flag(die, DW_AT_GNU_tail_call) }) <
		 0)
		c->error = -ENOMEM;
}

/* Whose children are of interest. */
static bool is_scope(int tag)
{
	return tag == DW_TAG_subprogram || tag == DW_TAG_lexical_block || tag == DW_TAG_inlined_subroutine ||
	       tag == DW_TAG_namespace || tag == DW_TAG_structure_type || tag == DW_TAG_class_type;
}

struct level {
	Dwarf_Die die;
	uint32_t function; /* that it lies in */
};

static uint32_t visit(struct calls *c, struct level *at)
{
	int tag = dwarf_tag(&at->die);

	if (tag == DW_TAG_call_site || tag == DW_TAG_GNU_call_site)
		add_site(c, &at->die, at->function);
	return tag == DW_TAG_subprogram ? function_of(c, &at->die) : at->function;
}

static void read_unit(void *ctx, struct elf_unit *unit)
{
	struct calls *c = ctx;
	struct level levels[DEPTH_MAX] = { { .function = IMAGE_NONE } };

	size_t n_levels = dwarf_child(&unit->root, &levels[0].die) == 0;
	const char *producer = elf_text_attribute(&unit->root, DW_AT_producer);
	c->by_gcc = producer && strncmp(producer, "GNU ", 4) == 0;
	for (uint64_t n = unit->n_bytes; n_levels && n; n--) { /* an entry takes a byte at least */
		struct level *at = &levels[n_levels - 1];
		uint32_t inside = visit(c, at);
		if (is_scope(dwarf_tag(&at->die)) && n_levels < DEPTH_MAX &&
		    dwarf_child(&at->die, &levels[n_levels].die) == 0) {
			levels[n_levels++].function = inside;
			continue;
		}
		while (n_levels && dwarf_siblingof(&levels[n_levels - 1].die, &levels[n_levels - 1].die) != 0)
			n_levels--;
	}
}

/* ---- whom a site calls ---- */

static int by_number(const void *a, const void *b)
{
	const struct origin *x = a, *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return x->function < y->function ? -1 : x->function > y->function;
}

static int by_name(const void *a, const void *b)
{
	const struct name_of *x = a, *y = b;
	int order = slice_compare(x->name, y->name);

	return order ? order : x->local - y->local;
}

static int list_names(struct calls *c)
{
	const struct elf_file *f = c->dwarf->file;

	for (size_t i = 0; i < f->n_symbols; i++) {
		const struct elf_symbol *s = &f->symbols[i];
		uint32_t function = image_function_at(c->image, s->address);
		struct name_of name = { s->name, function, s->binding == STB_LOCAL };
		if (function != IMAGE_NONE && vec_push(c, names, name) < 0)
			return -ENOMEM;
	}
	if (c->n_names)
		qsort(c->names, c->n_names, sizeof(*c->names), by_name);
	return 0;
}

/* A static function too, if it is the only one of its name: merging equal functions and LTO make some of others. */
static uint32_t function_named(const struct calls *c, struct image_slice name)
{
	size_t i = search_while(c->n_names, k, slice_compare(c->names[k].name, name) < 0);
	bool is_found = i < c->n_names && slice_same(c->names[i].name, name);
	bool is_unclear = is_found && c->names[i].local && i + 1 < c->n_names && slice_same(c->names[i + 1].name, name);

	return is_found && !is_unclear ? c->names[i].function : IMAGE_NONE;
}

/* With ld's --wrap=foo a call of foo is one of __wrap_foo, and of __real_foo one of foo. */
static uint32_t function_called(const struct calls *c, const char *name)
{
	static const char real[] = "__real_";
	char wrap[WRAPPED_MAX_BYTES];
	int n = snprintf(wrap, sizeof(wrap), "__wrap_%s", name);
	uint32_t function = n > 0 && (size_t)n < sizeof(wrap) ? function_named(c, slice(wrap, wrap + n)) : IMAGE_NONE;

	if (function == IMAGE_NONE && strncmp(name, real, sizeof(real) - 1) == 0)
		name += sizeof(real) - 1;
	return function != IMAGE_NONE ? function : function_named(c, slice(name, name + strlen(name)));
}

static int add_call(struct image *image, const struct site *s, uint32_t callee)
{
	image->functions[s->caller].n_calls++;
	return vec_push(image, calls, (struct image_call){ callee, s->tail });
}

/* A call of a function of which there are several copies may mean each. */
static int resolve_site(struct calls *c, const struct site *s)
{
	size_t i = search_while(c->n_origins, k, c->origins[k].number < s->callee), first = i;
	int r = 0;

	for (; r == 0 && i < c->n_origins && c->origins[i].number == s->callee && i - first < CANDIDATES_MAX; i++)
		r = add_call(c->image, s, c->origins[i].function);
	return r < 0 || i > first ? r : add_call(c->image, s, s->name ? function_called(c, s->name) : IMAGE_NONE);
}

static int by_caller(const void *a, const void *b)
{
	const struct site *x = a, *y = b;

	if (x->caller != y->caller)
		return x->caller < y->caller ? -1 : 1;
	if (x->callee != y->callee)
		return x->callee < y->callee ? -1 : 1;
	return x->tail - y->tail; /* a call that is no jump decides */
}

static void unite_origins(struct calls *c)
{
	size_t n = 0;

	if (c->n_origins)
		qsort(c->origins, c->n_origins, sizeof(*c->origins), by_number);
	for (size_t i = 0; i < c->n_origins; i++)
		if (n == 0 || by_number(&c->origins[n - 1], &c->origins[i]) != 0)
			c->origins[n++] = c->origins[i];
	c->n_origins = n;
}

static int resolve(struct calls *c)
{
	int r = list_names(c);

	unite_origins(c);
	if (c->n_sites)
		qsort(c->sites, c->n_sites, sizeof(*c->sites), by_caller);
	for (size_t i = 0; r == 0 && i < c->n_sites; i++) {
		const struct site *s = &c->sites[i];
		bool is_first = i == 0 || s->caller != s[-1].caller;
		if (is_first)
			c->image->functions[s->caller].i_call = (uint32_t)c->image->n_calls;
		if (is_first || s->callee != s[-1].callee)
			r = resolve_site(c, s);
	}
	return r;
}

int elf_calls_read(struct elf_dwarf *d)
{
	struct calls c = { .dwarf = d, .image = d->file->image };

	elf_dwarf_units(d, read_unit, &c);
	int r = c.error ? c.error : resolve(&c);
	vec_deinit(&c, origins);
	vec_deinit(&c, sites);
	vec_deinit(&c, names);
	return r;
}

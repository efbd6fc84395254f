#include "memprof/image/types.h"

#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "elf/dwarf.h"
#include "memprof/base/search.h"

enum {
	CHAIN_MAX = 16, /* typedefs and qualifiers around a type */
};

struct named {
	const char *name;
	Dwarf_Off at;
};

struct code {
	const char *name;
	uint32_t unit;
};

struct image_types {
	struct image image; /* only its arena and its notes are used */
	struct elf_file file;
	struct elf_dwarf dwarf;
	VEC(struct named, types); /* definitions, by name; of several of a name the first comes first */
	VEC(struct image_variable, variables);
	VEC(struct code, functions);
	uint32_t n_units;
	int error;
};

/* ---- entries ---- */

static bool type_of(Dwarf_Die *die, Dwarf_Die *ret)
{
	Dwarf_Attribute a;

	return dwarf_attr_integrate(die, DW_AT_type, &a) && dwarf_formref_die(&a, ret);
}

static bool is_qualifier(int tag)
{
	return tag == DW_TAG_const_type || tag == DW_TAG_volatile_type || tag == DW_TAG_restrict_type ||
	       tag == DW_TAG_atomic_type;
}

static bool has_members(int tag) { return tag == DW_TAG_structure_type || tag == DW_TAG_union_type; }

/* The structure that it is in the end. */
static bool structure_of(Dwarf_Die die, Dwarf_Die *ret)
{
	for (unsigned i = 0; i < CHAIN_MAX; i++) {
		int tag = dwarf_tag(&die);
		*ret = die;
		if (has_members(tag))
			return true;
		if ((tag != DW_TAG_typedef && !is_qualifier(tag)) || !type_of(&die, &die))
			return false;
	}
	return false;
}

static uint64_t elements_of(Dwarf_Die *array)
{
	Dwarf_Die at;
	uint64_t n = 1;

	for (int r = dwarf_child(array, &at); r == 0; r = dwarf_siblingof(&at, &at)) {
		Dwarf_Attribute a;
		Dwarf_Word value;
		if (dwarf_attr(&at, DW_AT_count, &a) && dwarf_formudata(&a, &value) == 0)
			n *= value;
		else if (dwarf_attr(&at, DW_AT_upper_bound, &a) && dwarf_formudata(&a, &value) == 0 &&
			 value < UINT32_MAX)
			n *= value + 1;
		if (n > UINT32_MAX)
			return 0;
	}
	return n;
}

/* The name of its type. */
static void describe(Dwarf_Die die, struct image_variable *ret)
{
	Dwarf_Die type;

	ret->type = "";
	ret->n = 1;
	for (unsigned i = 0; i < CHAIN_MAX && type_of(&die, &type); i++, die = type) {
		int tag = dwarf_tag(&type);
		const char *name = dwarf_diename(&type);
		if (tag == DW_TAG_array_type)
			ret->n *= elements_of(&type);
		else if (tag == DW_TAG_pointer_type)
			ret->is_pointer = true;
		else if (!is_qualifier(tag))
			ret->type = name ? name : "";
		if (tag != DW_TAG_array_type && tag != DW_TAG_pointer_type && !is_qualifier(tag))
			return;
	}
}

static bool address_of(Dwarf_Die *die, uint64_t *ret)
{
	Dwarf_Attribute a;
	Dwarf_Op *ops;
	size_t n;

	if (!dwarf_attr_integrate(die, DW_AT_location, &a) || dwarf_getlocation(&a, &ops, &n) != 0 || n != 1 ||
	    ops[0].atom != DW_OP_addr)
		return false;
	*ret = ops[0].number;
	return true;
}

static void add_variable(struct image_types *t, Dwarf_Die *die, const char *function)
{
	struct image_variable v = { .name = dwarf_diename(die), .function = function, .unit = t->n_units };

	if (!v.name || !address_of(die, &v.address))
		return;
	describe(*die, &v);
	if (vec_push(t, variables, v) < 0)
		t->error = -ENOMEM;
}

static void add_type(struct image_types *t, Dwarf_Die *die)
{
	const char *name = dwarf_diename(die);

	if (name && !dwarf_hasattr(die, DW_AT_declaration) &&
	    vec_push(t, types, (struct named){ name, dwarf_dieoffset(die) }) < 0)
		t->error = -ENOMEM;
}

static void add_static(struct image_types *t, Dwarf_Die *function)
{
	Dwarf_Die at;
	uint64_t start, end;

	if (dwarf_diename(function) && elf_first_range(function, &start, &end) &&
	    vec_push(t, functions, (struct code){ dwarf_diename(function), t->n_units }) < 0)
		t->error = -ENOMEM;
	for (int r = dwarf_child(function, &at); r == 0 && t->error == 0; r = dwarf_siblingof(&at, &at))
		if (dwarf_tag(&at) == DW_TAG_variable)
			add_variable(t, &at, dwarf_diename(function));
}

static void add_unit(void *ctx, struct elf_unit *unit)
{
	struct image_types *t = ctx;
	Dwarf_Die at;

	t->n_units++;
	for (int r = dwarf_child(&unit->root, &at); r == 0 && t->error == 0; r = dwarf_siblingof(&at, &at)) {
		int tag = dwarf_tag(&at);
		if (tag == DW_TAG_variable)
			add_variable(t, &at, NULL);
		else if (tag == DW_TAG_subprogram)
			add_static(t, &at);
		else if (has_members(tag) || tag == DW_TAG_typedef)
			add_type(t, &at);
	}
}

static int by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : (x->at > y->at) - (x->at < y->at);
}

static int by_address(const void *a, const void *b)
{
	const struct image_variable *x = a, *y = b;

	return x->address != y->address ? (x->address < y->address ? -1 : 1) : strcmp(x->name, y->name);
}

int image_types_read(struct image_types **ret, const char *name, const char *bytes, size_t n_bytes, struct diag *diag)
{
	struct image_types *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	image_init(&t->image, name);
	t->file = (struct elf_file){ .image = &t->image, .diag = diag, .bytes = bytes, .n_bytes = n_bytes };
	elf_version(EV_CURRENT);
	t->file.elf = elf_memory((char *)(uintptr_t)bytes, n_bytes);
	t->error = t->file.elf ? elf_headers_read(&t->file) :
				 elf_refuse(&t->file, -EINVAL, "the ELF header cannot be read: %s", elf_errmsg(-1));
	if (t->error == 0)
		t->error = elf_dwarf_open(&t->file, &t->dwarf);
	if (t->error == 0 && t->dwarf.dwarf)
		elf_dwarf_units(&t->dwarf, add_unit, t);
	if (t->error < 0) {
		int error = t->error;
		image_types_free(t);
		return error;
	}
	if (t->n_types)
		qsort(t->types, t->n_types, sizeof(*t->types), by_name);
	if (t->n_variables)
		qsort(t->variables, t->n_variables, sizeof(*t->variables), by_address);
	*ret = t;
	return 0;
}

void image_types_free(struct image_types *t)
{
	if (!t)
		return;
	if (t->dwarf.file)
		elf_dwarf_close(&t->dwarf);
	if (t->file.elf)
		elf_end(t->file.elf);
	vec_deinit(t, types);
	vec_deinit(t, variables);
	vec_deinit(t, functions);
	image_deinit(&t->image);
	free(t);
}

/* ---- questions ---- */

/* The first definition of a structure of this name, or of a typedef that names one. */
static bool find(const struct image_types *t, const char *type, Dwarf_Die *ret)
{
	size_t i = search_while(t->n_types, k, strcmp(t->types[k].name, type) < 0);
	Dwarf_Die die;

	for (; i < t->n_types && strcmp(t->types[i].name, type) == 0; i++)
		if (dwarf_offdie(t->dwarf.dwarf, t->types[i].at, &die) && structure_of(die, ret) &&
		    !dwarf_hasattr(ret, DW_AT_declaration))
			return true;
	return false;
}

static bool bytes_of(Dwarf_Die *die, uint64_t *ret)
{
	Dwarf_Word n;

	if (dwarf_aggregate_size(die, &n) != 0)
		return false;
	*ret = n;
	return true;
}

bool image_types_bytes(const struct image_types *t, const char *type, uint64_t *ret_bytes)
{
	Dwarf_Die die;

	return find(t, type, &die) && bytes_of(&die, ret_bytes);
}

static bool offset_of(Dwarf_Die *member, uint64_t *ret)
{
	Dwarf_Attribute a;
	Dwarf_Word value;

	if (!dwarf_attr(member, DW_AT_data_member_location, &a)) {
		*ret = 0; /* of a union */
		return true;
	}
	if (dwarf_formudata(&a, &value) != 0)
		return false;
	*ret = value;
	return true;
}

/* A member of this name, also of a structure within that has no name. */
static bool member_of(Dwarf_Die structure, const char *name, size_t n_name, unsigned depth, uint64_t *ret_offset,
		      Dwarf_Die *ret_type)
{
	Dwarf_Die at, type, inner;
	uint64_t offset, within;

	for (int r = dwarf_child(&structure, &at); r == 0; r = dwarf_siblingof(&at, &at)) {
		if (dwarf_tag(&at) != DW_TAG_member || !offset_of(&at, &offset) || !type_of(&at, &type))
			continue;
		const char *its = dwarf_diename(&at);
		if (its && strncmp(its, name, n_name) == 0 && its[n_name] == '\0') {
			*ret_offset = offset;
			*ret_type = type;
			return true;
		}
		if (!its && depth < CHAIN_MAX && structure_of(type, &inner) &&
		    member_of(inner, name, n_name, depth + 1, &within, ret_type)) {
			*ret_offset = offset + within;
			return true;
		}
	}
	return false;
}

bool image_types_member(const struct image_types *t, const char *type, const char *path, uint64_t *ret_offset,
			uint64_t *ret_bytes)
{
	uint64_t sum = 0, offset, n_bytes = 0;
	Dwarf_Die die, its_type;

	if (!find(t, type, &die))
		return false;
	for (const char *end;; path = end + 1) {
		size_t n = strcspn(path, ".");
		end = path + n;
		if (!member_of(die, path, n, 0, &offset, &its_type))
			return false;
		sum += offset;
		if (*end == '\0')
			break;
		if (!structure_of(its_type, &die))
			return false;
	}
	if (ret_bytes && !bytes_of(&its_type, &n_bytes))
		return false;
	*ret_offset = sum;
	if (ret_bytes)
		*ret_bytes = n_bytes;
	return true;
}

uint32_t image_types_unit_of(const struct image_types *t, const char *function)
{
	for (size_t i = 0; t && i < t->n_functions; i++)
		if (strcmp(t->functions[i].name, function) == 0)
			return t->functions[i].unit;
	return 0;
}

const struct image_variable *image_types_variables(const struct image_types *t, size_t *ret_n)
{
	*ret_n = t->n_variables;
	return t->variables;
}

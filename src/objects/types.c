/* Types describe themselves (py/obj.h): the first word of a type is the address of `type`, and the second one has the
 * number of its name. Classes in Python are types on the heap. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/search.h"
#include "memprof/base/text.h"
#include "private.h"

enum { GAP_BYTES = 64 };

uint16_t types_find(const struct objects *o, uint64_t address)
{
	size_t i = search_while(o->n_types, k, o->types[k].address < address);

	return i < o->n_types && o->types[i].address == address && address != UINT64_MAX ? (uint16_t)i : TYPE_NONE;
}

static bool is_dict(const struct objects *o, uint64_t word)
{
	uint32_t i = blocks_object(&o->blocks, word);
	uint16_t type = i == OBJECT_NONE ? TYPE_NONE : types_find(o, object_word(o, i, 0));

	return word == o->ids.id_globals || (type != TYPE_NONE && o->types[type].shape == SHAPE_DICT);
}

uint16_t types_of(const struct objects *o, uint32_t i)
{
	uint64_t first = object_word(o, i, 0);

	return first == 0 && is_dict(o, object_word(o, i, 1)) ? o->i_module : types_find(o, first);
}

static int by_type_address(const void *a, const void *b)
{
	const struct type *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

/* The first two words of what may be a type. */
static bool read_type(const struct objects *o, uint64_t address, uint64_t ret[2])
{
	uint32_t i = blocks_object(&o->blocks, address);

	if (i != OBJECT_NONE) {
		ret[0] = object_word(o, i, 0);
		ret[1] = object_word(o, i, 1);
		return true;
	}
	return memory_word(o, address, &ret[0]) && memory_word(o, address + o->ids.word_bytes, &ret[1]);
}

/* Whether the words of an object may be read as those of its type: it is on the heap, or ROM as far as it is known. */
static bool may_be_type(const struct objects *o, uint64_t address)
{
	return blocks_object(&o->blocks, address) != OBJECT_NONE ||
	       (address % o->ids.word_bytes == 0 && rom_has(o, address, 2 * o->ids.word_bytes));
}

int types_read(struct objects *o)
{
	uint32_t n = (uint32_t)o->blocks.n_extents;
	struct request *requests = calloc((size_t)n + 1, sizeof(*requests));
	size_t n_requests = 0, n_rom = 0;
	int error = 0;

	if (!requests)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		uint64_t address = object_word(o, i, 0);
		if (may_be_type(o, address))
			requests[n_requests++] = (struct request){ address, 2 * (size_t)o->ids.word_bytes };
	}
	requests[n_requests++] = (struct request){ o->ids.id_type, 2 * (size_t)o->ids.word_bytes };
	requests_sort(requests, n_requests);
	size_t n_unique = 0;
	for (size_t i = 0; i < n_requests; i++)
		if (n_unique == 0 || requests[n_unique - 1].start != requests[i].start)
			requests[n_unique++] = requests[i];
	struct request *rom = malloc(n_unique * sizeof(*rom));
	for (size_t i = 0; rom && i < n_unique; i++)
		if (!blocks_has(&o->blocks, requests[i].start))
			rom[n_rom++] = requests[i];
	error = rom ? memory_fetch_all(o, rom, n_rom, GAP_BYTES) : -ENOMEM;
	free(rom);
	vec_deinit(o, types);
	for (size_t i = 0; i < n_unique && error == 0 && o->n_types < TYPES_MAX; i++) {
		uint64_t words[2];
		if (!read_type(o, requests[i].start, words) || words[0] != o->ids.id_type)
			continue;
		error = vec_push(
			o, types,
			(struct type){ .address = requests[i].start,
				       .name = (uint32_t)(words[1] >> o->name_shift & 0xffff),
				       .in_heap = blocks_object(&o->blocks, requests[i].start) != OBJECT_NONE });
	}
	if (o->n_types)
		qsort(o->types, o->n_types, sizeof(*o->types), by_type_address);
	free(requests);
	return error;
}

/* A class in Python has a dict of its attributes; a named tuple's type has none (py/objtype.c, py/objnamedtuple.c). */
static bool has_dict(const struct objects *o, uint32_t class)
{
	for (size_t k = 2; k < n_words_of(o, class); k++) {
		uint32_t object = blocks_object(&o->blocks, object_word(o, class, k));
		uint16_t type = object == OBJECT_NONE ? TYPE_NONE : types_find(o, object_word(o, object, 0));
		if (type != TYPE_NONE && !o->types[type].in_heap && strstr(o->types[type].text, "dict"))
			return true;
	}
	return false;
}

static enum shape shape_of(const struct objects *o, const struct type *type)
{
	static const struct {
		const char *name;
		enum shape shape;
	} shapes[] = {
		{ "dict", SHAPE_DICT },
		{ "OrderedDict", SHAPE_DICT },
		{ "list", SHAPE_LIST },
		{ "tuple", SHAPE_TUPLE },
		{ "set", SHAPE_SET },
		{ "frozenset", SHAPE_SET },
		{ "str", SHAPE_TEXT },
		{ "bytes", SHAPE_TEXT },
		{ "bytearray", SHAPE_BUFFER },
		{ "array", SHAPE_BUFFER },
		{ "memoryview", SHAPE_BUFFER },
		{ "int", SHAPE_INT },
		{ "float", SHAPE_LEAF },
		{ "complex", SHAPE_LEAF },
		{ "module", SHAPE_MODULE },
		{ "function", SHAPE_FUNCTION },
		{ "generator", SHAPE_FUNCTION },
		{ "closure", SHAPE_CLOSURE },
		{ "", SHAPE_CELL },
		{ "bound_method", SHAPE_METHOD },
	};

	if (type->address == o->ids.id_type)
		return SHAPE_CLASS;
	if (type->in_heap)
		return has_dict(o, blocks_object(&o->blocks, type->address)) ? SHAPE_INSTANCE : SHAPE_TUPLE;
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++)
		if (strcmp(type->text, shapes[i].name) == 0)
			return shapes[i].shape;
	return SHAPE_OTHER;
}

int types_name(struct objects *o)
{
	uint32_t *qstrs = calloc(o->n_types + 1, sizeof(*qstrs));
	int error = qstrs ? 0 : -ENOMEM;

	for (size_t i = 0; i < o->n_types && error == 0; i++)
		qstrs[i] = o->types[i].name;
	if (error == 0)
		error = names_read(o, qstrs, o->n_types);
	free(qstrs);
	o->i_module = TYPE_NONE;
	for (size_t i = 0; i < o->n_types && error == 0; i++) {
		struct type *type = &o->types[i];
		const char *name = name_of(o, type->name);
		text_copy(type->text, sizeof(type->text), name ? name : "?", name ? strlen(name) : 1);
	}
	for (size_t i = 0; i < o->n_types && error == 0; i++) {
		struct type *type = &o->types[i];
		type->shape = (uint8_t)shape_of(o, type);
		if (type->shape == SHAPE_MODULE)
			o->i_module = (uint16_t)i;
	}
	/* No module of the heap shows which type it is; contexts of code are modules all the same. */
	if (o->i_module == TYPE_NONE && error == 0) {
		o->i_module = (uint16_t)o->n_types;
		error = vec_push(o, types,
				 (struct type){ .address = UINT64_MAX, .text = "module", .shape = SHAPE_MODULE });
	}
	return error;
}

/* What the files of the room share. */
#pragma once

#include "memprof/base/arena.h"
#include "memprof/base/vec.h"
#include "memprof/model/gc_areas.h"
#include "memprof/objects/objects.h"

/* ---- blocks.c: which object is where, and its bytes ---- */

struct area {
	uint64_t pool;
	uint32_t i_first;  /* block of all areas; a multiple of 64 */
	uint32_t n_blocks; /* up to the last used one */
	uint8_t *bytes;    /* of these; free ones are 0 */
};

struct extent {
	uint32_t i_block, n_blocks;
};

struct blocks {
	struct area areas[GC_AREAS_MAX];
	size_t n_areas;
	uint32_t block_bytes;
	size_t n_words;              /* of the next two */
	uint64_t *heads;             /* a bit for each block */
	uint32_t *rank;              /* objects before these 64 blocks */
	VEC(struct extent, extents); /* of each object */
};

/* Makes room for the tables. 0 or -ENOMEM. */
int blocks_init(struct blocks *b, const struct gc_areas *areas);
void blocks_deinit(struct blocks *b);
/* The table of the next area. 0; -EINVAL: it has a tail without a head; -ENOMEM. */
int blocks_add(struct blocks *b, const struct gc_area *area, const uint8_t *table);
void blocks_seal(struct blocks *b);
uint32_t blocks_object(const struct blocks *b, uint64_t address);      /* whose first block is there; OBJECT_NONE */
uint32_t blocks_object_over(const struct blocks *b, uint64_t address); /* whose blocks are there; OBJECT_NONE */
uint64_t blocks_address(const struct blocks *b, uint32_t i);
uint32_t blocks_n_bytes(const struct blocks *b, uint32_t i);
uint8_t *blocks_bytes(const struct blocks *b, uint32_t i);
bool blocks_has(const struct blocks *b, uint64_t address); /* a pool has it */

/* ---- objects ---- */

/* What a block is to its owner. TYPED: it begins with the address of its type. */
enum role {
	ROLE_NONE,
	ROLE_TYPED,
	ROLE_LIST_ITEMS,
	ROLE_DICT_TABLE,
	ROLE_NAMESPACE_TABLE, /* of a module, a class, an instance */
	ROLE_SET_TABLE,
	ROLE_TEXT,
	ROLE_BUFFER,
	ROLE_DIGITS,
	ROLE_BYTECODE,
	ROLE_CODE,      /* raw code, and its children */
	ROLE_CONSTANTS, /* of a module: objects and names */
	ROLE_NAMES,     /* interned strings */
	ROLE_OTHER,
	N_ROLES
};

struct node {
	uint32_t parent;    /* OBJECT_NONE: a root, or not reached */
	uint32_t label;     /* index of the word in the parent, or in the roots */
	uint16_t type;      /* index of its type; TYPE_NONE */
	uint8_t role, root; /* enum root */
	bool reached : 1, live : 1, is_namespace : 1;
};

enum root { ROOT_NONE, ROOT_GLOBALS, ROOT_MODULES, ROOT_STATE, ROOT_STACK, ROOT_REGISTER };

enum { TYPE_NONE = UINT16_MAX, TYPES_MAX = 4096 };

/* How the words of an object of a type are used. */
enum shape {
	SHAPE_OTHER,
	SHAPE_INSTANCE,
	SHAPE_CLASS,
	SHAPE_DICT,
	SHAPE_LIST,
	SHAPE_TUPLE,
	SHAPE_SET,
	SHAPE_TEXT,
	SHAPE_BUFFER,
	SHAPE_INT,
	SHAPE_LEAF,
	SHAPE_MODULE,
	SHAPE_FUNCTION,
	SHAPE_CLOSURE,
	SHAPE_CELL, /* of a closure: one object */
	SHAPE_METHOD,
};

struct type {
	uint64_t address;
	uint32_t name; /* qstr */
	uint8_t shape;
	bool in_heap;  /* a class in Python */
	char text[48]; /* clean */
};

/* Flags below the number of items of a dict (py/obj.h, mp_map_t). CircuitPython 8 has one more. */
enum { DICT_FLAGS = 3, DICT_FLAGS_MAX = 4 };

enum {
	NONE_A = 6,  /* id(None) with MICROPY_OBJ_REPR_A */
	NONE_C = 14, /* and with _C */
};

/* ---- memory besides the pools ---- */

struct memory_part {
	uint64_t start;
	size_t n_bytes;
	uint8_t *bytes;
};

struct qstr_pool {
	uint64_t address, pointers, lengths; /* lengths: of the array, or 0 */
	uint32_t first, n;
};
enum { QSTR_POOLS_MAX = 64, QSTRS_MAX = 65536, QSTR_MAX_BYTES = 255 };

struct objects {
	struct interpreter_ids ids;
	struct memory_reader *reader; /* while it is read */
	struct gc_areas areas;
	struct blocks blocks;
	struct node *nodes;
	VEC(struct memory_part, parts); /* by address, disjoint */
	uint64_t low, high;             /* of ROM: [low, high) holds what is known to be there */
	VEC(struct type, types);        /* by address */
	uint16_t i_module;              /* the type of modules; TYPE_NONE */
	/* names */
	struct qstr_pool pools[QSTR_POOLS_MAX];
	size_t n_pools;
	uint8_t i_layout, i_repr; /* of names.c */
	uint8_t n_dict_flags, name_shift;
	VEC(const char *, names); /* by qstr; NULL: not read */
	struct arena arena;       /* of their texts */
	/* roots */
	uint64_t roots, roots_end;
	bool roots_end_known;
	uint64_t stack, stack_end;     /* 0, 0: not known */
	uint64_t pystack, pystack_end; /* Python's own, if there is one */
	bool stack_known;              /* where it ends; else old words below it are in it */
	/* mark.c, dominators.c */
	uint32_t *edges, *first_edge; /* of each live object, and of the roots, which are the last one */
	uint32_t *dominator;
	uint64_t *retained_bytes;
	uint32_t *n_retained;
	struct objects_sum live, collectable;
};

/* capture.c: reads what is needed. */
int tables_read(struct memory_reader *r, const struct gc_areas *areas, struct blocks *ret); /* of all areas */
int capture(struct objects *o, struct diag *diag);

/* memory.c. Memory that was read, besides pools: false if it was not. */
enum { RUN_MAX_BYTES = 1 << 20 }; /* that are read in one */
bool memory_get(const struct objects *o, uint64_t address, size_t n_bytes, uint8_t *ret);
bool memory_word(const struct objects *o, uint64_t address, uint64_t *ret);
/* Reads memory that is known to be safe, unless it was. 0, or an error. */
int memory_fetch(struct objects *o, uint64_t start, size_t n_bytes);
struct request {
	uint64_t start;
	size_t n_bytes;
};
/* Several, in any order; those that lie less than gap_bytes apart are read in one. Sorts them. */
void requests_sort(struct request *requests, size_t n_requests); /* by address */
int memory_fetch_all(struct objects *o, struct request *requests, size_t n_requests, size_t gap_bytes);
/* ROM where something is known to be: false if it is too far from the rest to be believed. */
bool rom_grow(struct objects *o, uint64_t start, uint64_t n_bytes);
/* The same of any range [*low, *high), which is allowed then. */
bool hull_grow(struct memory_reader *r, uint64_t start, uint64_t n_bytes, uint64_t *low, uint64_t *high);
bool rom_has(const struct objects *o, uint64_t address, uint64_t n_bytes);

/* types.c */
int types_read(struct objects *o); /* of all first words of objects; 0 or an error */
int types_name(struct objects *o); /* once their names are read */
uint16_t types_find(const struct objects *o, uint64_t address);
/* Of an object, by its first word. The module that compiled code belongs to may have none: its globals tell. */
uint16_t types_of(const struct objects *o, uint32_t i);

/* names.c */
int names_find_pools(struct objects *o, uint64_t from, uint64_t to, struct diag *diag);
/* Reads the names of these qstrs. */
int names_read(struct objects *o, const uint32_t *qstrs, size_t n);
const char *name_of(const struct objects *o, uint64_t qstr);                  /* clean; NULL */
bool name_place(const struct objects *o, uint64_t qstr, struct request *ret); /* where its text is, if that is known */
bool is_qstr(const struct objects *o, uint64_t word, uint64_t *ret_qstr);
bool is_small_int(const struct objects *o, uint64_t word, int64_t *ret);

/* walk.c: the typed walk, and the names of the keys and attributes in its tables. */
int walk(struct objects *o);
enum shape object_shape(const struct objects *o, uint32_t i);
/* Of an object of type function or generator: it has a module, and so bytecode; else it is another one, or a generator
 * at work. */
bool is_function(const struct objects *o, uint32_t i);
int walk_qstrs(const struct objects *o, uint32_t **ret, size_t *ret_n);

/* mark.c, dominators.c */
int mark(struct objects *o);
int dominators(struct objects *o);

/* words.c */
uint64_t word_at(const struct objects *o, const uint8_t *bytes, size_t i);
size_t n_words_of(const struct objects *o, uint32_t i);
uint64_t object_word(const struct objects *o, uint32_t i, size_t i_word); /* 0 behind its end */
uint32_t table_of(const struct objects *o, uint64_t dict);                /* of a dict in the interpreter's state */
bool is_empty_key(uint64_t word);                                         /* of a table: none, or deleted */

/* tree.c */
enum { PARTS_MAX = 8 }; /* of parts, of parts of an object */
/* A block that is a part of an object, such as the items of a list, or the dict of a class or a module. */
bool is_part(const struct objects *o, uint32_t i);
uint32_t whole_of(const struct objects *o, uint32_t i); /* the object that a block is a part of; itself */

/* since.c: whether an object was there before. */
bool is_same(const struct objects *before, const struct objects *after, uint32_t i);

/* duplicates.c: live strings, equal ones side by side, and of these those that share their text. */
struct string {
	const uint8_t *bytes;
	size_t n;
	uint32_t object, data; /* the block that its text is in */
};
int strings_find(const struct objects *o, struct string **ret, size_t *ret_n); /* 0 or -ENOMEM; free() *ret */
size_t strings_equal(const struct string *strings, size_t n);                  /* to the first one, with it */
/* Blocks of a string, without its text if the one before it has that. NULL: none is before it. */
uint64_t string_bytes(const struct objects *o, const struct string *string, const struct string *before);
void string_show(const struct string *string, struct strbuf *out); /* clean, cut */
int add_duplicates(const struct objects *o, struct objects_report *report);

/* owners.c: for each object the global that it is named by, or the root; itself if it is one. free() it; NULL: -ENOMEM.
 */
uint32_t *find_owners(const struct objects *o);
/* A value in the globals of a module or of __main__; a module. */
bool is_global(const struct objects *o, uint32_t i);

/* slack.c */
int add_slack(const struct objects *o, struct objects_report *report);

/* paths.c */
/* A key in a table of names, attributes, or a dict. */
struct table_key {
	uint64_t word;
	size_t i; /* entry of the table */
	bool is_attribute;
};
struct table_key table_key(const struct objects *o, uint32_t table, size_t i);
enum { KEY_MAX_BYTES = 40 }; /* of a path */
/* Clean, at most n_max bytes of a text; "<key 3>" if it has no text of its own. */
void path_key(const struct objects *o, const struct table_key *key, size_t n_max, struct strbuf *out);
#define PROBE_PATH "<memprof>"
/* What reads the memory is a function that takes the name __name__ in __main__ while it runs. */
bool is_probe(const struct objects *o, const struct table_key *key);
bool text_of(const struct objects *o, uint64_t word, const uint8_t **ret, size_t *ret_n); /* of a str in the heap */

/* call_code.c: bytes before the first instruction, by the first few of them; 0: it is no bytecode, or cut there. */
size_t call_code_n_prelude(const uint8_t *code, size_t n_bytes);

/* The objects of MicroPython's heap, and who holds them, from memory that is read by a memory_reader: on a stock board,
 * without an ELF (py/obj*.h, py/map.c, py/qstr.c, py/gc.c; 1.9 and newer).
 *
 * Two walks. The typed one begins at __main__ and follows what objects are made of: kinds, classes, paths. The other is
 * that of the collector: each word that is the address of a block's head. What it does not reach is collectable.
 *
 * All data come from the board. Each pointer, length and count is checked against the block table before it is used;
 * what is not understood is "other", never an error. Nothing recurses. No I/O of its own. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/arena.h"
#include "memprof/base/diag.h"
#include "memprof/base/strbuf.h"
#include "memprof/model/heap.h"
#include "memprof/objects/memory_file.h"

#define OBJECT_NONE UINT32_MAX

struct objects;

/* What reading the memory cost the board; 0: it was read from a file. */
struct objects_cost {
	uint64_t n_reads, n_bytes, us;
};

/* Reads the heap through the reader, which is allowed what is known to be safe, and finds the objects. 0; -ENOENT or
 * -ENOTSUP, with diag: the heap is not as expected; -ENOMEM; errors of the reader. */
int objects_read(struct memory_reader *r, const struct interpreter_ids *ids, struct objects **ret, struct diag *diag);
void objects_free(struct objects *o); /* NULL is fine */

/* Reads the block tables again, after a collection: 0, and whether exactly those that were collectable are gone; or an
 * error of the reader. */
struct objects_freed {
	uint64_t predicted_bytes, freed_bytes;
	bool exact;
};
int objects_freed(struct objects *o, struct memory_reader *r, struct objects_freed *ret);

/* ---- what was found ---- */

struct object {
	uint64_t address;
	uint64_t n_bytes;        /* of its blocks */
	uint64_t retained_bytes; /* what is freed with it; 0 if it is collectable */
	uint32_t n_retained;     /* objects, with itself */
	bool live;
	bool is_part;      /* of its owner: items, a table, text, the dict of a class; no object of its own to Python */
	const char *kind;  /* "list", "list items", "instance", "other" */
	const char *class; /* of an instance of a class in Python; NULL */
};

struct objects_sum {
	uint64_t n_objects, n_bytes;
};

struct objects_totals {
	uint64_t total_bytes, used_bytes;
	struct objects_sum live, collectable;
	bool at_least;       /* the total: there may be more areas, which were not read */
	bool is_upper_bound; /* of what is live: the end of the roots, or of the stack, was not found */
	bool has_stack;      /* without it, what only the stack holds counts as collectable */
	bool has_registers;  /* the same of a halted processor's registers; at a prompt they hold nothing */
};

/* A global of a module. */
struct objects_global {
	const char *path; /* clean: "handlers", "app.cache" */
	const char *module;
	uint32_t object, n_retained;
	uint64_t retained_bytes;
};
struct objects_module {
	const char *name;
	uint32_t object, n_retained; /* of __main__ the table of its globals */
	uint64_t retained_bytes;
};
struct objects_class {
	const char *name;
	uint64_t n_objects, n_bytes, retained_bytes;
};
struct objects_kind {
	const char *name;
	struct objects_sum sum;
};
struct objects_duplicate {
	const char *text; /* clean, cut */
	uint32_t count;
	uint64_t n_bytes; /* that all but one take */
};

/* A list, dict, set, or attributes with room for more items than there are. */
struct objects_slack {
	uint32_t object;
	uint64_t n_used, n_room; /* items */
	uint64_t n_bytes;        /* of blocks that the items would not need */
};

/* All of it, largest first. Texts belong to objects. */
struct objects_report {
	struct objects_totals totals;
	VEC(struct objects_global, globals);
	VEC(struct objects_module, modules);
	VEC(struct objects_class, classes);
	VEC(struct objects_kind, kinds);
	VEC(uint32_t, largest); /* objects, by their own bytes: the 100 largest whose path is known */
	VEC(struct objects_duplicate, duplicates);
	VEC(struct objects_slack, slack);
	struct arena arena; /* of texts */
};
int objects_report(struct objects *o, struct objects_report *ret); /* 0 or -ENOMEM */
void objects_report_deinit(struct objects_report *report);

/* The heap that they are in: kinds of heads by what the objects are, as micropython.mem_info(1) prints them, and their
 * paths as owners, which o must outlive. heap is sealed. 0; -ENOMEM or -E2BIG: the heap is empty or a part then. */
int objects_heap(const struct objects *o, struct heap *heap);
/* The path of the largest object that begins in this run of blocks and has one; nothing if none has. */
void objects_name_run(const struct objects *o, uint64_t start, uint64_t n_bytes, struct strbuf *out);

/* ---- two moments ---- */

/* Of a name: more of it, or less, than before. */
struct objects_change {
	const char *name; /* of a report */
	int64_t n_objects, n_bytes;
};
/* Objects by who owns them: the global, module or root that they are named by. Each is of one owner. */
struct objects_owned {
	const char *name;       /* "handlers", "<stack>"; of a part the class or kind */
	uint32_t object;        /* of an owner: what the name is of; OBJECT_NONE: of several things */
	bool is_class;          /* of a part: a class in Python */
	struct objects_sum sum; /* blocks of an object count as bytes of it */
	size_t i_part, n_parts; /* of an owner: in parts */
};
struct objects_owners {
	struct objects_sum sum;
	VEC(struct objects_owned, owners); /* largest first */
	VEC(struct objects_owned, parts);
	struct arena arena; /* of names */
};
/* Of all live objects that are wanted; is_wanted NULL: of all. 0 or -ENOMEM. o is borrowed until ret is deinitialised.
 */
typedef bool objects_is_wanted(const void *ctx, const struct objects *o, uint32_t i);
int objects_owners(const struct objects *o, objects_is_wanted *is_wanted, const void *ctx, struct objects_owners *ret);
/* The owner of at least half of them, and of twice as much as the next; NULL: there is none, or it has no name in
 * Python. */
const char *objects_owners_holder(const struct objects_owners *owners);
void objects_owners_deinit(struct objects_owners *owners);

struct objects_since {
	struct objects_totals before;
	bool is_same_start;         /* else objects cannot be told apart by their addresses: came and gone are empty */
	struct objects_owners came; /* and stayed */
	struct objects_sum gone;
	VEC(struct objects_change, globals); /* what they retain; most changed first */
	VEC(struct objects_change, classes);
	VEC(struct objects_change, kinds);
};
struct objects_moment {
	const struct objects *objects;
	const struct objects_report *report;
};
/* 0 or -ENOMEM. The moments are borrowed until ret is deinitialised. */
int objects_since(const struct objects_moment *before, const struct objects_moment *after, struct objects_since *ret);
void objects_since_deinit(struct objects_since *since);

/* ---- single objects ---- */

size_t objects_count(const struct objects *o);
void objects_get(const struct objects *o, uint32_t i, struct object *ret);
/* The object whose first block or any other is there; OBJECT_NONE. */
uint32_t objects_at(const struct objects *o, uint64_t address);
/* "cache['ev3'][2]", clean; "" if no root leads there. */
void objects_path(const struct objects *o, uint32_t i, struct strbuf *out);
/* The global that this path begins with, of each object; OBJECT_NONE: none, a root. To be freed; NULL: out of memory.
 */
uint32_t *objects_owner_of_each(const struct objects *o);
/* The object before it on that way, and the last step, "[2]", clean, maybe ""; OBJECT_NONE: a root, or not on any. */
uint32_t objects_parent(const struct objects *o, uint32_t i);
void objects_step(const struct objects *o, uint32_t i, struct strbuf *out);

/* Whose end is its end too, the closest one: its immediate dominator. OBJECT_NONE: no object is. */
uint32_t objects_holder(const struct objects *o, uint32_t i);
/* Those that its words refer to, one for each word; of OBJECT_NONE, those that the roots refer to. */
const uint32_t *objects_references(const struct objects *o, uint32_t i, size_t *ret_n);

/* An object as it is printed or as Python would write it, "cache['ev3'][2]", or by its address; OBJECT_NONE. */
uint32_t objects_find(const struct objects *o, const char *text);

/* Several objects, or in a tree also what was left out: of OBJECT_NONE, n_more objects that retain n_more_bytes. */
struct objects_row {
	uint32_t object, depth, n_more;
	uint64_t n_more_bytes;
};
struct objects_list {
	VEC(struct objects_row, rows);
};
void objects_list_deinit(struct objects_list *list);

struct objects_filter {
	const char *class, *kind; /* NULL: any */
	uint64_t min_bytes;
	bool is_collectable; /* those, and not the live ones */
};
/* Those that fit, largest first. All append to ret; 0 or -ENOMEM. */
int objects_select(const struct objects *o, const struct objects_filter *filter, struct objects_list *ret);
/* Its holder, the holder of that, and so on, parts of objects left out. */
int objects_holders(const struct objects *o, uint32_t i, struct objects_list *ret);
/* Those with a word that refers to it. */
int objects_referrers(const struct objects *o, uint32_t i, struct objects_list *ret);
enum { OBJECTS_DEPTH_MAX = 60 };
/* What it holds (objects_holder), down to a depth of at most that, and of each the n_top that retain most. Parts of an
 * object, such as the items of a list, are no rows: what they hold, the object holds. */
int objects_tree(const struct objects *o, uint32_t i, unsigned depth, uint64_t n_top, struct objects_list *ret);

/* What is asked, of several things; NULL: nothing. */
struct objects_questions {
	const char *path; /* of an object, as objects_find: its holders and referrers */
	const char *tree; /* the same: what it holds, as objects_tree */
	unsigned depth;
	uint64_t n_top;
	const struct objects_filter *filter;
};
struct objects_answers {
	uint32_t object; /* of path */
	struct objects_list holders, referrers, tree, selected;
};
/* report is that of o. 0; -ENOMEM; -ENOENT, with diag: nothing is called so, and what may be meant. ret was all-zero,
 * and is to be deinitialised in any case. */
int objects_answer(const struct objects *o, const struct objects_report *report, const struct objects_questions *q,
		   struct objects_answers *ret, struct diag *diag);
void objects_answers_deinit(struct objects_answers *answers);

/* What the parts of a build's check share: what there is in an image, whom it fits, and what is made of that. */
#ifndef MEMPROF_CHECK_IMAGE_H
#define MEMPROF_CHECK_IMAGE_H

#include "budget/check_private.h"
#include "diff/private.h"
#include "memprof/analysis/image_groups.h"
#include "memprof/base/names.h"

/* ---- things: what a limit of a subject can be about ---- */

/* An image, with the groups that somebody has asked for. */
struct check_contents {
	const struct image *image; /* NULL: there is none */
	const struct components *rules;
	const struct diff_scope *scope; /* which bytes count; NULL: all */
	struct image_groups components, archives;
	bool has_components, has_archives;
};
void check_contents_deinit(struct check_contents *of_image);
const struct image_groups *check_components(struct check_contents *of_image); /* NULL: no memory */
const struct image_groups *check_archives(struct check_contents *of_image);

/* As diff calls them: a member is "archive(member)", an object of LTO what it is called in every build. */
struct check_thing {
	struct image_slice name;
	uint64_t size_bytes;
};
typedef int check_take(void *of, const struct check_thing *thing); /* < 0 ends it */
/* Calls take for each: regions (size: what is used), sections, components … frozen modules. Of sections those that
 * take memory, of the others those with bytes; the size is what counts of them, which may be 0. 0, -ENOMEM, or what
 * take said. */
int check_things(struct check_contents *of_image, enum figure_subject subject, check_take *take, void *of);
/* Whether the input tells of such things at all: an ELF does not of objects, a list of sizes of nothing else. */
bool check_tells(const struct image *image, enum figure_subject subject);
const char *check_noun(enum figure_subject subject); /* of one of them: "frozen module" */

/* Whether a module's name is as C has it: of a map alone. */
bool check_frozen_is_mangled(const struct image *image);

/* ---- searches: one for each entry of the budget that is about the subject ---- */

struct check_found {
	const char *name; /* of what fits alone, else the pattern */
	uint64_t now_bytes, base_bytes;
	size_t n_now, n_base;
};
struct check_search {
	const struct budget_entry *entry;
	struct check_row *rows; /* n_rows behind each other */
	size_t n_rows;
	bool glob;
	const char *tail; /* … what it ends in, and how much it begins with, as it is */
	size_t n_head_bytes, n_tail_bytes;
	bool by_part;                   /* … and whether it fits the last part of a path as well */
	const char *mangled;            /* of frozen modules: the pattern as C has the name … */
	const char **mangled_except;    /* … and those that are left out */
	uint32_t next;                  /* another search for the same name; CHECK_NO_SEARCH */
	bool there, empty;              /* it fits something now; … and all of that is without a byte */
	const void *counted;            /* the last row of a diff that was counted for it */
	VEC(struct check_found, found); /* of an entry with each: one for each name; else at most one */
	struct names names;             /* … these names */
};
#define CHECK_NO_SEARCH UINT32_MAX

/* Names without a glob are looked up, however many there are; only globs are tried one by one. */
struct check_finder {
	enum figure_subject subject;
	struct arena arena;
	VEC(struct check_search, searches);
	struct names exact;
	bool may_be[256];     /* whether one of them has such a length and such ends */
	VEC(uint32_t, first); /* of each of these names: its search */
	VEC(uint32_t, globs); /* the other searches */
	struct strbuf text;
	uint32_t *hits; /* of check_find */
	bool all;       /* what is left out fits too */
};
/* For those of the check's rows that are about the subject, in these regions, and are wanted. 0 or -ENOMEM; to be freed
 * also then. */
int check_finder_init(struct check_finder *f, struct check *c, enum figure_subject subject, const char *in,
		      bool (*wanted)(const struct check_row *row));
void check_finder_deinit(struct check_finder *f);
/* The searches that a name fits: how many; they are in f->hits. mangled: of frozen modules. */
size_t check_find(struct check_finder *f, struct image_slice name, bool mangled);
/* Adds bytes to what was found under that name. 0 or -ENOMEM. */
enum check_count { CHECK_COUNT_NOW, CHECK_COUNT_BASE };
int check_count(struct check_finder *f, struct check_search *search, struct image_slice name, enum check_count what,
		uint64_t size_bytes);
void check_forget(struct check_finder *f); /* what was found */

/* ---- the check ---- */

/* Limits that count the bytes of the same regions. */
struct check_scope {
	const char *in;              /* a glob of regions; NULL: all bytes */
	struct diff_scope now, base; /* which those are; where in is set */
	struct diff diff;            /* of all that their rows are about, once somebody needs it: */
	bool compared;
};
struct check_of_build {
	struct check *c;
	const struct check_build *now, *base; /* base NULL: there is none */
	struct check_contents is, was;
	const struct components *rules;
	VEC(struct check_scope, scopes); /* the first is of all bytes */
	struct check_scope *scope;       /* of them the one at hand; is and was have it too */
	struct diff_objects objects;     /* who is who, once somebody needs it: */
	bool matched;
	struct arena arena;
};
/* Makes the scope of an entry's "in" the one at hand. */
void check_choose(struct check_of_build *b, const char *in);
/* 0 or -ENOMEM. */
int check_compare(struct check_of_build *b);
/* The list of the diff that has things of this subject, or NULL if they are not compared. */
const struct diff_list *check_compared(const struct check_of_build *b, enum figure_subject subject);
void check_not_comparable(struct check_of_build *b, struct check_row *row); /* said, where that is NULL */

/* Whether it may be judged still: neither offered nor given up. */
static inline bool check_is_open(const struct check_row *row) { return !row->value.known && !row->fault; }

/* The parts. 0 or -ENOMEM. */
int check_regions(struct check_of_build *b, struct check_finder *f);
int check_whole(struct check_of_build *b); /* of the subject "image" */
/* What rows that are broken or near it are made of. */
int check_image_causes(struct check_of_build *b);

#endif

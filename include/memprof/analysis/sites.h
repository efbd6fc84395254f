/* An allocation profile: which line of a program requests how much memory, and through which calls. A profile is made
 * of samples, each of which stands for the bytes that were allocated since the one before it, and of the chain of calls
 * that it was taken in. Chains with a common beginning share it: they are a tree.
 *
 * A CPU profile (SITES_TIME) is the same with microseconds in place of bytes.
 *
 * Cost: a node of 96 bytes for each distinct chain and each of its ends. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/arena.h"
#include "memprof/base/diag.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/vec.h"

enum sites_how { SITES_HOOK, SITES_SENTINEL, SITES_TIMER, SITES_PROBE };
const char *sites_how_name(enum sites_how how); /* as in the JSON: "hook" ... */

enum sites_unit { SITES_BYTES, SITES_TIME };

/* When what counts as alive was in use. */
enum sites_when {
	SITES_AT_END,        /* of the program, after its garbage was collected */
	SITES_AT_COLLECTION, /* after the first collection of a program that went on */
	SITES_AT_STOP,       /* when the samples ended, garbage too: no collection followed */
	SITES_AT_MARK,       /* at a mark of the program, garbage of then too */
	SITES_AT_HALT,       /* when the samples ended, without garbage: the heap was read */
};
const char *sites_when_name(enum sites_when when); /* as in the JSON: "end" ... */

enum {
	SITES_SENTINEL_STEP_MIN = 64, /* bytes; SITES_SENTINEL takes no smaller step */
	SITES_DEPTH_MAX = 64,         /* frames of a chain; of a longer one the innermost are kept */
	SITES_N_SIZES = 16,           /* class i: requests of at most 8 * 2^i bytes; the last one: all larger ones */
	SITES_NODES_MAX = 1 << 20,
	SITES_QUARTERS = 4,
	SITES_HASHES_MAX = 1024,         /* files; of further ones the hash is left out */
	SITES_JSON_MAX_BYTES = 32 << 20, /* of a saved profile that is read: some 70 000 chains */
};
#define SITES_NONE    UINT32_MAX
#define SITES_SUM_MAX ((uint64_t)1 << 62) /* larger sums stop there */

struct sites_frame {
	const char *file;     /* clean; "": not known */
	const char *function; /* clean: "<module>", "connect"; "": not known */
	uint32_t line;        /* 1..; 0: not known */
};

/* Estimates for all allocations, not the samples alone; none is above SITES_SUM_MAX. */
struct sites_sum {
	uint64_t n_samples;
	uint64_t bytes;       /* or microseconds, of SITES_TIME */
	uint64_t count;       /* allocations; 0 where sites.has_counts is false */
	uint64_t alive_bytes; /* not freed at the end; 0 where sites.has_alive is false */
	uint64_t alive_count;
};

/* A line within a chain. nodes[0] is the root, which has no frame: its own sum is that of samples whose chain is not
 * known. */
struct sites_node {
	uint32_t frame;                  /* of sites.frames; SITES_NONE for the root */
	uint32_t parent, child, sibling; /* nodes; SITES_NONE */
	struct sites_sum own, total;     /* total: with its children; valid after sites_end */
};

/* What was not freed at the end, of one line, held by one name. */
struct sites_kept {
	const char *holder; /* a global of the program, clean; "": there is none, or it is not known */
	uint32_t frame;     /* that allocated it; SITES_NONE: not known */
	uint64_t n_samples;
	uint64_t bytes[SITES_QUARTERS]; /* of each quarter of the samples; at most SITES_SUM_MAX / 4 */
	bool in_doubt; /* it may be other memory at these places, or more than is left of a block that was moved */
	bool is_leak;  /* its holder got more of it all along; valid after sites_end */
};
uint64_t sites_kept_bytes(const struct sites_kept *kept);
bool sites_kept_may_leak(const struct sites_kept *kept); /* it is sure, and some came after the first quarter */

/* What a file of the program was when the profile was made. */
struct sites_hash {
	const char *file, *sha256; /* clean; in hexadecimal digits */
};

struct sites {
	enum sites_how how;
	enum sites_unit unit;
	uint64_t step_bytes;      /* mean distance of samples, or of bursts; microseconds of SITES_TIME; 0: not known */
	uint64_t n_lost;          /* samples that could not be taken or sent */
	uint64_t n_bursts;        /* of SITES_SENTINEL: samples of allocations in a row; 0: not known */
	uint64_t n_independent;   /* of these: so many independent samples are as exact (bursts.h); 0: not known */
	uint64_t requested_bytes; /* by the program in all; NOT_KNOWN */
	uint64_t n_collections;   /* of the program, while samples were taken; NOT_KNOWN */
	uint64_t
		joined_us; /* for so long samples were taken of a program that ran already; NOT_KNOWN: of a whole run */
	const char *exception; /* that ended the program, clean: "MemoryError: ..."; "": none */
	bool was_stopped;      /* the program: by the user, or as it ran for too long */
	enum sites_when alive_when;
	const char *alive_mark; /* of SITES_AT_MARK: its label, clean; else "" */
	bool has_counts, has_alive, has_sizes, has_kept;
	uint64_t sizes[SITES_N_SIZES]; /* estimated requests of each size class */
	uint64_t temporary_bytes;      /* of these, freed by the next collection; NOT_KNOWN */
	uint64_t guessed_bytes;        /* of what is alive: it may be other memory at the same places; 0: no guess */
	VEC(struct sites_frame, frames);
	VEC(struct sites_node, nodes);
	VEC(struct sites_kept, kept); /* after sites_end one of each holder and line, largest first */
	VEC(struct sites_hash, hashes);
	/* private */
	struct arena arena; /* of texts */
	struct sites_index {
		uint32_t *slots; /* SITES_NONE: free */
		size_t n_slots;  /* a power of 2, or 0 */
	} frame_index, node_index;
};

int sites_init(struct sites *s, enum sites_how how, enum sites_unit unit); /* 0 or -ENOMEM */
void sites_deinit(struct sites *s);                                        /* safe twice, and on all-zero */
/* SITES_AT_MARK, with this label, which is copied and cleaned. 0 or -ENOMEM. */
int sites_set_mark(struct sites *s, const char *label);
/* Copied and cleaned. 0 or -ENOMEM. */
int sites_set_exception(struct sites *s, const char *text);
/* Both are copied and cleaned; a file keeps the first one. 0, also above SITES_HASHES_MAX; -ENOMEM. */
int sites_add_hash(struct sites *s, const char *file, const char *sha256);
const char *sites_hash_of(const struct sites *s, const char *file); /* NULL: not known */

/* The index of this frame, which is added if it is new; texts are copied and cleaned. SITES_NONE: out of memory. */
uint32_t sites_frame(struct sites *s, const char *file, const char *function, uint32_t line);
const struct sites_frame *sites_frame_at(const struct sites *s, uint32_t frame); /* NULL for SITES_NONE */
/* Adds samples taken in this chain of frames, the innermost first. 0; -ENOMEM; -E2BIG above SITES_NODES_MAX. */
int sites_add(struct sites *s, const uint32_t *frames, size_t n_frames, const struct sites_sum *sum);
/* Adds what is left of some samples; holder is copied and cleaned, is_leak is not used. What is in doubt is a row of
 * its own, and never a leak. 0 or -ENOMEM. */
int sites_keep(struct sites *s, const struct sites_kept *kept);
/* The same of one sample. */
struct sites_moment {
	uint64_t at_us, all_us; /* after the first sample; until the end */
	size_t i, n;            /* of all samples: a short run is split by these, as what is sent comes in bunches */
};
int sites_keep_sample(struct sites *s, const char *holder, uint32_t frame, uint64_t n_bytes, bool in_doubt,
		      const struct sites_moment *when);
/* Computes the totals, and puts the largest children first, ties by name. Again where more were added. 0 or -ENOMEM. */
int sites_end(struct sites *s);
/* The index in sizes of a request. */
size_t sites_size_class(uint64_t n_bytes);
/* "bytes" or "us": what sums are in. */
const char *sites_unit_name(enum sites_unit unit);

/* ---- what follows from it; all after sites_end ---- */

/* Each allocation is a sample: figures are no estimates. */
bool sites_has_all(const struct sites *s);
/* How many independent samples are as exact. Those of a burst are not. */
double sites_independent(const struct sites *s);
/* A step that gives more samples, where they are few; 0: they are not, or some were lost already, or it is not known.
 */
uint64_t sites_better_step(const struct sites *s);

/* Bytes of kept that leak. */
uint64_t sites_leak_bytes(const struct sites *s);

/* A line of the program, wherever it was called from. total counts a chain once, also if the line is in it repeatedly.
 */
struct sites_line {
	uint32_t frame; /* SITES_NONE: samples whose chain is not known, if there are any */
	struct sites_sum own, total;
};
struct sites_lines {
	VEC(struct sites_line, lines); /* most own bytes first, then most total, then by name */
};
int sites_lines(const struct sites *s, struct sites_lines *ret); /* 0 or -ENOMEM */
void sites_lines_deinit(struct sites_lines *lines);

/* What each line of a file allocates itself, in whichever function: ret[i] is of line i + 1. */
void sites_of_file(const struct sites *s, const struct sites_lines *lines, const char *file, struct sites_sum *ret,
		   size_t n_ret);
/* Files by what their lines allocate themselves, most first; files that are not known are left out. */
struct sites_file {
	const char *name; /* of the profile */
	struct sites_sum own;
};
struct sites_files {
	VEC(struct sites_file, files);
};
int sites_files(const struct sites *s, struct sites_files *ret); /* 0 or -ENOMEM */
void sites_files_deinit(struct sites_files *files);

/* The same chains from their ends: children of the root are the lines that allocate, their children the callers. The
 * frames have the same indices. *ret need not be initialised. 0; -ENOMEM: *ret is as after sites_deinit. */
int sites_invert(const struct sites *s, struct sites *ret);

/* The same chains with what was not freed at the end alone: bytes and count are those alive. As sites_invert. */
int sites_alive(const struct sites *s, struct sites *ret);

/* The calls that a node is within. */
struct sites_chain {
	uint32_t frames[SITES_DEPTH_MAX]; /* the innermost first */
	size_t n_frames;
};
void sites_chain(const struct sites *s, uint32_t node, struct sites_chain *ret);
/* The nodes whose innermost line allocated something, largest first; of equal ones in the order of the tree. */
struct sites_ends {
	VEC(uint32_t, nodes);
};
int sites_ends(const struct sites *s, struct sites_ends *ret); /* 0 or -ENOMEM */
void sites_ends_deinit(struct sites_ends *ends);
/* The node after this one, callers before what they call; SITES_NONE after the last one. The first one is 0. */
uint32_t sites_next(const struct sites *s, uint32_t node);

/* A profile saved as JSON (memprof.sites/1); sites_end was called. *ret need not be initialised, and needs sites_deinit
 * in any case. 0; -EINVAL, -EFBIG or -ENOMEM, with diag. */
int sites_read_json(const char *text, size_t n_bytes, const char *name, struct sites *ret, struct diag *diag);

/* Two profiles of one unit: lines by file, function and line. Where lines of a function moved, those at the distance at
 * which most are paired belong together; then those at the next one. */
struct sites_change {
	uint32_t before, after;    /* frames of either; SITES_NONE */
	struct sites_sum old, new; /* own */
};
struct sites_changes {
	VEC(struct sites_change, changes); /* most changed first, ties by name; also those that are equal */
	size_t n_left_out;                 /* by sites_changes_cut */
	bool shares_no_line;               /* each has lines of files, and none of them is in both */
};
/* 0; -EINVAL: units differ; -ENOMEM. */
int sites_diff(const struct sites *before, const struct sites *after, struct sites_changes *ret);
/* Leaves out those of less than so many bytes, or percent of what there was, and with grown what did not grow. */
void sites_changes_cut(struct sites_changes *changes, uint64_t least_bytes, double least_percent, bool grown);
void sites_changes_deinit(struct sites_changes *changes);
int64_t sites_change_by(const struct sites_change *change); /* more of it, or less */
/* Whether samples as few as these may differ so much by chance: within three standard deviations of their number. */
bool sites_change_is_chance(const struct sites *before, const struct sites *after, const struct sites_change *change);

/* A profile and an older one, or with alive_only what was not freed of both. titles: of the older one, and of the
 * other. 0; -EINVAL or -ENOMEM, with diag. */
struct sites_comparison {
	struct sites before;           /* the older one, of the caller; freed with the rest */
	const struct sites *old, *new; /* that changes are of; private: alive */
	struct sites alive[2];
	struct sites_changes changes;
};
int sites_compare(struct sites_comparison *c, const struct sites *after, const char *const titles[2], bool alive_only,
		  struct diag *diag);
/* Whether anything differs by more than chance. */
bool sites_comparison_has_changes(const struct sites_comparison *c);
void sites_comparison_deinit(struct sites_comparison *c); /* safe twice, and on all-zero */

/* The text of a file, named as in the frames. */
struct sites_source {
	const char *file, *text;
	size_t n_bytes;
	bool has_changed; /* since the profile was made */
};

/* A program under memprof, in parts: program.c has the board, output.c what the program prints, imports.c what it
 * imports, tests.c its tests, collections.c what the board prints when it collects, areas.c where its heap is. */
#ifndef MEMPROF_RUN_PRIVATE_H
#define MEMPROF_RUN_PRIVATE_H

#include "memprof/analysis/bursts.h"
#include "memprof/analysis/site_samples.h"
#include "memprof/base/strbuf.h"
#include "memprof/io/standard_input.h"
#include "memprof/live/board_poll.h"
#include "memprof/live/memory_probe.h"
#include "memprof/live/session.h"
#include "memprof/model/gc_areas.h"
#include "memprof/objects/call_stack.h"
#include "memprof/protocol/collection_hook.h"
#include "memprof/protocol/decoder.h"
#include "memprof/protocol/first_alloc_hook.h"
#include "memprof/protocol/import_hook.h"
#include "memprof/protocol/unittest_hook.h"
#include "memprof/run/probe_ids.h"
#include "memprof/run/program.h"

/* Where the heap is. */
struct program_areas {
	struct gc_areas areas;
	struct gc_layout layout; /* chained: also if it may get further areas */
	uint64_t total_bytes;    /* of mem_info() */
	uint64_t growth_bytes;   /* by which it may grow: NOT_KNOWN if it does not */
	unsigned n_crs;          /* that the line puts before each LF of memory */
	struct probe_hello hello;
	double bytes_per_s; /* of memory on the line, at least; 0: not measured, as the tables are small */
};

/* Tables that the board prints at collections. */
struct collections {
	bool on, is_there; /* is_there: the name of the hook may be, which has to be removed */
	struct collection_hook hook;
	struct collection_filter filter;
	uint64_t most_bytes; /* that the heap may grow to: NOT_KNOWN */
	uint8_t *before, *after;
	struct heap heap;
};

/* It takes so many words of the heap to compile and run what reads names, once a program has ended. */
enum { PROMPT_ROOM_WORDS = 2000 };
/* So many, if they are at most 1/part of the heap; else 0, also if one of its sizes is not known: NOT_KNOWN, 0. */
unsigned program_room_words(uint64_t heap_bytes, unsigned word_bytes, unsigned part);

/* An allocation that was observed: at one stop the stack before it, at the next its blocks. */
struct program_allocation {
	size_t i_frame, n_frames; /* of program_sites.frames, the innermost first */
	size_t i_burst;
	uint64_t at_us;
	uint32_t i_block, n_blocks; /* counted over all areas */
	bool is_alive;
	bool is_temporary; /* freed when the next burst began, or at the end */
	double alive_part; /* at the end: of what it stands for */
};

/* All zero: none is wanted yet. */
struct program_names {
	uint8_t *wanted; /* a bit for each */
	VEC(uint32_t, qstrs);
	struct call_names *names; /* NULL: they could not be read */
	struct call_names *early; /* of the first n_early ones, which are used then; NULL */
	size_t n_early;
	unsigned n_reads; /* of these */
};

/* Where it allocates: the board stops before some of its allocations, and is read. */
struct program_sites {
	bool on;               /* by stops: */
	uint64_t id_preparer;  /* what prepares the next stops */
	uint64_t id_finaliser; /* the function that stops */
	uint64_t id_reserve;   /* that of a reserve */
	struct program_areas at;
	struct call_stacks stacks;
	uint8_t *tables, *before, *after, *last; /* kinds of blocks; last: after the stop before */
	uint8_t *first;                          /* kinds after the first stop */
	size_t n_end_blocks;                     /* before has the kinds of so many at the end; 0: not known */
	bool has_last;
	VEC(struct call_frame, frames);
	VEC(struct program_allocation, allocations);
	VEC(struct burst, bursts);
	struct program_allocation pending; /* whose blocks the next stop shows */
	bool is_pending;
	unsigned last_position;        /* of the stop before, in its burst */
	struct program_names of_stops; /* of the functions of the first n_wanted frames */
	size_t n_wanted;
	uint64_t now_us, stopped_us; /* of the program, by this computer's clock; what was taken by stops */
	uint64_t n_lost;
	bool was_disturbed; /* a helper, by a stop */
	bool is_old;        /* functions are of MicroPython 1.18 or older: no frames are found */
	int error;          /* the first one of the profile */
	/* by its agent: */
	bool by_agent, takes_samples;
	struct site_samples samples;
	struct program_names *names; /* while the profile is made, as holders */
	struct program_holders *holders;
};

struct program_statistics {
	struct pool_summary summary;
	struct heap_reported reported;
};

/* A test file. Collections of memprof's are not its own. */
struct program_tests {
	bool is_hooked;               /* in unittest: frames of its functions come */
	bool is_there, was_hooked;    /* the name of that hook may be; the file ran with it */
	bool is_blind;                /* collections are not counted any more */
	const char *suite_failed;     /* unittest.main() reported failures, or was left; NULL */
	bool reports_gc;              /* an agent there reports each collection, … */
	uint64_t n_gc_events;         /* … so many by now */
	uint64_t n_ours;              /* collections of memprof's among all, … */
	uint64_t n_seen, n_ours_seen; /* … those with tables, and memprof's among these */
	uint8_t *last;                /* kinds of blocks after the last one of these; NULL */
	size_t n_last_blocks;
	uint64_t took_us[UNITTEST_COLLECTIONS]; /* the last ones that an agent reported, which may be memprof's */
	unsigned n_took;
	bool ends_with_skip; /* the last line of the program */
	uint64_t n_end;      /* collections when it had ended; NOT_KNOWN */
	uint64_t began_us;   /* of the file, as the next one */
	struct test_moment end;
	bool has_end;
};

/* A function whose first allocation is looked for. */
struct program_first_alloc {
	bool is_on, is_there; /* is_there: the name of the hook may be */
	bool is_over;         /* it was found, or the function cannot be watched: the program is to end */
	struct first_alloc_target target;
	struct strbuf script, hook;
};

struct program {
	const struct program_options *options;
	struct program_handler handler;
	struct program_result *result;
	struct session *session;
	struct board_poll poll;
	const char *label; /* of the next snapshot; NULL */
	bool by_agent;     /* snapshots come by themselves while the program runs */
	bool is_running;
	bool after_collect;     /* the board has just collected */
	bool records;           /* what the board sends is saved */
	bool in_frame, sampled; /* sampled: by calls in the program, at marks alone where collections.on */
	struct collections collections;
	void *statistics;  /* decoder state, of answers and frames that are not handed on */
	bool sampler_sent; /* perhaps in vain */
	bool fresh_sample; /* since the last mark */
	struct strbuf frame;
	uint64_t began_us;
	struct strbuf line;    /* the program's, for marks and MemoryErrors */
	struct strbuf unshown; /* of its output: an unfinished character */
	bool after_cr;         /* the last byte of it, which was not shown */
	struct standard_input input;
	struct session_input input_hooks;
	size_t n_calls;              /* of the sampler in the program */
	void *frames;                /* decoder state: what stands in frames */
	uint64_t n_events;           /* stand-in for line numbers */
	struct pool_summary *wanted; /* where the next snapshot's figures go */
	struct area_counts *wanted_counts;
	uint32_t block_bytes;
	struct pool_summary last_sample;
	/* with --imports: */
	bool is_hooked;      /* perhaps; else there is nothing to take away */
	bool imports_are_on; /* frames of imports may come */
	bool is_deaf;        /* what the board tells is nobody's business */
	struct gc_layout layout;
	struct strbuf hook_code;    /* borrowed by the session, while it sends it */
	uint64_t total_bytes;       /* of the heap, in the last frame; NOT_KNOWN */
	uint64_t old_threshold;     /* of gc; NOT_KNOWN: none */
	bool has_threshold;         /* it was changed */
	struct program_tests tests; /* with program_options.tests */
	struct program_sites sites; /* with program_options.sites */
	struct program_first_alloc first_alloc;
};

extern const struct pool_summary program_no_figures;

/* After session_open failed: reports why. */
enum program_end program_not_opened(const struct notice_sink *notices, int error, const struct diag *diag);

/* Whatever the board tells comes through here on its way to the handler. */
void program_event(struct program *p, struct event *event);
/* Figures that may be the peak of used, or the lowest largest free block. */
void program_note(struct program *p, const struct pool_summary *summary);

/* Takes frames out of what the program prints, and passes on the rest. */
void program_output(struct program *p, const char *bytes, size_t n_bytes);
/* It has ended: what was held back comes out. */
void program_output_ends(struct program *p);
/* Shows what a board says of it that is not its output, and takes a MemoryError in it as one in a log. */
void program_traceback(struct program *p, const char *bytes, size_t n_bytes);

/* areas.c: statistics of mem_info(), in an answer or a frame. */
void program_statistics(struct program *p, const char *text, size_t n, struct program_statistics *ret);
/* DONE: they are found for sure. RAISED: they are not, diag says why. Or what came between. */
enum session_outcome program_areas_find(struct program *p, struct program_areas *ret, struct diag *diag);

/* collections.c: puts the hook in. False: it cannot be, diag says why, unless the board is gone. */
bool program_collections_begin(struct program *p, struct diag *diag);
/* Takes it away, whatever has happened. */
void program_collections_end(struct program *p, const char *code);
void program_collections_deinit(struct program *p);

/* sites_hook.c: whether its agent samples. False: sites are wanted, but no carrier may be tried; after a notice. */
bool program_sites_choose(struct program *p, bool agent);
/* sites.c: all of these do nothing unless sites are wanted. The hook of collections is in, and has answered. False: it
 * cannot be, diag says why. */
bool program_sites_hooked(struct program *p, const struct program_areas *areas, struct diag *diag);
/* The program that samples itself; false: there is no need. Right before it runs; at each stop; at each event; the
 * program has ended, and nothing was asked of the board since. */
bool program_sites_code(const struct program *p, const struct strbuf *script, struct strbuf *ret);
void program_sites_begin(struct program *p);
void program_sites_sample(struct program *p);
void program_sites_event(struct program *p, const struct event *event);
void program_sites_end(struct program *p);
void program_sites_deinit(struct program *p);

/* first_alloc.c: all of these do nothing unless it is wanted. The script with calls of the hook in it. 0, or -EINVAL
 * with the reason in options->first_alloc->fault. */
int program_first_alloc_script(struct program *p, const struct strbuf *script);
/* Puts the hook in. The reason as before. */
enum program_end program_first_alloc_begin(struct program *p);
int program_first_alloc_frame(struct program *p, const char *text, size_t n); /* as program_import_frame */
/* It has ended. The outcome without what the hook did: DONE where that ended it. */
enum session_outcome program_first_alloc_ended(struct program *p, enum session_outcome outcome);
/* Takes the hook away, whatever has happened. */
void program_first_alloc_gone(struct program *p);

/* owners.c: who keeps what is left, by the probe (memory_probe.h). A board that cannot be read, or a line so slow that
 * it would take seconds, is no fault: there is no answer then. */
void program_owners(struct program *p);
/* objects_read for at most ten seconds; -ETIME: it would take longer. *ret_n_bytes: what was read. */
int program_objects_read(struct memory_probe *probe, struct objects **ret, uint64_t *ret_n_bytes, struct diag *diag);
/* Not tables of names, nor roots, whose names are in angle brackets, nor what memprof left. */
bool program_is_owner(const struct objects *o, uint32_t owner, const char *name);

/* Puts the hook of imports in. How it ended, after a notice unless fine. */
enum program_end program_imports_begin(struct program *p);
/* Takes it away, whatever has happened. */
void program_imports_end(struct program *p);
/* What stands in a frame that may be the hook's. 0, or -EINVAL if it is not. */
int program_import_frame(struct program *p, const char *text, size_t n);

/* threshold.c: that of gc, which is restored later. False: it cannot be set. */
bool program_threshold_set(struct program *p, uint64_t n_bytes);
void program_threshold_restore(struct program *p);

/* tests.c: all of these do nothing unless tests are wanted. The hook in unittest, if the script needs one, before the
 * first look; what goes behind the script: "" or code that runs tests that it does not run itself. */
void program_tests_hook(struct program *p, const struct strbuf *script);
const char *program_tests_code(const struct program *p);
/* The file begins: after the first look, and right before it runs. */
void program_tests_begin(struct program *p);
void program_tests_event(struct program *p, const struct event *event, const struct pool_summary *summary);
void program_tests_seen(struct program *p); /* a collection with tables: those of p->collections */
void program_tests_line(struct program *p, const char *line);
int program_tests_frame(struct program *p, const char *text, size_t n); /* as program_import_frame */
/* No more collections will be seen. */
void program_tests_blind(struct program *p);
/* It has just ended; the board was asked before its collection; and after it. */
void program_tests_ended(struct program *p);
void program_tests_stop(struct program *p);
void program_tests_collected(struct program *p);
/* Takes the hook away, whatever has happened, and adds what became of the file. */
void program_tests_unhook(struct program *p);
void program_tests_end(struct program *p, enum program_end end);
void program_tests_deinit(struct program *p);

#endif

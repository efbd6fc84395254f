/* The hook of `run` in MicroPython's collector: a finaliser that prints the block tables at each collection. Its code
 * and its output. No I/O.
 *
 * The sweep asks only the bit of an object in the table of finalisers, and calls __del__ (py/gc.c,
 * gc_sweep_run_finalisers), also of a user's class, where nothing sets that bit. So the hook sets it with uctypes, in a
 * sentinel that nothing refers to. __del__ runs with the heap locked, between mark and sweep: what is in use is marked,
 * and heads without a mark are what this collection frees. It prints from prepared buffers, and drops the next prepared
 * sentinel for the next collection. Older versions run finalisers during the sweep, which is done below the sentinel by
 * then.
 *
 * A frame is COLLECTION_BEGIN, the token, two numbers, whether areas follow, and of each area its structure and its
 * table, as they are, then COLLECTION_END. Areas may come and go: a table is only read if all structures are as they
 * were when their addresses were taken from them; else there is no frame, and they are looked for again after the
 * collection.
 *
 * A collection may come at any time, also while the compiler reads a program. So frames are taken out of what the board
 * sends before anything else looks at it (collection_filter). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memprof/base/strbuf.h"
#include "memprof/model/gc_areas.h"
#include "memprof/protocol/probe.h"

enum { COLLECTION_BEGIN = 0x1e, COLLECTION_END = 0x1f };

struct collection_hook {
	struct gc_layout layout; /* with finalisers */
	size_t bytes_max;        /* of tables in a frame; the hook sends none of a heap that grows beyond it */
	unsigned n_crs;          /* that the line puts before each LF of memory (probe.h) */
	uint64_t token;          /* random: nothing that the program prints begins like a frame */
	unsigned rest;           /* after a frame, none comes for so many times its duration */
	unsigned room_words;     /* kept for the prompt after the program */
	/* What is allocated between two collections at first; 0: whatever the program has. Of stops: the mean of what
	 * is allocated between two bursts of them. */
	uint64_t step_bytes;
	uint64_t step_max_bytes; /* but for stops: it is doubled up to this; … */
	unsigned share_percent;  /* … sooner where collections take more than this part of the time */
	bool asks;               /* frames are stops: the hook then serves reads of memory, as the probe does */
	uint64_t step_us;        /* of a timer (timer_hook.h): the time between two of them; 0: none */
};

/* Bounds of bytes_max. The board stands still while a frame is sent: the former takes 1.4 s at 115200 baud, the latter
 * is of a heap of 16 MiB. */
enum { COLLECTION_BYTES_SLOW = 16 * 1024, COLLECTION_BYTES_MAX = 256 * 1024 };
/* On a line with so many bytes a second: no frame takes longer than 1.4 s. */
size_t collection_bytes_max(double bytes_per_s);

/* NULL, or why frames cannot have these areas: no tables of finalisers, or too large ones. */
const char *collection_hook_lacks(const struct collection_hook *hook, const struct gc_areas *areas);

/* Appends Python code that installs the hook under the global name __memprof: a function which prints figures in a
 * frame. Given one of the numbers below, it returns how many collections there were, and selects which of those that
 * follow have frames: as many as rest allows (as at first), none, or each. The hook ends with that name, whatever else
 * it is given to. The code raises if the firmware lacks something, OSError if other threads run there while a frame is
 * sent. */
#define COLLECTION_HOOK_RATED "2"
#define COLLECTION_HOOK_NONE  "3"
#define COLLECTION_HOOK_EACH  "4"
#define COLLECTION_HOOK_ROOM  "5" /* takes the room for the prompt; its address, 0: there is no stack_use() */
#define COLLECTION_HOOK_STEPS "6" /* but for stops: collects, and from here on at each step */
void collection_hook_code(struct strbuf *code, const struct collection_hook *hook);
uint64_t collection_hook_threshold(const struct collection_hook *hook, unsigned i); /* of 16, in bytes */
/* Of stops: what is allocated between two bursts on average, once all thresholds were doubled so often. */
uint64_t collection_hook_doubled(const struct collection_hook *hook, unsigned n_doubled);
extern const char collection_hook_end_code[];

/* Of a stop: its number in its burst, from 0, and the sentinel's block. In a burst each allocation collects first. */
enum { COLLECTION_BURST = 15, COLLECTION_STOP_BITS = 4 };
/* The address of the last command of a stop, whose length is 0, is a sum of these: no burst follows, or the one at hand
 * ends; and thresholds are doubled. */
enum { COLLECTION_NO_BURST = 1, COLLECTION_DOUBLE = 2 };

/* With asks, the code prints id() of the bytearray that sends memory, and of its functions: the finaliser, the one that
 * keeps a reserve, the one that prepares a burst. There are no
 * samples before COLLECTION_HOOK_EACH, which the program itself has to call: what is on its way to the board at a
 * sample would be taken for a command. A command without its last byte ends all samples. */

struct collection_frame {
	uint64_t n_collections; /* since the hook was installed; not every one has a frame; of a stop: COLLECTION_STOP_
				 */
	uint32_t i_sentinel;    /* its block, counted over all areas; of a sample: bytes of the stack in use */
	bool asks;              /* a stop: no areas; the board waits for commands (probe.h), and the last ends it */
	bool is_last;           /* no areas, and no more frames: the heap has grown too large, or was full for long */
	bool is_broken;         /* something else was printed within it */
	struct gc_areas areas;  /* without addresses of structures */
};

/* Reads the tables of a frame: kinds of the blocks of all areas, as they were before the collection and as it leaves
 * them; room for 4 * bytes_max. Heads are BLOCK_HEAD, as their kinds are not known. 0; -ENOENT if nothing is marked, as
 * ports free all at a reset; -E2BIG if it is the last one; -EINVAL if the bytes are no such tables. */
size_t collection_hook_area_bytes(const struct collection_hook *hook); /* of a structure, before each table */
int collection_frame_tables(const struct collection_hook *hook, const struct collection_frame *frame,
			    const uint8_t *bytes, uint8_t *before, uint8_t *after);

/* ---- the filter ---- */

enum {
	COLLECTION_HEAD_BYTES = 1 + 16 + 8 + 8 + 1,
	COLLECTION_SILENCE_US = 1000000, /* within a frame: no more of it comes */
};

struct collection_filter {
	const struct collection_hook *hook;
	uint8_t *tables; /* collection_filter_room(hook), of the caller */
	struct collection_frame frame;
	uint64_t heard_us, begun_us, spent_us; /* the last byte; the head of that frame; all frames took so long */
	size_t n_head, n_tables;               /* received of the frame at hand */
	/* private: */
	char head[COLLECTION_HEAD_BYTES];
	enum { COLLECTION_AT_AREA, COLLECTION_AT_TABLE, COLLECTION_AT_END } part;
	size_t n_wanted; /* n_tables at its end */
	uint64_t next;   /* of the last structure; 0: none follows */
	struct probe_cooked cooked;
};

size_t collection_filter_room(const struct collection_hook *hook);

/* Takes the bytes from *p up to end, or to the end of a frame: then *ret_frame is set, and frame and tables are valid
 * until the next call. Writes what is not of a frame to out, at most end - *p + COLLECTION_HEAD_BYTES, and returns its
 * length. */
size_t collection_filter_read(struct collection_filter *f, const char **p, const char *end, uint64_t now_us, char *out,
			      bool *ret_frame);
uint64_t collection_filter_deadline(const struct collection_filter *f); /* NOT_KNOWN: nothing is held */
/* After a silence, or at the end (now_us NOT_KNOWN): what was received of a frame, of a whole head only what came after
 * it. Returns its length; *ret_text is valid until the next call. */
size_t collection_filter_release(struct collection_filter *f, uint64_t now_us, const char **ret_text);

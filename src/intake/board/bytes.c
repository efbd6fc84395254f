/* The bytes of a live board, read through its REPL. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/io/clock.h"
#include "memprof/live/board_memory.h"
#include "memprof/live/board_poll.h"
#include "memprof/protocol/peek.h"
#include "memprof/protocol/survey.h"
#include "memprof/wire.h"
#include "private.h"

enum { SNAPSHOT_US = 5000000 };

struct reader {
	struct intake_bytes *b;
	struct session *session;
	struct board_info board;
	struct board_memory memory;
	VEC(struct peek_window, known); /* to answer: n_windows of the board, then areas of its heap */
	size_t n_windows;
	bool dared; /* what is read is not known to answer */
};

static void on_event(void *ctx, struct event *event)
{
	struct intake_bytes *b = ctx;

	if (event->kind == EVENT_SNAPSHOT)
		heap_swap(&b->heap, event->snapshot.heap);
}

/* ---- what may be read ---- */

struct readable {
	bool yes, words;
	bool known;       /* to answer, without --unsafe */
	uint64_t n_bytes; /* from the address on the answer is the same for so long */
};

static void narrow(struct readable *r, uint64_t address, uint64_t start, uint64_t n_bytes, bool words)
{
	if (address < start) {
		r->n_bytes = MIN(r->n_bytes, start - address);
	} else if (address - start < n_bytes && !r->yes) {
		r->yes = true;
		r->words = words;
		r->n_bytes = n_bytes - (address - start);
	}
}

static struct readable readable_at(const struct reader *r, uint64_t address)
{
	struct readable ret = { .n_bytes = NOT_KNOWN };

	for (size_t i = 0; i < r->n_known && !ret.yes; i++)
		narrow(&ret, address, r->known[i].start, r->known[i].n_bytes, r->known[i].words);
	ret.known = ret.yes;
	ret.yes = ret.yes || r->b->unsafe;
	ret.words = ret.words || r->b->words;
	return ret;
}

static int list_known(struct reader *r)
{
	const struct peek_window *windows = peek_windows(&r->board, &r->n_windows);
	const struct heap *heap = &r->b->heap;
	int error = 0;

	for (size_t i = 0; i < r->n_windows && error == 0; i++)
		error = vec_push(r, known, windows[i]);
	for (uint32_t i = 0; i < heap->n_pools; i++)
		for (uint32_t k = 0; k < heap->pools[i].n_areas && error == 0; k++) {
			const struct heap_area *area = &heap->pools[i].areas[k];
			const uint64_t n_bytes = (uint64_t)area->n_blocks * heap->pools[i].block_bytes;
			if (!area->loose)
				error = vec_push(r, known,
						 (struct peek_window){ area->base, n_bytes, "the heap's", false });
		}
	return error;
}

static int report_not_readable(const struct reader *r)
{
	enum { AREAS_MAX = 4 };
	struct strbuf has CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const struct intake_bytes *b = r->b;

	for (size_t i = 0; i < MIN(r->n_known, r->n_windows + AREAS_MAX); i++)
		strbuf_printf(&has, "%s%s 0x%" PRIx64 "..0x%" PRIx64, i ? ", " : "", r->known[i].name,
			      r->known[i].start, r->known[i].start + r->known[i].n_bytes - 1);
	session_notice(r->session, "error",
		       "nothing is known to answer at 0x%" PRIx64 "..0x%" PRIx64
		       ", and a wrong address may crash the board; what is known: %s; --unsafe reads"
		       " it all the same",
		       b->start, b->start + b->n_bytes - 1, has.n_bytes ? strbuf_text(&has) : "nothing");
	return -EINVAL;
}

/* ---- reading ---- */

/* A board that was reset, or went away, while it was asked for what only --unsafe reads. */
static void report_dared(const struct reader *r)
{
	if (!r->memory.any_asked)
		return;
	if (r->dared)
		session_notice(r->session, "error",
			       "that happened while 0x%" PRIx64
			       " was read, which is not known to answer (--unsafe):"
			       " most likely that address stopped the board",
			       r->memory.address);
	else
		session_notice(r->session, "note", "that happened while 0x%" PRIx64 " was read", r->memory.address);
}

static int report_outcome(const struct reader *r, enum session_outcome outcome, const struct diag *diag)
{
	const char *other = outcome == SESSION_UNABLE ? diag->text : "the board was reset while it was read";
	int error = session_report(r->session, outcome, other);

	if (error == -ENODEV && outcome != SESSION_RAISED && outcome != SESSION_UNABLE)
		report_dared(r);
	return error;
}

/* A stretch of one kind of memory. */
static int read_stretch(struct reader *r, uint64_t address, uint8_t *ret, uint64_t n_bytes, bool words)
{
	struct diag diag = { 0 };

	r->memory.words = words;
	int error = reader_allow(&r->memory.reader, address, n_bytes);
	if (error == 0)
		error = reader_read(&r->memory.reader, address, (size_t)n_bytes, ret);
	if (error == 0)
		return 0;
	if (error != -EIO) {
		diag_set(&diag, error, "no address of a board");
		return report_outcome(r, SESSION_UNABLE, &diag);
	}
	return report_outcome(r, r->memory.outcome, &r->memory.diag);
}

static int read_all(struct reader *r, struct diag *diag)
{
	struct intake_bytes *b = r->b;
	int error = 0;
	bool any = false;

	b->bytes = malloc((size_t)b->n_bytes);
	if (!b->bytes)
		return -ENOMEM;
	for (uint64_t i = 0, n; i < b->n_bytes && error == 0; i += n) {
		struct readable here = readable_at(r, b->start + i);
		n = MIN(here.n_bytes, b->n_bytes - i);
		any |= here.yes;
		r->dared = !here.known;
		if (here.yes)
			error = read_stretch(r, b->start + i, b->bytes + i, n, here.words);
		if (here.yes && error == 0)
			error = memory_add(&b->memory, b->start + i, b->bytes + i, n);
		if (!here.yes)
			error = memory_add_void(&b->memory, b->start + i, n, bytes_not_known);
	}
	if (!any)
		error = report_not_readable(r);
	memory_finalize(&b->memory);
	return error < 0 ? error : bytes_warn_of_build(b, diag);
}

static int read_addresses(struct reader *r, struct diag *diag)
{
	int error = bytes_resolve_live(r->b, diag);

	if (error == 0)
		error = list_known(r);
	return error < 0 ? error : read_all(r, diag);
}

static bool is_in_heap(const struct reader *r)
{
	const struct intake_bytes *b = r->b;

	for (size_t i = r->n_windows; i < r->n_known; i++)
		if (b->start < r->known[i].start + r->known[i].n_bytes && r->known[i].start < b->start + b->n_bytes)
			return true;
	return false;
}

/* Whose the blocks of the heap are, which takes a reading of all that is used of it. Where that fails, blocks have no
 * owners. */
static int read_owners(struct reader *r)
{
	struct intake_bytes *b = r->b;
	struct diag diag = { 0 };
	enum session_outcome outcome = objects_of_session(r->session, &b->objects, &diag);

	if (outcome == SESSION_UNABLE || outcome == SESSION_NO_ROOM) {
		session_notice(r->session, "note", "the blocks of its heap have no names: %s",
			       diag.text[0] ? diag.text : "it did not answer");
		return 0;
	}
	if (outcome != SESSION_DONE)
		return report_outcome(r, outcome, NULL);
	return objects_heap(b->objects.objects, &b->heap);
}

/* The name may be that of an object. */
static int read_named(struct reader *r, struct diag *diag)
{
	bool reads_owners = !r->b->no_memory;
	int error = 0;

	if (reads_owners && !bytes_know_name(r->b)) {
		error = read_owners(r);
		reads_owners = false;
	}
	if (error == 0)
		error = read_addresses(r, diag);
	if (error == 0 && reads_owners && is_in_heap(r))
		error = read_owners(r);
	return error;
}

static int read_board(struct reader *r, struct diag *diag)
{
	struct board_poll poll = { .session = r->session };
	uint64_t before_bytes = board_poll_used(&poll);
	enum session_outcome outcome = session_helper(r->session, survey_questions[0].code);
	size_t n;

	if (outcome == SESSION_DONE) {
		const char *answer = session_answer(r->session, &n);
		survey_questions[0].read(answer, n, &r->board);
		outcome = board_poll_take(&poll);
	}
	if (outcome != SESSION_DONE && outcome != SESSION_RAISED)
		return report_outcome(r, outcome, NULL);
	board_memory_init(&r->memory, r->session, &r->board, false);
	int error = read_named(r, diag);
	board_poll_end(&poll);
	if (error == 0)
		board_poll_report_garbage(&poll, "memprof left", before_bytes, board_poll_used(&poll));
	return error;
}

/* Without a prompt, with an agent that reads. */
static int read_agent(struct reader *r, struct diag *diag)
{
	uint64_t until_us = clock_now_us() + SNAPSHOT_US;
	enum session_outcome outcome = SESSION_TIME;

	if (r->b->words) {
		session_notice(r->session, "error",
			       "--words requires a prompt: leave it out, or stop the program with --interrupt");
		return -EINVAL;
	}
	board_memory_init(&r->memory, r->session, &r->board, true);
	session_ask_snapshot(r->session, true);
	while (r->b->heap.n_pools == 0 && outcome == SESSION_TIME && clock_now_us() < until_us)
		outcome = session_wait(r->session, clock_now_us() + 50000);
	if (outcome != SESSION_TIME)
		return report_outcome(r, outcome, NULL);
	if (r->b->heap.n_pools == 0) {
		session_notice(r->session, "error", "its agent sends no snapshot");
		return -ENODEV;
	}
	return session_agent_holds(r->session) ? read_named(r, diag) : read_addresses(r, diag);
}

/* The unix port, built as programs are today. */
static int refuse_relocated(const struct intake_bytes *b, struct diag *diag)
{
	const struct input_image *elf = bytes_elf(b);

	if (!elf || !elf->image.relocated)
		return 0;
	return diag_at(
		diag, (struct place){ .file = elf->image.name }, -EINVAL,
		"this program is position-independent: it lies"
		" elsewhere each time it runs, so its names are of no help with a live one; leave --elf out (gc.0"
		" and numbers are addresses there)");
}

int board_bytes(struct intake_bytes *b, struct diag *diag)
{
	const struct session_handler handler = { .on_event = on_event, .ctx = b };
	struct reader r = { .b = b };
	struct session_config config = *b->session;
	enum session_outcome opened;
	int error = refuse_relocated(b, diag);

	board_init(&r.board);
	config.protocol = SESSION_REPL;
	config.needs_prompt = config.agent_will_do = true;
	config.agent_abilities = WIRE_TAKES_REQUESTS | WIRE_CAN_READ;
	if (error == 0)
		error = session_open(&r.session, &config, &handler, &opened, diag);
	if (error < 0)
		return error;
	if (opened == SESSION_READY)
		error = read_board(&r, diag);
	else if (opened == SESSION_LISTENING && session_agent_talks(r.session))
		error = read_agent(&r, diag);
	else
		error = session_report(r.session, opened, NULL);
	if (error == 0 && session_recording_failed(r.session))
		error = -EIO;
	b->format = error == 0 ? "live" : NULL;
	vec_deinit(&r, known);
	session_close(r.session);
	return error;
}

/* The bytes of a live board, read through its REPL. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "hex/hex.h"
#include "live.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/io/clock.h"
#include "memprof/live/board_memory.h"
#include "memprof/live/board_poll.h"
#include "memprof/live/session.h"
#include "memprof/protocol/peek.h"
#include "memprof/protocol/survey.h"
#include "memprof/wire.h"

enum { SNAPSHOT_US = 5000000 };

struct reader {
	struct hex_job *job;
	struct session *session;
	struct board_info board;
	struct board_memory memory;
	const struct peek_window *windows;
	size_t n_windows;
	bool unsafe, words; /* --unsafe, --words */
	bool dared;         /* what is read is not known to answer */
};

static void on_event(void *ctx, struct event *event)
{
	struct hex_job *job = ctx;

	if (event->kind == EVENT_SNAPSHOT)
		heap_swap(&job->heap, event->snapshot.heap);
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

	for (size_t i = 0; i < r->n_windows && !ret.yes; i++)
		narrow(&ret, address, r->windows[i].start, r->windows[i].n_bytes, r->windows[i].words);
	for (uint32_t i = 0; i < r->job->heap.n_pools && !ret.yes; i++) {
		const struct heap_pool *pool = &r->job->heap.pools[i];
		for (uint32_t k = 0; k < pool->n_areas && !ret.yes; k++)
			if (!pool->areas[k].loose)
				narrow(&ret, address, pool->areas[k].base,
				       (uint64_t)pool->areas[k].n_blocks * pool->block_bytes, false);
	}
	ret.known = ret.yes;
	ret.yes = ret.yes || r->unsafe;
	ret.words = ret.words || r->words;
	return ret;
}

static void add_stretch(struct strbuf *s, const char *name, uint64_t start, uint64_t n_bytes)
{
	if (n_bytes)
		strbuf_printf(s, "%s%s 0x%" PRIx64 "..0x%" PRIx64, s->n_bytes ? ", " : "", name, start,
			      start + n_bytes - 1);
}

static int report_not_readable(const struct reader *r)
{
	struct strbuf has CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const struct hex_job *job = r->job;

	for (size_t i = 0; i < r->n_windows; i++)
		add_stretch(&has, r->windows[i].name, r->windows[i].start, r->windows[i].n_bytes);
	for (uint32_t i = 0; i < job->heap.n_pools; i++)
		for (uint32_t k = 0; k < job->heap.pools[i].n_areas && k < 4; k++)
			add_stretch(&has, "the heap's", job->heap.pools[i].areas[k].base,
				    (uint64_t)job->heap.pools[i].areas[k].n_blocks * job->heap.pools[i].block_bytes);
	session_notice(r->session, "error",
		       "nothing is known to answer at 0x%" PRIx64 "..0x%" PRIx64
		       ", and a wrong address may crash the board; what is known: %s; --unsafe reads"
		       " it all the same",
		       job->start, job->start + job->n_bytes - 1, has.n_bytes ? strbuf_text(&has) : "nothing");
	return EXIT_INPUT;
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
	int code = live_report_outcome(r->session, outcome, other);

	if (code == EXIT_DEVICE && outcome != SESSION_RAISED && outcome != SESSION_UNABLE)
		report_dared(r);
	return code;
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
		return EXIT_FINE;
	if (error != -EIO) {
		diag_set(&diag, error, "no address of a board");
		return report_outcome(r, SESSION_UNABLE, &diag);
	}
	return report_outcome(r, r->memory.outcome, &r->memory.diag);
}

static int read_all(struct reader *r)
{
	struct hex_job *job = r->job;
	int code = EXIT_FINE;
	bool any = false;

	job->bytes = malloc((size_t)job->n_bytes);
	if (!job->bytes) {
		message_error("out of memory");
		return EXIT_INPUT;
	}
	for (uint64_t i = 0, n; i < job->n_bytes && code == EXIT_FINE; i += n) {
		struct readable here = readable_at(r, job->start + i);
		n = MIN(here.n_bytes, job->n_bytes - i);
		int error = 0;
		if (here.yes) {
			any = true;
			r->dared = !here.known;
			code = read_stretch(r, job->start + i, job->bytes + i, n, here.words);
			error = memory_add(&job->memory, job->start + i, job->bytes + i, n);
		} else {
			error = memory_add_void(&job->memory, job->start + i, n, hex_not_known);
		}
		if (error < 0) {
			message_error("out of memory");
			code = EXIT_INPUT;
		}
	}
	if (!any)
		code = report_not_readable(r);
	memory_finalize(&job->memory);
	if (code == EXIT_FINE && hex_warn_of_build(job) < 0)
		code = EXIT_INPUT;
	return code;
}

static int read_addresses(struct reader *r) { return hex_resolve_live(r->job) < 0 ? EXIT_INPUT : read_all(r); }

static bool is_in_heap(const struct hex_job *job)
{
	for (uint32_t i = 0; i < job->heap.n_pools; i++) {
		const struct heap_pool *pool = &job->heap.pools[i];
		for (uint32_t k = 0; k < pool->n_areas; k++) {
			uint64_t base = pool->areas[k].base, n = (uint64_t)pool->areas[k].n_blocks * pool->block_bytes;
			if (!pool->areas[k].loose && job->start < base + n && base < job->start + job->n_bytes)
				return true;
		}
	}
	return false;
}

/* Whose the blocks of the heap are, which takes a reading of all that is used of it. Where that fails, blocks have no
 * owners. */
static int read_owners(struct reader *r)
{
	struct hex_job *job = r->job;
	struct diag diag = { 0 };
	enum session_outcome outcome = objects_of_session(r->session, &job->objects, &diag);

	if (outcome == SESSION_UNABLE || outcome == SESSION_NO_ROOM) {
		session_notice(r->session, "note", "the blocks of its heap have no names: %s",
			       diag.text[0] ? diag.text : "it did not answer");
		return EXIT_FINE;
	}
	if (outcome != SESSION_DONE)
		return report_outcome(r, outcome, NULL);
	if (objects_heap(job->objects.objects, &job->heap) == 0)
		return EXIT_FINE;
	message_error("out of memory");
	return EXIT_INPUT;
}

/* The name may be that of an object. */
static int read_named(struct reader *r)
{
	bool reads_owners = !r->job->args->no_memory;
	int code = EXIT_FINE;

	if (reads_owners && !hex_knows_name(r->job)) {
		code = read_owners(r);
		reads_owners = false;
	}
	if (code == EXIT_FINE)
		code = read_addresses(r);
	if (code == EXIT_FINE && reads_owners && is_in_heap(r->job))
		code = read_owners(r);
	return code;
}

static int read_board(struct reader *r)
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
	r->windows = peek_windows(&r->board, &r->n_windows);
	int code = read_named(r);
	board_poll_end(&poll);
	if (code == EXIT_FINE)
		board_poll_report_garbage(&poll, "memprof's own commands left", before_bytes, board_poll_used(&poll));
	return code;
}

/* Without a prompt, with an agent that reads. */
static int read_agent(struct reader *r)
{
	uint64_t until_us = clock_now_us() + SNAPSHOT_US;
	enum session_outcome outcome = SESSION_TIME;

	if (r->words) {
		session_notice(
			r->session, "error",
			"--words requires a prompt, and the agent of this board reads memory by bytes; leave --words"
			" out, or stop the program with --interrupt");
		return EXIT_INPUT;
	}
	board_memory_init(&r->memory, r->session, &r->board, true);
	session_ask_snapshot(r->session, true);
	while (r->job->heap.n_pools == 0 && outcome == SESSION_TIME && clock_now_us() < until_us)
		outcome = session_wait(r->session, clock_now_us() + 50000);
	if (outcome != SESSION_TIME)
		return report_outcome(r, outcome, NULL);
	if (r->job->heap.n_pools == 0) {
		session_notice(r->session, "error", "its agent sends no snapshot");
		return EXIT_DEVICE;
	}
	return session_agent_holds(r->session) ? read_named(r) : read_addresses(r);
}

/* The unix port, built as programs are today. */
static int refuse_relocated(const struct hex_job *job)
{
	const struct input_image *elf = hex_elf(job);

	if (!elf || !elf->image.relocated)
		return 0;
	message_at((struct place){ .file = elf->image.name }, "error",
		   "this program is position-independent: it lies"
		   " elsewhere each time it runs, so its names are of no help with a live one; leave --elf out (gc.0"
		   " and numbers are addresses there)");
	return -EINVAL;
}

int hex_live(struct hex_job *job)
{
	const struct session_handler handler = { .on_event = on_event, .ctx = job };
	struct reader r = { .job = job, .unsafe = job->args->unsafe, .words = job->args->words };
	struct session_config config;
	enum session_outcome opened;
	int code;

	if (refuse_relocated(job) < 0)
		return EXIT_INPUT;
	board_init(&r.board);
	code = live_config(&job->args->board, job->source, &config);
	config.protocol = SESSION_REPL;
	config.needs_prompt = config.agent_will_do = true;
	config.agent_abilities = WIRE_TAKES_REQUESTS | WIRE_CAN_READ;
	if (code != EXIT_FINE || !live_open(&config, &handler, &r.session, &opened, &code))
		return code;
	if (opened == SESSION_READY)
		code = read_board(&r);
	else if (opened == SESSION_LISTENING && session_agent_talks(r.session))
		code = read_agent(&r);
	else
		code = opened == SESSION_STOPPED ? EXIT_STOPPED : EXIT_DEVICE;
	if (opened == SESSION_GONE)
		session_report_gone(r.session);
	if (session_recording_failed(r.session))
		code = exit_worse(code, EXIT_INPUT);
	if ((opened == SESSION_READY || opened == SESSION_LISTENING) && code == EXIT_FINE)
		job->format = "live";
	session_close(r.session);
	return code;
}

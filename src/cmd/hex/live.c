/* The bytes of a live board, read through its REPL. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "hex/hex.h"
#include "memprof/base/text.h"
#include "memprof/cli/command.h"
#include "memprof/cli/message.h"
#include "memprof/io/clock.h"
#include "memprof/live/board_poll.h"
#include "memprof/live/probe_carrier.h"
#include "memprof/live/session.h"
#include "memprof/protocol/peek.h"
#include "memprof/protocol/survey.h"

enum {
	LIVE_MAX_BYTES = 1 << 20,
	TRIES = 3,
	SNAPSHOT_US = 5000000,
	PROBE_LEAST_BYTES = 2048, /* the probe itself is 1 kB to send; each question is at most 512 bytes */
};

struct reader {
	struct hex_job *job;
	struct session *session;
	struct board_info board;
	const struct peek_window *windows;
	size_t n_windows;
	size_t i_way[2];    /* of peek_ways, by bytes and by words: those before it are missing there */
	bool unsafe, words; /* --unsafe, --words */
	bool asking, dared; /* the board is asked for this address, which is not known to answer */
	uint64_t address;
	struct probing probing;
	bool no_probe; /* it does not go that way here */
	bool by_agent; /* there is no prompt: an agent reads */
};

static void on_event(void *of, struct event *event)
{
	struct hex_job *job = of;

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

static int say_not_readable(const struct reader *r)
{
	struct strbuf has CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const struct hex_job *job = r->job;

	for (size_t i = 0; i < r->n_windows; i++)
		add_stretch(&has, r->windows[i].name, r->windows[i].start, r->windows[i].n_bytes);
	for (uint32_t i = 0; i < job->heap.n_pools; i++)
		for (uint32_t k = 0; k < job->heap.pools[i].n_areas && k < 4; k++)
			add_stretch(&has, "the heap's", job->heap.pools[i].areas[k].base,
				    (uint64_t)job->heap.pools[i].areas[k].n_blocks * job->heap.pools[i].block_bytes);
	message_at((struct place){ .file = session_source_name(r->session) }, "error",
		   "nothing is known to answer at 0x%" PRIx64 "..0x%" PRIx64
		   ", and a wrong address may crash the board; what is known: %s; --unsafe reads"
		   " it all the same",
		   job->start, job->start + job->n_bytes - 1, has.n_bytes ? strbuf_text(&has) : "nothing");
	return EXIT_INPUT;
}

/* ---- reading ---- */

static bool raised(const struct reader *r, const char *what)
{
	size_t n;
	const char *traceback = session_traceback(r->session, &n);

	return text_find(traceback, n, what) != NULL;
}

static bool can(const struct reader *r, const struct peek_way *way, bool words)
{
	return (way->anywhere || strcmp(r->board.platform, "linux") != 0) && (way->step_bytes == 4) == words;
}

/* The first way that the board may have; NULL: none is left. */
static const struct peek_way *next_way(const struct reader *r, bool words)
{
	for (size_t i = r->i_way[words]; i < n_peek_ways; i++)
		if (can(r, &peek_ways[i], words))
			return &peek_ways[i];
	return NULL;
}

/* One question, and again if its answer came mixed with other text, or if there was no room to ask. */
static enum session_outcome ask(struct reader *r, const struct peek_way *way, uint64_t address, uint8_t *ret, size_t n,
				struct diag *diag)
{
	struct strbuf code CLEANUP(strbuf_deinit) = STRBUF_INIT;
	enum session_outcome outcome = SESSION_DONE;

	way->ask(&code, address, n);
	for (unsigned i = 0; i < TRIES; i++) {
		size_t n_answer;
		*diag = (struct diag){ 0 };
		outcome = session_helper(r->session, strbuf_text(&code));
		if (outcome == SESSION_RAISED && raised(r, "MemoryError")) {
			session_helper(r->session, look_collect_code);
			continue;
		}
		if (outcome != SESSION_DONE)
			break;
		const char *answer = session_answer(r->session, &n_answer);
		if (way->read(answer, n_answer, ret, n, diag) == 0)
			return outcome;
	}
	return outcome;
}

/* A board that was reset, or went away, while it was asked for what only --unsafe reads. */
static void say_dared(const struct reader *r, struct place at)
{
	if (r->asking && r->dared)
		message_at(at, "error",
			   "that happened while 0x%" PRIx64
			   " was read, which is not known to answer (--unsafe):"
			   " most likely that address stopped the board",
			   r->address);
	else if (r->asking)
		message_at(at, "note", "that happened while 0x%" PRIx64 " was read", r->address);
}

static int say(const struct reader *r, enum session_outcome outcome, const struct diag *diag)
{
	struct place at = { .file = session_source_name(r->session) };

	if (outcome == SESSION_STOPPED)
		return EXIT_FINE;
	if (outcome == SESSION_GONE)
		session_say_gone(r->session);
	else if (outcome == SESSION_RAISED)
		session_say_raised(r->session);
	else if (outcome == SESSION_DONE)
		message_at(at, "error", "%s", diag->text);
	else
		message_at(at, "error", "the board was reset while it was read");
	if (outcome != SESSION_RAISED && outcome != SESSION_DONE)
		say_dared(r, at);
	return EXIT_DEVICE;
}

/* By the probe, where it goes: a few large reads, and all of one moment. */
static enum probing_answer read_by_probe(struct reader *r, uint64_t address, uint8_t *ret, uint64_t n_bytes)
{
	struct probing_read read = { address, (size_t)n_bytes, ret };
	enum probing_answer answer = PROBING_FINE;
	struct diag diag = { 0 };

	if (r->no_probe || n_bytes < PROBE_LEAST_BYTES)
		return PROBING_NO_WAY;
	if (!probing_is_on(&r->probing))
		answer = probing_begin(&r->probing, r->session, &diag);
	r->asking = true;
	r->address = address;
	if (answer == PROBING_FINE && reader_allow(&r->probing.reader, address, n_bytes) < 0)
		answer = PROBING_NO_WAY; /* no address of this board's */
	if (answer == PROBING_FINE)
		answer = probing_read(&r->probing, &read, 1);
	r->no_probe = answer != PROBING_FINE;
	return answer;
}

/* By an agent that sends snapshots by itself. Its heap is known from one of them. */
static int read_by_agent(struct reader *r, uint64_t address, uint8_t *ret, uint64_t n_bytes, bool *ret_stopped)
{
	enum session_outcome outcome = SESSION_DONE;

	for (uint64_t i = 0, n; i < n_bytes && outcome == SESSION_DONE; i += n) {
		n = MIN(n_bytes - i, (uint64_t)SESSION_MEMORY_MAX_BYTES);
		r->address = address + i;
		outcome = session_memory(r->session, r->address, (size_t)n, ret + i);
	}
	*ret_stopped = outcome == SESSION_STOPPED;
	if (outcome != SESSION_TIME)
		return outcome == SESSION_DONE ? EXIT_FINE : say(r, outcome, NULL);
	message_at((struct place){ .file = session_source_name(r->session) }, "error",
		   "its agent does not read what is at"
		   " 0x%" PRIx64 "; it reads the heap, and what its firmware allows",
		   r->address);
	return EXIT_DEVICE;
}

/* A stretch of one kind of memory. *ret_stopped: somebody wants no more. */
static int read_stretch(struct reader *r, uint64_t address, uint8_t *ret, uint64_t n_bytes, bool words,
			bool *ret_stopped)
{
	if (r->by_agent)
		return read_by_agent(r, address, ret, n_bytes, ret_stopped);
	const struct peek_way *way = next_way(r, words);
	enum probing_answer probed = words ? PROBING_NO_WAY : read_by_probe(r, address, ret, n_bytes);
	uint8_t chunk[PEEK_MAX_BYTES];
	struct diag diag;

	if (probed == PROBING_FINE)
		return EXIT_FINE;
	if (probed == PROBING_OUTCOME) {
		*ret_stopped = r->probing.outcome == SESSION_STOPPED;
		return say(r, r->probing.outcome, NULL);
	}
	for (uint64_t i = 0; way && i < n_bytes;) {
		unsigned n_before = (unsigned)((address + i) % way->step_bytes);
		size_t n = (size_t)MIN(n_bytes - i + n_before, (uint64_t)way->max_bytes);
		n = (n + way->step_bytes - 1) / way->step_bytes * way->step_bytes;
		r->asking = true;
		r->address = address + i;
		enum session_outcome outcome = ask(r, way, address + i - n_before, chunk, n, &diag);
		if (outcome == SESSION_RAISED && (raised(r, "ImportError") || raised(r, "AttributeError"))) {
			r->i_way[words] = (size_t)(way - peek_ways) + 1;
			way = next_way(r, words);
			continue;
		}
		if (outcome != SESSION_DONE || diag.text[0]) {
			*ret_stopped = outcome == SESSION_STOPPED;
			return say(r, outcome, &diag);
		}
		uint64_t n_new = MIN((uint64_t)n - n_before, n_bytes - i);
		memcpy(ret + i, chunk + n_before, (size_t)n_new);
		i += n_new;
	}
	if (way)
		return EXIT_FINE;
	message_at((struct place){ .file = session_source_name(r->session) }, "error",
		   "this firmware has nothing that reads"
		   " memory %s (uctypes, machine.mem8, machine.mem32)",
		   words ? "32 bits at a time" : "by bytes");
	return EXIT_DEVICE;
}

static int read_all(struct reader *r, bool *ret_stopped)
{
	struct hex_job *job = r->job;
	int code = EXIT_FINE;
	bool any = false;

	job->bytes = malloc((size_t)job->n_bytes);
	if (!job->bytes) {
		message_error("out of memory");
		return EXIT_INPUT;
	}
	for (uint64_t i = 0, n; i < job->n_bytes && code == EXIT_FINE && !*ret_stopped; i += n) {
		struct readable here = readable_at(r, job->start + i);
		n = MIN(here.n_bytes, job->n_bytes - i);
		int error = 0;
		if (here.yes) {
			any = true;
			r->dared = !here.known;
			code = read_stretch(r, job->start + i, job->bytes + i, n, here.words, ret_stopped);
			error = memory_add(&job->memory, job->start + i, job->bytes + i, n);
		} else {
			error = memory_add_void(&job->memory, job->start + i, n,
						"not known to answer (--unsafe reads it)");
		}
		if (error < 0) {
			message_error("out of memory");
			code = EXIT_INPUT;
		}
	}
	if (!any)
		code = say_not_readable(r);
	memory_settle(&job->memory);
	if (code == EXIT_FINE && !*ret_stopped && hex_warn_of_build(job) < 0)
		code = EXIT_INPUT;
	return code;
}

static int read_addresses(struct reader *r, bool *ret_stopped)
{
	if (hex_resolve(r->job) < 0)
		return EXIT_INPUT;
	if (r->job->n_bytes <= LIVE_MAX_BYTES)
		return read_all(r, ret_stopped);
	message_error("of a live board at most %d bytes are read at a time, not %" PRIu64, LIVE_MAX_BYTES,
		      r->job->n_bytes);
	return EXIT_INPUT;
}

static int read_board(struct reader *r, bool *ret_stopped)
{
	struct look look = { .session = r->session };
	uint64_t before_bytes = look_used(&look);
	enum session_outcome outcome = session_helper(r->session, survey_questions[0].code);
	size_t n;

	if (outcome == SESSION_DONE) {
		const char *answer = session_answer(r->session, &n);
		survey_questions[0].read(answer, n, &r->board);
		outcome = look_take(&look);
	}
	if (outcome != SESSION_DONE && outcome != SESSION_RAISED) {
		*ret_stopped = outcome == SESSION_STOPPED;
		return say(r, outcome, NULL);
	}
	r->windows = peek_windows(&r->board, &r->n_windows);
	int code = read_addresses(r, ret_stopped);
	if (code == EXIT_FINE && !*ret_stopped)
		look_say_garbage(&look, "memprof's own commands left", before_bytes, look_used(&look));
	return code;
}

/* Without a prompt, with an agent that reads. */
static int read_agent(struct reader *r, bool *ret_stopped)
{
	uint64_t until_us = clock_now_us() + SNAPSHOT_US;
	enum session_outcome outcome = SESSION_TIME;

	r->by_agent = true;
	session_ask_snapshot(r->session, true);
	while (r->job->heap.n_pools == 0 && outcome == SESSION_TIME && clock_now_us() < until_us)
		outcome = session_wait(r->session, clock_now_us() + 50000);
	if (outcome != SESSION_TIME) {
		*ret_stopped = outcome == SESSION_STOPPED;
		return say(r, outcome, NULL);
	}
	if (r->job->heap.n_pools == 0) {
		message_at((struct place){ .file = session_source_name(r->session) }, "error",
			   "its agent sends no snapshot");
		return EXIT_DEVICE;
	}
	return read_addresses(r, ret_stopped);
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
	const struct session_handler handler = {
		.on_event = on_event, .of = job, .needs_prompt = true, .agent_reads = true
	};
	struct options options = *job->options; /* its other arguments are not the session's */
	struct reader r = { .job = job,
			    .unsafe = option_is(job->options, "unsafe"),
			    .words = option_is(job->options, "words") };
	enum session_outcome opened;
	bool stopped = false;
	int code;

	if (refuse_relocated(job) < 0)
		return EXIT_INPUT;
	options.n_args = 1;
	board_init(&r.board);
	int error = session_open(&r.session, &options, 0, &handler, &opened);
	if (error < 0)
		return session_open_exit(error);
	if (opened == SESSION_READY)
		code = read_board(&r, &stopped);
	else if (opened == SESSION_LISTENING && session_agent_talks(r.session))
		code = read_agent(&r, &stopped);
	else
		code = opened == SESSION_STOPPED ? EXIT_FINE : EXIT_DEVICE;
	if (opened == SESSION_GONE)
		session_say_gone(r.session);
	if (session_save_failed(r.session))
		code = exit_worse(code, EXIT_INPUT);
	if ((opened == SESSION_READY || opened == SESSION_LISTENING) && code == EXIT_FINE && !stopped)
		job->format = "live";
	session_close(r.session);
	return code;
}

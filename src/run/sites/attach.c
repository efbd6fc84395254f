/* A program that runs already: its agent samples on request, and tells names. Nothing is sent but requests, and the
 * board ends the samples by itself if memprof is not heard any more. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/io/clock.h"
#include "memprof/io/source.h"
#include "memprof/run/sites.h"
#include "memprof/wire.h"
#include "private.h"

enum {
	AGENT_US = 10000000, /* until an agent is heard */
	TURN_US = 50000,
	KEEP_MS = 5000, /* so long a board samples without memprof */
	RENEW_US = 1000000,
	ANSWER_US = 500000,
	ANSWER_TRIES = 6,
	COLLECTION_US = 5000000,
	NOTE_US = 1000000, /* of this wait, if it is longer */
	DRAIN_US = 2000000,
	SNAPSHOT_US = 3000000,
	NAMES_US = 2000000,
};

struct attached {
	const struct sites_attach *wanted;
	uint32_t step_bytes;     /* that is asked for */
	struct session *session; /* NULL: it is being opened */
	struct profile profile;  /* its heap is that of the last snapshot */
	struct event_sites asked, answer;
	unsigned n_answers, n_snapshots, n_stops;
	bool may_take;               /* samples: from the first answer on */
	uint64_t began_us, heard_us; /* the first and the last answer */
	bool is_silent;              /* there was none for too long */
	bool is_theirs;              /* the program samples by itself */
	bool is_collected, is_reset, is_gone;
};

/* ---- what comes ---- */

static bool is_of_program(const struct event_sites *sites) { return sites->step_bytes > 0 && sites->keep_ms == 0; }

/* Not one that a request before this one is given late. What the program samples by itself, no request changes. */
static bool is_answer(const struct attached *a, const struct event_sites *sites)
{
	return is_of_program(sites) || (sites->step_bytes == a->asked.step_bytes && sites->keep_ms == a->asked.keep_ms);
}

static void take_answer(struct attached *a, const struct event_sites *sites)
{
	/* The board has ended the samples meanwhile, and forgotten which blocks it followed. */
	if (a->profile.takes && !a->is_theirs && clock_now_us() - a->heard_us > KEEP_MS * 1000)
		a->profile.samples.has_gaps = true;
	a->heard_us = clock_now_us();
	if (!is_answer(a, sites))
		return;
	a->answer = *sites;
	a->n_answers++;
	if (!a->may_take || a->profile.takes)
		return;
	a->is_theirs = a->profile.samples.joins = is_of_program(sites);
	a->profile.samples.has_gaps = a->profile.samples.has_mark = a->profile.samples.lacks_events = false;
	a->profile.samples.n_collections = 0;
	a->profile.takes = true;
	a->may_take = false;
	a->began_us = clock_now_us();
}

static void take_sample(struct attached *a, const struct event *event)
{
	if (!a->profile.takes)
		return;
	a->profile.samples.now_us = clock_now_us();
	site_samples_event(&a->profile.samples, event);
	if (site_texts_want(&a->profile.texts, event->site.frames, event->site.n_frames) < 0)
		a->profile.error = -ENOMEM;
}

/* One after the other, so that there is room for other requests. */
static void ask_name(struct attached *a)
{
	uint32_t number = a->session ? site_texts_next(&a->profile.texts, clock_now_us()) : 0;

	if (number && session_ask_name(a->session, number))
		site_texts_asked(&a->profile.texts, clock_now_us());
}

static void on_event(void *ctx, struct event *event)
{
	struct attached *a = ctx;

	if (event->kind == EVENT_SNAPSHOT && event->snapshot.heap->n_pools > 0 &&
	    event->snapshot.heap->pools[0].n_blocks > 0) {
		if (heap_copy(&a->profile.heap, event->snapshot.heap) < 0)
			a->profile.error = -ENOMEM;
		a->n_snapshots++;
	}
	if (a->wanted->on_event) /* which may take the heap */
		a->wanted->on_event(a->wanted->ctx, event);
	if (event->kind == EVENT_SITES)
		take_answer(a, &event->sites);
	else if (event->kind == EVENT_SITE)
		take_sample(a, event);
	else if (event->kind == EVENT_SITE_NAME && site_texts_take(&a->profile.texts, &event->site_name) < 0)
		a->profile.error = -ENOMEM;
	else
		site_samples_event(&a->profile.samples, event);
	/* A reset that no figures came before is no event. */
	a->is_reset |= event->kind == EVENT_RESET ||
		       (event->kind == EVENT_HELLO && !event->hello.again && a->profile.takes);
	ask_name(a);
}

/* ---- waiting ---- */

static bool is_over(const struct attached *a) { return a->is_gone || a->is_reset || a->profile.error < 0; }

/* One turn. False: the time is over, or all is. */
static bool goes_on(struct attached *a, uint64_t until_us)
{
	enum session_outcome outcome = session_wait(a->session, MIN(until_us, clock_now_us() + TURN_US));

	a->n_stops += outcome == SESSION_STOPPED;
	a->is_gone |= outcome == SESSION_GONE;
	a->is_reset |= outcome == SESSION_RESTARTED;
	ask_name(a);
	return !is_over(a) && clock_now_us() < until_us;
}

/* Sends a request, and again, until it is answered: one of these is counted. False: it is not, for so long. A stop does
 * not cut it short. */
static bool await(struct attached *a, const unsigned *count, void (*send)(struct attached *a), uint64_t again_us,
		  uint64_t for_us)
{
	uint64_t until_us = clock_now_us() + for_us, next_us = 0;
	unsigned n_before = *count;

	while (*count == n_before && !is_over(a) && clock_now_us() < until_us) {
		if (clock_now_us() >= next_us) {
			send(a);
			next_us = clock_now_us() + again_us;
		}
		goes_on(a, MIN(next_us, until_us));
	}
	return *count != n_before;
}

static void send_sites(struct attached *a)
{
	session_ask_sites(a->session, (uint32_t)a->asked.step_bytes, (uint32_t)a->asked.keep_ms);
}

static bool ask(struct attached *a, uint32_t step_bytes, uint32_t keep_ms)
{
	a->asked = (struct event_sites){ .step_bytes = step_bytes, .keep_ms = keep_ms };
	return await(a, &a->n_answers, send_sites, ANSWER_US, ANSWER_TRIES * ANSWER_US);
}

/* ---- what went wrong ---- */

static enum program_end report(struct attached *a)
{
	if (a->is_gone)
		session_report_gone(a->session);
	else if (a->is_reset)
		session_notice(a->session, "error", "the board was reset; the profile is of what it did before");
	return a->is_gone || a->is_reset ? PROGRAM_DEVICE : PROGRAM_FINE;
}

/* ---- the agent ---- */

static enum program_end refuse(struct attached *a, const char *missing)
{
	session_notice(
		a->session, "error",
		"%s; a program that runs is sampled by memprof's C agent, built with MEMPROF_SITES=1 and"
		" MEMPROF_REQUESTS=1, and started by the program: memprof.start(). 'memprof sites SCRIPT.py' needs"
		" no agent",
		missing);
	return PROGRAM_DEVICE;
}

static enum program_end check_abilities(struct attached *a, uint64_t abilities)
{
	static const struct {
		uint64_t wanted;
		const char *missing;
	} checks[] = {
		{ WIRE_TAKES_REQUESTS | WIRE_CAN_SITES,
		  "its agent takes no requests, and does not sample allocations" },
		{ WIRE_TAKES_REQUESTS, "its agent takes no requests: its firmware lacks MEMPROF_REQUESTS=1" },
		{ WIRE_CAN_SITES, "its agent does not sample allocations: its firmware lacks MEMPROF_SITES=1" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
		if ((abilities & checks[i].wanted) == 0)
			return refuse(a, checks[i].missing);
	return PROGRAM_FINE;
}

static enum program_end find_agent(struct attached *a)
{
	uint64_t until_us = clock_now_us() + AGENT_US, abilities = NOT_KNOWN;

	while (abilities == NOT_KNOWN && a->n_stops == 0 && !a->is_gone && clock_now_us() < until_us) {
		goes_on(a, until_us);
		abilities = session_agent_abilities(a->session);
		a->is_reset = false;
	}
	if (a->is_gone || a->n_stops > 0)
		return report(a);
	return abilities == NOT_KNOWN ? refuse(a, "no agent is heard there") : check_abilities(a, abilities);
}

/* ---- samples ---- */

static enum program_end start_sampling(struct attached *a)
{
	a->may_take = true;
	bool is_heard = ask(a, a->step_bytes, KEEP_MS);
	if (!is_heard || a->profile.error < 0) {
		if (!is_over(a))
			session_notice(a->session, "error", "its agent does not answer");
		return PROGRAM_DEVICE;
	}
	a->profile.sites->step_bytes = a->answer.step_bytes;
	if (a->is_theirs)
		session_notice(a->session, "note",
			       "the program samples by itself, one every %" PRIu64
			       " B on average: these samples are used, and go on",
			       a->answer.step_bytes);
	if (a->wanted->for_us == NOT_KNOWN)
		session_notice(a->session, "note", "samples are taken until Ctrl-C");
	return PROGRAM_FINE;
}

/* The program may begin to sample by itself. If it ends that, nothing begins anew. */
static void renew(struct attached *a, uint32_t step_bytes, uint64_t *renew_us)
{
	a->is_theirs |= is_of_program(&a->answer);
	if (a->is_theirs || clock_now_us() < *renew_us)
		return;
	a->asked = (struct event_sites){ .step_bytes = step_bytes, .keep_ms = KEEP_MS };
	send_sites(a);
	*renew_us = clock_now_us() + RENEW_US;
	if (a->is_silent || clock_now_us() - a->heard_us < KEEP_MS * 1000)
		return;
	a->is_silent = true;
	session_notice(a->session, "warning", "its agent has not answered for %d s: samples are missing",
		       KEEP_MS / 1000);
}

/* 256 samples for as many bytes as the heap has, which an agent can follow about half of until a collection; fewer as
 * their number grows, so that there is room for those of a long run. Each sample has the step that it was taken with.
 */
static void fit_step(struct attached *a)
{
	enum { SAMPLES_A_HEAP = 256, STEP_LEAST_BYTES = 64, SAMPLES_A_STEP = SITE_SAMPLES_MAX / 8 };
	const struct heap_pool *pool = a->profile.heap.n_pools ? &a->profile.heap.pools[0] : NULL;
	uint64_t step_bytes = pool ? (uint64_t)pool->n_blocks * pool->block_bytes / SAMPLES_A_HEAP :
				     a->profile.sites->step_bytes;

	step_bytes = MAX(step_bytes, (uint64_t)STEP_LEAST_BYTES) << a->profile.samples.n_samples / SAMPLES_A_STEP;
	a->step_bytes = (uint32_t)MIN(step_bytes, (uint64_t)SITE_STEP_MAX_BYTES);
}

static void follow(struct attached *a)
{
	uint64_t for_us = a->wanted->for_us, renew_us = clock_now_us() + RENEW_US, snapshot_us = renew_us;
	uint64_t until_us = for_us == NOT_KNOWN ? NOT_KNOWN : a->began_us + for_us;

	while (a->n_stops == 0 && goes_on(a, until_us)) {
		bool is_due = a->wanted->on_event && clock_now_us() >= snapshot_us;
		if (is_due)
			fit_step(a);
		renew(a, a->step_bytes, &renew_us);
		if (!is_due)
			continue;
		session_ask_snapshot(a->session, true);
		snapshot_us = clock_now_us() + RENEW_US;
	}
}

/* ---- the end ---- */

/* Garbage is told from what is in use by a collection that follows: of the program, as it is not disturbed. */
static void wait_for_collection(struct attached *a)
{
	uint64_t n_before = a->profile.samples.n_collections;
	unsigned n_stops = a->n_stops;
	uint64_t until_us = clock_now_us() + COLLECTION_US, renew_us = 0, note_us = clock_now_us() + NOTE_US;

	while (a->profile.samples.n_collections == n_before && a->n_stops == n_stops && goes_on(a, until_us)) {
		renew(a, 0, &renew_us);
		if (clock_now_us() < note_us)
			continue;
		note_us = NOT_KNOWN;
		session_notice(a->session, "note",
			       "waiting up to %d s for a collection of the program, which tells what is alive from"
			       " garbage; Ctrl-C: no longer",
			       COLLECTION_US / 1000000);
	}
	a->is_collected = a->profile.samples.n_collections != n_before;
}

/* What became of blocks is sent after the collection, as the channel takes it. */
static void drain(struct attached *a)
{
	uint64_t until_us = clock_now_us() + DRAIN_US;

	while (ask(a, 0, KEEP_MS) && a->answer.waits && clock_now_us() < until_us)
		;
}

static void send_snapshot(struct attached *a) { session_ask_snapshot(a->session, true); }

static void read_blocks(struct attached *a)
{
	heap_deinit(&a->profile.heap);
	await(a, &a->n_snapshots, send_snapshot, SNAPSHOT_US / 3, SNAPSHOT_US);
}

/* By the second answer the events are there that waited when the samples ended: collections before that. */
static void end_samples(struct attached *a)
{
	if (a->is_theirs)
		a->profile.takes = false;
	bool is_heard = ask(a, 0, KEEP_MS);
	if (is_heard)
		is_heard = ask(a, 0, KEEP_MS);
	bool wants_blocks = is_heard && !a->wanted->mark;
	a->profile.samples.no_alive = !is_heard && !a->wanted->mark;
	if (is_heard && !a->profile.samples.lacks_events)
		a->profile.sites->n_collections = a->profile.samples.n_collections;
	if (wants_blocks)
		wait_for_collection(a);
	if (is_heard)
		drain(a);
	if (wants_blocks)
		read_blocks(a);
	if (is_heard && !a->is_theirs)
		ask(a, 0, 0);
	uint64_t names_us = clock_now_us() + NAMES_US;
	while (!site_texts_has_all(&a->profile.texts) && goes_on(a, names_us))
		;
	if (!is_heard && !is_over(a))
		session_notice(a->session, "warning", "its agent stopped answering: what is still in use is not known");
}

/* ---- the profile ---- */

/* What was in use is not known of a board that is gone, but at a mark before that. */
static void make_profile(struct attached *a)
{
	struct profile *profile = &a->profile;

	profile->samples.no_alive |= is_over(a) && !a->wanted->mark;
	profile->granule_bytes = profile->heap.n_pools ? profile->heap.pools[0].block_bytes : 0;
	if (!a->wanted->mark)
		profile->sites->alive_when = a->is_collected ? SITES_AT_COLLECTION : SITES_AT_STOP;
	profile_add(profile);
}

static enum program_end profile(struct attached *a, bool *ret_is_there)
{
	enum program_end end = start_sampling(a);

	if (end == PROGRAM_FINE) {
		follow(a);
		a->profile.samples.end_us = clock_now_us();
		a->profile.sites->joined_us = a->profile.samples.end_us - a->began_us;
		if (!is_over(a))
			end_samples(a);
		make_profile(a);
		*ret_is_there = a->profile.error == 0;
	}
	if (!profile_end(&a->profile, a->session))
		end = MAX(end, PROGRAM_INPUT);
	enum program_end lost = report(a);
	return MAX(end, lost);
}

enum program_end sites_attach(const struct sites_attach *wanted, bool *ret_is_there)
{
	struct attached a = { .wanted = wanted,
			      .step_bytes = (uint32_t)wanted->sites->step_bytes,
			      .profile = { .sites = wanted->sites, .samples.mark = wanted->mark } };
	const struct session_handler handler = { .on_event = on_event, .ctx = &a };
	struct session_config config = wanted->board;
	enum session_outcome opened;
	struct session *session;
	struct diag diag = { 0 };
	enum program_end end;

	*ret_is_there = false;
	if (source_kind_of(config.uri) == &source_sim) {
		notice_at(&config.notices, (struct place){ 0 }, "error",
			  "the simulated board runs no Python, so there are no lines that allocate; --attach needs"
			  " a board");
		return PROGRAM_DEVICE;
	}
	config.protocol = SESSION_REPL;
	config.agent_only = true;
	heap_init(&a.profile.heap);
	int error = session_open(&session, &config, &handler, &opened, &diag);
	if (error < 0) {
		end = program_not_opened(&config.notices, error, &diag);
	} else {
		a.session = session;
		a.is_gone = opened == SESSION_GONE;
		a.n_stops = opened == SESSION_STOPPED;
		end = find_agent(&a);
		if (end == PROGRAM_FINE && a.n_stops == 0)
			end = profile(&a, ret_is_there);
		session_close(session);
	}
	profile_deinit(&a.profile);
	return end;
}

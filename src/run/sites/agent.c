/* Where a program allocates, as the agent in the firmware samples it (firmware-agent/ports/micropython/sites.c). */
#include <inttypes.h>
#include <stdio.h>

#include "memprof/io/clock.h"
#include "private.h"

#define AGENT "__import__('memprof')"

enum { WORDS_OF_BLOCK = 4, ROOM_PART = 4, END_TRIES = 2 }; /* a failure of the first one leaves room for the other */

static const char off_code[] = AGENT ".sites(0)";
/* Afterwards helpers are sent, such as the one that reads names, and a program that leaks leaves no room for them; not
 * even to compile a line. So the agent keeps room, until the program ends or a small allocation fails. */
static const char begin_code[] = AGENT ".poll();" AGENT ".sites(0,[None]*%d)\n";
/* What is freed is sent after the samples. From then on it sends nothing, as memory is to be read. */
static const char end_code[] = "(lambda m,g:(m.sites(0),g.collect(),m.poll(),m.stop()))(" AGENT
			       ",__import__('gc'))and None";
static const char stop_code[] = "(lambda m:(m.sites(0),m.stop()))(" AGENT ")and None";

/* ---- before it runs ---- */

static bool may(const struct program_options *o, enum sites_how how) { return (o->carriers & 1u << how) != 0; }

static bool is_wanted(const struct program_options *o) { return o->sites && may(o, SITES_HOOK) && !o->first_alloc; }

static bool choose(struct program *p, struct run_row *row)
{
	(void)row;
	p->agent_samples = p->has_agent && p->options->sites->step_bytes <= SITE_STEP_MAX_BYTES &&
			   session_question(p->session, off_code) == SESSION_DONE;
	if (p->agent_samples)
		p->options->sites->how = SITES_HOOK;
	if (p->agent_samples || may(p->options, SITES_SENTINEL))
		return true;
	session_notice(p->session, "error",
		       "its allocations cannot be sampled by a hook: the firmware has no agent with"
		       " MEMPROF_SITES=1, or --step is above %d",
		       SITE_STEP_MAX_BYTES);
	return hook_fails(p, PROGRAM_DEVICE);
}

static void add_calls(struct program *p, struct run_row *row, struct strbuf *code)
{
	char begin[64];

	(void)row;
	snprintf(begin, sizeof(begin), AGENT ".sites(%" PRIu64 ")", p->options->sites->step_bytes);
	if (p->agent_samples)
		hook_add_calls(code, begin, off_code);
}

/* What was sampled before is not this program's. */
static void starts(struct program *p, struct run_row *row)
{
	char code[sizeof(begin_code) + 16];

	if (!p->agent_samples)
		return;
	snprintf(code, sizeof(code), begin_code,
		 program_room_words(p->result->info.before.total_bytes, p->block_bytes / WORDS_OF_BLOCK, ROOM_PART));
	row->is_in = true;
	session_question(p->session, code);
	p->profile.takes = true;
}

static void take_event(struct program *p, struct run_row *row, struct event *event, const struct pool_state *summary)
{
	(void)row;
	(void)summary;
	if (!p->profile.takes)
		return;
	p->profile.samples.now_us = clock_now_us();
	site_samples_event(&p->profile.samples, event);
}

/* ---- afterwards ---- */

/* False: what the board had still to send did not come, as there was no memory to ask for it. */
static bool end_samples(struct program *p, struct run_row *row)
{
	for (unsigned i = 0; i < END_TRIES && row->is_in; i++)
		row->is_in = session_question(p->session, end_code) != SESSION_DONE;
	return !row->is_in;
}

static bool take_out(struct program *p, struct run_row *row)
{
	(void)row;
	return hook_tidy(p, stop_code);
}

static void ended(struct program *p, struct run_row *row)
{
	struct site_samples *samples = &p->profile.samples;

	if (!p->agent_samples)
		return;
	samples->end_us = p->began_us + p->result->info.duration_us;
	if (!end_samples(p, row))
		samples->has_gaps = true;
	else if (samples->n_collections > 0 && !samples->lacks_events) /* but the one of end_code */
		p->options->sites->n_collections = samples->n_collections - 1;
	if (row->is_in) /* at once: memory is to be read */
		row->is_in = !take_out(p, row);
	p->profile.takes = false;
	profile_read(p, NULL, NULL);
	profile_add(&p->profile);
	p->has_failed |= !profile_end(&p->profile, p->session);
}

const struct run_hook hook_agent_sites = {
	.name = "its agent, which samples allocations,",
	.by_hand = AGENT ".sites(0)",
	.is_wanted = is_wanted,
	.begin = choose,
	.starts = starts,
	.code = add_calls,
	.event = take_event,
	.ended = ended,
	.remove = take_out,
};

/* Where a program allocates, as the agent in the firmware samples it (firmware-agent/ports/micropython/sites.c). */
#include <inttypes.h>
#include <stdio.h>

#include "sites/sites.h"

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

static bool may(const struct program *p, enum sites_how how)
{
	return p->options->sites && (p->options->carriers & 1u << how) != 0;
}

static bool can(struct program *p, bool agent)
{
	return agent && p->options->sites->step_bytes <= SITE_STEP_MAX_BYTES &&
	       session_question(p->session, off_code) == SESSION_DONE;
}

bool program_sites_choose(struct program *p, bool agent)
{
	if (may(p, SITES_TIMER))
		return true;
	p->sites.by_agent = may(p, SITES_HOOK) && can(p, agent);
	if (p->sites.by_agent)
		p->options->sites->how = SITES_HOOK;
	else if (p->options->sites && !may(p, SITES_SENTINEL))
		session_notice(p->session, "error",
			       "its allocations cannot be sampled by a hook: the firmware has no agent with"
			       " MEMPROF_SITES=1, or --step is above %d",
			       SITE_STEP_MAX_BYTES);
	return p->sites.by_agent || may(p, SITES_SENTINEL) || !p->options->sites;
}

void program_sites_hook_calls(const struct program *p, char *ret_begin, char *ret_end, size_t n)
{
	snprintf(ret_begin, n, AGENT ".sites(%" PRIu64 ")", p->options->sites->step_bytes);
	snprintf(ret_end, n, "%s", off_code);
}

/* What was sampled before is not this program's. */
void program_sites_hook_begin(struct program *p)
{
	char code[sizeof(begin_code) + 16];

	snprintf(code, sizeof(code), begin_code,
		 program_room_words(p->result->info.before.total_bytes, p->block_bytes / WORDS_OF_BLOCK, ROOM_PART));
	session_question(p->session, code);
	p->sites.takes_samples = true;
	p->sites.samples.mark = p->options->sites_mark;
	p->sites.samples.n_collections = 0;
}

/* ---- afterwards ---- */

/* False: what the board had still to send did not come, as there was no memory to ask for it. */
static bool end_samples(struct program *p)
{
	for (unsigned i = 0; i < END_TRIES; i++)
		if (session_question(p->session, end_code) == SESSION_DONE)
			return true;
	session_tidy(p->session, stop_code);
	return false;
}

static uint32_t frame_of(void *ctx, const struct event_site_frame *frame)
{
	const struct program *p = ctx;

	return program_names_frame(p, p->sites.names, frame->file, frame->name, frame->line);
}

static uint64_t block_bytes(void *ctx, uint64_t address)
{
	const struct program *p = ctx;

	return call_names_block_bytes(p->sites.names->names, address);
}

static const char *holder_of(void *ctx, uint64_t address)
{
	const struct program *p = ctx;

	return program_holder(p->sites.holders, address);
}

void program_sites_hook_end(struct program *p)
{
	struct site_samples *samples = &p->sites.samples;
	struct program_names names = { .wanted = NULL };
	struct program_holders holders = { .name = STRBUF_INIT };
	struct site_names of_profile = { frame_of, block_bytes, holder_of, 0, p };

	samples->end_us = p->began_us + p->result->info.duration_us;
	if (!end_samples(p))
		samples->has_gaps = true;
	else if (samples->n_collections > 0 && !samples->lacks_events) /* but the one of end_code */
		p->options->sites->n_collections = samples->n_collections - 1;
	p->sites.takes_samples = false;
	for (size_t i = 0; i < samples->n_frames; i++)
		program_names_want(&names, samples->frames[i].file, samples->frames[i].name);
	program_names_read(p, &names, NULL);
	program_holders_read(p, &holders);
	p->sites.names = &names;
	p->sites.holders = &holders;
	if (samples->mark)
		p->sites.error = sites_set_mark(p->options->sites, samples->mark);
	of_profile.granule_bytes = names.names ? call_names_granule_bytes(names.names) : 0;
	if (p->sites.error == 0)
		p->sites.error = site_samples_add(samples, &of_profile, p->options->sites);
	p->sites.names = NULL;
	p->sites.holders = NULL;
	program_names_deinit(&names);
	program_holders_deinit(&holders);
	if (samples->has_gaps)
		session_notice(p->session, "warning",
			       "some of what its agent sent was lost: samples are missing, and memory that seems to be"
			       " in use may have been freed");
}

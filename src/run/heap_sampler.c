/* Samples of the heap while a program runs: by the agent in the firmware, or by calls between its statements. */
#include <inttypes.h>
#include <string.h>

#include "heap_sampler.py.h"
#include "memprof/base/number.h"
#include "memprof/protocol/instrument.h"
#include "private.h"

enum { AGENT_PERIOD_MS = 100, FREE_LEAST_BLOCKS = 512 /* or the sampler takes what the program needs */ };

/* ---- the agent ---- */

static bool samples(const struct program_options *o) { return !o->no_samples && !o->first_alloc; }

static void start_agent(struct program *p, struct run_row *row)
{
	if (!p->has_agent || p->poll.agent != BOARD_AGENT_THERE || p->collections.on)
		return;
	row->is_in = true;
	p->by_agent = board_poll_start_agent(&p->poll, p->agent_samples ? 0 : AGENT_PERIOD_MS);
	row->is_in = p->by_agent;
}

static bool stop_agent(struct program *p, struct run_row *row)
{
	board_poll_stop_agent(&p->poll);
	row->is_in = p->result->gone;
	return !row->is_in;
}

static void agent_ended(struct program *p, struct run_row *row)
{
	const struct run_info *info = &p->result->info;

	if (!p->by_agent)
		return;
	stop_agent(p, row);
	if (!p->agent_samples && info->n_samples == 0 && info->duration_us > 3000 * AGENT_PERIOD_MS)
		session_notice(p->session, "note",
			       "its agent sent no snapshot while the program ran: if its port has"
			       " no timer, its VM must call the agent (MEMPROF_VM_HOOK=1)");
}

const struct run_hook hook_agent = {
	.name = "its agent, which sends snapshots,",
	.by_hand = "__import__('memprof').stop()",
	.is_wanted = samples,
	.starts = start_agent,
	.ended = agent_ended,
	.remove = stop_agent,
};

/* ---- calls ---- */

static bool calls_are_wanted(const struct program_options *o) { return samples(o) && (!o->sites || o->finds_leaks); }

/* An agent tells more than a sampler. */
static bool put_in(struct program *p, struct run_row *row)
{
	if (p->collections.on || p->has_agent)
		return true;
	if (p->lacks_room || p->free_bytes < (uint64_t)FREE_LEAST_BLOCKS * p->block_bytes) {
		session_notice(p->session, "note",
			       "its heap is too small for samples (%" PRIu64
			       " B are free): only what was before and after the program is known",
			       p->free_bytes);
		return true;
	}
	row->is_in = true;
	row->is_on = session_helper(p->session, clock_sampler) == SESSION_DONE ||
		     session_helper(p->session, count_sampler) == SESSION_DONE;
	if (row->is_on && p->collections.why.text[0])
		session_notice(
			p->session, "note",
			"its garbage collections cannot be watched (%s): memory is sampled between its statements"
			" instead, which slows it down",
			p->collections.why.text);
	return true;
}

static void note_no_samples(struct program *p, struct run_row *row)
{
	if (row->is_in && !row->is_on)
		session_notice(p->session, "note", "no samples: this build has no micropython.mem_info()");
}

static void add_calls(struct program *p, struct run_row *row, struct strbuf *code)
{
	struct strbuf with_calls = STRBUF_INIT;

	if (!row->is_on && (!p->collections.on || p->collections.hook.asks))
		return;
	p->n_calls = instrument_script(&with_calls, strbuf_text(code), code->n_bytes, row->is_on ? "__memprof()" : NULL,
				       "__memprof(1)");
	strbuf_deinit(code);
	*code = with_calls;
}

bool sampler_remove(struct program *p, const struct run_row *row, const char *code)
{
	bool is_gone = hook_tidy(p, p->n_calls ? retire_code : code);

	if (is_gone && row->is_on && p->n_calls && p->result->ran &&
	    strncmp(session_source_name(p->session), "exec:", 5) != 0)
		session_notice(p->session, "note",
			       "the name __memprof stays there, a function that does nothing:"
			       " functions of the program may call it");
	return is_gone;
}

static bool take_out(struct program *p, struct run_row *row) { return sampler_remove(p, row, forget_code); }

const struct run_hook hook_sampler = {
	.name = "the sampler",
	.by_hand = "del __memprof",
	.is_wanted = calls_are_wanted,
	.begin = put_in,
	.starts = note_no_samples,
	.code = add_calls,
	.frame_begins = program_statistics_begins,
	.frame_max_bytes = STATISTICS_FRAME_MAX_BYTES,
	.frame = program_statistics_frame,
	.remove = take_out,
};

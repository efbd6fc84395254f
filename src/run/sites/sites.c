/* Where a program allocates: what is done before it, and with either carrier. */
#include <errno.h>
#include <stdlib.h>

#include "memprof/base/number.h"
#include "memprof/io/clock.h"
#include "memprof/protocol/instrument.h"
#include "sites/sites.h"

/* ---- before it runs ---- */

/* Room for the block tables of its stops. False: they cannot be followed, diag says why. */
static bool can_follow_blocks(struct program *p, const struct program_areas *areas, struct diag *diag)
{
	struct program_sites *s = &p->sites;

	if (areas->growth_bytes != NOT_KNOWN) {
		diag_set(diag, -ENOTSUP, "its heap may grow by further areas");
		return false;
	}
	if (p->options->sites->step_bytes < SITES_SENTINEL_STEP_MIN) {
		diag_set(diag, -ENOTSUP, "without its agent, --step is %d at least", SITES_SENTINEL_STEP_MIN);
		return false;
	}
	s->tables = malloc(collection_filter_room(&p->collections.hook));
	s->before = malloc(4 * p->collections.hook.bytes_max);
	s->after = malloc(4 * p->collections.hook.bytes_max);
	s->last = malloc(4 * p->collections.hook.bytes_max);
	if (!s->tables || !s->before || !s->after || !s->last) {
		diag_set(diag, -ENOMEM, "out of memory");
		return false;
	}
	return true;
}

bool program_sites_hooked(struct program *p, const struct program_areas *areas, struct diag *diag)
{
	struct program_sites *s = &p->sites;
	size_t n;
	uint64_t id_bytearray;

	if (!p->options->sites)
		return true;
	const char *text = session_answer(p->session, &n), *end = text + n;
	uint64_t *const ids[] = { &id_bytearray, &s->id_finaliser, &s->id_reserve, &s->id_preparer };
	const char *at = text - 1;
	for (size_t i = 0; i < ARRAY_SIZE(ids) && at; i++)
		at = at + 1 < end ? number_scan(at + 1, end, ids[i]) : NULL;
	if (!at) {
		diag_set(diag, -EINVAL, "its hook answered something else");
		return false;
	}
	s->at = *areas;
	s->at.hello.id_bytearray = id_bytearray;
	s->on = p->options->sites->unit == SITES_TIME || can_follow_blocks(p, areas, diag);
	return s->on;
}

bool program_sites_code(const struct program *p, const struct strbuf *script, struct strbuf *ret)
{
	char begin[128] = "__memprof(" COLLECTION_HOOK_EACH ")", end[128] = "__memprof(" COLLECTION_HOOK_NONE ")";

	if (!p->sites.on && !p->sites.by_agent)
		return false;
	if (p->sites.by_agent)
		program_sites_hook_calls(p, begin, end, sizeof(begin));
	instrument_begin(ret, strbuf_text(script), script->n_bytes, begin);
	strbuf_printf(ret, "\n%s\n", end);
	return true;
}
/* ---- either carrier ---- */

void program_sites_begin(struct program *p)
{
	if (p->sites.by_agent)
		program_sites_hook_begin(p);
	if (!p->sites.on)
		return;
	if (p->poll.agent == BOARD_AGENT_THERE) /* one that a snapshot has started would report each collection */
		board_poll_stop_agent(&p->poll);
	if (p->options->sites->unit == SITES_TIME)
		return;
	p->old_threshold = session_number(p->session, "print(__import__('gc').threshold())");
	p->has_threshold = true;
}

void program_sites_event(struct program *p, const struct event *event)
{
	if (p->sites.takes_samples) {
		p->sites.samples.now_us = clock_now_us();
		site_samples_event(&p->sites.samples, event);
	}
}

const char *program_sites_why(int error)
{
	return error == -E2BIG ? "there are too many different calls" : "out of memory";
}

const char program_sites_too_old[] =
	"its functions are those of MicroPython 1.18 or older, whose line tables memprof does not read";

void program_sites_end(struct program *p)
{
	struct program_sites *s = &p->sites;

	if (s->by_agent)
		program_sites_hook_end(p);
	else if (s->on)
		(p->options->sites->unit == SITES_TIME ? program_sites_end_time : program_sites_end_stops)(p);
	if ((s->by_agent || s->on) && s->error == 0)
		s->error = sites_end(p->options->sites);
	if (s->error < 0)
		session_notice(p->session, "error", "%s", program_sites_why(s->error));
	if (s->is_old)
		session_notice(p->session, "warning", "%s: calls are not known", program_sites_too_old);
}

void program_sites_deinit(struct program *p)
{
	vec_deinit(&p->sites, frames);
	vec_deinit(&p->sites, allocations);
	vec_deinit(&p->sites, bursts);
	program_names_deinit(&p->sites.of_stops);
	site_samples_deinit(&p->sites.samples);
	free(p->sites.tables);
	free(p->sites.before);
	free(p->sites.after);
	free(p->sites.last);
	free(p->sites.first);
	call_stacks_deinit(&p->sites.stacks);
}

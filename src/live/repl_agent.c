/* The agent beside a REPL: its period, what it can, and what it tells. */
#include <string.h>

#include "backend.h"
#include "memprof/base/number.h"
#include "memprof/wire.h"

/* ---- what it is asked, and what it can ---- */

/* That it can receive is known from its HELLO, and another session of it has forgotten what it was asked for. One that
 * keeps to another period all the same is left alone. */
static void want_period(struct session *s)
{
	enum { TRIES = 3 };
	struct repl_session *r = &s->repl;
	const struct event_hello *hello = agent_link_hello(r->link);

	if (hello && !hello->again)
		r->n_period_tries = 0;
	if (r->period_ms && hello && hello->period_ms != r->period_ms && r->n_period_tries < TRIES)
		r->n_period_tries += agent_link_ask_period(r->link, r->period_ms) == 0;
}

void session_ask_period(struct session *s, uint64_t period_us)
{
	s->repl.period_ms = (uint32_t)MIN(MAX(period_us / 1000, UINT64_C(1)), (uint64_t)UINT32_MAX);
	if (s->repl.link)
		want_period(s);
}

void session_ask_snapshot(struct session *s, bool key)
{
	if (s->repl.link)
		agent_link_ask_snapshot(s->repl.link, key);
}

bool session_ask_sites(struct session *s, uint32_t step_bytes, uint32_t keep_ms)
{
	return s->repl.link && agent_link_ask_sites(s->repl.link, step_bytes, keep_ms) == 0;
}

bool session_ask_name(struct session *s, uint32_t number)
{
	return s->repl.link && agent_link_ask_name(s->repl.link, number) == 0;
}

bool session_agent_talks(const struct session *s) { return s->repl.agent_talks; }

bool session_agent_is_on_request(const struct session *s)
{
	const struct event_hello *hello = s->repl.link ? agent_link_hello(s->repl.link) : NULL;

	return hello && hello->period_ms == 0;
}

bool session_agent_holds(const struct session *s)
{
	const struct event_hello *hello = s->repl.link ? agent_link_hello(s->repl.link) : NULL;

	return s->repl.agent_talks && hello && (hello->abilities & WIRE_CAN_HOLD);
}

uint64_t session_agent_abilities(const struct session *s)
{
	const struct event_hello *hello = s->repl.link ? agent_link_hello(s->repl.link) : NULL;

	return hello && !hello->refused ? hello->abilities : NOT_KNOWN;
}

unsigned session_agent_word_bytes(const struct session *s)
{
	const struct event_hello *hello = s->repl.link ? agent_link_hello(s->repl.link) : NULL;

	return hello && hello->pointer_bytes == 8 ? 8 : 4;
}

bool session_agent_waits(const struct session *s) { return s->repl.agent_talks && session_agent_is_on_request(s); }

uint64_t session_n_agent_snapshots(const struct session *s)
{
	struct agent_link_counts counts = { 0 };

	if (s->repl.link)
		agent_link_count(s->repl.link, &counts);
	return counts.n_snapshots;
}

/* ---- what comes ---- */

void repl_report_agent(const struct session *s)
{
	const struct event_hello *hello = agent_link_hello(s->repl.link);
	bool is_named = hello && hello->firmware[0];

	if (hello && hello->refused)
		session_notice(
			s, "warning",
			"its agent speaks version %u.%u of the wire, this memprof version %d: what it sends is not shown."
			" Install the same version of both; or --interrupt stops the program and asks the prompt",
			hello->wire_major, hello->wire_minor, WIRE_MAJOR);
	else if (!s->repl.agent_known)
		session_notice(s, "note", "agent found%s%s: it sends snapshots, nothing is typed at the prompt",
			       is_named ? " on " : "", is_named ? hello->firmware : "");
}

void repl_report_cooked(struct session *s)
{
	if (s->repl.cooked_known || !agent_link_is_cooked(s->repl.link))
		return;
	s->repl.cooked_known = true;
	session_notice(
		s, "warning",
		"frames of its agent are lost: a terminal on the way puts a CR before each LF. Turn that off where"
		" the board's program has its terminal: stty raw -echo (or -onlcr), or socat's option rawer");
}

/* What it reports is as good at a prompt as without one. If a prompt is still being looked for and none is needed, that
 * ends: a board that talks by itself is sent nothing. */
static enum session_outcome take_event(struct session *s, struct event *event)
{
	struct repl_session *r = &s->repl;
	const struct event_hello *hello = agent_link_hello(r->link);
	uint64_t abilities = s->config.agent_abilities;
	bool will_do = s->config.agent_will_do && hello && (hello->abilities & abilities) == abilities;
	bool goes_on = (s->config.needs_prompt && !will_do) || r->options.interrupt || r->options.reset ||
		       s->config.listen_only;

	if (session_hand_on(s, event) && event->kind == EVENT_RESET)
		session_reset(s, RESET_BY_AGENT);
	if (event->kind == EVENT_HELLO)
		want_period(s);
	bool searching = repl_is_searching(&r->repl);
	if (r->agent_talks || goes_on || (!searching && r->repl.state != REPL_S_PASSIVE))
		return SESSION_GOES_ON;
	r->agent_talks = true;
	if (!searching) { /* it began, or was heard, after that */
		repl_report_agent(s);
		return SESSION_GOES_ON;
	}
	repl_only_listen(&r->repl);
	return SESSION_LISTENING;
}

/* An answer, or the next part of one; perhaps to a question that was given up. */
static enum session_outcome take_memory(struct session *s, const struct agent_item *item)
{
	struct repl_session *r = &s->repl;

	if (!r->memory.waits || item->address != r->memory.address + r->memory.n_done)
		return SESSION_GOES_ON;
	size_t n = MIN(item->n_bytes, r->memory.n_bytes - r->memory.n_done);
	memcpy(r->memory.ret + r->memory.n_done, item->text, n);
	r->memory.n_done += n;
	bool is_last = r->memory.n_done == r->memory.n_bytes || item->n_bytes < WIRE_MEMORY_MAX_BYTES;
	r->memory.waits = !is_last;
	return !is_last ? SESSION_GOES_ON : r->memory.n_done == r->memory.n_bytes ? SESSION_DONE : SESSION_UNABLE;
}

static enum session_outcome take_held(struct session *s, const struct agent_item *item)
{
	struct agent_held *ret = s->repl.held;

	if (!ret)
		return SESSION_GOES_ON;
	*ret = item->held;
	s->repl.held = NULL;
	return SESSION_DONE;
}

enum session_outcome repl_take_agent(struct session *s, int kind, struct agent_item *item)
{
	return kind == AGENT_EVENT  ? take_event(s, &item->event) :
	       kind == AGENT_MEMORY ? take_memory(s, item) :
				      take_held(s, item);
}

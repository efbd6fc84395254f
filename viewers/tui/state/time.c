/* Which moment is looked at: the newest, or one that stays. */
#include <inttypes.h>
#include <string.h>

#include "tui/state/actions.h"

/* Only while there is one. */
static size_t i_shown(const struct tui *t)
{
	return t->follows ? history_n(t->o.history) - 1 : history_find(t->o.history, t->n_moment);
}

const struct history_moment *tui_moment(const struct tui *t)
{
	return history_n(t->o.history) > 0 ? history_moment(t->o.history, i_shown(t)) : NULL;
}

/* What was printed last before it is the last line in sight. */
void tui_look_at(struct tui *t, uint64_t n_moment)
{
	t->follows = false;
	t->n_moment = n_moment;
	tui_console_until(t, tui_moment(t)->n_console_lines);
}

static const struct history_moment *moment_or_say(struct tui *t)
{
	const struct history_moment *m = tui_moment(t);

	if (!m)
		tui_note(t, "nothing was seen yet");
	return m;
}

void act_live(struct tui *t, int arg)
{
	(void)arg;
	t->follows = true;
	t->event_up = t->events_up = t->console_up = 0;
}

void act_pause(struct tui *t, int arg)
{
	const struct history_moment *m = moment_or_say(t);

	if (!t->follows)
		act_live(t, arg);
	else if (m)
		tui_look_at(t, m->n);
}

/* arg: so many moments on, or back. */
void act_step(struct tui *t, int arg)
{
	if (!moment_or_say(t))
		return;
	size_t i = i_shown(t), i_last = history_n(t->o.history) - 1, n = (size_t)(arg < 0 ? -(int64_t)arg : arg);
	if (arg < 0 && i == 0)
		tui_note(t, "this is the oldest moment that is kept");
	else if (arg > 0 && i == i_last)
		tui_note(t, "this is the newest moment");
	i = arg < 0 ? i - MIN(i, n) : i + MIN(i_last - i, n);
	tui_look_at(t, history_moment(t->o.history, i)->n);
}

void act_oldest(struct tui *t, int arg)
{
	(void)arg;
	if (moment_or_say(t))
		tui_look_at(t, history_moment(t->o.history, 0)->n);
}

/* ---- events ---- */

/* What it did is seen in the first moment after it; of others the last one before it tells more. */
static bool shows_afterwards(enum board_event_kind what)
{
	return what == BOARD_EVENT_GC || what == BOARD_EVENT_RESET || what == BOARD_EVENT_RECOVERED ||
	       what == BOARD_EVENT_AREA;
}

/* Of an event: the moment that shows it, of those that are still kept. */
static uint64_t n_moment_of(const struct tui *t, size_t i_board_event, bool *ret_after)
{
	const struct history_event *h = history_event(t->o.history, i_board_event);
	const struct history *history = t->o.history;
	size_t i = history_find(history, h->n_moment);
	uint64_t n_before = history_moment(history, i)->n;

	*ret_after = n_before > h->n_moment; /* there is none before it */
	if (!*ret_after && shows_afterwards(h->info.kind) && i + 1 < history_n(history)) {
		*ret_after = true;
		return history_moment(history, i + 1)->n;
	}
	return n_before;
}

void tui_show_event(struct tui *t, size_t i_board_event)
{
	bool after;

	if (!moment_or_say(t))
		return;
	uint64_t n = n_moment_of(t, i_board_event, &after);
	tui_look_at(t, n);
	tui_choose_event(t, history_n_events(t->o.history) - 1 - i_board_event);
	tui_note(t, "snapshot %" PRIu64 ": the %s the %s event", n, after ? "first after" : "last before",
		 board_event_kind_name(history_event(t->o.history, i_board_event)->info.kind));
}

/* ---- the worst moment ---- */

static uint64_t free_of(const struct history_moment *m)
{
	return m->n_pools > 0 ? m->pools[0].state.free_bytes : NOT_KNOWN;
}

/* The first of the fullest; NULL: nothing tells. */
static const struct history_moment *fullest(const struct history *history)
{
	const struct history_moment *best = NULL;

	for (size_t i = 0; i < history_n(history); i++) {
		const struct history_moment *m = history_moment(history, i);
		if (free_of(m) != NOT_KNOWN && (!best || free_of(m) < free_of(best)))
			best = m;
	}
	return best;
}

static bool last_failure(const struct tui *t, size_t *ret_i_board_event)
{
	for (size_t i = history_n_events(t->o.history); i-- > 0;)
		if (history_event(t->o.history, i)->info.kind == BOARD_EVENT_FAILED) {
			*ret_i_board_event = i;
			return true;
		}
	return false;
}

void tui_show_worst(struct tui *t, uint64_t now_us)
{
	const struct history *history = t->o.history;
	const struct history_moment *worst;
	size_t i_board_event, n = history_n(history);
	bool after;

	if (n == 0)
		return;
	bool failed = last_failure(t, &i_board_event);
	if (failed)
		worst = history_moment(history, history_find(history, n_moment_of(t, i_board_event, &after)));
	else
		worst = fullest(history);
	uint64_t n_newest = history_moment(history, n - 1)->n;
	if (!worst || worst->n == n_newest)
		return;
	tui_look_at(t, worst->n);
	t->now_us = now_us;
	tui_note(t, "worst moment: snapshot %" PRIu64 " of %" PRIu64 ", %s; G goes to the last", worst->n, n_newest,
		 failed ? "a failed allocation" : "the fullest");
}

/* ---- events, one after the other ---- */

/* arg: -1 to the event that is shown by the last moment before this one, 1 by the first after it. */
void act_event(struct tui *t, int arg)
{
	const struct history_moment *m = moment_or_say(t);
	size_t n = history_n_events(t->o.history), i_best = n;
	uint64_t n_best = 0;
	bool after;

	if (!m)
		return;
	for (size_t i = 0; i < n; i++) {
		uint64_t n_at = n_moment_of(t, i, &after);
		if (arg < 0 ? n_at >= m->n || n_at < n_best : n_at <= m->n || (i_best < n && n_at >= n_best))
			continue;
		i_best = i;
		n_best = n_at;
	}
	if (i_best == n)
		tui_note(t, "no event %s this moment", arg < 0 ? "before" : "after");
	else
		tui_show_event(t, i_best);
}

/* ---- compared with ---- */

void act_compare(struct tui *t, int arg)
{
	const struct history_moment *m = moment_or_say(t);

	(void)arg;
	if (t->n_compared) {
		t->n_compared = 0;
		if (t->colors == COLORS_CHANGE)
			t->colors = t->colors_before;
		tui_note(t, "not compared any more");
	} else if (m) {
		t->n_compared = m->n;
		t->colors_before = t->colors;
		t->colors = COLORS_CHANGE;
		tui_note(t, "shown: what changed since snapshot %" PRIu64, m->n);
	}
}

/* ---- go to ---- */

bool tui_go_to_time(struct tui *t, const char *text)
{
	const char *p = text, *end = text + strlen(text);
	uint64_t at_us = 0, part;
	int n_parts = 0;

	do {
		p = number_scan(n_parts ? p + 1 : p, end, &part);
		if (!p || part > 1000000)
			return false;
		at_us = at_us * 60 + part;
		n_parts++;
	} while (*p == ':' && n_parts < 3);
	if (n_parts < 2)
		return false;
	at_us *= 1000000;
	if (*p == '.')
		for (uint32_t unit_us = 100000; *++p >= '0' && *p <= '9'; unit_us /= 10)
			at_us += unit_us * (uint32_t)(*p - '0');
	if (*p)
		return false;

	const struct history_moment *m = moment_or_say(t);
	if (m && m->at_us == NOT_KNOWN)
		tui_note(t, "these moments have no times");
	else if (m)
		tui_look_at(t, history_moment(t->o.history, history_find_time(t->o.history, at_us))->n);
	return true;
}

bool tui_go_to_moment(struct tui *t, const char *text)
{
	bool on = text[0] == '+', back = text[0] == '-';
	uint64_t n;

	if (number_parse(text + (on || back || text[0] == '@'), &n) < 0)
		return false;
	if (on || back) {
		int n_steps = (int)MIN(n, (uint64_t)1 << 30);
		act_step(t, back ? -n_steps : n_steps);
	} else if (moment_or_say(t)) {
		const struct history *h = t->o.history;
		uint64_t n_newest = history_moment(h, history_n(h) - 1)->n;
		if (n > n_newest)
			tui_note(t, "the newest is snapshot %" PRIu64, n_newest);
		tui_look_at(t, history_moment(h, history_find(h, n))->n);
	}
	return true;
}

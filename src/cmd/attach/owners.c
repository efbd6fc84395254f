/* attach: whose memory it is, by reading the board's memory when somebody at the screen asks. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "attach/private.h"
#include "memprof/io/clock.h"

void attach_reading_deinit(struct attach_reading *r)
{
	objects_report_deinit(&r->report);
	objects_reading_deinit(&r->reading);
	*r = (struct attach_reading){ .at_us = 0 };
}

void attach_owners_forget(struct attach *a)
{
	if (a->watch)
		watch_objects(a->watch, NULL);
	objects_since_deinit(&a->owners.since);
	a->owners.since = (struct objects_since){ .is_same_start = false };
	attach_reading_deinit(&a->owners.last);
	attach_reading_deinit(&a->owners.mark);
}

/* What the screen shows from now on. */
static void show(struct attach *a)
{
	const struct attach_owners *o = &a->owners;
	struct tui_objects shown = { o->last.reading.objects, &o->last.report,
				     o->mark.reading.objects ? &o->since : NULL, o->last.at_us };

	watch_objects(a->watch, &shown);
}

int attach_owners_take(struct attach *a, struct attach_reading *new)
{
	struct attach_owners *o = &a->owners;
	int error = objects_report(new->reading.objects, &new->report);

	if (error < 0 || !a->watch)
		return error;
	watch_objects(a->watch, NULL);
	objects_since_deinit(&o->since);
	o->since = (struct objects_since){ .is_same_start = false };
	if (o->mark.reading.objects)
		attach_reading_deinit(&o->last);
	else
		o->mark = o->last;
	o->last = *new;
	*new = (struct attach_reading){ .at_us = 0 };
	if (o->mark.reading.objects)
		error = objects_since(&(struct objects_moment){ o->mark.reading.objects, &o->mark.report },
				      &(struct objects_moment){ o->last.reading.objects, &o->last.report }, &o->since);
	show(a);
	return error;
}

static void say_cost(struct attach *a)
{
	const struct objects_cost *cost = &a->owners.last.reading.cost;
	char words[128];

	snprintf(words, sizeof(words), "read %" PRIu64 " B of its memory in %" PRIu64 " reads and %.2g s",
		 cost->n_bytes, cost->n_reads, (double)cost->us / 1e6);
	attach_screen_say(a, words);
}

static enum session_outcome read_memory(struct attach *a)
{
	struct attach_reading new = { .at_us = 0 };
	struct diag diag = { 0 };

	attach_screen_link(a, TUI_LIVE, "its memory is being read");
	enum session_outcome outcome = objects_of_session(a->board.session, &new.reading, &diag);
	new.at_us = clock_now_us();
	attach_screen_link(a, TUI_LIVE, NULL);
	if (outcome == SESSION_DONE && attach_owners_take(a, &new) < 0)
		attach_screen_say(a, "not enough memory to show whose memory it is");
	else if (outcome == SESSION_DONE)
		say_cost(a);
	else if (!session_is_over(outcome))
		session_notice(a->board.session, "error", "its memory cannot be read: %s",
			       diag.text[0] ? diag.text : "it did not answer");
	attach_reading_deinit(&new);
	return session_is_over(outcome) ? outcome : SESSION_TIME;
}

/* Why it cannot be read now; NULL: it can. */
static const char *refusal(const struct attach *a, bool may_hold)
{
	if (a->no_memory)
		return "--no-memory: the board's memory is not read";
	if (session_protocol(a->board.session) == SESSION_OPENMV)
		return "OpenMV's own protocol cannot read memory; --protocol repl can, or memprof objects gdb:HOST:PORT";
	if (!objects_session_can(a->board.session))
		return "a program runs there: I interrupts it, then o reads; else an agent with requests, or gdb:HOST:PORT";
	if (!may_hold && !session_has_prompt(a->board.session) && !session_talks(a->board.session))
		return "a program runs there: o reads whose memory it is, and stops the program meanwhile";
	return NULL;
}

enum session_outcome attach_owners_read(struct attach *a, bool may_hold)
{
	const char *why = refusal(a, may_hold);

	if (!why)
		return read_memory(a);
	attach_screen_say(a, why);
	return SESSION_TIME;
}

enum session_outcome attach_owners_mark(struct attach *a)
{
	struct attach_owners *o = &a->owners;

	if (!o->last.reading.objects) {
		attach_screen_say(a, "its memory was not read yet (o): the first reading is the mark");
		return SESSION_TIME;
	}
	objects_since_deinit(&o->since);
	o->since = (struct objects_since){ .is_same_start = false };
	attach_reading_deinit(&o->mark);
	show(a);
	attach_screen_say(a, "marked: the next reading (o) shows what changed from here on");
	return SESSION_TIME;
}

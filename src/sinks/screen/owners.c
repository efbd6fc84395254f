/* Whose memory it is, by reading the board's memory when somebody at the screen asks. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "memprof/io/clock.h"
#include "private.h"

static void reading_deinit(struct screen_reading *r)
{
	objects_report_deinit(&r->report);
	objects_reading_deinit(&r->reading);
	*r = (struct screen_reading){ .at_us = 0 };
}

static void drop_since(struct screen_owners *o)
{
	objects_since_deinit(&o->since);
	o->since = (struct objects_since){ .is_same_start = false };
}

void screen_owners_forget(struct screen *s)
{
	if (s->watch)
		tui_set_objects(watch_tui(s->watch), NULL);
	drop_since(&s->owners);
	reading_deinit(&s->owners.last);
	reading_deinit(&s->owners.mark);
}

/* What the screen shows from now on. */
static void hand_to_screen(struct screen *s)
{
	const struct screen_owners *o = &s->owners;
	struct tui_objects shown = { o->last.reading.objects, &o->last.report,
				     o->mark.reading.objects ? &o->since : NULL, o->last.at_us };

	tui_set_objects(watch_tui(s->watch), &shown);
}

static bool say_no_memory(struct screen *s)
{
	screen_say(s, "not enough memory to show whose memory it is");
	return false;
}

/* In place of the last one, which may be the mark. */
bool screen_take(struct screen *s, struct objects_reading *reading, uint64_t at_us)
{
	struct screen_owners *o = &s->owners;
	struct screen_reading new = { .at_us = at_us };

	if (!s->watch)
		return false;
	if (objects_report(reading->objects, &new.report) < 0) {
		reading_deinit(&new);
		return say_no_memory(s);
	}
	new.reading = *reading;
	*reading = (struct objects_reading){ .objects = NULL };
	tui_set_objects(watch_tui(s->watch), NULL);
	drop_since(o);
	if (o->mark.reading.objects)
		reading_deinit(&o->last);
	else
		o->mark = o->last;
	o->last = new;
	bool fine = !o->mark.reading.objects ||
		    objects_since(&(struct objects_moment){ o->mark.reading.objects, &o->mark.report },
				  &(struct objects_moment){ o->last.reading.objects, &o->last.report }, &o->since) == 0;
	hand_to_screen(s);
	return fine || say_no_memory(s);
}

static void say_cost(struct screen *s)
{
	const struct objects_cost *cost = &s->owners.last.reading.cost;
	char words[128];

	snprintf(words, sizeof(words), "read %" PRIu64 " B of its memory in %" PRIu64 " reads and %.2g s",
		 cost->n_bytes, cost->n_reads, (double)cost->us / 1e6);
	screen_say(s, words);
}

static enum session_outcome read_memory(struct screen *s)
{
	struct objects_reading reading = { .objects = NULL };
	struct diag diag = { 0 };

	screen_link(s, TUI_LIVE, "its memory is being read");
	enum session_outcome outcome = objects_of_session(s->board->session, &reading, &diag);
	screen_link(s, TUI_LIVE, NULL);
	if (outcome == SESSION_DONE && screen_take(s, &reading, clock_now_us()))
		say_cost(s);
	else if (outcome != SESSION_DONE && !session_is_over(outcome))
		session_notice(s->board->session, "error", "its memory cannot be read: %s",
			       diag.text[0] ? diag.text : "it did not answer");
	objects_reading_deinit(&reading);
	return session_is_over(outcome) ? outcome : SESSION_TIME;
}

/* Why it cannot be read now; NULL: it can. */
static const char *refusal(const struct screen *s, bool may_hold)
{
	if (s->no_memory)
		return "--no-memory: the board's memory is not read";
	if (session_protocol(s->board->session) == SESSION_OPENMV)
		return "OpenMV's own protocol cannot read memory; --protocol repl can, or memprof objects gdb:HOST:PORT";
	if (!objects_session_can(s->board->session))
		return "a program runs there: I interrupts it, then o reads; else an agent with requests, or gdb:HOST:PORT";
	if (!may_hold && !session_has_prompt(s->board->session) && !session_talks(s->board->session))
		return "a program runs there: o reads whose memory it is, and stops the program meanwhile";
	return NULL;
}

enum session_outcome screen_owners_read(struct screen *s, bool may_hold)
{
	const char *why = refusal(s, may_hold);

	if (!why)
		return read_memory(s);
	screen_say(s, why);
	return SESSION_TIME;
}

enum session_outcome screen_owners_mark(struct screen *s)
{
	struct screen_owners *o = &s->owners;

	if (!o->last.reading.objects) {
		screen_say(s, "its memory was not read yet (o): the first reading is the mark");
		return SESSION_TIME;
	}
	drop_since(o);
	reading_deinit(&o->mark);
	hand_to_screen(s);
	screen_say(s, "marked: the next reading (o) shows what changed from here on");
	return SESSION_TIME;
}

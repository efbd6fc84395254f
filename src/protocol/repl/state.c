/* State changes, events, the outbox and the tail, used by all other files of the machine. */
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "repl/private.h"

static const char raw_banner[] = "CTRL-B to exit";

void repl_emit(struct repl *r, enum repl_event_kind kind, const char *bytes, size_t n, bool raised)
{
	if (r->n_queue < ARRAY_SIZE(r->queue))
		r->queue[r->n_queue++] = (struct repl_event){ kind, bytes, n, raised };
}

void repl_error_add(struct repl *r, const char *bytes, size_t n)
{
	n = MIN(n, sizeof(r->error) - r->n_error);
	memcpy(r->error + r->n_error, bytes, n);
	r->n_error += n;
}

void repl_put(struct repl *r, const char *bytes, size_t n)
{
	n = MIN(n, sizeof(r->outbox) - r->n_outbox);
	memcpy(r->outbox + r->n_outbox, bytes, n);
	r->n_outbox += n;
}

void repl_send_key(struct repl *r, char key) { repl_put(r, &key, 1); }

void repl_enter(struct repl *r, enum repl_state state, uint64_t timeout_us)
{
	r->state = state;
	r->entered_us = r->now_us;
	r->n_tail = 0;
	r->deadline_us = timeout_us == NOT_KNOWN ? NOT_KNOWN : r->now_us + timeout_us;
}

void repl_tail_add(struct repl *r, char c)
{
	if (r->n_tail == sizeof(r->tail))
		memmove(r->tail, r->tail + 1, --r->n_tail);
	r->tail[r->n_tail++] = c;
	if (r->strayed == STRAYED_PERHAPS && c == ' ' && repl_friendly_is_up(r))
		r->strayed = STRAYED_IS;
	else if (r->strayed == STRAYED_IS && repl_is_reboot(r)) /* once more */
		r->strayed = STRAYED_NO;
}

bool repl_tail_has(const struct repl *r, const char *words) { return text_find(r->tail, r->n_tail, words) != NULL; }

bool repl_tail_ends(const struct repl *r, const char *words)
{
	size_t n = strlen(words);

	return r->n_tail >= n && memcmp(r->tail + r->n_tail - n, words, n) == 0;
}

bool repl_friendly_is_up(const struct repl *r)
{
	return repl_tail_ends(r, REPL_PROMPT) && repl_tail_has(r, "for more information.");
}

/* The raw REPL is ready once its prompt follows its banner. (W600 firmware prints CR CR LF.) */
bool repl_raw_is_up(const struct repl *r) { return repl_tail_has(r, raw_banner) && repl_tail_ends(r, ">"); }

/* Also after the end of a program, of ours or of a host that disconnected while it ran. */
bool repl_raw_waits(const struct repl *r) { return repl_raw_is_up(r) || repl_tail_ends(r, "\x04>"); }

/* ---- the end of a program ---- */

void repl_done(struct repl *r, bool raised)
{
	r->code = NULL;
	r->n_raw = 0;
	repl_enter(r, REPL_S_READY, NOT_KNOWN);
	repl_emit(r, REPL_DONE, r->error, raised ? r->n_error : 0, raised);
}

void repl_restarted(struct repl *r)
{
	r->code = NULL;
	repl_enter(r, REPL_S_READY, NOT_KNOWN);
	repl_emit(r, REPL_RESTARTED, NULL, 0, false);
}

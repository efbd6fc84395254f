#include "memprof/sinks/watcher.h"

#include "memprof/viewers/ticker_view.h"

/* Other states describe the heap as it is now, and its figures are printed anyway. */
static bool is_news(enum verdict_state state)
{
	return state == VERDICT_SUSPECTED || state == VERDICT_LEAKING || state == VERDICT_GROWING ||
	       state == VERDICT_OK;
}

static void print_note(struct watcher *w, const struct strbuf *words)
{
	text_ticker_note(&w->out->text, strbuf_text(words), &w->out->style);
	output_flush(w->out);
}

void watcher_moment(struct watcher *w, uint64_t now_us)
{
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct verdict now;

	if (!verdict_renew(w->boots, NULL, now_us, &w->judged_us, &now))
		return;
	if (verdict_accuses(&w->verdict) && !verdict_accuses(&now)) {
		text_withdrawal(&words, &w->verdict);
		print_note(w, &words);
	} else if (now.state != w->verdict.state && is_news(now.state)) {
		text_verdict_line(&words, &now);
		print_note(w, &words);
	}
	w->verdict = now;
}

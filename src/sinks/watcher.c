#include "memprof/sinks/watcher.h"

#include "memprof/viewers/ticker_view.h"

/* What is wrong with a heap as it is now, its figures tell. */
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
	enum { EVERY_US = 1000000 };
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct trend_result trend;
	struct boot_info boot;
	struct verdict now;

	if (w->judged_us && now_us < w->judged_us + EVERY_US)
		return;
	w->judged_us = now_us;
	if (boots_n_samples(w->boots) == 0 || boots_work_out(w->boots, &trend, &boot) < 0)
		return;
	verdict_of(NULL, &trend, &boot, false, &now);
	if (verdict_accuses(&w->verdict) && !verdict_accuses(&now)) {
		text_withdrawal(&words, &w->verdict);
		print_note(w, &words);
	} else if (now.state != w->verdict.state && is_news(now.state)) {
		text_verdict_line(&words, &now);
		print_note(w, &words);
	}
	w->verdict = now;
	trend_result_deinit(&trend);
}

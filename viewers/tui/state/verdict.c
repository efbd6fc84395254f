/* The verdict in the title: of the worst pool at this moment, and of the boot as analysis/trend computes it for every
 * view. */
#include <string.h>

#include "memprof/analysis/boots.h"
#include "memprof/analysis/pools.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/text.h"
#include "tui/state/actions.h"

enum { EVERY_US = 1000000 }; /* while a board adds samples: it takes 10 ms */

static void note_withdrawal(struct title_verdict *v, const struct verdict *now)
{
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (!verdict_accuses(&v->verdict) || verdict_accuses(now))
		return;
	text_withdrawal(&words, &v->verdict);
	text_copy(v->withdrawn, sizeof(v->withdrawn), strbuf_text(&words), words.n_bytes);
}

static int prepare_trend(struct tui *t)
{
	struct title_verdict *v = &t->verdict;
	struct trend_result result;
	int r = boots_work_out(t->o.boots, &result, &v->boot);

	if (r < 0)
		return r;
	v->n_worked_out = boots_n_samples(t->o.boots);
	v->worked_out_us = t->now_us;
	trend_result_deinit(&v->trend);
	v->trend = result;
	return 0;
}

int tui_prepare_verdict(struct tui *t)
{
	static const struct report_options no_needs = { .n_needs = 0 };
	struct title_verdict *v = &t->verdict;
	bool is_due = tui_verdict_due_us(t) <= t->now_us;
	int r = is_due ? prepare_trend(t) : 0;
	struct pool_standings pools;
	struct verdict verdict;

	if (r < 0 || (!is_due && v->n_moment == t->picture.n_moment && v->grew == t->objects.since))
		return r;
	v->n_moment = t->picture.n_moment;
	v->grew = t->objects.since;
	v->trend.held_by = v->grew ? objects_owners_holder(&v->grew->came) : NULL;
	standings_of_moment(&t->picture.heap, NULL, 0, &no_needs, &pools);
	verdict_of(&pools, v->n_worked_out > 0 ? &v->trend : NULL, &v->boot, false, &verdict);
	note_withdrawal(v, &verdict);
	v->verdict = verdict;
	verdict_words(&verdict, &v->words);
	return 0;
}

uint64_t tui_verdict_due_us(const struct tui *t)
{
	const struct title_verdict *v = &t->verdict;

	if (!t->o.boots || boots_n_samples(t->o.boots) == v->n_worked_out)
		return NOT_KNOWN;
	return v->n_worked_out == 0 || !t->o.live ? 0 : v->worked_out_us + EVERY_US;
}

bool tui_take_withdrawal(struct tui *t, char ret[TUI_WITHDRAWAL_BYTES])
{
	struct title_verdict *v = &t->verdict;

	if (!v->withdrawn[0])
		return false;
	memcpy(ret, v->withdrawn, TUI_WITHDRAWAL_BYTES);
	v->withdrawn[0] = '\0';
	return true;
}

/* The verdict on a boot, as analysis/trend computes it for every view, in the words of a title. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "memprof/analysis/boots.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/text.h"
#include "shared/rate_words.h"
#include "text/chart.h"
#include "tui/state/actions.h"

enum { EVERY_US = 1000000 }; /* while a board adds samples: it takes 10 ms */

static void set_leak(struct title_verdict *v, const struct trend_pool_result *pool)
{
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *verb = pool->verdict == LEAK_GROWING ? "GROWING" : "LEAKING";
	char bytes[NUMBER_HUMAN_BYTES];

	if (pool->by_objects)
		snprintf(v->text, sizeof(v->text), "%s %s per collection", verb,
			 rate_bytes(pool->survival.bytes_per_collection, bytes));
	else
		snprintf(v->text, sizeof(v->text), "%s %s per sample", verb, rate_bytes(pool->leak.per_sample, bytes));
	if (pool->exhausted_in_us == NOT_KNOWN)
		return;
	strbuf_puts(&words, "full in ");
	chart_duration(&words, pool->exhausted_in_us);
	text_copy(v->ends, sizeof(v->ends), strbuf_text(&words), words.n_bytes);
}

static void set_words(struct title_verdict *v, const struct trend_pool_result *pool)
{
	v->text[0] = v->ends[0] = '\0';
	v->warns = pool && (pool->leaks || pool->fragments);
	if (!pool)
		return;
	if (pool->leaks)
		set_leak(v, pool);
	else if (pool->fragments)
		snprintf(v->text, sizeof(v->text), "FRAGMENTING");
	else if (pool->by_objects && pool->verdict == LEAK_STEADY)
		snprintf(v->text, sizeof(v->text), "not leaking");
}

int tui_prepare_verdict(struct tui *t)
{
	struct title_verdict *v = &t->verdict;
	struct trend_result result;
	struct boot_info boot;

	if (tui_verdict_due_us(t) > t->now_us)
		return 0;
	v->n_worked_out = boots_n_samples(t->o.boots);
	v->worked_out_us = t->now_us;
	int r = boots_work_out(t->o.boots, &result, &boot);
	if (r < 0)
		return r;
	set_words(v, trend_worst(&result));
	trend_result_deinit(&result);
	return 0;
}

uint64_t tui_verdict_due_us(const struct tui *t)
{
	const struct title_verdict *v = &t->verdict;

	if (!t->o.boots || boots_n_samples(t->o.boots) == v->n_worked_out)
		return NOT_KNOWN;
	return v->n_worked_out == 0 || !t->o.live ? 0 : v->worked_out_us + EVERY_US;
}

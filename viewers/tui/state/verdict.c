/* The verdict in the title: the leak of the boot, as analysis/trend computes it for every view; else the state of the
 * worst pool at this moment, as the first sentence of a report has it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "memprof/analysis/boots.h"
#include "memprof/analysis/pools.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/text.h"
#include "shared/number_words.h"
#include "text/chart.h"
#include "text/parts.h"
#include "tui/state/actions.h"

enum { EVERY_US = 1000000 }; /* while a board adds samples: it takes 10 ms */

static void copy(char *ret, size_t n_bytes, const struct strbuf *text)
{
	text_copy(ret, n_bytes, strbuf_text(text), text->n_bytes);
}

/* ---- over time ---- */

/* holder: what grew between two readings of the memory; NULL: not known. */
static void set_leak(struct title_words *words, const struct trend_pool_result *pool, bool names_pool,
		     const char *holder)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf lasts CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_puts(&text, pool->verdict == LEAK_GROWING ? "GROWING " : "LEAKING ");
	if (names_pool)
		strbuf_printf(&text, "%s ", pool->name);
	if (pool->by_objects)
		strbuf_printf(&text, "%s per collection", rate_bytes(pool->survival.bytes_per_collection, NULL).text);
	else
		strbuf_printf(&text, "%s per sample", rate_bytes(pool->leak.per_sample, NULL).text);
	copy(words->text, sizeof(words->text), &text);
	strbuf_puts(&lasts, "full in ");
	if (!chart_lasts(&lasts, pool, NULL))
		strbuf_reset(&lasts);
	copy(words->lasts, sizeof(words->lasts), &lasts);
	if (pool->by_objects && holder)
		snprintf(words->figures, sizeof(words->figures), "held by %s", holder);
}

static void set_trend(struct title_verdict *v, const struct trend_result *result, const char *holder)
{
	const struct trend_pool_result *pool = trend_worst(result);

	v->trend = (struct title_words){ .text = "" };
	v->leaks = pool && pool->leaks;
	v->fragments = pool && pool->fragments;
	if (v->leaks)
		set_leak(&v->trend, pool, result->n_pools > 1, holder);
	else if (v->fragments)
		snprintf(v->trend.text, sizeof(v->trend.text), "FRAGMENTING %s", pool->name);
	else if (pool && pool->by_objects && pool->verdict == LEAK_STEADY)
		snprintf(v->trend.text, sizeof(v->trend.text), "not leaking");
}

static const struct trend_pool_result *pool_named(const struct trend_result *result, const char *name)
{
	for (size_t i = 0; i < result->n_pools; i++)
		if (strcmp(result->pools[i].name, name) == 0)
			return &result->pools[i];
	return NULL;
}

/* Why a pool does not leak any more; now: NULL: it is gone. */
static void print_reason(struct strbuf *out, const struct leak_seen *seen, const struct trend_pool_result *now,
			 uint64_t n_boot)
{
	const struct survival_result *s = now ? &now->survival : NULL;
	char text[NUMBER_HUMAN_BYTES], before[NUMBER_HUMAN_BYTES];

	if (!now)
		strbuf_puts(out, "the pool is gone");
	else if (n_boot != seen->n_boot)
		strbuf_printf(out, "it was about boot %" PRIu64 ", boot %" PRIu64 " does not leak so far", seen->n_boot,
			      n_boot);
	else if (now->by_objects && seen->floor_bytes != NOT_KNOWN && s->floor_bytes < seen->floor_bytes)
		strbuf_printf(out, "what had stayed was freed, %s in use after the last collection, %s before",
			      number_human(s->floor_bytes, text), number_human(seen->floor_bytes, before));
	else if (now->by_objects)
		strbuf_printf(out, "over %" PRIu64 " collections, what stays has not grown steadily up to now",
			      s->n_collections);
	else
		strbuf_puts(out, "what is used does not rise for certain any more");
}

static void note_withdrawal(struct title_verdict *v, const struct trend_result *result, uint64_t n_boot)
{
	const struct trend_pool_result *worst = trend_worst(result), *now = pool_named(result, v->seen.pool);
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;
	bool was_leak = v->seen.verdict == LEAK_LEAKING, was_growth = v->seen.verdict == LEAK_GROWING;

	if ((was_leak || was_growth) && !(now && now->leaks)) {
		strbuf_printf(&words, "%s verdict withdrawn: ", was_leak ? "leak" : "growth");
		print_reason(&words, &v->seen, now, n_boot);
		copy(v->withdrawn, sizeof(v->withdrawn), &words);
	}
	v->seen = (struct leak_seen){ .verdict = LEAK_UNKNOWN };
	if (!worst || !worst->leaks)
		return;
	v->seen.verdict = worst->verdict;
	v->seen.n_boot = n_boot;
	v->seen.floor_bytes = worst->by_objects ? worst->survival.floor_bytes : NOT_KNOWN;
	memcpy(v->seen.pool, worst->name, sizeof(v->seen.pool));
}

static int prepare_trend(struct tui *t)
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
	set_trend(v, &result, t->objects.since ? objects_owners_holder(&t->objects.since->came) : NULL);
	note_withdrawal(v, &result, boot.n_boot);
	trend_result_deinit(&result);
	return 0;
}

/* ---- at this moment ---- */

/* Of the figures in the first sentence of a report, those that make it so. */
static void set_figures(struct strbuf *out, enum health health, const struct pool_state *judged)
{
	char part[NUMBER_HUMAN_BYTES], whole[NUMBER_HUMAN_BYTES];

	if (health == HEALTH_DAMAGED)
		strbuf_puts(out, "something wrote past a block");
	else if (health == HEALTH_FRAGMENTED)
		strbuf_printf(out, "largest %s of %s free", number_human(judged->lfb_bytes, part),
			      number_human(judged->free_bytes, whole));
	else
		strbuf_printf(out, "%s of %s free", number_human(judged->free_bytes, part),
			      number_human(judged->total_bytes, whole));
}

static void prepare_state(struct tui *t)
{
	static const struct report_options no_needs = { .n_needs = 0 };
	const struct heap *heap = &t->picture.heap;
	struct title_verdict *v = &t->verdict;
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf figures CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct pool_standings pools;

	if (v->n_moment == t->picture.n_moment)
		return;
	v->n_moment = t->picture.n_moment;
	pools.n = 0; /* the rest is large */
	for (size_t i = 0; i < heap->n_pools; i++)
		standings_add(&pools, &heap->pools[i], &no_needs);
	standings_end(&pools);
	const struct pool_standing *worst = &pools.all[pools.i_worst];
	if (pools.n > 0 && worst->health >= HEALTH_FRAGMENTED) {
		strbuf_printf(&text, "%s %.*s", health_words(worst->health)->title, (int)pool_group_name(worst->pool),
			      worst->pool->name);
		set_figures(&figures, worst->health, &worst->summary);
	}
	copy(v->state.text, sizeof(v->state.text), &text);
	copy(v->state.figures, sizeof(v->state.figures), &figures);
}

/* ---- for the title ---- */

int tui_prepare_verdict(struct tui *t)
{
	prepare_state(t);
	return prepare_trend(t);
}

uint64_t tui_verdict_due_us(const struct tui *t)
{
	const struct title_verdict *v = &t->verdict;

	if (!t->o.boots || boots_n_samples(t->o.boots) == v->n_worked_out)
		return NOT_KNOWN;
	return v->n_worked_out == 0 || !t->o.live ? 0 : v->worked_out_us + EVERY_US;
}

const struct title_words *tui_title_words(const struct tui *t, bool *ret_warns)
{
	const struct title_verdict *v = &t->verdict;
	bool state = !v->leaks && v->state.text[0];

	*ret_warns = state || v->leaks || v->fragments;
	return state ? &v->state : &v->trend;
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

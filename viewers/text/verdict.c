#include "memprof/viewers/verdict_words.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "shared/number_words.h"
#include "text/chart.h"

static void say_pool(struct strbuf *out, const struct verdict *v) { strbuf_printf(out, " %s", v->pool); }

static void say_growth(struct strbuf *out, const struct verdict *v)
{
	if (v->n_pools > 1)
		say_pool(out, v);
	if (!isnan(v->bytes_per_collection))
		strbuf_printf(out, " %s per %s", rate_bytes(v->bytes_per_collection, NULL).text,
			      v->no_collector ? "sample" : "collection");
}

static void say_count(struct strbuf *out, const struct verdict *v)
{
	if (v->n_collections < v->n_needed)
		strbuf_printf(out, " %" PRIu64 " of %" PRIu64, v->n_collections, v->n_needed);
}

static void say_suspicion(struct strbuf *out, const struct verdict *v)
{
	strbuf_puts(out, v->n_collections < v->n_needed ? " leak," : " leak");
	say_count(out, v);
}

static void say_largest(struct strbuf *out, const struct verdict *v)
{
	if (v->room.lfb_bytes != NOT_KNOWN)
		strbuf_printf(out, "largest free %s", human_words(v->room.lfb_bytes, NULL).text);
	else if (v->room.free_bytes != NOT_KNOWN)
		strbuf_printf(out, "%s free", human_words(v->room.free_bytes, NULL).text);
}

static void say_largest_of(struct strbuf *out, const struct verdict *v)
{
	if (v->room.lfb_bytes != NOT_KNOWN && v->room.free_bytes != NOT_KNOWN)
		strbuf_printf(out, "largest %s of %s free", human_words(v->room.lfb_bytes, NULL).text,
			      human_words(v->room.free_bytes, NULL).text);
}

static void say_free_of(struct strbuf *out, const struct verdict *v)
{
	if (v->room.total_bytes != NOT_KNOWN && v->room.free_bytes != NOT_KNOWN)
		strbuf_printf(out, "%s of %s free", human_words(v->room.free_bytes, NULL).text,
			      human_words(v->room.total_bytes, NULL).text);
}

static void say_damage(struct strbuf *out, const struct verdict *v)
{
	(void)v;
	strbuf_puts(out, "something wrote past a block");
}

static void say_holder(struct strbuf *out, const struct verdict *v)
{
	if (v->holder)
		strbuf_printf(out, "held by %s", v->holder);
}

static void say_nothing(struct strbuf *out, const struct verdict *v)
{
	(void)out;
	(void)v;
}

static const struct {
	const char *word;
	void (*more)(struct strbuf *out, const struct verdict *v),
		(*figures)(struct strbuf *out, const struct verdict *v);
	bool warns;
} states[] = {
	[VERDICT_OK] = { "OK", say_nothing, say_largest, false },
	[VERDICT_WATCHING] = { "WATCHING", say_count, say_largest, false },
	[VERDICT_SUSPECTED] = { "SUSPECTED", say_suspicion, say_largest, false },
	[VERDICT_LEAKING] = { "LEAKING", say_growth, say_holder, true },
	[VERDICT_GROWING] = { "GROWING", say_growth, say_holder, true },
	[VERDICT_FRAGMENTED] = { "FRAGMENTED", say_pool, say_largest_of, true },
	[VERDICT_FULL] = { "FULL", say_pool, say_free_of, true },
	[VERDICT_DAMAGED] = { "DAMAGED", say_pool, say_damage, true },
	[VERDICT_FAILED] = { "FAILED", say_pool, say_largest, true },
	[VERDICT_UNKNOWN] = { "", say_nothing, say_nothing, false },
};

void verdict_words(const struct verdict *v, struct verdict_words *ret)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf ends CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf figures CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (v->state == VERDICT_FULL && v->severity < SEVERITY_ACT)
		strbuf_puts(&text, "NEARLY ");
	ret->word = states[v->state].word;
	strbuf_puts(&text, ret->word);
	states[v->state].more(&text, v);
	states[v->state].figures(&figures, v);
	if (v->ends_least_us != NOT_KNOWN) {
		strbuf_puts(&ends, "full ");
		chart_range(&ends, v->ends_least_us, v->ends_most_us);
	}
	text_copy(ret->text, sizeof(ret->text), strbuf_text(&text), text.n_bytes);
	text_copy(ret->ends, sizeof(ret->ends), strbuf_text(&ends), ends.n_bytes);
	text_copy(ret->figures, sizeof(ret->figures), strbuf_text(&figures), figures.n_bytes);
	ret->warns = states[v->state].warns;
}

void text_verdict_line(struct strbuf *out, const struct verdict *v)
{
	struct verdict_words words;

	verdict_words(v, &words);
	strbuf_puts(out, words.text);
	if (words.ends[0])
		strbuf_printf(out, ", %s", words.ends);
	if (words.figures[0])
		strbuf_printf(out, ", %s", words.figures);
}

void text_withdrawal(struct strbuf *out, const struct verdict *before)
{
	strbuf_printf(out, "no %s after all: memory in use in %s stopped growing",
		      before->state == VERDICT_GROWING ? "growth" : "leak", before->pool);
}

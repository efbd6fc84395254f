#include "memprof/viewers/verdict_words.h"

#include <errno.h>

#include "memprof/base/text.h"
#include "print/print.h"
#include "text/chart.h"

#define ROOM "[largest free {largest}][{only_free} free]"
static const struct {
	const char *word, *more, *figures;
	bool warns;
} states[] = {
	[VERDICT_OK] = { "OK", "", ROOM, false },
	[VERDICT_WATCHING] = { "WATCHING", "[ {n} of {needed}]", ROOM, false },
	[VERDICT_SUSPECTED] = { "SUSPECTED", " leak[, {n} of {needed}]", ROOM, false },
	[VERDICT_LEAKING] = { "LEAKING", "[ {one_of}][ {rate} per {step}]", "[held by {holder}]", true },
	[VERDICT_GROWING] = { "GROWING", "[ {one_of}][ {rate} per {step}]", "[held by {holder}]", true },
	[VERDICT_FRAGMENTED] = { "FRAGMENTED", " {pool}", "[largest free {largest} of {free}]", true },
	[VERDICT_FULL] = { "FULL", " {pool}", "[{free} of {total} free]", true },
	[VERDICT_DAMAGED] = { "DAMAGED", " {pool}", "something wrote past a block", true },
	[VERDICT_FAILED] = { "FAILED", " {pool}", ROOM, true },
	[VERDICT_UNKNOWN] = { "", "", "", false },
};

static void add_pattern(struct strbuf *out, const char *pattern, const struct doc_figure *figures)
{
	struct document d CLEANUP(doc_deinit);

	doc_init(&d, "");
	doc_add_pattern(&d, true, pattern, figures);
	if (!print_fails(out, &d))
		print_plain(out, &d.answer, NULL);
}

void verdict_words(const struct verdict *v, struct verdict_words *ret)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf ends CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf room CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const struct doc_figure figures[] = {
		{ "n", DOC_N(v->n_collections < v->n_needed ? v->n_collections : NOT_KNOWN) },
		{ "needed", DOC_N(v->n_needed) },
		{ "pool", DOC_T(v->pool) },
		{ "one_of", doc_text_or_none(v->n_pools > 1 ? v->pool : NULL) },
		{ "rate", DOC_PACE(v->bytes_per_collection) },
		{ "step", DOC_T(v->no_collector ? "sample" : "collection") },
		{ "holder", doc_text_or_none(v->holder) },
		{ "largest", DOC_BYTES(v->room.lfb_bytes) },
		{ "free", DOC_BYTES(v->room.free_bytes) },
		{ "only_free", DOC_BYTES(v->room.lfb_bytes == NOT_KNOWN ? v->room.free_bytes : NOT_KNOWN) },
		{ "total", DOC_BYTES(v->room.total_bytes) },
	};

	ret->warns = states[v->state].warns;
	if (v->state == VERDICT_FULL && v->severity < SEVERITY_ACT)
		strbuf_puts(&text, "NEARLY ");
	strbuf_puts(&text, states[v->state].word);
	add_pattern(&text, states[v->state].more, figures);
	add_pattern(&room, states[v->state].figures, figures);
	if (v->ends_least_us != NOT_KNOWN) {
		strbuf_puts(&ends, "full ");
		chart_range(&ends, v->ends_least_us, v->ends_most_us);
	}
	text_copy(ret->text, sizeof(ret->text), strbuf_text(&text), text.n_bytes);
	text_copy(ret->ends, sizeof(ret->ends), strbuf_text(&ends), ends.n_bytes);
	text_copy(ret->figures, sizeof(ret->figures), strbuf_text(&room), room.n_bytes);
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

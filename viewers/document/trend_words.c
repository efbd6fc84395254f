/* What a trend means, in words: one sentence for each situation, why, and what to do. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "document/trend_parts.h"
#include "shared/number_words.h"
#include "text/chart.h"

enum situation {
	LEAKS,
	FILLS, /* growth that slows */
	QUEUES,
	MORE_IN_EACH_SAMPLE,
	RAN_DRY,
	FRAGMENTS,
	LEVEL_OBJECTS,
	ALWAYS_FULL,
	ROSE,
	FALLS,
	LEVEL,
	ONLY_RISES,
	UNCHANGED,
	NOT_CLEARLY,
	A_LITTLE,
	UNEVENLY,
	TOO_FEW,
};

#define OUT  "[ {out} {ends}.]"
#define TAIL " ({n} observed)[, {pace} {unit}][, held by {holder}][, allocated at {line}]." OUT
#define EVIDENCE                                                                                                                                     \
	"[It takes {certain} {minima} to be certain.][ At most {most_left} is free {now}.][ {left} is free {now}.][ The heap may grow by {growth}.]" \
	"[ 95 % confidence: {low} to {high} a sample.][ With only {few} {minima} the rate is uncertain.]"
#define LARGEST "[Largest free shrinks by {shrinks} a sample, and free memory may shrink as fast.]"

static const struct {
	const char *answer, *reason;
	enum doc_severity severity;
} sentences[] = {
	[LEAKS] = { "{kind}: {rate} survives each collection" TAIL, EVIDENCE, DOC_ACT },
	[FILLS] = { "{kind}: {rate} more in use after each collection" TAIL,
		    EVIDENCE "[ It may be a table that fills; a longer run shows whether it ends.]", DOC_ACT },
	[QUEUES] = { "{kind}: {rate} more in use after each collection" TAIL,
		     EVIDENCE " Most objects are freed in the end: a queue is filled faster than it is emptied, or a "
			      "list, dict or buffer is replaced by longer and longer ones.",
		     DOC_ACT },
	[MORE_IN_EACH_SAMPLE] = { "{kind}: {rate} more in use with every sample" TAIL, EVIDENCE, DOC_ACT },
	[RAN_DRY] = { "Leak: {dry} of {boots} boots ran out of memory, after {least} to {most} samples; "
		      "{rate} less free with each sample[, {pace} {unit}]." OUT,
		      "[{left} is free now.]", DOC_ACT },
	[FRAGMENTS] = { "Fragmenting: largest free shrinks by {shrinks} with every sample"
			"[, {shrinks_pace} {unit}], while as much is free as before.",
			"Large allocations will fail first.", DOC_LOOK },
	[LEVEL_OBJECTS] = { "No leak: memory in use after {n} collections stays at {floor}[, give or take "
			    "{rise}].",
			    "", DOC_FINE },
	[ALWAYS_FULL] = { "Not known yet: the heap was full after each of {n} collections, so growth cannot "
			  "show.",
			  "A larger heap, or gc.collect() before it is full, would show it.", DOC_LOOK },
	[ROSE] = { "Not known yet: memory in use grew by {rise} over {n} collections[{unsteady}].", "", DOC_LOOK },
	[FALLS] = { "No leak: free memory grows ({seen} {minima}).", "", DOC_FINE },
	[LEVEL] = { "No leak: memory in use {after}has not grown ({seen} {minima}).",
		    "[A leak of less than {hidden} a sample would not show.]" LARGEST, DOC_FINE },
	[ONLY_RISES] = { "Not known yet: {rises} more in use with every sample[, {rises_pace} {unit}], "
			 "{until}.",
			 "[{garbage}][ At this rate, free memory lasts {lasts}.]", DOC_LOOK },
	[UNCHANGED] = { "Unchanged: as much is in use in every sample.", "", DOC_FINE },
	[NOT_CLEARLY] = { "Not known yet: memory in use {after}has not clearly grown ({seen} {minima}), but a "
			  "leak of up to {hidden} a sample would not show.",
			  LARGEST, DOC_LOOK },
	[A_LITTLE] = { "Not known yet: memory in use {after}grows by little, but steadily ({seen} {minima}).", LARGEST,
		       DOC_LOOK },
	[UNEVENLY] = { "Not known yet: memory in use {after}neither stays level nor rises evenly ({seen} "
		       "{minima}).",
		       LARGEST, DOC_LOOK },
	[TOO_FEW] = { "Too early to tell: {seen} of {needed} {minima} so far.", "{between}", DOC_LOOK },
};

static const struct trend_series *judged(const struct trend_pool_result *pool)
{
	return &pool->series[trend_judged_field(pool)];
}

/* Without a collector, this alone is an answer. */
static bool is_unchanged(const struct trend_pool_result *pool)
{
	const struct trend_series *s = judged(pool);

	return pool->no_collector && s->n_known >= TREND_COLLECTIONS_LEAST && s->min == s->max;
}

/* What would not show, in bytes a sample. */
static double hidden_rate(const struct trend_pool_result *pool)
{
	const struct trend_slope *floor = &judged(pool)->floor;

	return pool->verdict == LEAK_UNKNOWN && trend_judged_field(pool) == TREND_FREE ? -floor->low : floor->high;
}

/* Else it leaks from sample to sample. */
static bool is_by_collection(const struct trend_pool_result *pool)
{
	return pool->dry.n_dry == 0 && !pool->no_collector && !isnan(pool->bytes_per_collection);
}

static enum situation situation_of(const struct trend_result *trend, const struct trend_pool_result *pool)
{
	const struct trend_series *s = judged(pool);
	bool by_used = trend_judged_field(pool) == TREND_USED;

	if (pool->leaks)
		return pool->dry.n_dry > 0                       ? RAN_DRY :
		       !is_by_collection(pool)                   ? MORE_IN_EACH_SAMPLE :
		       pool->verdict == LEAK_LEAKING             ? LEAKS :
		       !pool->by_objects || pool->survival.slows ? FILLS :
								   QUEUES;
	if (pool->fragments)
		return FRAGMENTS;
	if (pool->by_objects)
		return pool->verdict == LEAK_STEADY ? LEVEL_OBJECTS : pool->survival.is_full ? ALWAYS_FULL : ROSE;
	if (pool->verdict != LEAK_UNKNOWN)
		return s->verdict == (by_used ? TREND_FALLING : TREND_RISING) ? FALLS : LEVEL;
	if (trend_only_rises(trend, pool))
		return ONLY_RISES;
	if (is_unchanged(pool))
		return UNCHANGED;
	if (s->n_minima < trend_collections_needed(pool))
		return TOO_FEW;
	if (s->verdict == TREND_STEADY && hidden_rate(pool) > 0)
		return NOT_CLEARLY;
	return s->verdict == (by_used ? TREND_RISING : TREND_FALLING) ? A_LITTLE : UNEVENLY;
}

/* ---- figures ---- */

static struct doc_span size_if(bool is_known, uint64_t n_bytes) { return DOC_BYTES(is_known ? n_bytes : NOT_KNOWN); }

static struct doc_span rate_if(bool is_known, double n_bytes)
{
	return DOC_PACE(is_known ? fabs(n_bytes) : (double)NAN);
}

static struct doc_span text_if(bool is_so, const char *text) { return doc_text_or_none(is_so ? text : NULL); }

static const char *ends_of(struct document *d, const struct trend_view *view, const struct trend_pool_result *pool)
{
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;
	bool is_known = pool->leaks && !pool->is_suspected && pool->left_bytes != NOT_KNOWN && !view->has_failed;

	if (!is_known || isnan(pool->ends_most_samples))
		return NULL;
	if (pool->ends_least_us != NOT_KNOWN)
		chart_range(&words, pool->ends_least_us, pool->ends_most_us);
	else
		strbuf_printf(&words, "in %.7g to %.7g samples", floor(pool->ends_least_samples),
			      round(pool->ends_most_samples));
	return doc_keep(d, strbuf_text(&words));
}

static const char *lasts_of(struct document *d, const struct trend_pool_result *pool)
{
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const struct trend_slope *slope = &judged(pool)->slope;
	double left = (double)pool->series[TREND_FREE].last, hours = left / fabs(slope->per_hour);

	if (pool->series[TREND_FREE].n_known == 0)
		return NULL;
	if (hours < 1e6)
		chart_duration(&words, (uint64_t)(hours * 3.6e9));
	else
		strbuf_printf(&words, "%.7g samples", round(left / fabs(slope->per_sample)));
	return doc_keep(d, strbuf_text(&words));
}

/* ---- what to do ---- */

#define BUFFERS "make large buffers once, at the start; call gc.collect() before objects that stay."

/* By what it is of: saved, or only seen; whether memprof may ask for a collection; a program that memprof ran. */
static const char *next_of_leak(enum trend_of of)
{
	return of < TREND_OF_BOARD ?
		       "compare an early and a late dump (memprof report --dump N): what grew, by kind? "
		       "Lists, dicts and caches that only grow are the usual cause." :
		       "attach again with --save FILE; then compare an early and a late dump (memprof report "
		       "--dump N FILE): what grew, by kind? Lists, dicts and caches that only grow are "
		       "the usual cause.";
}

static const char *next_of_unknown(enum trend_of of, bool is_collected)
{
	bool takes_requests = of == TREND_OF_RECORDING || of == TREND_OF_SAVED_BOARD || of == TREND_OF_BOARD;

	return of == TREND_OF_ENDED  ? "let it do more of its work, in a loop." :
	       of == TREND_OF_RAISED ? "fix what it raised, and run it again." :
	       is_collected          ? "let it run longer." :
	       takes_requests        ? "let it run longer, or add --collect: then every sample counts." :
	       of == TREND_OF_LOG    ? "let it run longer; or call gc.collect() before each sample and add "
				       "--collected: then every sample counts." :
				       "let it run longer.";
}

/* "": there is nothing to do. */
static const char *next_of(const struct trend_view *view, const struct trend_pool_result *pool)
{
	bool is_figures = pool->survival.n_tables == 0, is_log = view->of <= TREND_OF_RECORDING;

	if (pool->no_collector)
		return pool->leaks     ? "find the code that allocates from this pool and does not free." :
		       pool->fragments ? "make large buffers once, at the start." :
		       pool->verdict == LEAK_UNKNOWN && !is_unchanged(pool) ? "let it run longer." :
									      "";
	if (pool->leaks && is_figures && view->trend->no_mem_info)
		return "look for lists, dicts and caches that only grow.";
	if (pool->leaks && is_figures && is_log)
		return "print micropython.mem_info(1) instead of these figures: its block tables show what stays.";
	if (pool->leaks)
		return pool->is_suspected && view->of >= TREND_OF_ENDED ? next_of_unknown(view->of, false) :
									  next_of_leak(view->of);
	if (pool->fragments)
		return view->of < TREND_OF_BOARD ? "find the objects in the way (memprof report); " BUFFERS :
						   "find the objects in the way (memprof snap); " BUFFERS;
	if (situation_of(view->trend, pool) == ONLY_RISES && view->of == TREND_OF_LOG)
		return "add --collected, if the program calls gc.collect() before each figure; else let it run longer.";
	return pool->verdict != LEAK_UNKNOWN ? "" : next_of_unknown(view->of, pool->collected);
}

/* ---- all of it ---- */

/* New objects that remain, where these are known. */
static void add_stays(struct document *d, const struct trend_pool_result *pool)
{
	enum { STAYS_SHOWN = 3, ADDRESSES_SHOWN = 2 };
	const struct survival_result *survival = &pool->survival;
	size_t n = pool->by_objects && pool->verdict == LEAK_LEAKING ? MIN(survival->n_stays, (size_t)STAYS_SHOWN) : 0;

	if (n > 0)
		doc_say(d, DOC_T("What accumulates, per collection:"));
	for (size_t i = 0; i < n; i++) {
		struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;
		const struct survival_stay *stay = &survival->stays[i];
		double rate = stay->objects_per_collection;
		for (size_t k = 0; k < MIN(stay->n_addresses, (size_t)ADDRESSES_SHOWN); k++)
			strbuf_printf(&words, "%s0x%" PRIx64, k ? ", " : " at ", stay->addresses[k]);
		doc_item(d,
			 DOC_T(arena_printf(&d->arena,
					    rate < 0.1 ? "%.2g x " :
					    rate < 10  ? "%.1f x " :
							 "%.0f x ",
					    rate)),
			 doc_exact(DOC_BYTES(stay->bytes)), DOC_T(" "),
			 DOC_T(stay->kind == BLOCK_HEAD ? "other" : block_kind_name(stay->kind)),
			 DOC_T(strbuf_text(&words)), DOC_T("."));
	}
}

/* A sentence for each line, which ends with a text that is no command. */
static void add_next(struct document *d, const char *next)
{
	struct doc_span spans[8] = { DOC_T("Next: ") };

	for (size_t n = 1, i_part = 0; *next; next += *next != '\0') {
		size_t n_text = strcspn(next, TREND_COMMAND "\n");
		spans[n] = DOC_T(arena_text(&d->arena, next, n_text));
		spans[n++].exact = i_part++ % 2;
		next += n_text;
		if (*next == TREND_COMMAND[0] && n < ARRAY_SIZE(spans))
			continue;
		doc_add(d, DOC_SENTENCE, spans, n);
		n = i_part = 0;
	}
}

void document_trend_pool(struct document *d, const struct trend_view *view, const struct trend_pool_result *pool,
			 const char *next)
{
	const struct trend_result *trend = view->trend;
	const struct trend_series *s = judged(pool), *largest = &pool->series[TREND_LARGEST_FREE];
	const struct survival_result *survival = &pool->survival;
	const struct rate_unit unit = rate_unit_of(trend->span_us);
	const char *minima = trend_minima_name(pool), *ends = ends_of(d, view, pool);
	bool has_pace = trend->span_us != NOT_KNOWN && trend->span_us > 0;
	bool is_curve = pool->leaks && !pool->by_objects && pool->dry.n_dry == 0;
	bool is_sure = is_curve && !isnan(pool->leak.low) && pool->leak.low > 0;
	bool is_unsteady = survival->verdict == LEAK_UNKNOWN && survival->n_collections >= SUSPICION_COLLECTIONS_LEAST;
	double hidden = hidden_rate(pool);
	enum situation situation = situation_of(trend, pool);
	const struct doc_figure figures[] = {
		{ "kind", DOC_T(pool->is_suspected            ? "Possible leak" :
				pool->verdict == LEAK_LEAKING ? "Leak" :
				situation == QUEUES           ? "Growth without end" :
								"Growth that slows") },
		{ "rate", rate_if(true, is_by_collection(pool) ? pool->bytes_per_collection : pool->leak.per_sample) },
		{ "n", DOC_N(pool->no_collector ? s->n_minima : pool->n_collections) },
		{ "pace", rate_if(has_pace, pool->leak.per_hour * unit.hours) },
		{ "unit", DOC_T(unit.name) },
		{ "holder", doc_text_or_none(trend->held_by) },
		{ "line", doc_text_or_none(view->line) },
		{ "out", DOC_T(view->has_ended ? "Had it gone on, out of memory" : "Out of memory") },
		{ "ends", doc_text_or_none(ends) },
		{ "most_left", size_if(ends && pool->by_objects, pool->left_bytes) },
		{ "left", size_if(ends && !pool->by_objects, pool->left_bytes) },
		{ "now", DOC_T(pool->no_collector ? "at the last low point" : "after the last collection") },
		{ "growth", size_if(ends && pool->growth_bytes > 0, pool->growth_bytes) },
		{ "low", rate_if(is_sure, pool->leak.low) },
		{ "high", rate_if(is_sure, pool->leak.high) },
		{ "few", DOC_N(is_curve && !is_sure ? s->n_minima : NOT_KNOWN) },
		{ "certain", DOC_N(pool->is_suspected ? SUSPICION_COLLECTIONS_LEAST : NOT_KNOWN) },
		{ "dry", DOC_N(pool->dry.n_dry) },
		{ "boots", DOC_N(pool->dry.n_judged) },
		{ "least", DOC_N(pool->dry.least_samples) },
		{ "most", DOC_N(pool->dry.most_samples) },
		{ "shrinks", rate_if(largest->verdict == TREND_FALLING, largest->floor.per_sample) },
		{ "shrinks_pace", rate_if(has_pace, largest->floor.per_hour * unit.hours) },
		{ "floor", DOC_BYTES(survival->floor_bytes) },
		{ "rise", size_if(survival->rise_bytes > 0 || situation == ROSE, survival->rise_bytes) },
		{ "unsteady", text_if(is_unsteady, ", but not steadily up to the end") },
		{ "seen", DOC_N(situation == TOO_FEW ? MAX((uint64_t)s->n_minima, trend->n_typed) : s->n_minima) },
		{ "needed", DOC_N(trend_collections_needed(pool)) },
		{ "minima", DOC_T(minima) },
		{ "after", DOC_T(pool->no_collector ? "" : "after collections ") },
		{ "hidden", rate_if(hidden > 0, hidden) },
		{ "rises", rate_if(true, s->slope.per_sample) },
		{ "rises_pace", rate_if(has_pace, s->slope.per_hour * unit.hours) },
		{ "until", DOC_T(pool->no_collector ? "and it has not fallen yet" : "and no collection yet") },
		{ "garbage", text_if(!pool->no_collector, "All of it may be garbage.") },
		{ "lasts", doc_text_or_none(situation == ONLY_RISES ? lasts_of(d, pool) : NULL) },
		{ "between",
		  DOC_T(pool->no_collector ? "This pool has no collector: its memory is in use until it is freed." :
					     "Between collections, memory in use may be garbage.") },
	};

	next = next ? next : next_of(view, pool);
	bool is_answer = d->answer.n_spans == 0;
	if (is_answer) {
		d->severity = pool->is_suspected ? DOC_LOOK : sentences[situation].severity;
		doc_answer(d, d->severity, DOC_T(trend->n_pools > 1 ? pool->name : ""),
			   DOC_T(trend->n_pools > 1 ? ": " : ""));
	}
	if (sentences[situation].severity == DOC_ACT && !pool->is_suspected)
		d->severity = DOC_ACT;
	doc_add_pattern(d, is_answer, sentences[situation].answer, figures);
	add_next(d, next);
	doc_add_pattern(d, false, sentences[situation].reason, figures);
	if (pool->leaks)
		add_stays(d, pool);
}

void document_trend_finding(struct document *d, const struct trend_view *view, const char *next)
{
	const struct trend_pool_result *pool = trend_worst(view->trend);

	if (pool && (pool->leaks || pool->fragments))
		document_trend_pool(d, view, pool, next);
	trend_add_boot(d, view);
}

void document_trend_run(struct document *d, const struct trend_view *view, const char *source)
{
	enum { OUR_COLLECTIONS = 1 }; /* before the program */
	const struct trend_pool_result *pool = trend_worst(view->trend);
	const char *suffix = strrchr(view->name, '.'), *next = "";

	if (!pool || pool->no_collector)
		return;
	if (pool->leaks && suffix && strcmp(suffix, ".py") == 0) /* leaks takes another for a log */
		next = arena_printf(&d->arena,
				    TREND_COMMAND "memprof leaks %s %s" TREND_COMMAND
						  " names the line that allocates it.",
				    doc_shell_word(d, view->name), doc_shell_word(d, source));
	if (pool->leaks || pool->by_objects)
		document_trend_pool(d, view, pool, next);
	else if (pool->survival.n_collections > OUR_COLLECTIONS)
		doc_tell(d, DOC_LOOK, DOC_T("Too early to tell whether it leaks: "),
			 DOC_N(pool->survival.n_collections), DOC_T(" of "), DOC_N(TREND_COLLECTIONS_LEAST),
			 DOC_T(" collections so far."));
}

/* ---- beside it ---- */

void trend_add_boot(struct document *d, const struct trend_view *view)
{
	const struct boot_info *boot = view->boot;
	struct strbuf after CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (!boot)
		return;
	const struct boot_failure *f = &boot->failed;
	if (f->set && f->after_us != NOT_KNOWN)
		chart_duration(&after, f->after_us);
	if (f->set) {
		const struct doc_figure figures[] = {
			{ "line", DOC_N(f->line ? f->line : NOT_KNOWN) },
			{ "asked", doc_exact(DOC_BYTES(f->asked_bytes)) },
			{ "after", DOC_T(strbuf_text(&after)) },
			{ "largest", DOC_BYTES(f->before.lfb_bytes) },
			{ "free", size_if(f->before.lfb_bytes == NOT_KNOWN, f->before.free_bytes) },
		};
		doc_add_pattern(
			d, false,
			"It failed: MemoryError[ in line {line}][, {asked} requested][, {after} after the first sample]."
			"[ Largest free in the sample before: {largest}.][ Free in the sample before: {free}.]",
			figures);
	}
	if (boot->n_boots > 1)
		doc_say(d, DOC_T("The board was reset: this is boot "), DOC_N(boot->n_boot), DOC_T(" of "),
			DOC_N(boot->n_boots),
			DOC_T(boot->pinned ? ", the boot of this dump." :
			      boot->enough ? ", the last with enough collections." :
					     ", the one with the most samples."));
}

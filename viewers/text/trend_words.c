/* What a trend means, and what to do. */
#include "text/trend_words.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "memprof/base/text.h"
#include "memprof/viewers/view.h"
#include "shared/number_words.h"
#include "text/chart.h"
#include "text/shell_word.h"

static const struct trend_series *judged(const struct trend_pool_result *pool)
{
	return &pool->series[trend_judged_field(pool)];
}

/* "over 12 collections, what ..." */
static const char *in_use(const struct trend_pool_result *pool)
{
	return pool->no_collector ? "is in use" : "stays in use after them";
}

/* ---- what it means ---- */

static void say_how_sure(struct strbuf *out, const struct trend_pool_result *pool)
{
	if (pool->is_suspected)
		strbuf_printf(out, "%d %s tell for certain.\n", SUSPICION_COLLECTIONS_LEAST, trend_minima_name(pool));
}

/* before: of when it is full. */
static void say_end(struct strbuf *out, const struct trend_pool_result *pool, const char *before,
		    const struct text_style *style)
{
	if (pool->left_bytes == NOT_KNOWN || isnan(pool->ends_most_samples))
		return;
	strbuf_printf(out,
		      pool->by_objects    ? "After the last collection at most %s are free" :
		      pool->dry.n_dry > 0 ? "Now %s are free" :
					    "The last of them left %s free",
		      human_words(pool->left_bytes, style).text);
	if (pool->growth_bytes > 0)
		strbuf_printf(out, ", and the heap may grow by %s", human_words(pool->growth_bytes, style).text);
	strbuf_printf(out, ".\n%s ", before);
	chart_ends(out, pool, style);
	strbuf_puts(out, ".\n");
}

/* ", 1.2 KiB a minute". before: ",\n" or ", ". */
static void say_rate(struct strbuf *out, const struct trend_result *trend, double per_hour, const char *before,
		     const struct text_style *style)
{
	if (isnan(per_hour) || trend->span_us == NOT_KNOWN || trend->span_us == 0)
		return;
	strbuf_puts(out, before);
	rate_words(out, per_hour, trend->span_us, style);
}

static const char *growth_word(const struct trend_pool_result *pool)
{
	bool slows = !pool->by_objects || pool->survival.slows;

	return pool->is_suspected            ? "Perhaps leaking" :
	       pool->verdict == LEAK_LEAKING ? "Leaking" :
	       slows                         ? "Growing, but more and more slowly" :
					       "Growing without end";
}

static void say_curve(struct strbuf *out, const struct trend_result *trend, const struct trend_pool_result *pool,
		      const struct text_style *style)
{
	const struct trend_series *s = judged(pool);

	text_in_role(out, style, ROLE_WARNING, growth_word(pool));
	if (isnan(pool->leak.per_sample)) {
		strbuf_puts(out, ", as was seen before.\n");
		return;
	}
	strbuf_printf(out, ": %sthere is %s less free with every sample",
		      pool->no_collector ? "" : "after collections ", rate_bytes(pool->leak.per_sample, style).text);
	say_rate(out, trend, pool->leak.per_hour, ",\n", style);
	strbuf_puts(out, ".\n");
	if (!isnan(pool->leak.low) && pool->leak.low > 0)
		strbuf_printf(out, "With 95 %% confidence: %s to %s a sample (%s %s).\n",
			      rate_bytes(pool->leak.low, style).text, rate_bytes(pool->leak.high, style).text,
			      count_words(s->n_minima, style).text, trend_minima_name(pool));
	else
		strbuf_printf(out, "With only %s %s the rate is not certain.\n", count_words(s->n_minima, style).text,
			      trend_minima_name(pool));
}

void trend_say_stays(struct strbuf *out, const struct trend_pool_result *pool, const struct text_style *style)
{
	enum { STAYS_SHOWN = 3, ADDRESSES_SHOWN = 2 };
	const struct survival_result *survival = &pool->survival;

	if (survival->n_stays > 0)
		strbuf_puts(out, "New objects that remain, per collection, and where some of them are:\n");
	for (size_t i = 0; i < MIN(survival->n_stays, (size_t)STAYS_SHOWN); i++) {
		const struct survival_stay *stay = &survival->stays[i];
		double rate = stay->objects_per_collection;
		strbuf_printf(out, rate < 0.1 ? "  %6.2g" : rate < 10 ? "  %6.1f" : "  %6.0f", rate);
		strbuf_printf(out, " x %s  %s ", exact_words(stay->bytes, style).text,
			      stay->kind == BLOCK_HEAD ? "other" : block_kind_name(stay->kind));
		for (size_t k = 0; k < MIN(stay->n_addresses, (size_t)ADDRESSES_SHOWN); k++)
			strbuf_printf(out, " 0x%" PRIx64, stay->addresses[k]);
		strbuf_putc(out, '\n');
	}
}

/* A leak or a backlog that is known by its objects. */
static void say_kept(struct strbuf *out, const struct trend_result *trend, const struct trend_pool_result *pool,
		     const struct text_style *style)
{
	bool leaking = pool->verdict == LEAK_LEAKING, slows = pool->survival.slows;

	text_in_role(out, style, ROLE_WARNING, growth_word(pool));
	strbuf_printf(out, ":%s%s more %s after every collection (%s seen)", slows ? "\n" : " ",
		      rate_bytes(pool->bytes_per_collection, style).text, leaking ? "stays" : "is in use",
		      count_words(pool->n_collections, style).text);
	say_rate(out, trend, pool->leak.per_hour, ",\n", style);
	if (trend->held_by)
		strbuf_printf(out, ", held by %s", trend->held_by);
	strbuf_puts(out, ".\n");
	if (leaking)
		trend_say_stays(out, pool, style);
	else if (slows)
		strbuf_puts(out, "It may be a table that fills; a longer run tells.\n");
	else
		strbuf_puts(out,
			    "Most of what came since is gone again: a queue is filled faster than it is\n"
			    "emptied, or a list, dict or buffer is replaced by longer and longer ones.\n");
}

static void say_dry(struct strbuf *out, const struct trend_result *trend, const struct trend_pool_result *pool,
		    const struct text_style *style)
{
	const struct boots_dry *dry = &pool->dry;

	text_in_role(out, style, ROLE_WARNING, "Leaking");
	strbuf_printf(out, ": in %s of %s boots what is free ran out, after %s to %s samples,\n%s less with each",
		      count_words(dry->n_dry, style).text, count_words(dry->n_judged, style).text,
		      count_words(dry->least_samples, style).text, count_words(dry->most_samples, style).text,
		      rate_bytes(pool->leak.per_sample, style).text);
	say_rate(out, trend, pool->leak.per_hour, ", ", style);
	strbuf_puts(out, ".\n");
}

static void say_leak(struct strbuf *out, const struct trend_result *trend, const struct trend_pool_result *pool,
		     const struct text_style *style)
{
	if (pool->dry.n_dry > 0)
		say_dry(out, trend, pool, style);
	else if (pool->by_objects)
		say_kept(out, trend, pool, style);
	else
		say_curve(out, trend, pool, style);
	say_how_sure(out, pool);
}

void trend_say_leak(struct strbuf *out, const struct trend_result *trend, const struct trend_pool_result *pool,
		    const struct text_style *style)
{
	say_leak(out, trend, pool, style);
	if (!pool->is_suspected)
		say_end(out, pool, "At this pace it is full", style);
}

/* No leak that is known by its objects. */
static void say_objects(struct strbuf *out, const struct trend_pool_result *pool, const struct text_style *style)
{
	const struct survival_result *s = &pool->survival;

	if (pool->verdict == LEAK_STEADY) {
		text_in_role(out, style, ROLE_FREE, "Not leaking");
		strbuf_printf(out, ": over %s collections, what stays in use after them has not grown",
			      count_words(s->n_collections, style).text);
		if (s->rise_bytes > 0)
			strbuf_printf(out, "\nby more than %s", human_words(s->rise_bytes, style).text);
		strbuf_printf(out, ".\nIt is %s.\n", human_words(s->floor_bytes, style).text);
		return;
	}
	text_in_role(out, style, ROLE_WARNING, "Not known yet");
	if (s->is_full) {
		strbuf_printf(out,
			      ": after each of %s collections the heap was full, so whether it grows\n"
			      "does not show. A larger heap, or gc.collect() before that, tells more.\n",
			      count_words(s->n_collections, style).text);
		return;
	}
	strbuf_printf(out, ": over %s collections, what stays in use after them has grown by\n%s%s.\n",
		      count_words(s->n_collections, style).text, human_words(s->rise_bytes, style).text,
		      s->verdict == LEAK_UNKNOWN && s->n_collections >= SUSPICION_COLLECTIONS_LEAST ?
			      ", but not steadily, or not up to the end" :
			      "; a longer run tells whether that goes on");
}

static void say_fragments(struct strbuf *out, const struct trend_result *trend, const struct trend_pool_result *pool,
			  const struct text_style *style)
{
	const struct trend_slope *s = &pool->series[TREND_LARGEST_FREE].floor;

	text_in_role(out, style, ROLE_WARNING, "Fragmenting");
	strbuf_printf(out,
		      ": as much is free %sas before, but the largest\n"
		      "free block shrinks by %s with every sample",
		      pool->no_collector ? "" : "after collections ", rate_bytes(s->per_sample, style).text);
	say_rate(out, trend, s->per_hour, ", ", style);
	strbuf_puts(out, ".\nLarge allocations will fail first.\n");
}

/* Free and its largest block cannot be told apart: then nothing fragments for certain. */
static void say_largest(struct strbuf *out, const struct trend_pool_result *pool, const struct text_style *style)
{
	const struct trend_series *largest = &pool->series[TREND_LARGEST_FREE];

	if (largest->verdict == TREND_FALLING)
		strbuf_printf(out,
			      "The largest free block shrinks by %s a sample, though; free may go\n"
			      "down as fast, which is not certain.\n",
			      rate_bytes(largest->floor.per_sample, style).text);
}

/* What is used after collections does not rise, for certain. */
static void say_steady(struct strbuf *out, const struct trend_pool_result *pool, const struct text_style *style)
{
	const struct trend_series *s = judged(pool);

	text_in_role(out, style, ROLE_FREE, "Not leaking");
	if (s->verdict == (trend_judged_field(pool) == TREND_USED ? TREND_FALLING : TREND_RISING)) {
		strbuf_printf(out, ": over %s %s, more and more is free.\n", count_words(s->n_minima, style).text,
			      trend_minima_name(pool));
		return;
	}
	strbuf_printf(out, ": over %s %s, what %s\nhas not grown.\n", count_words(s->n_minima, style).text,
		      trend_minima_name(pool), in_use(pool));
	if (s->floor.high > 0)
		strbuf_printf(out, "A leak of less than %s a sample would not show.\n",
			      rate_bytes(s->floor.high, style).text);
	say_largest(out, pool, style);
}

/* A log without any collection. If each figure was taken after one, this is what it would mean. */
static void say_rises(struct strbuf *out, enum trend_of of, const struct trend_result *trend,
		      const struct trend_pool_result *pool, const struct text_style *style)
{
	const struct trend_series *s = judged(pool), *free = &pool->series[TREND_FREE];
	double rate = fabs(s->slope.per_sample), per_hour = fabs(s->slope.per_hour);

	text_in_role(out, style, ROLE_WARNING, "Not known yet");
	strbuf_printf(out, ": %s more is used with every sample", rate_bytes(rate, style).text);
	say_rate(out, trend, per_hour, ", ", style);
	strbuf_puts(out, pool->no_collector ? ",\nand it has not fallen yet." :
					      ",\nand no collection is in it yet: all of it may be garbage.");
	if (of == TREND_OF_LOG && !pool->no_collector)
		strbuf_puts(out,
			    "\nIf the program calls gc.collect() before each figure, none of it is: then\n"
			    "say --collected, and it is judged.");
	if (free->n_known > 0) {
		strbuf_puts(out, pool->no_collector ? " " : "\n");
		strbuf_puts(out, "At this pace, what is free lasts ");
		if (!isnan(per_hour) && (double)free->last / per_hour < 1e6)
			chart_duration(out, (uint64_t)((double)free->last / per_hour * 3.6e9));
		else
			chart_samples(out, (double)free->last / rate, style);
		strbuf_putc(out, '.');
	}
	strbuf_putc(out, '\n');
}

/* Enough collections, but nothing is certain. */
static void say_uncertain(struct strbuf *out, const struct trend_pool_result *pool, const struct text_style *style)
{
	const struct trend_series *s = judged(pool);
	double most = trend_judged_field(pool) == TREND_USED ? s->floor.high : -s->floor.low;

	text_in_role(out, style, ROLE_WARNING, "Not known yet");
	strbuf_printf(out, ": over %s %s, what %s\n", count_words(s->n_minima, style).text, trend_minima_name(pool),
		      in_use(pool));
	if (s->verdict == TREND_STEADY && most > 0)
		strbuf_printf(out, "has not clearly grown, but a leak of up to %s a sample\nwould not show.\n",
			      rate_bytes(most, style).text);
	else if (s->verdict == (trend_judged_field(pool) == TREND_USED ? TREND_RISING : TREND_FALLING))
		strbuf_puts(out, "has grown by little, but steadily.\n");
	else
		strbuf_puts(out, "neither stays level nor rises evenly.\n");
	say_largest(out, pool, style);
}

/* Without a collector, this alone is an answer. */
static bool is_unchanged(const struct trend_pool_result *pool)
{
	const struct trend_series *s = judged(pool);

	return pool->no_collector && s->n_known >= TREND_COLLECTIONS_LEAST && s->min == s->max;
}

static void say_unknown(struct strbuf *out, enum trend_of of, const struct trend_result *trend,
			const struct trend_pool_result *pool, const struct text_style *style)
{
	const struct trend_series *s = judged(pool);

	if (trend_only_rises(trend, pool)) {
		say_rises(out, of, trend, pool, style);
		return;
	}
	if (is_unchanged(pool)) {
		text_in_role(out, style, ROLE_FREE, "Unchanged");
		strbuf_puts(out, ": as much is in use in every sample.\n");
		return;
	}
	if (s->n_minima >= trend_collections_needed(pool)) {
		say_uncertain(out, pool, style);
		return;
	}
	uint64_t n_seen = MAX((uint64_t)s->n_minima, trend->n_typed);
	text_in_role(out, style, ROLE_WARNING, "Too early to tell");
	strbuf_printf(out, ": %s %s are needed, and ", count_words(trend_collections_needed(pool), style).text,
		      trend_minima_name(pool));
	if (n_seen == 0)
		strbuf_puts(out, pool->no_collector ? "it has none yet" : "no collection is in it yet");
	else
		strbuf_printf(out, "only %s %s seen", count_words(n_seen, style).text, n_seen == 1 ? "is" : "are");
	strbuf_puts(out, pool->no_collector ?
				 ".\nThis pool has no collector: what is used in it is used until it is freed.\n" :
				 ".\nWhat comes between them may be garbage, which the next one frees.\n");
}

/* ---- what to do ---- */

static const char log_leaks[] = "report --dump N with an early N and a late one; what grew in BY KIND?\n";
static const char saved_leaks[] =
	"report --dump N of what was saved, with an early N and a late one; what\ngrew in BY KIND?\n";
static const char live_leaks[] =
	"attach again with --save FILE, then report --dump N FILE with an early N\n"
	"and a late one; what grew in BY KIND?\n";
static const char collect[] = "say --collect: then every sample counts.\n";

static const struct {
	const char *leaks, *fragments, *unknown; /* unknown: NULL: nothing but time helps */
	const char *more;                        /* how to get more evidence; NULL: by letting it run longer */
} next[] = {
	[TREND_OF_LOG] = {
		log_leaks,
		"report names the objects IN THE WAY.",
		"call gc.collect() before each sample, and\n"
		"say --collected here: then every sample counts.\n",
	},
	[TREND_OF_RECORDING] = { log_leaks, "report names the objects IN THE WAY.", collect },
	[TREND_OF_AGENT] = { log_leaks, "report names the objects IN THE WAY.", NULL },
	[TREND_OF_SAVED_BOARD] = { saved_leaks, "report names the objects IN THE WAY.", collect },
	[TREND_OF_BOARD] = { live_leaks, "snap names the objects IN THE WAY.", collect },
	[TREND_OF_SAVED_PROGRAM] = { saved_leaks, "report names the objects IN THE WAY.", NULL },
	[TREND_OF_PROGRAM] = { live_leaks, "snap names the objects IN THE WAY.", NULL },
	[TREND_OF_ENDED] = { live_leaks, "snap names the objects IN THE WAY.", NULL,
			     "let it do more of its work, in a loop, so that more can be seen" },
	[TREND_OF_RAISED] = { live_leaks, "snap names the objects IN THE WAY.", NULL,
			      "mend what it raised, and run it again" },
};

/* Blocks and objects are those of Python's heap. */
static void say_next_of_pool(struct strbuf *out, const struct trend_pool_result *pool)
{
	if (pool->leaks)
		strbuf_puts(out, "Next: find the code that allocates from this pool and does not free.\n");
	else if (pool->fragments)
		strbuf_puts(out, "Next: make large buffers once, at the start.\n");
	else if (pool->verdict == LEAK_UNKNOWN && !is_unchanged(pool))
		strbuf_puts(out, "Next: let it run longer.\n");
}

static void say_next(struct strbuf *out, enum trend_of of, const struct trend_result *trend,
		     const struct trend_pool_result *pool)
{
	if (pool->no_collector)
		say_next_of_pool(out, pool);
	else if (pool->leaks && pool->survival.n_tables == 0 && trend->no_mem_info)
		strbuf_puts(out, "Next: lists, dicts and caches that only get longer are the usual cause.\n");
	else if (pool->leaks && (of == TREND_OF_LOG || of == TREND_OF_RECORDING) && pool->survival.n_tables == 0)
		strbuf_puts(out,
			    "Next: print micropython.mem_info(1) instead of these figures: its block tables\n"
			    "show what stays.\n");
	else if (pool->is_suspected && next[of].more)
		strbuf_printf(out, "Next: %s.\n", next[of].more);
	else if (pool->leaks)
		strbuf_printf(out, "Next: %sLists, dicts and caches that only get longer are the usual cause.\n",
			      next[of].leaks);
	else if (pool->fragments)
		strbuf_printf(out,
			      "Next: %s Make large buffers once, at the\n"
			      "start; call gc.collect() before objects are made that stay.\n",
			      next[of].fragments);
	else if (pool->verdict == LEAK_UNKNOWN && (pool->collected || !next[of].unknown))
		strbuf_printf(out, "Next: %s.\n", next[of].more ? next[of].more : "let it run longer");
	else if (pool->verdict == LEAK_UNKNOWN)
		strbuf_printf(out, "Next: let it run longer; or %s", next[of].unknown);
}

/* ---- all of it ---- */

void trend_say_pool(struct strbuf *out, enum trend_of of, const struct trend_result *trend,
		    const struct trend_pool_result *pool, const struct text_style *style)
{
	if (pool->leaks)
		trend_say_leak(out, trend, pool, style);
	else if (pool->fragments)
		say_fragments(out, trend, pool, style);
	else if (pool->by_objects)
		say_objects(out, pool, style);
	else if (pool->verdict == LEAK_UNKNOWN)
		say_unknown(out, of, trend, pool, style);
	else
		say_steady(out, pool, style);
	say_next(out, of, trend, pool);
}

void text_trend_words(struct strbuf *out, const struct trend_result *trend, const struct trend_pool_result *pool)
{
	static const struct text_style style = { .columns = 80, .utf8 = true };

	trend_say_pool(out, TREND_OF_LOG, trend, pool, &style);
}

void text_trend_line(struct strbuf *out, enum trend_of of, const struct trend_result *trend,
		     const struct text_style *style)
{
	const struct trend_pool_result *pool = trend_worst(trend);

	if (!pool || (!pool->leaks && !pool->fragments))
		return;
	if (pool->leaks)
		trend_say_leak(out, trend, pool, style);
	else
		say_fragments(out, trend, pool, style);
	if (!style->is_page)
		strbuf_puts(out, of == TREND_OF_BOARD || of == TREND_OF_PROGRAM ?
					 "(attach --trend shows how it went)\n" :
					 "(memprof trend shows how it went)\n");
}

void text_trend_verdict(struct strbuf *out, const struct trend_result *trend, bool has_failed, const char *script,
			const char *source, const struct text_style *style)
{
	enum { OUR_COLLECTIONS = 1 }; /* before the program */
	const struct trend_pool_result *pool = trend_worst(trend);

	if (!pool || pool->no_collector)
		return;
	uint64_t n_collections = pool->survival.n_collections;
	if (pool->leaks) {
		say_leak(out, trend, pool, style);
		if (!has_failed && !pool->is_suspected)
			say_end(out, pool, "Had it gone on, it would be full", style);
		const char *suffix = strrchr(script, '.');
		if (!suffix || strcmp(suffix, ".py") != 0) /* leaks takes another for a log */
			return;
		strbuf_puts(out, "Next: memprof leaks ");
		text_shell_word(out, script);
		strbuf_putc(out, ' ');
		text_shell_word(out, source);
		strbuf_puts(out, "\n      names the line that allocates it.\n");
	} else if (pool->by_objects) {
		say_objects(out, pool, style);
	} else if (n_collections > OUR_COLLECTIONS) {
		text_in_role(out, style, ROLE_WARNING, "Too early to tell");
		strbuf_printf(out, " whether it leaks: %s collections were seen, %d are needed.\n",
			      count_words(n_collections, style).text, TREND_COLLECTIONS_LEAST);
	}
}

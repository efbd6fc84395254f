/* A leak from end to end. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "memprof/base/text.h"
#include "memprof/viewers/leaks_view.h"
#include "memprof/viewers/trend_view.h"
#include "memprof/viewers/verdict_words.h"
#include "memprof/viewers/view.h"
#include "shared/sites_words.h"
#include "text/chart.h"
#include "text/column.h"
#include "text/cut.h"
#include "text/shell_word.h"
#include "text/trend_words.h"

enum { LABEL_COLUMNS = 14, PARTS_SHOWN = 3, OWNERS_SHOWN = 5, CALLS_SHOWN = 4 };

/* A label and a clean sentence beside it. */
static void say(struct strbuf *out, const char *label, const struct strbuf *sentence)
{
	size_t column = text_columns_of(label) + 1;

	strbuf_printf(out, "%s ", label);
	for (; column < LABEL_COLUMNS; column++)
		strbuf_putc(out, ' ');
	text_wrap(out, strbuf_text(sentence), column, LABEL_COLUMNS);
	strbuf_putc(out, '\n');
}

/* ---- the three lines ---- */

static void say_verdict(struct strbuf *out, const struct leaks_subject *s, const struct text_style *style)
{
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const struct verdict *v = &s->verdict;
	struct verdict_words said;

	verdict_words(v, &said);
	text_clean(&words, s->name);
	strbuf_printf(&words, ": %s more with each %s", rate_bytes(v->bytes_per_collection, style).text,
		      v->no_collector ? "sample" : "collection");
	if (!isnan(v->bytes_per_hour) && s->trend.span_us != NOT_KNOWN && s->trend.span_us > 0) {
		strbuf_puts(&words, ", ");
		rate_words(&words, v->bytes_per_hour, s->trend.span_us, style);
	}
	if (s->boot.failed.set)
		strbuf_puts(&words, "; it grew until there was no room");
	else if (said.ends[0] && s->outcome != LEAKS_RAISED)
		strbuf_printf(&words, "; %s%s", s->run ? "had it gone on, " : "", said.ends);
	text_role(out, style, ROLE_WARNING);
	say(out, said.word, &words);
	text_role(out, style, ROLE_PLAIN);
}

/* "+24 Dev, +1 list, " */
static void say_parts(struct strbuf *out, const struct objects_owners *grew, const struct objects_owned *owned,
		      const struct text_style *style)
{
	for (size_t i = 0, n = 0; i < owned->n_parts && n < PARTS_SHOWN; i++) {
		const struct objects_owned *part = &grew->parts[owned->i_part + i];
		if (part->sum.n_objects == 0) /* blocks of one that was there before */
			continue;
		strbuf_printf(out, "+%s ", count_words(part->sum.n_objects, style).text);
		text_clean(out, part->name);
		strbuf_puts(out, ", ");
		n++;
	}
}

static void say_holder(struct strbuf *out, const struct leaks_subject *s, const struct text_style *style)
{
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (!s->verdict.holder)
		return;
	text_clean(&words, s->verdict.holder);
	for (size_t i = 0; i < s->grew.n_owners; i++) {
		const struct objects_owned *owned = &s->grew.owners[i];
		if (strcmp(owned->name, s->verdict.holder) != 0)
			continue;
		strbuf_puts(&words, ": ");
		say_parts(&words, &s->grew, owned, style);
		strbuf_printf(&words, "%s since its start-up", exact_words(owned->sum.n_bytes, style).text);
		break;
	}
	say(out, "held by", &words);
}

static void say_chain(struct strbuf *out, const struct leaks_subject *s, const struct leaks_line *line)
{
	struct sites_chain chain = { .n_frames = 0 };

	if (line->node != SITES_NONE)
		sites_chain(s->sites, line->node, &chain);
	for (size_t i = 1; i < chain.n_frames && i <= CALLS_SHOWN; i++) {
		strbuf_puts(out, i == 1 ? "; called from " : ", ");
		if (i == CALLS_SHOWN)
			strbuf_printf(out, "%zu more", chain.n_frames - i);
		else
			sites_frame_words(out, sites_frame_at(s->sites, chain.frames[i]));
	}
}

static void say_lines(struct strbuf *out, const struct leaks_subject *s, const struct text_style *style)
{
	for (size_t i = 0; i < s->n_lines; i++) {
		struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;
		sites_frame_words(&words, sites_frame_at(s->sites, s->lines[i].frame));
		strbuf_printf(&words, ", about %s", human_words(s->lines[i].alive_bytes, style).text);
		say_chain(&words, s, &s->lines[i]);
		say(out, i == 0 ? "allocated at" : "", &words);
	}
}

/* ---- the evidence ---- */

static void say_curve(struct strbuf *out, const struct leaks_subject *s, const struct trend_pool_result *pool,
		      const struct text_style *style)
{
	enum trend_field field = trend_judged_field(pool);

	strbuf_putc(out, '\n');
	if (pool->n_minima < 2) {
		text_in_role(out, style, ROLE_HEAD, "THE HEAP FROM SAMPLE TO SAMPLE\n");
		chart_layers(out, &s->trend, pool, style);
		return;
	}
	text_in_role(out, style, ROLE_HEAD, field == TREND_USED ? "USED" : "FREE");
	text_in_role(out, style, ROLE_HEAD, pool->no_collector ? " AT LOW POINTS" : " AFTER COLLECTIONS");
	strbuf_printf(out, "  %s %s", count_words(pool->n_collections, style).text, trend_minima_name(pool));
	if (s->run && s->run->sampling_us != NOT_KNOWN)
		strbuf_printf(out, ", %.1f s for them and for samples", (double)s->run->sampling_us / 1e6);
	strbuf_putc(out, '\n');
	chart_minima(out, &s->trend, pool, field, style);
}

static void say_grew(struct strbuf *out, const struct leaks_subject *s, const struct text_style *style)
{
	size_t n = 0;

	for (size_t i = 0; i < s->grew.n_owners && n < OWNERS_SHOWN; i++) {
		const struct objects_owned *owned = &s->grew.owners[i];
		if (!leaks_is_programs(owned))
			continue;
		if (n++ == 0) {
			strbuf_putc(out, '\n');
			text_in_role(out, style, ROLE_HEAD, "WHAT GREW");
			strbuf_puts(out, "  whose it is at the end\n");
		}
		strbuf_puts(out, "  ");
		text_clean(out, owned->name);
		strbuf_puts(out, ": ");
		say_parts(out, &s->grew, owned, style);
		strbuf_printf(out, "%s\n", exact_words(owned->sum.n_bytes, style).text);
	}
}

/* ---- what next ---- */

static void say_next_of_saved(struct strbuf *out, const struct leaks_subject *s, const struct trend_pool_result *pool)
{
	if (!s->is_stream) {
		strbuf_puts(out, "memprof trend ");
		if (pool->no_collector) {
			strbuf_puts(out, "--pool ");
			text_shell_word(out, pool->name);
			strbuf_putc(out, ' ');
		}
		text_shell_word(out, s->name);
		strbuf_puts(out, " shows its curves;\n      ");
	}
	strbuf_puts(out, "memprof leaks SCRIPT.py BOARD names the line that allocates it.\n");
}

static void say_program(struct strbuf *out, const struct leaks_subject *s, const char *source)
{
	text_shell_word(out, s->run->script);
	strbuf_putc(out, ' ');
	text_shell_word(out, source);
}

/* The same program again, for as long. */
static void say_next_of_program(struct strbuf *out, const struct leaks_subject *s, const char *source)
{
	bool has_lines = s->n_lines > 0;

	strbuf_printf(out, "memprof sites --by %s ", has_lines ? "source" : "tree");
	if (s->outcome == LEAKS_STOPPED)
		strbuf_printf(out, "--timeout %.0fs ", ceil((double)s->run->duration_us / 1e6));
	say_program(out, s, source);
	strbuf_printf(out, "\n      shows %s.\n",
		      has_lines ? "these lines in the program" : "what allocates, by its callers");
}

static void say_next(struct strbuf *out, const struct leaks_subject *s, const char *source,
		     const struct trend_pool_result *pool)
{
	const struct survival_stay *stay = pool->survival.n_stays > 0 ? &pool->survival.stays[0] : NULL;
	bool is_gone = source && strncmp(source, "exec:", 5) == 0; /* its memory, with its process */

	strbuf_puts(out, "\nNext: ");
	if (!source) {
		say_next_of_saved(out, s, pool);
	} else if (s->run && (s->n_lines > 0 || is_gone)) {
		say_next_of_program(out, s, source);
	} else {
		strbuf_puts(out, "memprof objects ");
		if (stay && stay->n_addresses > 0)
			strbuf_printf(out, "--path 0x%" PRIx64 " ", stay->addresses[0]);
		text_shell_word(out, source);
		strbuf_puts(out, "\n      shows who holds what remains.\n");
	}
}

/* Of a program that does not leak. */
static void say_run(struct strbuf *out, const struct leaks_subject *s, const char *source)
{
	strbuf_puts(out, "\nNext: memprof run ");
	say_program(out, s, source);
	strbuf_puts(out, "\n      shows its peak, and what it keeps.\n");
}

/* ---- all of it ---- */

static enum trend_of origin(const struct leaks_subject *s, const char *source)
{
	return s->outcome == LEAKS_ENDED  ? TREND_OF_ENDED :
	       s->outcome == LEAKS_RAISED ? TREND_OF_RAISED :
	       source                     ? TREND_OF_PROGRAM :
					    TREND_OF_LOG;
}

void text_leaks(struct strbuf *out, const struct leaks_subject *s, const char *source, const struct text_style *style)
{
	struct strbuf boot CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const struct trend_pool_result *pool = trend_worst(&s->trend);

	if (pool && verdict_accuses(&s->verdict)) {
		if (isnan(s->verdict.bytes_per_collection)) {
			text_clean(out, s->name);
			strbuf_puts(out, "\n\n");
			trend_say_leak(out, &s->trend, pool, style);
		} else {
			say_verdict(out, s, style);
		}
		say_holder(out, s, style);
		say_lines(out, s, style);
		say_curve(out, s, pool, style);
		if (pool->survival.n_stays > 0)
			strbuf_putc(out, '\n');
		trend_say_stays(out, pool, style);
		say_grew(out, s, style);
		say_next(out, s, source, pool);
	} else if (pool) {
		text_clean(out, s->name);
		strbuf_puts(out, "\n\n");
		trend_say_pool(out, origin(s, source), &s->trend, pool, style);
		say_curve(out, s, pool, style);
		if (s->run && pool->verdict == LEAK_STEADY && !pool->fragments)
			say_run(out, s, source);
	} else {
		text_in_role(out, style, ROLE_WARNING, "Not known");
		strbuf_puts(out, ": no figure of its heap was seen.\n");
	}
	if (s->trend.n_samples > 0)
		text_boot(&boot, &s->boot, style);
	if (boot.n_bytes > 0)
		strbuf_printf(out, "\n%s", strbuf_text(&boot));
	if (s->run && s->run->pools.n_pools > 1) {
		strbuf_putc(out, '\n');
		text_dump_pools(out, &s->run->pools, style);
	}
}

void text_leaks_list(struct strbuf *out, const struct leaks_subject *all, size_t n, const struct text_style *style)
{
	for (size_t i = 0; i < n; i++) {
		bool is_loud = all[i].verdict.severity == SEVERITY_ACT;
		if (is_loud)
			text_role(out, style, ROLE_WARNING);
		if (all[i].verdict.state == VERDICT_UNKNOWN)
			strbuf_puts(out, "NOT KNOWN");
		else
			text_verdict_line(out, &all[i].verdict);
		if (is_loud)
			text_role(out, style, ROLE_PLAIN);
		const struct trend_pool_result *pool = trend_worst(&all[i].trend);
		if (!verdict_accuses(&all[i].verdict) && pool && trend_only_rises(&all[i].trend, pool)) {
			const struct trend_series *s = &pool->series[trend_judged_field(pool)];
			strbuf_printf(out, ", %s more with every sample",
				      rate_bytes(fabs(s->slope.per_sample), style).text);
		}
		strbuf_puts(out, "\n    ");
		text_clean(out, all[i].name);
		strbuf_putc(out, '\n');
	}
	strbuf_puts(out, "\nNext: memprof leaks with one of them shows the rest.\n");
}

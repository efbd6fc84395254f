/* An allocation profile: how it was sampled, its lines, and what was requested. */
#include "text/sites.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "memprof/base/number.h"
#include "shared/sites_words.h"
#include "text/column.h"
#include "text/cut.h"

enum { COUNT_COLUMNS = 9, SAMPLES_COLUMNS = 9, BAR_COLUMNS = 30 };

/* ---- how it was sampled ---- */

static const char *how_words(enum sites_how how)
{
	static const char *const words[] = {
		[SITES_HOOK] = "by a hook in the allocator",
		[SITES_SENTINEL] = "by sentinel objects",
		[SITES_TIMER] = "by a timer",
		[SITES_PROBE] = "by a debug probe",
	};
	return words[how];
}

static struct number_words amount(const struct sites *s, uint64_t value, const struct text_style *style)
{
	if (s->unit == SITES_BYTES)
		return exact_words(value, style);
	struct number_words words;
	snprintf(words.text, sizeof(words.text), "%.48s us", count_words(value, style).text);
	return words;
}

static const char *plural(uint64_t n) { return n == 1 ? "" : "s"; }

static void add_alive(struct strbuf *out, const struct sites *s, const struct text_style *style)
{
	bool has_garbage = s->alive_when == SITES_AT_STOP || s->alive_when == SITES_AT_MARK;

	strbuf_printf(out, "  %s were ", amount(s, s->nodes[0].total.alive_bytes, style).text);
	sites_alive_words(out, s);
	strbuf_puts(out, has_garbage ? ", garbage included that no\n  collection had found yet.\n" : ".\n");
	if (s->guessed_bytes > 0)
		strbuf_printf(out,
			      "  %s of these may have been freed: what became of these blocks was not\n"
			      "  reported, and there are such blocks at their places.\n",
			      amount(s, s->guessed_bytes, style).text);
}

static void add_estimate(struct strbuf *out, const struct sites *s, const struct text_style *style)
{
	const struct sites_sum *all = &s->nodes[0].total;

	strbuf_printf(out, "  About %s", amount(s, all->bytes, style).text);
	if (s->has_counts)
		strbuf_printf(out, " in %s allocation%s", count_words(all->count, style).text, plural(all->count));
	if (s->requested_bytes != NOT_KNOWN)
		strbuf_printf(out, "; the program requested %s", amount(s, s->requested_bytes, style).text);
	if (s->joined_us != NOT_KNOWN)
		strbuf_printf(out, ",\n  in %.1f s of a program that ran already", (double)s->joined_us / 1e6);
	strbuf_puts(out, ".\n");
	if (s->has_alive)
		add_alive(out, s, style);
	if (s->temporary_bytes != NOT_KNOWN)
		strbuf_printf(out, "  %s were temporary: the next collection freed them.\n",
			      amount(s, s->temporary_bytes, style).text);
}

/* Nothing of one that ended by itself. */
static void add_ending(struct strbuf *out, const struct sites *s)
{
	struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_printf(&words, "The program raised %s.", s->exception);
	if (strbuf_error(&words) < 0)
		out->error = -ENOMEM;
	if (s->exception[0]) {
		strbuf_puts(out, "  ");
		text_wrap(out, strbuf_text(&words), 2, 2);
		strbuf_putc(out, '\n');
	}
	if (s->was_stopped)
		strbuf_puts(out, "  The program was stopped before its end.\n");
}

/* Of two standard deviations. */
static void add_error(struct strbuf *out, const struct sites *s)
{
	uint64_t step = sites_better_step(s);
	double points = ceil(100 / sqrt(sites_independent(s))); /* of a line with half of the bytes */

	if (sites_has_all(s))
		strbuf_puts(out, "  Those are all allocations: bytes and counts are no estimates.\n");
	else if (s->n_bursts)
		strbuf_printf(out, "  A share is right within about %.0f point%s.\n", points, points > 1 ? "s" : "");
	else
		strbuf_puts(out,
			    "  A figure of 4 samples is right within about 100 %, of 25 within 40 %, of 100\n"
			    "  within 20 %.\n");
	if (step)
		strbuf_printf(out, "  More samples make figures more exact: --step %" PRIu64 ".\n", step);
}

static void add_sampling(struct strbuf *out, const struct sites *s, const struct text_style *style)
{
	uint64_t n = s->nodes[0].total.n_samples;

	strbuf_printf(out, "  %s sample%s %s", count_words(n, style).text, plural(n), how_words(s->how));
	if (s->n_bursts)
		strbuf_printf(out, " in %s burst%s", count_words(s->n_bursts, style).text, plural(s->n_bursts));
	if (sites_has_all(s))
		strbuf_puts(out, ", one of each allocation");
	else if (s->step_bytes)
		strbuf_printf(out, ", one every %s on average", amount(s, s->step_bytes, style).text);
	strbuf_puts(out, ".\n");
	if (n == 0 && s->requested_bytes == 0)
		strbuf_puts(out, "  The program requested no memory.\n");
	else if (n == 0 && !s->exception[0])
		strbuf_printf(out, "  None came before the end: let it run longer, or sample more often (--%s).\n",
			      s->unit == SITES_TIME ? "interval" : "step");
	if (s->n_lost)
		strbuf_printf(out, "  %s more sample%s %s lost.\n", count_words(s->n_lost, style).text,
			      plural(s->n_lost), s->n_lost == 1 ? "was" : "were");
	if (n > 0)
		add_error(out, s);
}

void text_sites_summary(struct strbuf *out, const struct sites_view *view, const struct text_style *style)
{
	if (view->sites->nodes[0].total.n_samples > 0)
		add_estimate(out, view->sites, style);
	add_ending(out, view->sites);
	text_sites_leak(out, view->sites, style);
	add_sampling(out, view->sites, style);
}

/* ---- lines ---- */

struct table {
	const struct sites *s;
	const struct text_style *style;
	bool has_samples; /* not of what is alive, which is an estimate in each of them */
	size_t n_columns; /* before the name */
};

static void add_heads(struct strbuf *out, struct table *t)
{
	const struct sites *s = t->s;
	size_t begin = out->n_bytes;

	text_right(out, SITES_SIZE_COLUMNS, s->unit == SITES_TIME ? "own us" : "own bytes");
	text_right(out, SITES_SHARE_COLUMNS, "share");
	text_right(out, SITES_SIZE_COLUMNS, "total");
	if (s->has_counts)
		text_right(out, COUNT_COLUMNS, "count");
	if (s->has_alive)
		text_right(out, SITES_SIZE_COLUMNS, "alive");
	if (t->has_samples)
		text_right(out, SAMPLES_COLUMNS, "samples");
	t->n_columns = out->n_bytes - begin + 2;
	strbuf_puts(out, "  line\n");
}

static void add_row(struct strbuf *out, const struct table *t, const struct sites_sum *own, uint64_t total,
		    const char *name)
{
	text_sites_figure(out, t->s, own->bytes, t->style);
	text_sites_share(out, t->s, own->bytes);
	text_sites_figure(out, t->s, total, t->style);
	if (t->s->has_counts)
		text_count(out, COUNT_COLUMNS, own->count, t->style);
	if (t->s->has_alive)
		text_size(out, SITES_SIZE_COLUMNS, own->alive_bytes, t->style);
	if (t->has_samples)
		text_count(out, SAMPLES_COLUMNS, own->n_samples, t->style);
	strbuf_puts(out, "  ");
	text_sites_name(out, name, t->n_columns, t->style);
}

/* What the rows that are not shown have of the whole. */
static void add_others(struct strbuf *out, const struct table *t, const struct sites_lines *lines, size_t n_shown)
{
	struct sites_sum rest = { .bytes = 0 };
	char name[40];

	for (size_t i = n_shown; i < lines->n_lines; i++) {
		rest.bytes += lines->lines[i].own.bytes;
		rest.count += lines->lines[i].own.count;
		rest.alive_bytes += lines->lines[i].own.alive_bytes;
		rest.n_samples += lines->lines[i].own.n_samples;
	}
	snprintf(name, sizeof(name), "[%zu others]", lines->n_lines - n_shown);
	add_row(out, t, &rest, NOT_KNOWN, name);
}

static void add_lines(struct strbuf *out, const struct sites *s, const struct sites_view *view,
		      const struct text_style *style)
{
	struct table t = { .s = s, .style = style, .has_samples = !view->alive_only };
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct sites_lines lines;

	if (sites_lines(s, &lines) < 0)
		out->error = -ENOMEM;
	size_t n_shown = view->n_top ? MIN(lines.n_lines, view->n_top) : lines.n_lines;
	n_shown += n_shown + 1 == lines.n_lines; /* no row stands for one */
	add_heads(out, &t);
	for (size_t i = 0; i < n_shown; i++) {
		strbuf_reset(&name);
		sites_frame_words(&name, sites_frame_at(s, lines.lines[i].frame));
		add_row(out, &t, &lines.lines[i].own, lines.lines[i].total.bytes, strbuf_text(&name));
	}
	if (n_shown < lines.n_lines)
		add_others(out, &t, &lines, n_shown);
	add_row(out, &t, &s->nodes[0].total, s->nodes[0].total.bytes, "TOTAL");
	sites_lines_deinit(&lines);
}

/* ---- sizes of requests ---- */

static void add_sizes(struct strbuf *out, const struct sites *s, const struct text_style *style)
{
	uint64_t most = 0;

	for (size_t i = 0; i < SITES_N_SIZES; i++)
		most = MAX(most, s->sizes[i]);
	if (!s->has_sizes || most == 0)
		return;
	strbuf_putc(out, '\n');
	text_in_role(out, style, ROLE_HEAD, "REQUESTS");
	strbuf_puts(out, "  at most so many bytes each, how often\n");
	for (size_t i = 0; i < SITES_N_SIZES; i++) {
		if (s->sizes[i] == 0)
			continue;
		if (i + 1 < SITES_N_SIZES)
			text_size(out, SITES_SIZE_COLUMNS, (uint64_t)8 << i, style);
		else
			text_right(out, SITES_SIZE_COLUMNS, "more");
		text_count(out, COUNT_COLUMNS, s->sizes[i], style);
		strbuf_puts(out, "  ");
		text_bar(out, s->sizes[i], most, BAR_COLUMNS, style);
		strbuf_putc(out, '\n');
	}
}

/* ---- all of it ---- */

static void add_alive_head(struct strbuf *out, const struct sites *s)
{
	strbuf_puts(out, "  What was ");
	sites_alive_words(out, s);
	strbuf_puts(out, ":\n\n");
}

static void add_what(struct strbuf *out, const struct sites *s, const struct sites_view *view,
		     const struct text_style *style)
{
	if (view->what == SITES_TREE || view->what == SITES_BOTTOM_UP)
		text_sites_tree(out, s, view, style);
	else if (view->what == SITES_SOURCE)
		text_sites_source(out, s, view, style);
	else
		add_lines(out, s, view, style);
}

static void add_title(struct strbuf *out, const struct sites_view *view, const struct text_style *style)
{
	text_in_role(out, style, ROLE_HEAD, view->sites->unit == SITES_TIME ? "TIME" : "ALLOCATIONS");
	strbuf_puts(out, "  ");
	text_cut_source(out, view->title, style->columns - 14, style->utf8);
	strbuf_putc(out, '\n');
}

void text_sites(struct strbuf *out, const struct sites_view *view, const struct text_style *style)
{
	struct sites room;
	const struct sites *s = sites_shown(view, &room, out);

	add_title(out, view, style);
	text_sites_summary(out, view, style);
	strbuf_putc(out, '\n');
	if (view->changes) {
		text_sites_changes(out, view, style);
	} else if (s && s->nodes[0].total.bytes + s->nodes[0].total.n_samples > 0) {
		if (view->alive_only)
			add_alive_head(out, view->sites);
		add_what(out, s, view, style);
		if (view->what == SITES_BY_LINE)
			text_sites_kept(out, view->sites, view->n_top, style);
		if (view->what == SITES_BY_LINE && !view->alive_only)
			add_sizes(out, s, style);
	}
	sites_deinit(&room);
}

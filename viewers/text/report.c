/* The report that people read first. 80 columns; the order is that of the questions: what is wrong,
 * how much is there, what fits, what does it look like, what is in the way. */
#include <inttypes.h>
#include <string.h>

#include "memprof/base/text.h"
#include "memprof/viewers/trend_view.h"
#include "memprof/viewers/view.h"
#include "text/column.h"
#include "text/cut.h"
#include "text/parts.h"

enum {
	LINE_COLUMNS = 8, /* ":1234567", behind the name of a source */
	LABEL_MAX_BYTES = 20,
};

void text_samples(struct strbuf *out, uint64_t n_samples, const struct moment *last, const struct board_info *board,
		  const struct text_style *style)
{
	strbuf_printf(out, "%s sample%s of used or free memory, no dump. The last", count_words(n_samples, style).text,
		      n_samples == 1 ? "" : "s");
	if (last->line)
		strbuf_printf(out, ", in line %" PRIu64, last->line);
	strbuf_puts(out, ":\n ");
	if (last->state.used_bytes != NOT_KNOWN)
		strbuf_printf(out, " %s used", exact_words(last->state.used_bytes, style).text);
	if (last->state.free_bytes != NOT_KNOWN)
		strbuf_printf(out, "%s %s free", last->state.used_bytes != NOT_KNOWN ? "," : "",
			      exact_words(last->state.free_bytes, style).text);
	if (last->state.lfb_bytes != NOT_KNOWN)
		strbuf_printf(out, ", at least %s in one piece", exact_words(last->state.lfb_bytes, style).text);
	strbuf_puts(out, board_lacks_mem_info(board) ?
				 ".\n" :
				 ".\nmicropython.mem_info(1), where the build has it, prints what is where.\n");
}

/* ---- tables ---- */

static void say_times(struct strbuf *out, const struct fit *f, const struct text_style *style)
{
	strbuf_printf(out, "%s: ", exact_words(f->size_bytes, style).text);
	if (f->n_times == NOT_KNOWN)
		strbuf_puts(out, f->once ? "yes" : "?");
	else if (f->n_times == 0)
		strbuf_puts(out, f->grows ? "if it grows" : "no");
	else if (f->n_times == 1)
		strbuf_puts(out, "once");
	else
		strbuf_printf(out, "%s times", count_words(f->n_times, style).text);
}

static void say_fits(struct strbuf *out, const struct pool_report *r, const struct text_style *style)
{
	size_t n_columns = sizeof("WOULD IT FIT") - 1;

	if (r->n_fits == 0)
		return;
	text_in_role(out, style, ROLE_HEAD, "\nWOULD IT FIT");
	for (size_t i = 0; i < r->n_fits; i++) {
		struct strbuf one CLEANUP(strbuf_deinit) = STRBUF_INIT;
		say_times(&one, &r->fits[i], style);
		size_t n = 3 + text_columns_of(strbuf_text(&one));
		if (n_columns + n > style->columns) {
			strbuf_puts(out, "\n            ");
			n_columns = sizeof("WOULD IT FIT") - 1;
		}
		strbuf_printf(out, "   %s", strbuf_text(&one));
		n_columns += n;
	}
	strbuf_putc(out, '\n');
}

static void say_windows(struct strbuf *out, const struct pool_report *r, bool asked, const struct text_style *style)
{
	for (size_t i = 0; asked && i < r->n_fits; i++) {
		const struct fit *f = &r->fits[i];
		if (f->unusable >= 0 && r->state.free_bytes)
			strbuf_printf(out, "  %s: %.0f %% of what is free lies in runs too short for it\n",
				      exact_words(f->size_bytes, style).text, 100 * f->unusable);
		if (f->has_window)
			strbuf_printf(out, "    least to free: %s in %s object%s, to get %s at 0x%" PRIx64 "\n",
				      exact_words(f->window_used_bytes, style).text,
				      count_words(f->window_objects, style).text, f->window_objects == 1 ? "" : "s",
				      exact_words(f->window_bytes, style).text, f->window_start);
		else if (f->n_times == 0)
			strbuf_puts(out, r->unknown_bytes ? "    no place among the rows that are there\n" :
							    "    larger than any area\n");
	}
}

/* "  4096 - 8176", in columns; the last class that a run of one block is in has no range. */
static void say_class(struct strbuf *out, uint64_t least_bytes, uint64_t most_bytes, const struct text_style *style)
{
	enum { COLUMNS = 9 };
	struct number_words most = figure_words(most_bytes, style);
	size_t n = text_columns_of(most.text);

	if (least_bytes == most_bytes) {
		text_right(out, 2 * COLUMNS + 2, most.text);
		strbuf_puts(out, "   ");
		return;
	}
	text_right(out, 2 + COLUMNS, figure_words(least_bytes, style).text);
	strbuf_printf(out, " - %s", most.text);
	strbuf_repeat(out, " ", n < COLUMNS ? COLUMNS - n : 0);
}

static void say_free_runs(struct strbuf *out, const struct pool_report *r, const struct text_style *style)
{
	const struct area_counts *c = &r->counts;
	uint64_t size = r->pool->block_bytes, most = 0;

	if (c->n_free_runs == 0)
		return;
	text_size_head(out, style, "\nFREE RUNS  bytes             runs         sum\n");
	for (unsigned i = 0; i < AREA_CLASSES; i++)
		most = MAX(most, c->class_blocks[i]);
	for (unsigned i = 0; i < AREA_CLASSES; i++) {
		if (c->class_runs[i] == 0)
			continue;
		say_class(out, size << i, (size << (i + 1)) - size, style);
		text_count(out, 10, c->class_runs[i], style);
		text_size(out, 12, c->class_blocks[i] * size, style);
		strbuf_puts(out, "  ");
		text_bar(out, c->class_blocks[i], most, 24, style);
		strbuf_putc(out, '\n');
	}
}

static void say_kinds(struct strbuf *out, const struct pool_report *r, const struct text_style *style)
{
	const struct area_counts *c = &r->counts;
	bool shown[128] = { false };

	if (c->n_used == 0)
		return;
	text_size_head(out, style, "\nBY KIND                     objects       bytes\n");
	for (;;) {
		size_t best = ARRAY_SIZE(shown);
		for (size_t i = 0; i < ARRAY_SIZE(shown); i++)
			if (!shown[i] && c->kind_blocks[i] &&
			    (best == ARRAY_SIZE(shown) || c->kind_blocks[i] > c->kind_blocks[best]))
				best = i;
		if (best == ARRAY_SIZE(shown))
			break;
		shown[best] = true;
		strbuf_printf(out, "  %c %-20s", (char)best,
			      best == BLOCK_TAIL ? "tails without a head" : block_kind_name((uint8_t)best));
		text_count(out, 11, c->kind_objects[best], style);
		text_size(out, 12, (uint64_t)c->kind_blocks[best] * r->pool->block_bytes, style);
		strbuf_puts(out, "  ");
		text_bar(out, c->kind_blocks[best], c->n_used, 24, style);
		strbuf_putc(out, '\n');
	}
	if (c->kind_objects[BLOCK_HEAD] > 0)
		strbuf_puts(out, "  (h is also the data of lists, dicts, strings and bytearrays)\n");
}

static void culprit_figures(struct strbuf *out, const struct culprit *k, const struct text_style *style)
{
	text_size(out, 12, k->size_bytes, style);
	text_count(out, 9, k->n_objects, style);
	text_size(out, 17, k->lfb_after_bytes, style);
}

/* With names, which are longer than kinds. */
static void say_owners(struct strbuf *out, const struct pool_report *r, const struct text_style *style)
{
	text_size_head(out, style, "\nIN THE WAY             bytes  objects   LFB without it  owner of most\n");
	for (size_t i = 0; i < r->n_culprits; i++) {
		const struct culprit *k = &r->culprits[i];
		struct strbuf owner CLEANUP(strbuf_deinit) = STRBUF_INIT;
		report_owner(r->pool, k, &owner);
		strbuf_printf(out, "  0x%-12" PRIx64, k->start);
		culprit_figures(out, k, style);
		strbuf_printf(out, "  %s\n", owner.n_bytes ? strbuf_text(&owner) : "-");
	}
}

static void say_culprits(struct strbuf *out, const struct pool_report *r, const struct text_style *style)
{
	if (r->n_culprits == 0)
		return;
	if (r->pool->owners.by) {
		say_owners(out, r, style);
		return;
	}
	text_size_head(out, style, "\nIN THE WAY         begins with          bytes  objects   LFB without it\n");
	for (size_t i = 0; i < r->n_culprits; i++) {
		const struct culprit *k = &r->culprits[i];
		strbuf_printf(out, "  0x%-14" PRIx64 " %c %-12.12s", k->start, (char)k->kind, block_kind_name(k->kind));
		culprit_figures(out, k, style);
		strbuf_putc(out, '\n');
	}
}

static void say_differences(struct strbuf *out, const struct pool_report *r, const struct text_style *style)
{
	if (r->n_differences == 0)
		return;
	text_in_role(out, style, ROLE_WARNING, "\nCOUNTED IS NOT WHAT THE BOARD SAYS\n");
	for (size_t i = 0; i < r->n_differences; i++)
		strbuf_printf(out, "  %-18s the board says %s, the table has %s\n",
			      difference_name(r->differences[i].field),
			      count_words(r->differences[i].reported, style).text,
			      count_words(r->differences[i].counted, style).text);
}

static void say_title(struct strbuf *out, const struct text_report *report, const struct pool_report *r,
		      const struct text_style *style)
{
	const struct dump_info *dump = report->dump;

	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf rest CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *input = dump->file ? dump->file : report->input->name;

	text_cut_source(&name, input, style->columns - LINE_COLUMNS, style->utf8);
	if (dump->line)
		strbuf_printf(&name, ":%" PRIu64, dump->line);
	strbuf_printf(&rest, "dump %" PRIu64 " of %" PRIu64, dump->n_dump, report->input->n_dumps);
	if (dump->label) {
		size_t n_label = strlen(dump->label);
		strbuf_puts(&rest, " \"");
		text_visible(&rest, dump->label, MIN(n_label, (size_t)LABEL_MAX_BYTES), false);
		strbuf_puts(&rest, n_label > LABEL_MAX_BYTES ? "...\"" : "\"");
	}
	if (dump->time[0]) {
		strbuf_puts(&rest, ", ");
		text_clean(&rest, dump->time);
	}
	if (r->has_table)
		strbuf_printf(&rest, ", %s blocks of %s", count_words(r->pool->n_blocks, style).text,
			      exact_words(r->pool->block_bytes, style).text);
	else
		strbuf_puts(&rest, ", figures only");
	strbuf_printf(out, "%s:%s%s\n", strbuf_text(&name),
		      name.n_bytes + text_columns_of(strbuf_text(&rest)) + 2 > style->columns ? "\n  " : " ",
		      strbuf_text(&rest));
	if (report->board && report->board->known) {
		text_board(out, report->board, "", style);
	}
	strbuf_putc(out, '\n');
}

/* The dump that is shown may be the one after all has been freed again. */
static void say_series(struct strbuf *out, const struct series_info *series, uint64_t n_shown,
		       const struct text_style *style)
{
	if (!series || series->n_known < 2)
		return;
	if (series->freed_bytes > 0)
		strbuf_printf(out, "gc.collect() freed %s.\n", exact_words(series->freed_bytes, style).text);
	strbuf_printf(out, "Used went from %s to %s over %s dumps", human_words(series->first_used_bytes, style).text,
		      human_words(series->last_used_bytes, style).text, count_words(series->n_known, style).text);
	if (series->n_fullest_dump == n_shown) {
		strbuf_puts(out, "; this one is the fullest.\n");
		return;
	}
	strbuf_printf(out, ". The fullest is dump %" PRIu64 ",\nwith %s free", series->n_fullest_dump,
		      human_words(series->fullest.free_bytes, style).text);
	if (series->fullest.lfb_bytes != NOT_KNOWN)
		strbuf_printf(out, ", LFB %s", human_words(series->fullest.lfb_bytes, style).text);
	if (!style->is_page)
		strbuf_printf(out, " (--dump %" PRIu64 ")", series->n_fullest_dump);
	strbuf_puts(out, ".\n");
}

/* All there is about one heap. */
static void say_pool(struct strbuf *out, const struct pool_report *r, const struct text_report *report,
		     const struct report_options *options, const struct text_style *style)
{
	text_heap(out, r, report->dump->heap, style);
	text_areas(out, r->pool, style);
	say_fits(out, r, style);
	if (!r->has_table) {
		const char *usual = r->pool->kind == POOL_GC && !board_lacks_mem_info(report->board) ?
					    "\nThere is no block table here: micropython.mem_info(1) prints one.\n" :
					    "\nThere is no block table here.\n";
		strbuf_puts(out, report->no_table ? report->no_table : usual);
		return;
	}
	say_windows(out, r, options->n_needs > 0, style);
	if (style->map_full || style->map_rows > 0) {
		text_in_role(out, style, ROLE_HEAD, "\nHEAP MAP\n");
		text_map(out, r->pool, style);
	}
	say_free_runs(out, r, style);
	say_kinds(out, r, style);
	say_culprits(out, r, style);
	say_differences(out, r, style);
}

/* Of another pool than Python's the table of pools has told the figures; here is its picture. */
static void say_other(struct strbuf *out, const struct pool_report *r, const struct text_style *style)
{
	if (!r->has_table || (!style->map_full && style->map_rows == 0))
		return;
	strbuf_printf(out, "\n");
	text_role(out, style, ROLE_HEAD);
	strbuf_printf(out, "POOL %s\n", r->pool->name);
	text_role(out, style, ROLE_PLAIN);
	text_map(out, r->pool, style);
}

static void say_errors(struct strbuf *out, const struct text_report *report, const struct text_style *style)
{
	for (size_t k = 0; k < report->n_errors; k++)
		text_error(out, &report->errors[k], style);
	if (report->n_errors_all > report->n_errors)
		strbuf_printf(out, "(%s failed allocations in all; the last are shown)\n",
			      count_words(report->n_errors_all, style).text);
}

static void say_trend(struct strbuf *out, const struct text_report *report, bool leaks, const struct text_style *style)
{
	static const char in_page[] =
		"go through the dumps and compare them: what is added and never goes is held by a "
		"list, dict or global variable that grows. Clear it, or cap its size.";
	const struct trend_view view = { .of = TREND_OF_LOG, .trend = report->trend, .boot = report->boot };
	struct document d;

	document_trend_finding(&d, &view, !style->is_page ? "memprof trend shows how it went." : leaks ? in_page : "");
	print_text(out, &d, style);
	doc_deinit(&d);
}

/* What to free first, where that has a name and there is need. */
static void say_first_in_the_way(struct strbuf *out, const struct heap *heap, const struct report_options *options,
				 const struct text_style *style)
{
	struct strbuf owner CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct pool_report r;

	if (!heap->pools[0].owners.by)
		return;
	report_pool(&heap->pools[0], heap->problem == HEAP_WHOLE, options, &r);
	const struct culprit *first = &r.culprits[0];
	if (r.n_culprits == 0 || report_health(&r) == HEALTH_ROOM)
		return;
	report_owner(r.pool, first, &owner);
	if (owner.n_bytes == 0)
		return;
	strbuf_puts(out, strbuf_text(&owner));
	if (first->n_objects > 1)
		strbuf_printf(out, " and %s more object%s", count_words(first->n_objects - 1, style).text,
			      first->n_objects == 2 ? "" : "s");
	strbuf_printf(out, ", %s, stand%s between you and %s.\n", exact_words(first->size_bytes, style).text,
		      first->n_objects > 1 ? "" : "s", exact_words(first->lfb_after_bytes, style).text);
}

/* What is wrong, before any table: what has failed, why it will, and then how one dump is. */
static void say_findings(struct strbuf *out, const struct text_report *report, const struct report_options *options,
			 const struct text_style *style)
{
	const struct pool_standings *pools = report->standings;
	const struct trend_pool_result *worst = report->trend ? trend_worst(report->trend) : NULL;
	bool leaks = worst && worst->leaks;

	text_needs(out, pools, options, style);
	if (leaks) /* also where it has failed: that is why */
		say_trend(out, report, leaks, style);
	say_errors(out, report, style);
	text_headline(out, pools, leaks || report->n_errors > 0 ? report->dump->n_dump : 0, leaks, style);
	say_first_in_the_way(out, report->dump->heap, options, style);
	text_tasks_findings(out, report->dump->heap, style);
	say_series(out, report->series, report->dump->n_dump, style);
	if (report->trend && !leaks)
		say_trend(out, report, leaks, style);
	if (style->is_page && !leaks)
		text_advice(out, report, pools->all[pools->i_worst].health);
	if (report->agent)
		text_agent(out, report->agent, style);
}

void text_findings(struct strbuf *out, const struct text_report *report, const struct report_options *options,
		   const struct text_style *style)
{
	if (report->dump->heap->n_pools > 0)
		say_findings(out, report, options, style);
}

void text_report(struct strbuf *out, const struct text_report *report, const struct report_options *options,
		 const struct text_style *style)
{
	const struct heap *heap = report->dump->heap;
	bool complete = heap->problem == HEAP_WHOLE;

	for (uint32_t i = 0; i < heap->n_pools; i++) {
		struct pool_report r;
		report_pool(&heap->pools[i], complete, options, &r);
		if (i > 0) {
			say_other(out, &r, style);
			continue;
		}
		say_title(out, report, &r, style);
		say_findings(out, report, options, style);
		text_dump_pools(out, heap, style);
		strbuf_putc(out, '\n');
		text_dump_allocations(out, heap, style);
		text_tasks(out, heap, style);
		say_pool(out, &r, report, options, style);
	}
}

/* The report that people read first. The order is that of their questions: what is wrong, what to do, why; how much is
 * there, what fits, what does it look like, what is in the way. */
#include <inttypes.h>
#include <string.h>

#include "document/report.h"
#include "document/run.h"
#include "document/trend_parts.h"
#include "memprof/viewers/trend_view.h"
#include "shared/board_words.h"
#include "text/cut.h"

enum { LABEL_MAX_BYTES = 40 };

/* ---- what to do ---- */

static const char use_less[] =
	"keep less at a time: let go of what is not needed any more (del, then gc.collect()), and "
	"read or build large things in parts.";
static const char hold_early[] =
	"make large buffers once, early in the program, and reuse them; call gc.collect() before "
	"a large allocation.";
/* The same for a firmware without Python. */
static const char use_less_c[] = "keep less at a time: free earlier, and read or build large things in parts.";
static const char hold_early_c[] =
	"allocate large buffers once, early in the program, and reuse them, or give them a pool "
	"of their own.";
static const char ask_less[] = "ask for less at once: read or build it in parts, or take a board with more memory.";
static const char collect_first[] = "call gc.collect() right before the allocation, and make large buffers early.";
static const char find_writer[] =
	"find what writes past its end, close to where the figures of that pool end; the board may "
	"crash at its next allocation there.";
static const char firmware_memory[] =
	"leave more to the firmware: fewer connections, smaller camera frames, or a smaller Python heap.";

static const char *after_error(const struct error_info *error)
{
	static const char *const words[] = {
		[CAUSE_OUT_OF_MEMORY] = use_less,     [CAUSE_FRAGMENTED] = hold_early, [CAUSE_FITS_NOW] = collect_first,
		[CAUSE_OTHER_POOL] = firmware_memory, [CAUSE_LOCKED] = NULL,           [CAUSE_UNKNOWN] = NULL,
	};
	bool never = error->cause == CAUSE_OUT_OF_MEMORY && report_never_fits(error->asked_bytes, &error->reference);

	return never ? ask_less : error->cause < ARRAY_SIZE(words) ? words[error->cause] : NULL;
}

static bool has_gc_heap(const struct report_view *v)
{
	for (uint32_t i = 0; v->dump && i < v->dump->heap->n_pools; i++)
		if (v->dump->heap->pools[i].kind == POOL_GC)
			return true;
	return v->sample;
}

/* In the words of a firmware with Python, or without. */
static const char *advice_of(const struct report_view *v, const char *what)
{
	if (has_gc_heap(v))
		return what;
	return what == use_less ? use_less_c : what == hold_early ? hold_early_c : what;
}

const char *report_after_error(const struct report_view *v, const struct error_info *error)
{
	return advice_of(v, after_error(error));
}

static void add_advice(struct document *d, const struct report_view *v, enum health health)
{
	static const char *const words[] = {
		[HEALTH_FRAGMENTED] = hold_early,
		[HEALTH_NEARLY_FULL] = use_less,
		[HEALTH_FULL] = use_less,
		[HEALTH_DAMAGED] = find_writer,
	};
	const char *what = health < ARRAY_SIZE(words) ? advice_of(v, words[health]) : NULL;

	if (what)
		doc_say(d, DOC_T("Next: "), DOC_T(what));
}

/* ---- findings ---- */

/* What to free first, where that has a name and there is need. */
static void add_first_in_the_way(struct document *d, const struct heap *heap, const struct report_options *options)
{
	struct strbuf owner CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct pool_report r;

	if (heap->n_pools == 0 || !heap->pools[0].owners.by)
		return;
	report_pool(&heap->pools[0], heap->problem == HEAP_WHOLE, options, &r);
	const struct culprit *first = &r.culprits[0];
	if (r.n_culprits == 0 || report_health(&r) == HEALTH_ROOM)
		return;
	report_owner(r.pool, first, &owner);
	if (owner.n_bytes == 0)
		return;
	doc_say(d, DOC_T("In the way of "), DOC_BYTES(first->lfb_after_bytes), DOC_T(": "), DOC_T(strbuf_text(&owner)),
		DOC_T(first->n_objects > 1 ? " and " : ""),
		DOC_N(first->n_objects > 1 ? first->n_objects - 1 : NOT_KNOWN),
		DOC_T(first->n_objects > 1 ? " more" : ""), DOC_T(", "), DOC_BYTES(first->size_bytes), DOC_T("."));
}

/* The dump that is shown may be the one after all has been freed again. */
static void add_series(struct document *d, const struct series_info *series, uint64_t n_shown)
{
	bool is_shown = series && series->n_fullest_dump == n_shown;
	bool is_level = !series || series->first_used_bytes == series->last_used_bytes;
	const struct doc_figure figures[] = {
		{ "freed", DOC_BYTES(series && series->freed_bytes ? series->freed_bytes : NOT_KNOWN) },
		{ "first", DOC_BYTES(is_level ? NOT_KNOWN : series->first_used_bytes) },
		{ "to", DOC_TO },
		{ "last", DOC_BYTES(series ? series->last_used_bytes : 0) },
		{ "n", DOC_N(series ? series->n_known : 0) },
		{ "fullest", DOC_N(is_shown || !series ? NOT_KNOWN : series->n_fullest_dump) },
		{ "free", DOC_BYTES(series ? series->fullest.free_bytes : NOT_KNOWN) },
		{ "largest", DOC_BYTES(series ? series->fullest.lfb_bytes : NOT_KNOWN) },
	};

	if (!series || series->n_known < 2)
		return;
	doc_add_pattern(d, false,
			"[gc.collect() freed {freed}. ][In use: {first} {to} {last} over {n} dumps. ]"
			"[Fullest: dump {fullest}, {free} free, largest free {largest}.]",
			figures);
}

static void add_trend(struct document *d, const struct report_view *v, bool leaks)
{
	static const char in_page[] =
		"go through the dumps and compare them: what is added and never goes is held by a "
		"list, dict or global variable that grows. Clear it, or cap its size.";
	const struct trend_view view = { .of = TREND_OF_LOG, .trend = v->trend, .boot = v->boot };
	bool is_again = !v->findings_alone && strcmp(v->input->name, "-") != 0; /* what can be read once more */

	if (v->trend)
		document_trend_finding(d, &view,
				       is_again                   ? arena_printf(&d->arena,
										 TREND_COMMAND "memprof trend %s" TREND_COMMAND
											       " shows its curves.",
										 doc_shell_word(d, v->input->name)) :
				       leaks && v->findings_alone ? in_page :
								    "");
}

static void add_errors(struct document *d, const struct report_view *v, bool with_advice)
{
	uint64_t n_told = 0;

	for (size_t i = 0; i < v->n_errors; i++) {
		n_told += 1 + v->errors[i].n_more;
		report_add_error(d, &v->errors[i],
				 with_advice && i + 1 == v->n_errors ? report_after_error(v, &v->errors[i]) : NULL);
	}
	if (v->n_errors_all > n_told)
		doc_say(d, DOC_N(v->n_errors_all - n_told),
			DOC_T(v->n_errors_all - n_told == 1 ? " allocation failed before that." :
							      " allocations failed before that."));
}

/* The last failed allocation says what there is to say of the fragmented heap that is shown. */
static bool is_told_by_error(const struct report_view *v)
{
	const struct pool_standings *pools = v->standings;
	const struct error_info *last = v->n_errors > 0 ? &v->errors[v->n_errors - 1] : NULL;

	return last && last->cause == CAUSE_FRAGMENTED && last->reference.n_dump == v->dump->n_dump && pools->n > 0 &&
	       pools->all[pools->i_worst].health == HEALTH_FRAGMENTED &&
	       pools->all[pools->i_worst].summary.lfb_bytes == last->reference.summary.lfb_bytes;
}

/* What is wrong, before any table: what has failed, why it will, and then how one dump is. */
static void add_findings(struct document *d, const struct report_view *v, const struct report_options *options)
{
	const struct pool_standings *pools = v->standings;
	const struct trend_pool_result *worst = v->trend ? trend_worst(v->trend) : NULL;
	bool leaks = worst && worst->leaks;
	uint64_t n_dump = leaks || v->n_errors > 0 ? v->dump->n_dump : 0;

	report_add_needs(d, pools, options);
	if (leaks) /* also where it has failed: that is why */
		add_trend(d, v, true);
	add_errors(d, v, !leaks);
	if (!is_told_by_error(v))
		report_add_state(d, pools, n_dump, leaks);
	if (!leaks && v->n_errors == 0)
		add_advice(d, v, pools->all[pools->i_worst].health);
	add_first_in_the_way(d, v->dump->heap, options);
	report_add_low_stacks(d, v->dump->heap);
	add_series(d, v->series, v->dump->n_dump);
	if (!leaks)
		add_trend(d, v, false);
	if (v->agent)
		report_add_agent(d, v->agent);
}

/* ---- without a dump ---- */

static void add_sample(struct document *d, const struct report_view *v)
{
	const struct pool_state *state = &v->sample->state;
	const struct doc_figure figures[] = {
		{ "used", DOC_BYTES(state->used_bytes) },
		{ "free", DOC_BYTES(state->free_bytes) },
		{ "largest", DOC_BYTES(state->lfb_bytes) },
		{ "line", DOC_N(v->sample->line ? v->sample->line : NOT_KNOWN) },
		{ "n", DOC_N(v->n_samples > 1 ? v->n_samples : NOT_KNOWN) },
	};

	doc_add_pattern(
		d, d->answer.n_spans == 0,
		"[{used} used, ][{free} free][, largest free at least {largest}][ at log line {line}][, the last of "
		"{n} figures].",
		figures);
	if (!board_lacks_mem_info(v->board))
		doc_say(d, DOC_T("For a heap map, log micropython.mem_info(1), where the build has it."));
}

/* ---- tables ---- */

static void add_dump(struct document *d, const struct report_view *v, const struct report_options *options)
{
	const struct heap *heap = v->dump->heap;
	bool complete = heap->problem == HEAP_WHOLE;

	document_pools(d, heap);
	report_add_allocations(d, heap);
	report_add_tasks(d, heap);
	for (uint32_t i = 0; i < heap->n_pools; i++) {
		struct pool_report r;
		report_pool(&heap->pools[i], complete, options, &r);
		if (i == 0)
			report_add_heap(d, heap, &r, options, v->has_map);
		else if (r.has_table && v->has_map)
			report_add_map(d, &heap->pools[i], arena_printf(&d->arena, "Pool %s", heap->pools[i].name));
		if (i == 0 && !r.has_table)
			doc_say(d,
				DOC_T(v->no_table ?
					      v->no_table :
				      heap->pools[0].kind == POOL_GC && !board_lacks_mem_info(v->board) ?
					      "No heap map: there is no block table. micropython.mem_info(1) prints one." :
					      "No heap map: there is no block table."));
	}
}

static void add_other_pools(struct document *d, const struct report_view *v)
{
	const struct heap_pool **pools = arena_zeroed(&d->arena, v->n_pools, sizeof(const struct heap_pool *));

	for (size_t i = 0; pools && i < v->n_pools; i++)
		pools[i] = &v->pools[i].pool;
	if (pools && v->n_pools > 0)
		report_add_pools(d, v->dump ? "Other pools" : "Pools", pools, v->n_pools);
}

/* ---- where it is from ---- */

static void add_source(struct document *d, const struct report_view *v)
{
	static const struct text_style board_style = { .columns = 80 };
	struct strbuf board CLEANUP(strbuf_deinit) = STRBUF_INIT, label CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const struct dump_info *dump = v->dump;
	const struct heap_pool *pool = dump && dump->heap->n_pools > 0 ? &dump->heap->pools[0] : NULL;
	bool has_table = pool && pool->n_blocks > 0;

	if (v->board && v->board->known)
		board_words(&board, v->board, &board_style);
	if (dump && dump->label)
		text_cut(&label, dump->label, strlen(dump->label), LABEL_MAX_BYTES, CUT_END);
	const struct doc_figure figures[] = {
		{ "file", DOC_FILE(dump && dump->file ? dump->file : v->input->name) },
		{ "line", DOC_N(dump && dump->line ? dump->line : NOT_KNOWN) },
		{ "dump", DOC_N(dump ? dump->n_dump : NOT_KNOWN) },
		{ "dumps", DOC_N(v->input->n_dumps) },
		{ "label", DOC_T(strbuf_text(&label)) },
		{ "time", DOC_T(dump ? dump->time : "") },
		{ "blocks", DOC_N(has_table ? pool->n_blocks : NOT_KNOWN) },
		{ "size", doc_exact(DOC_BYTES(has_table ? pool->block_bytes : NOT_KNOWN)) },
		{ "figures", doc_text_or_none(dump && !has_table ? "figures only" : NULL) },
		{ "board", DOC_T(strbuf_text(&board)) },
	};

	doc_add_source_pattern(
		d,
		"[Dump {dump} of {dumps} in ]{file}[, line {line}][, \"{label}\"][, {time}][, {blocks} blocks of "
		"{size}][, {figures}][; {board}]",
		figures);
}

void document_report(struct document *d, const struct report_view *v, const struct report_options *options)
{
	doc_init(d, v->run ? "run" : "heap report");
	doc_title(d, text_input_name(v->run ? v->run->script : v->input->name));
	if (v->run)
		run_add_findings(d, v);
	else if (v->dump)
		add_findings(d, v, options);
	if (!v->run && !v->dump)
		add_errors(d, v, true);
	if (!v->dump && !v->run && v->sample)
		add_sample(d, v);
	if (!v->dump && !v->run && v->n_pools > 0) {
		report_add_needs(d, v->standings, options);
		report_add_state(d, v->standings, 0, false);
	}
	if (!v->findings_alone) {
		if (v->run)
			run_add_tables(d, v);
		else if (v->dump)
			add_dump(d, v, options);
		add_other_pools(d, v);
		report_add_events(d, v->events, v->n_events, v->n_events_all);
		if (d->answer.n_spans || d->n_blocks)
			add_source(d, v);
	}
}

/* The end of a document: what follows the dumps, and the text. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "memprof/analysis/leaks.h"
#include "memprof/base/number.h"
#include "memprof/cli/message.h"
#include "memprof/sinks/document.h"
#include "memprof/sinks/output_document.h"
#include "memprof/viewers/imports_view.h"
#include "memprof/viewers/report_page.h"
#include "memprof/viewers/run_view.h"
#include "memprof/viewers/trend_view.h"

static void drain(void *ctx) { document_drain(ctx); }

/* What is said of all of it, worked out once. */
struct ending {
	struct pool_standings standings; /* of the dump that is shown */
	struct trend_result trend;       /* owned */
	struct objects_owners grew;      /* owned: what holds what grew */
	struct boot_info boot;
	bool has_trend; /* there are enough moments, or a program was run */
	struct verdict verdict;
};

/* The dumps go on long enough for a trend of their own in the report. */
static bool has_series(const struct heap_document *d)
{
	return boots_n_samples(document_boots(d)) >= DOCUMENT_TREND_LEAST &&
	       capture_counts(d->capture)->n_dumps >= DOCUMENT_TREND_LEAST;
}

/* 0 or -ENOMEM; *ret is whole in any case. */
static int work_out(const struct heap_document *d, struct ending *ret)
{
	int r = 0;

	ret->trend = (struct trend_result){ .n_samples = 0 };
	ret->grew = (struct objects_owners){ .n_owners = 0 };
	standings_of_moment(&d->shown.heap, d->pools, document_shows_one(d) ? 0 : d->n_pools, &d->options,
			    &ret->standings);
	bool is_long = boots_n_samples(document_boots(d)) >= DOCUMENT_TREND_LEAST;
	if (d->brief || is_long)
		r = boots_work_out(document_boots(d), &ret->trend, &ret->boot);
	ret->has_trend = r == 0 && (d->brief || is_long);
	if (r == 0)
		r = leaks_find_holder(d->objects, d->run, &ret->trend, &ret->grew);
	verdict_of(&ret->standings, ret->has_trend && is_long ? &ret->trend : NULL, ret->has_trend ? &ret->boot : NULL,
		   d->n_errors_all > 0, &ret->verdict);
	return r;
}

static void end_trend(struct json *j, const struct heap_document *d, const struct ending *end)
{
	if (!end->has_trend || !has_series(d)) {
		json_null(j, "trend");
		return;
	}
	json_object(j, "trend");
	json_trend(j, &end->trend);
	json_boot(j, &end->boot);
	json_object_end(j);
}

static void end_list(struct heap_document *d, const char *key, enum document_list list)
{
	json_raw(&d->json, key, "");
	spool_replay(&d->lists[list], d->json.out, drain, d);
}

static int end_json(struct heap_document *d, const struct ending *end, const struct input_info *inputs, size_t n_inputs)
{
	struct json *j = &d->json;
	struct input_info all = inputs[0];
	int r = 0;

	json_array_end(j);
	json_board(j, "board", capture_last_board(d->capture));
	if (d->n_resets)
		json_u64(j, "resets", *d->n_resets);
	end_list(d, "samples", DOCUMENT_SAMPLES);
	end_list(d, "pools", DOCUMENT_POOLS);
	json_agent(j, "agent", capture_agent(d->capture));
	end_list(d, "events", DOCUMENT_EVENTS);
	end_list(d, "errors", DOCUMENT_ERRORS);
	end_trend(j, d, end);
	json_verdict(j, "verdict", &end->verdict);
	if (d->run) {
		json_run(j, "run", d->run);
		json_imports(j, "imports", d->imports);
	}
	for (size_t i = 1; i < n_inputs; i++) {
		all.n_bytes += inputs[i].n_bytes;
		all.n_dumps += inputs[i].n_dumps;
	}
	json_input(j, "input", &all);
	if (n_inputs > 1) {
		json_array(j, "inputs");
		for (size_t i = 0; i < n_inputs; i++)
			json_input(j, NULL, &inputs[i]);
		json_array_end(j);
	}
	json_object_end(j);
	document_drain(d);
	for (size_t i = 0; i < N_DOCUMENT_LISTS; i++)
		r = d->lists[i].error < 0 ? d->lists[i].error : r;
	return r;
}

/* What there is to report of the dump that is shown, of a program, or of figures alone. */
static struct report_view view_of(struct heap_document *d, struct ending *end, const struct input_info *input,
				  const struct dump_info *dump)
{
	const struct agent_info *agent = capture_agent(d->capture);
	const struct capture_counts *counts = capture_counts(d->capture);
	bool alone = d->wanted || d->brief;
	struct report_view ret = {
		.input = input,
		.board = d->shown.set ? capture_board_of(d->capture, d->shown.moment.n_dump) :
					capture_last_board(d->capture),
		.dump = d->shown.set && !d->brief ? dump : NULL,
		.sample = counts->n_samples > 0 && !alone ? &d->last_sample : NULL,
		.n_samples = counts->n_samples,
		.errors = d->errors,
		.n_errors = d->n_errors,
		.n_errors_all = d->n_errors_all,
		.series = d->shown_is_over ? &d->shown_series : &d->series,
		.no_table = d->no_table,
		.agent = agent_info_any(agent) ? agent : NULL,
		.pools = d->pools,
		.n_pools = alone ? 0 : d->n_pools,
		.standings = &end->standings,
		.run = d->run,
		.imports = d->imports,
		.has_map = d->out->style.map_full || d->out->style.map_rows > 0,
	};

	if (ret.agent && !alone) {
		ret.events = d->board_events;
		ret.n_events = d->n_board_events;
		ret.n_events_all = d->n_board_events_all;
	}
	if (d->brief && end->has_trend)
		ret.trend = &end->trend;
	if (d->shown.set && !d->brief && end->has_trend && counts->n_dumps >= DOCUMENT_TREND_LEAST) {
		end->boot.failed.set = false; /* the report lists every failure itself */
		ret.trend = &end->trend;
		ret.boot = &end->boot;
	}
	for (size_t i = 0; d->brief && i < d->n_errors; i++) {
		d->errors[i].line = 0;
		d->errors[i].grew_until = verdict_accuses(&end->verdict) && i + 1 == d->n_errors &&
					  strncmp(d->run->exception, "MemoryError", 11) == 0;
	}
	return ret;
}

static void end_report(struct heap_document *d, struct ending *end, const struct input_info *input)
{
	struct dump_info dump = document_dump(d, &d->shown.heap, &d->shown.moment);
	const struct report_view view = view_of(d, end, input, &dump);
	struct document report CLEANUP(doc_deinit);

	document_report(&report, &view, &d->options);
	if (report.answer.n_spans || report.n_blocks || report.error) /* else why stands on standard error */
		output_document(d->out, &report);
	output_drain(d->out);
}

/* A page opens on the dump that explains the last error. */
static uint64_t first_shown(const struct heap_document *d)
{
	for (size_t i = d->n_errors; i-- > 0 && !d->wanted;)
		if (d->errors[i].reference.n_dump > 0)
			return d->errors[i].reference.n_dump;
	return d->shown.set ? d->shown.moment.n_dump : 0;
}

static void end_page(struct heap_document *d, struct ending *end, const struct input_info *input)
{
	struct dump_info dump = document_dump(d, &d->shown.heap, &d->shown.moment);
	struct report_view view = view_of(d, end, input, &dump);
	struct page_dumps dumps = {
		.n_dumps = capture_counts(d->capture)->n_dumps,
		.n_shown = first_shown(d),
		.limits = d->limits,
	};
	struct document findings CLEANUP(doc_deinit);

	view.findings_alone = true;
	document_report(&findings, &view, &d->options);
	findings.severity = (enum doc_severity)end->verdict.severity; /* of all dumps, not of this one */
	dumps.boards = capture_boards(d->capture, &dumps.n_boards);
	report_page_end(&d->out->text, &findings, d->moments, &dumps);
	output_drain(d->out);
}

/* The dump that text would show, as a picture. The exit code. */
static int end_picture(struct heap_document *d, const struct input_info *input)
{
	struct dump_info dump = document_dump(d, &d->shown.heap, &d->shown.moment);
	const struct capture_counts *counts = capture_counts(d->capture);

	if (!d->shown.set) {
		if (counts->n_dumps == 0 && counts->n_samples + counts->n_pools > 0)
			message_at((struct place){ .file = input->name }, "error",
				   "there is no dump in it, so no heap map");
		return EXIT_INPUT;
	}
	svg_heap(&d->out->text, dump.file ? dump.file : input->name, &dump, &d->options);
	output_drain(d->out);
	return EXIT_FINE;
}

/* What was cut, and what is shown instead. */
static void warn_of_cuts(const struct heap_document *d, const struct input_info *input)
{
	const struct capture_counts *counts = capture_counts(d->capture);
	const struct capture_cut *cut = &counts->cut;
	struct place at = { .file = cut->file ? cut->file : input->name, .line = cut->line };
	bool is_replaced = (document_is_report(d) || d->out->format == OUTPUT_SVG) && d->shown.set &&
			   d->shown.moment.n_dump != cut->n_dump;

	if (counts->n_cut == 0)
		return;
	if (is_replaced)
		message_at(at, "warning",
			   "dump %" PRIu64 " of %" PRIu64 " is not whole: %s; dump %" PRIu64
			   " is shown (--dump %" PRIu64 " shows what there is)",
			   cut->n_dump, counts->n_dumps, heap_problem_text(cut->problem), d->shown.moment.n_dump,
			   cut->n_dump);
	else
		message_at(at, "warning",
			   "dump %" PRIu64 " of %" PRIu64 " is not whole: %s; what is missing counts as unknown",
			   cut->n_dump, counts->n_dumps, heap_problem_text(cut->problem));
	if (counts->n_cut > 1)
		message_at((struct place){ .file = at.file }, "warning",
			   "%" PRIu64 " of %" PRIu64 " dumps are not whole", counts->n_cut, counts->n_dumps);
}

static void note_odd_stack(const struct heap_document *d, const struct input_info *input)
{
	struct place at = { .file = d->odd_stack.file ? d->odd_stack.file : input->name, .line = d->odd_stack.line };

	if (at.line)
		message_at(at, "note", "what the board reports of its C stack is not plausible; it is left out");
}

/* Whether the dump of --dump is missing, after a message. */
static bool report_missing_dump(const struct heap_document *d, const struct input_info *input)
{
	if (!d->wanted || d->wanted_seen)
		return false;
	message_at((struct place){ .file = input->name }, "error", "there is no dump %" PRIu64 "; it has %" PRIu64,
		   d->wanted, capture_counts(d->capture)->n_dumps);
	return true;
}

/* Whether a pool of --need POOL:SIZE is missing, after a message. */
static bool report_missing_pools(const struct heap_document *d, const struct input_info *input)
{
	bool missing = false;

	for (size_t i = 0; i < d->options.n_needs; i++) {
		if (!d->options.need_pools[i][0] || d->needs_met >> i & 1)
			continue;
		missing = true;
		message_at((struct place){ .file = input->name }, "error",
			   "there is no pool '%s', for --need %s:%" PRIu64, d->options.need_pools[i],
			   d->options.need_pools[i], d->options.needs[i]);
	}
	return missing;
}

/* All but pictures. 0, or negative errno after a message. */
static int end_worked_out(struct heap_document *d, const struct input_info *inputs, size_t n_inputs)
{
	struct ending end;
	int r = work_out(d, &end), r_json = 0;

	if (document_is_report(d))
		end_report(d, &end, &inputs[0]);
	else
		r_json = end_json(d, &end, inputs, n_inputs);
	if (d->out->format == OUTPUT_HTML && r == 0 && r_json == 0)
		end_page(d, &end, &inputs[0]);
	objects_owners_deinit(&end.grew);
	trend_result_deinit(&end.trend);
	r = r < 0 ? r : r_json;
	if (r < 0)
		message_error(r == -ENOMEM ? "out of memory" : "not enough room for a temporary file");
	return r;
}

int document_end(struct heap_document *d, const struct input_info *inputs, size_t n_inputs)
{
	const struct capture_counts *counts = capture_counts(d->capture);
	int code = EXIT_FINE;

	if (d->feed.capture)
		capture_end_input(d->capture);
	if (report_missing_dump(d, &inputs[0]))
		code = EXIT_INPUT;
	/* Documents are of all dumps. */
	if (code != EXIT_FINE && (document_is_report(d) || d->out->format == OUTPUT_SVG))
		return code;
	if (d->out->format == OUTPUT_SVG)
		code = end_picture(d, &inputs[0]);
	else if (end_worked_out(d, inputs, n_inputs) < 0)
		return EXIT_INPUT;
	if (d->feed.capture) {
		warn_of_cuts(d, &inputs[n_inputs - 1]);
		note_odd_stack(d, &inputs[n_inputs - 1]);
	}
	if (d->strict && counts->n_cut)
		return EXIT_INPUT;
	if (report_missing_pools(d, &inputs[0]))
		return EXIT_INPUT;
	return (d->wanted ? d->wanted_cut : d->feed.capture && counts->ends_cut) ? EXIT_INPUT : code;
}

/* ---- of saved logs ---- */

int document_of_logs(struct heap_document *d, const char *const *names, size_t n, const struct log_format *format)
{
	struct strbuf title CLEANUP(strbuf_deinit) = STRBUF_INIT;
	int code = EXIT_INPUT;

	if (n > 1)
		strbuf_printf(&title, "%zu logs", n);
	else
		strbuf_puts(&title, strcmp(names[0], "-") == 0 ? "standard input" : names[0]);
	d->title = strbuf_text(&title);
	d->feed = (struct feed){ .notices = message_notices, .takes_memory = true, .elf = d->elf };
	if (document_begin(d, &(struct capture_options){ .several = n > 1 }) == 0) {
		code = feed_logs(&d->feed, names, n, format) < 0 ? EXIT_INPUT : EXIT_FINE;
		if (d->feed.n_inputs > 0) /* else there is no memory for one */
			code = exit_worse(code, document_end(d, d->feed.inputs, d->feed.n_inputs));
	} else {
		message_error("out of memory");
	}
	document_deinit(d);
	return code;
}

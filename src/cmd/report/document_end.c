/* The end of a document: what stands behind the dumps, and the text. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/cli/message.h"
#include "memprof/viewers/imports_view.h"
#include "memprof/viewers/report_page.h"
#include "report/document.h"
#include "report/document_private.h"

static void drain(void *of) { collector_drain(of); }

static int end_trend(struct collector *c)
{
	uint64_t n_samples = c->history ? c->history->n_samples : boots_n_samples(&c->boots);
	struct boot_info boot = { 1, 1, true, { .set = false } };
	struct trend_result result;

	if (n_samples < COLLECTOR_TREND_LEAST || c->n_dumps < COLLECTOR_TREND_LEAST) {
		json_null(&c->json, "trend");
		return 0;
	}
	int r = c->history ? trend_work_out(c->history, &result) : boots_work_out(&c->boots, &result, &boot);
	if (r < 0) {
		json_null(&c->json, "trend");
		return r;
	}
	json_object(&c->json, "trend");
	json_trend(&c->json, &result);
	json_boot(&c->json, &boot);
	json_object_end(&c->json);
	trend_result_deinit(&result);
	return 0;
}

static int end_json(struct collector *c, const struct input_info *inputs, size_t n_inputs)
{
	struct json *j = &c->json;
	struct input_info all = inputs[0];
	int r;

	json_array_end(j);
	json_board(j, "board", &c->board);
	if (c->history)
		json_u64(j, "resets", c->n_resets);
	json_raw(j, "samples", "");
	r = spool_replay(&c->samples, j->out, drain, c);
	json_raw(j, "pools", "");
	if (r == 0)
		r = spool_replay(&c->others, j->out, drain, c);
	json_agent(j, "agent", &c->agent);
	json_raw(j, "events", "");
	if (r == 0)
		r = spool_replay(&c->board_events_spool, j->out, drain, c);
	json_raw(j, "errors", "");
	if (r == 0)
		r = spool_replay(&c->failures, j->out, drain, c);
	int r_trend = end_trend(c);
	r = r < 0 ? r : r_trend;
	if (c->run) {
		json_run(j, "run", c->run);
		json_imports(j, "imports", c->imports);
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
	collector_drain(c);
	return r;
}

/* What there is to say of the dump that is shown. ret->trend, if it is set, is *trend. */
static void make_report(struct collector *c, const struct input_info *input, const struct dump_info *dump,
			struct trend_result *trend, struct boot_info *boot, struct text_report *ret)
{
	bool is_over = c->shown.n_boot != c->n_series_boot;

	*ret = (struct text_report){ input,
				     collector_board(c),
				     dump,
				     c->errors,
				     c->n_errors_kept,
				     c->n_errors,
				     is_over ? &c->shown_series : &c->series,
				     NULL,
				     NULL,
				     c->no_table,
				     agent_info_any(&c->agent) ? &c->agent : NULL };
	if (c->shown.set && !c->brief && c->n_dumps >= COLLECTOR_TREND_LEAST &&
	    boots_work_out(&c->boots, trend, boot) == 0) {
		boot->failed.set = false; /* the report tells of every failure itself */
		ret->trend = trend;
		ret->boot = boot;
	}
}

static void end_text(struct collector *c, const struct input_info *input)
{
	struct dump_info dump = collector_info(c, &c->shown);
	struct trend_result trend = { .n_samples = 0 };
	struct text_report report;
	struct boot_info boot;

	make_report(c, input, &dump, &trend, &boot, &report);
	if (c->shown.set && !c->brief)
		text_report(&c->out->text, &report, &c->options, &c->out->style);
	else if (c->n_samples > 0 && !c->wanted && !c->brief)
		text_samples(&c->out->text, c->n_samples, &c->last_sample);
	if (!c->brief && !c->wanted)
		text_pools(&c->out->text, c->pools, c->n_pools, &c->out->style);
	if (!c->brief && !c->wanted && agent_info_any(&c->agent))
		text_board_events(&c->out->text, c->board_events, c->n_board_events, c->n_board_events_all,
				  &c->out->style);
	for (size_t i = 0; c->brief && i < c->n_errors_kept; i++)
		c->errors[i].line = 0;
	for (size_t i = 0; (!c->shown.set || c->brief) && i < c->n_errors_kept; i++)
		text_error(&c->out->text, &c->errors[i], &c->out->style);
	trend_result_deinit(&trend);
	output_drain(c->out);
}

/* A page opens on the dump that the last error is judged by. */
static uint64_t first_shown(const struct collector *c)
{
	for (size_t i = c->n_errors_kept; i-- > 0 && !c->wanted;)
		if (c->errors[i].witness.n_dump > 0)
			return c->errors[i].witness.n_dump;
	return c->shown.set ? c->shown.n_dump : 0;
}

static void end_page(struct collector *c, const struct input_info *input)
{
	static const struct text_style style = { .columns = 80, .utf8 = true, .is_page = true };
	struct strbuf findings CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct dump_info dump = collector_info(c, &c->shown);
	struct trend_result trend = { .n_samples = 0 };
	struct text_report report;
	struct boot_info boot;

	make_report(c, input, &dump, &trend, &boot, &report);
	if (c->shown.set)
		text_findings(&findings, &report, &c->options, &style);
	else if (c->n_samples > 0)
		text_samples(&findings, c->n_samples, &c->last_sample);
	for (size_t i = 0; !c->shown.set && i < c->n_errors_kept; i++)
		text_error(&findings, &c->errors[i], &style);
	if (c->imports) {
		strbuf_putc(&findings, '\n');
		text_imports_words(&findings, c->imports);
	}
	report_page_end(&c->out->text, strbuf_text(&findings), c->moments,
			&(struct page_dumps){ c->n_dumps, first_shown(c), c->boards, c->n_boards });
	trend_result_deinit(&trend);
	output_drain(c->out);
}

/* The dump that text would show, as a picture. The exit code. */
static int end_picture(struct collector *c, const struct input_info *input)
{
	struct dump_info dump = collector_info(c, &c->shown);

	if (!c->shown.set) {
		if (c->n_dumps == 0 && c->n_samples + c->n_told_pools > 0)
			message_at((struct place){ .file = input->name }, "error",
				   "there is no dump in it, so no heap map");
		return EXIT_INPUT;
	}
	svg_heap(&c->out->text, dump.file ? dump.file : input->name, &dump, &c->options);
	output_drain(c->out);
	return EXIT_FINE;
}

/* What was cut, and what is shown in its place. */
static void warn_of_cuts(const struct collector *c, const struct input_info *input)
{
	struct place at = { .file = c->cut_file ? c->cut_file : input->name, .line = c->cut_line };

	if (c->n_cut == 0)
		return;
	if ((c->out->format == OUTPUT_TEXT || c->out->format == OUTPUT_SVG) && c->shown.set &&
	    c->shown.n_dump != c->cut_dump)
		message_at(at, "warning",
			   "dump %" PRIu64 " of %" PRIu64 " is not whole: %s; dump %" PRIu64
			   " is shown (--dump %" PRIu64 " shows what there is)",
			   c->cut_dump, c->n_dumps, heap_problem_text(c->cut_problem), c->shown.n_dump, c->cut_dump);
	else
		message_at(at, "warning",
			   "dump %" PRIu64 " of %" PRIu64
			   " is not whole: %s; what is missing"
			   " counts as unknown",
			   c->cut_dump, c->n_dumps, heap_problem_text(c->cut_problem));
	if (c->n_cut > 1)
		message_at((struct place){ .file = at.file }, "warning",
			   "%" PRIu64 " of %" PRIu64 " dumps are not whole", c->n_cut, c->n_dumps);
}

int collector_end(struct collector *c, const struct input_info *inputs, size_t n_inputs)
{
	int code = EXIT_FINE;

	collector_settle(c);
	if (c->out->format == OUTPUT_TEXT) {
		end_text(c, &inputs[0]);
	} else if (c->out->format == OUTPUT_SVG) {
		code = end_picture(c, &inputs[0]);
	} else {
		int r = end_json(c, inputs, n_inputs);
		if (r < 0) {
			message_error(r == -ENOMEM ? "out of memory" : "not enough room for a temporary file");
			return EXIT_INPUT;
		}
		if (c->out->format == OUTPUT_HTML)
			end_page(c, &inputs[0]);
	}
	warn_of_cuts(c, &inputs[n_inputs - 1]);
	if (c->wanted && !c->wanted_seen) {
		message_at((struct place){ .file = inputs[0].name }, "error",
			   "there is no dump %" PRIu64 "; it has %" PRIu64, c->wanted, c->n_dumps);
		return EXIT_INPUT;
	}
	if (c->strict && c->n_cut)
		return EXIT_INPUT;
	return (c->wanted ? c->wanted_cut : c->ended_cut) ? EXIT_INPUT : code;
}

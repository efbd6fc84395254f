#include "collector.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/number.h"
#include "memprof/text.h"
#include "message.h"

int report_options_read(const struct options *options, struct report_options *ret)
{
	const char *culprits = option_value(options, "culprits"), *need;
	uint64_t n = 5;

	*ret = (struct report_options){ 0 };
	if (culprits && number_parse(culprits, &n) < 0) {
		message_error("--culprits takes a count, not '%s'", culprits);
		return -EINVAL;
	}
	ret->n_culprits = (size_t)MIN(n, (uint64_t)REPORT_CULPRITS_MAX);
	while ((need = option_nth(options, "need", ret->n_needs))) {
		if (ret->n_needs == REPORT_NEEDS_MAX) {
			message_error("--need can be given %d times", REPORT_NEEDS_MAX);
			return -EINVAL;
		}
		if (number_parse_size(need, &ret->needs[ret->n_needs]) < 0 || ret->needs[ret->n_needs] == 0 ||
		    ret->needs[ret->n_needs] > UINT64_C(1) << 40) {
			message_error("--need takes a size such as 4096, 0x1000, 16K or 1.5M, not '%s'", need);
			return -EINVAL;
		}
		ret->n_needs++;
	}
	return 0;
}

int collector_begin(struct collector *c)
{
	heap_init(&c->last.heap);
	heap_init(&c->shown.heap);
	c->early_qstr.n_pools = NOT_KNOWN;
	spool_init(&c->samples, c->compact);
	spool_init(&c->failures, c->compact);
	spool_init(&c->others, c->compact);
	c->pending = calloc(COLLECTOR_PENDING, sizeof(*c->pending));
	if (!c->pending)
		return -ENOMEM;
	if (c->out->format == OUTPUT_JSON) {
		json_init(&c->json, &c->out->text, c->compact);
		json_object(&c->json, NULL);
		json_text(&c->json, "schema", "memprof.report/1");
		json_array(&c->json, "dumps");
	}
	return 0;
}

void collector_deinit(struct collector *c)
{
	heap_deinit(&c->last.heap);
	heap_deinit(&c->shown.heap);
	lives_deinit(&c->lives);
	spool_deinit(&c->samples);
	spool_deinit(&c->failures);
	spool_deinit(&c->others);
	free(c->pending);
	c->pending = NULL;
}

static struct dump_info info_of(const struct collector *c, const struct kept_dump *dump)
{
	bool no_line = c->brief || (c->live && c->out->format == OUTPUT_TEXT);

	return (struct dump_info){
		.heap = &dump->heap, .n_dump = dump->n_dump, .line = no_line ? 0 : dump->line, .at_us = dump->at_us,
		.time = dump->time, .label = dump->label[0] ? dump->label : NULL, .file = c->file,
	};
}

/* ---- errors ---- */

static const struct witness *witness_of(struct kept_dump *dump)
{
	static const struct witness none;

	if (!dump || !dump->set || dump->heap.n_pools == 0)
		return &none;
	if (!dump->has_witness) {
		report_witness(&dump->heap.pools[0], dump->n_dump, dump->line, dump->last_line,
			       &dump->witness);
		dump->has_witness = true;
	}
	return &dump->witness;
}

/* How many lines lie between an error and a dump. */
static uint64_t distance(const struct kept_dump *dump, uint64_t line)
{
	if (!dump || !dump->set)
		return NOT_KNOWN;
	return line > dump->last_line ? line - dump->last_line :
	       line < dump->line ? dump->line - line : 0;
}

/* The last errors are kept for the text, and of a row of them without anything between them the
 * first one: where memory has run out, the prompt fails too. */
static void keep_error(struct collector *c, const struct error_info *error)
{
	enum { RIGHT_AFTER_LINES = 3 };
	struct error_info *last = c->n_errors_kept ? &c->errors[c->n_errors_kept - 1] : NULL;

	if (last && error->line > c->last_error_line && last->witness_dumps == error->witness_dumps &&
	    error->line - c->last_error_line <= RIGHT_AFTER_LINES) {
		last->n_more++;
	} else {
		if (c->n_errors_kept == COLLECTOR_ERRORS)
			memmove(c->errors, c->errors + 1, --c->n_errors_kept * sizeof(c->errors[0]));
		c->errors[c->n_errors_kept++] = *error;
	}
	c->last_error_line = error->line;
}

/* Judges an error by the nearest of the dump before and the dump after it; by the other one if the
 * nearest cannot tell. */
static void judge(struct collector *c, struct error_info *error, struct kept_dump *before,
		  struct kept_dump *after)
{
	struct kept_dump *near = before, *far = after;

	if (distance(after, error->line) < distance(before, error->line)) {
		near = after;
		far = before;
	}
	error->witness = *witness_of(near);
	error->verdict = report_verdict(error->failure, error->asked_bytes, &error->witness);
	/* That there was room before proves little: the heap may have filled since. */
	bool weak = error->verdict == VERDICT_UNKNOWN ||
		    (error->verdict == VERDICT_FITS_NOW && near == before);
	if (weak && far && far->set) {
		enum verdict second = report_verdict(error->failure, error->asked_bytes, witness_of(far));
		if (second != VERDICT_UNKNOWN) {
			error->witness = *witness_of(far);
			error->verdict = second;
			near = far;
		}
	}
	error->witness_before = near == before;
	if (c->full_after && error->witness_before &&
	    (error->verdict == VERDICT_FITS_NOW || error->verdict == VERDICT_UNKNOWN)) {
		error->verdict = VERDICT_OUT_OF_MEMORY;
		error->full_after = true;
	}
	if (error->witness.n_holes == 0 && witness_of(far)->n_holes > 0) {
		memcpy(error->witness.holes, witness_of(far)->holes, sizeof(error->witness.holes));
		error->witness.n_holes = witness_of(far)->n_holes;
		error->witness.n_holes_dump = witness_of(far)->n_dump;
	}
	error->witness_dumps = c->n_dumps;
	keep_error(c, error);
	if (c->brief)
		error->line = 0;        /* there is no log that it could be a line of */
	if (c->out->format == OUTPUT_JSON) {
		json_error(&c->failures.json, error);
		spool_settle(&c->failures);
	}
}

static void judge_pending(struct collector *c, struct kept_dump *after)
{
	for (size_t i = 0; i < c->n_pending; i++)
		judge(c, &c->pending[i], &c->last, after);
	c->n_pending = 0;
}

/* For the trend. */
static uint64_t moment(struct collector *c, const struct event *event)
{
	c->timeline.several = c->file != NULL;
	return timeline_at(&c->timeline, event);
}

static void add_failure(struct collector *c, const struct event *event)
{
	c->n_errors++;
	lives_add_failure(&c->lives, event, timeline_peek(&c->timeline, event));
	if (c->n_pending == COLLECTOR_PENDING)  /* so many between two dumps: the one before will do */
		judge_pending(c, NULL);
	struct error_info *error = &c->pending[c->n_pending++];
	*error = (struct error_info){ .line = event->line, .failure = event->failed.failure,
				      .asked_bytes = event->failed.asked_bytes };
	size_t n = MIN(event->failed.text.n_bytes, sizeof(error->text) - 1);
	memcpy(error->text, event->failed.text.bytes, n);
}

/* ---- dumps ---- */

static void note_series(struct collector *c, const struct kept_dump *dump)
{
	struct series_info *series = &c->series;
	struct pool_summary now;

	report_said(&dump->heap.pools[0], &now);        /* costs nothing: there may be millions */
	if (now.used_bytes == NOT_KNOWN || now.free_bytes == NOT_KNOWN)
		return;
	if (series->n_known++ == 0)
		series->first_used_bytes = now.used_bytes;
	series->last_used_bytes = now.used_bytes;
	if (series->n_known > 1 && now.free_bytes >= series->fullest.free_bytes)
		return;
	series->fullest = now;
	series->n_fullest_dump = dump->n_dump;
}

/* The last dump is complete now, with all that was said after it: it goes out. */
static void settle_last(struct collector *c)
{
	if (!c->last.set)
		return;
	c->last.set = false;
	if (c->out->format == OUTPUT_JSON) {
		struct dump_info info = info_of(c, &c->last);
		json_dump(&c->json, &info, &c->options);
		output_drain(c->out);
		return;
	}
	note_series(c, &c->last);
	bool whole = c->last.heap.problem == HEAP_WHOLE;
	bool better = !c->shown.set || whole || c->shown.heap.problem != HEAP_WHOLE;
	if (c->wanted ? c->last.n_dump != c->wanted : !better)
		return;
	struct kept_dump was = c->shown;
	c->shown = c->last;
	c->shown.set = true;
	c->last = was;
	c->last.set = false;
}

static void set_label(struct kept_dump *dump, const char *label)
{
	size_t n = label ? MIN(strlen(label), sizeof(dump->label) - 1) : 0;

	memcpy(dump->label, label ? label : "", n);
	dump->label[n] = '\0';
}

void collector_label_last(struct collector *c, const char *label)
{
	if (c->last.set)
		set_label(&c->last, label);
}

static void add_snapshot(struct collector *c, const struct event *event)
{
	struct kept_dump dump = {
		.set = true, .n_dump = ++c->n_dumps, .line = event->line, .at_us = event->at_us,
		.last_line = event->line + event->snapshot.n_lines - 1,
	};
	lives_add_heap(&c->lives, event->snapshot.heap, moment(c, event), false);
	heap_swap(&dump.heap, event->snapshot.heap);
	memcpy(dump.time, event->time, sizeof(dump.time));
	set_label(&dump, c->label ? c->label : event->snapshot.label);
	if (c->early_qstr.n_pools != NOT_KNOWN) {
		dump.heap.qstr = c->early_qstr;
		c->early_qstr.n_pools = NOT_KNOWN;
	}
	c->last_cut = dump.heap.problem != HEAP_WHOLE;
	c->wanted_seen |= dump.n_dump == c->wanted;
	c->wanted_cut |= dump.n_dump == c->wanted && c->last_cut;
	if (c->last_cut) {
		c->n_cut++;
		c->cut_problem = dump.heap.problem;
		c->cut_line = dump.heap.problem_line;
		c->cut_dump = dump.n_dump;
		c->cut_file = c->file;
	}
	judge_pending(c, &dump);
	settle_last(c);
	/* Give the decoder back a heap to build in: the one that is not needed any more. */
	heap_swap(event->snapshot.heap, &c->last.heap);
	c->last = dump;
}

static void add_sample(struct collector *c, const struct event *event)
{
	c->last_sample = (struct sample_info){ event->line, event->at_us, event->sample.used_bytes,
					       event->sample.free_bytes,
					       event->sample.largest_free_bytes };
	c->n_samples++;
	lives_add_sample(&c->lives, event, moment(c, event), false);
	if (c->out->format == OUTPUT_JSON) {
		json_sample(&c->samples.json, &c->last_sample);
		spool_settle(&c->samples);
	}
}

static void add_pool(struct collector *c, const struct event *event)
{
	struct pool_info pool = { event->line, event->at_us, event->pool };
	size_t i = 0;

	c->n_told_pools++;
	while (i < c->n_pools && strcmp(c->pools[i].of.name, pool.of.name) != 0)
		i++;
	if (i < COLLECTOR_POOLS)
		c->pools[i] = pool;
	c->n_pools = MIN(MAX(c->n_pools, i + 1), (size_t)COLLECTOR_POOLS);
	if (c->out->format == OUTPUT_JSON) {
		json_pool(&c->others.json, &pool);
		spool_settle(&c->others);
	}
}

void collector_event(struct collector *c, struct event *event)
{
	switch (event->kind) {
	case EVENT_SNAPSHOT:
		add_snapshot(c, event);
		break;
	case EVENT_SAMPLE:
		add_sample(c, event);
		break;
	case EVENT_FAILED:
		add_failure(c, event);
		break;
	case EVENT_QSTR:
		if (c->last.set)
			c->last.heap.qstr = event->qstr;
		else
			c->early_qstr = event->qstr;
		break;
	case EVENT_POOL:
		add_pool(c, event);
		break;
	case EVENT_BANNER:
		board_from_banner(&event->text, &c->board);
		break;
	case EVENT_RESET:
		lives_reset(&c->lives);
		break;
	case EVENT_QSTR_TEXT:
		break;
	}
}

void collector_settle(struct collector *c)
{
	judge_pending(c, NULL);
	settle_last(c);
	c->early_qstr.n_pools = NOT_KNOWN;
	timeline_next(&c->timeline);
	c->ended_cut |= c->last_cut;
	c->last_cut = false;
}

/* ---- the end ---- */

static void drain(void *of)
{
	output_drain(of);
}

static int end_trend(struct collector *c)
{
	uint64_t n_samples = c->history ? c->history->n_samples : lives_n_samples(&c->lives);
	struct life_info life = { 1, 1, true, { .set = false } };
	struct trend_result result;

	if (n_samples < COLLECTOR_TREND_LEAST || c->n_dumps < COLLECTOR_TREND_LEAST) {
		json_null(&c->json, "trend");
		return 0;
	}
	int r = c->history ? trend_work_out(c->history, &result) :
			     lives_work_out(&c->lives, &result, &life);
	if (r < 0) {
		json_null(&c->json, "trend");
		return r;
	}
	json_object(&c->json, "trend");
	json_trend(&c->json, &result);
	json_life(&c->json, &life);
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
	r = spool_replay(&c->samples, j->out, drain, c->out);
	json_raw(j, "pools", "");
	if (r == 0)
		r = spool_replay(&c->others, j->out, drain, c->out);
	json_raw(j, "errors", "");
	if (r == 0)
		r = spool_replay(&c->failures, j->out, drain, c->out);
	int r_trend = end_trend(c);
	r = r < 0 ? r : r_trend;
	if (c->run)
		json_run(j, "run", c->run);
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
	output_drain(c->out);
	return r;
}

static void end_text(struct collector *c, const struct input_info *input)
{
	struct dump_info dump = info_of(c, &c->shown);
	struct trend_result trend = { .n_samples = 0 };
	struct text_report report = { input, &c->board, &dump, c->errors, c->n_errors_kept, c->n_errors,
				     &c->series, NULL, NULL };
	struct life_info life;
	if (c->shown.set && !c->brief && c->n_dumps >= COLLECTOR_TREND_LEAST &&
	    lives_work_out(&c->lives, &trend, &life) == 0) {
		life.failed.set = false;        /* the report tells of every failure itself */
		report.trend = &trend;
		report.life = &life;
	}

	if (c->shown.set && !c->brief)
		text_report(&c->out->text, &report, &c->options, &c->out->style);
	else if (c->n_samples > 0 && !c->wanted && !c->brief)
		text_samples(&c->out->text, c->n_samples, &c->last_sample);
	if (!c->brief && !c->wanted)
		text_pools(&c->out->text, c->pools, c->n_pools, &c->out->style);
	for (size_t i = 0; c->brief && i < c->n_errors_kept; i++)
		c->errors[i].line = 0;
	for (size_t i = 0; (!c->shown.set || c->brief) && i < c->n_errors_kept; i++)
		text_error(&c->out->text, &c->errors[i], &c->out->style);
	trend_result_deinit(&trend);
	output_drain(c->out);
}

/* What was cut, and what is shown in its place. */
static void warn_of_cuts(const struct collector *c, const struct input_info *input)
{
	struct place at = { .file = c->cut_file ? c->cut_file : input->name, .line = c->cut_line };

	if (c->n_cut == 0)
		return;
	if (c->out->format == OUTPUT_TEXT && c->shown.set && c->shown.n_dump != c->cut_dump)
		message_at(at, "warning", "dump %" PRIu64 " of %" PRIu64 " is not whole: %s; dump %" PRIu64
			   " is shown (--dump %" PRIu64 " shows what there is)", c->cut_dump, c->n_dumps,
			   heap_problem_text(c->cut_problem), c->shown.n_dump, c->cut_dump);
	else
		message_at(at, "warning", "dump %" PRIu64 " of %" PRIu64 " is not whole: %s; what is missing"
			   " counts as unknown", c->cut_dump, c->n_dumps, heap_problem_text(c->cut_problem));
	if (c->n_cut > 1)
		message_at((struct place){ .file = at.file }, "warning", "%" PRIu64 " of %" PRIu64
			   " dumps are not whole", c->n_cut, c->n_dumps);
}

int collector_end(struct collector *c, const struct input_info *inputs, size_t n_inputs)
{
	collector_settle(c);
	if (c->out->format == OUTPUT_TEXT) {
		end_text(c, &inputs[0]);
	} else {
		int r = end_json(c, inputs, n_inputs);
		if (r < 0) {
			message_error(r == -ENOMEM ? "out of memory" : "not enough room for a temporary file");
			return EXIT_INPUT;
		}
	}
	warn_of_cuts(c, &inputs[n_inputs - 1]);
	if (c->wanted && !c->wanted_seen) {
		message_at((struct place){ .file = inputs[0].name }, "error", "there is no dump %" PRIu64
			   "; it has %" PRIu64, c->wanted, c->n_dumps);
		return EXIT_INPUT;
	}
	if (c->strict && c->n_cut)
		return EXIT_INPUT;
	return (c->wanted ? c->wanted_cut : c->ended_cut) ? EXIT_INPUT : EXIT_FINE;
}

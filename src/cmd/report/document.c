#include "report/document.h"
#include "report/document_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/cli/message.h"
#include "memprof/protocol/decoder.h"
#include "memprof/viewers/report_page.h"

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

bool collector_has_document(const struct collector *c)
{
	return c->out->format == OUTPUT_JSON || c->out->format == OUTPUT_HTML;
}

void collector_drain(struct collector *c)
{
	if (c->out->format == OUTPUT_HTML) {
		report_page_add(&c->out->text, strbuf_text(&c->document), c->document.n_bytes);
		if (strbuf_error(&c->document))
			c->out->text.error = strbuf_error(&c->document);
		strbuf_reset(&c->document);
	}
	output_drain(c->out);
}

/* A page has the document within it, and pictures of the heaps. */
static int begin_page(struct collector *c)
{
	c->moments = history_new(HISTORY_BYTES);
	if (!c->moments)
		return -ENOMEM;
	report_page_begin(&c->out->text, c->title);
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
	spool_init(&c->board_events_spool, c->compact);
	c->pending = calloc(COLLECTOR_PENDING, sizeof(*c->pending));
	c->boards = calloc(COLLECTOR_BOARDS, sizeof(*c->boards));
	c->n_boards = 1; /* nobody knows yet which */
	if (!c->pending || !c->boards || (c->out->format == OUTPUT_HTML && begin_page(c) < 0))
		return -ENOMEM;
	if (collector_has_document(c)) {
		json_init(&c->json, c->out->format == OUTPUT_HTML ? &c->document : &c->out->text, c->compact);
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
	boots_deinit(&c->boots);
	spool_deinit(&c->samples);
	spool_deinit(&c->failures);
	spool_deinit(&c->others);
	spool_deinit(&c->board_events_spool);
	strbuf_deinit(&c->document);
	history_free(c->moments);
	c->moments = NULL;
	free(c->boards);
	c->boards = NULL;
	free(c->pending);
	c->pending = NULL;
}

struct dump_info collector_info(const struct collector *c, const struct kept_dump *dump)
{
	bool no_line = c->brief || (c->live && c->out->format == OUTPUT_TEXT);

	return (struct dump_info){
		.heap = &dump->heap,
		.n_dump = dump->n_dump,
		.line = no_line ? 0 : dump->line,
		.at_us = dump->at_us,
		.time = dump->time,
		.label = dump->label[0] ? dump->label : NULL,
		.file = c->file,
		.told = dump->told,
	};
}

/* ---- errors ---- */

static const struct witness *witness_of(struct kept_dump *dump)
{
	static const struct witness none;

	if (!dump || !dump->set || dump->heap.n_pools == 0)
		return &none;
	if (!dump->has_witness) {
		report_witness(&dump->heap.pools[0], dump->n_dump, dump->line, dump->last_line, &dump->witness);
		dump->has_witness = true;
	}
	return &dump->witness;
}

/* How many lines lie between an error and a dump. */
static uint64_t distance(const struct kept_dump *dump, uint64_t line)
{
	if (!dump || !dump->set)
		return NOT_KNOWN;
	return line > dump->last_line ? line - dump->last_line : line < dump->line ? dump->line - line : 0;
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
static void judge(struct collector *c, struct error_info *error, struct kept_dump *before, struct kept_dump *after)
{
	struct kept_dump *near = before, *far = after;

	if (distance(after, error->line) < distance(before, error->line)) {
		near = after;
		far = before;
	}
	error->witness = *witness_of(near);
	error->verdict = report_verdict(error->failure, error->asked_bytes, &error->witness);
	/* That there was room before proves little: the heap may have filled since. */
	bool weak = error->verdict == VERDICT_UNKNOWN || (error->verdict == VERDICT_FITS_NOW && near == before);
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
	error->file = c->file;
	keep_error(c, error);
	if (c->brief)
		error->line = 0; /* there is no log that it could be a line of */
	if (collector_has_document(c)) {
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

/* A failure that an agent tells of is perhaps printed by the program too, before or after that: one error. Another pool
 * than Python's may try again, and is no error of Python's. */
static bool is_told_already(struct collector *c, const struct event *event)
{
	bool of_agent = event->failed.pool[0] != '\0';
	uint64_t asked_bytes = event->failed.asked_bytes;
	uint64_t *own = of_agent ? &c->agent_asked_bytes : &c->text_asked_bytes;
	uint64_t *other = of_agent ? &c->text_asked_bytes : &c->agent_asked_bytes;

	if (of_agent && event->failed.failure == FAILURE_OTHER_POOL)
		return true;
	bool again = asked_bytes != NOT_KNOWN && *other == asked_bytes;
	*other = 0;
	*own = again ? 0 : asked_bytes;
	return again;
}

static void add_failure(struct collector *c, const struct event *event)
{
	if (is_told_already(c, event))
		return;
	c->n_errors++;
	boots_add_failure(&c->boots, event, timeline_peek(&c->timeline, event));
	if (c->n_pending == COLLECTOR_PENDING) /* so many between two dumps: the one before will do */
		judge_pending(c, NULL);
	struct error_info *error = &c->pending[c->n_pending++];
	*error = (struct error_info){ .line = event->line,
				      .failure = event->failed.failure,
				      .asked_bytes = event->failed.asked_bytes };
	size_t n = MIN(event->failed.text.n_bytes, sizeof(error->text) - 1);
	memcpy(error->text, event->failed.text.bytes, n);
}

/* ---- boards ---- */

static void add_board(struct collector *c, const struct board_info *board)
{
	if (c->n_boards == COLLECTOR_BOARDS)
		memmove(c->boards, c->boards + 1, --c->n_boards * sizeof(*c->boards));
	c->boards[c->n_boards++] = (struct page_board){ c->n_dumps, *board };
}

/* The board has said who it is. Of dumps before that it may be as well, if no other one has. */
static void take_board(struct collector *c, const struct board_info *board)
{
	struct board_info *now = &c->boards[c->n_boards - 1].board;
	bool is_same = now->known && strcmp(now->firmware, board->firmware) == 0 &&
		       strcmp(now->version, board->version) == 0 && strcmp(now->machine, board->machine) == 0;

	if (!now->known || is_same) {
		*now = *board;
		return;
	}
	add_board(c, board);
	c->n_boot++;
}

const struct board_info *collector_board(const struct collector *c)
{
	size_t i = c->n_boards - 1;

	if (!c->shown.set || (c->n_boards == 1 && !c->boards[0].board.known))
		return &c->board;
	while (i > 0 && c->boards[i].n_after >= c->shown.n_dump)
		i--;
	return &c->boards[i].board;
}

/* ---- dumps ---- */

static void note_series(struct collector *c, const struct kept_dump *dump)
{
	struct series_info *series = &c->series;
	struct pool_summary now;

	if (dump->n_boot != c->n_series_boot) {
		if (c->shown.set && c->shown.n_boot == c->n_series_boot)
			c->shown_series = *series;
		*series = (struct series_info){ 0 };
		c->n_series_boot = dump->n_boot;
	}
	report_said(&dump->heap.pools[0], &now); /* costs nothing: there may be millions */
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

/* For the pictures of a page, which take all figures from the document. */
static void keep_moment(struct collector *c, const struct kept_dump *dump)
{
	struct history_moment moment = {
		.at_us = dump->at_us,
		.line = dump->line,
		.told = dump->told,
		.problem = dump->heap.problem,
	};

	memcpy(moment.label, dump->label, sizeof(moment.label));
	if (history_add(c->moments, &dump->heap, &moment) < 0)
		c->out->text.error = -ENOMEM;
}

/* The last dump is complete now, with all that was said after it: it goes out. */
static void settle_last(struct collector *c)
{
	if (!c->last.set)
		return;
	c->last.set = false;
	if (collector_has_document(c)) {
		struct dump_info info = collector_info(c, &c->last);
		json_dump(&c->json, &info, &c->options);
		collector_drain(c);
	}
	if (c->out->format == OUTPUT_JSON)
		return;
	if (c->out->format == OUTPUT_HTML)
		keep_moment(c, &c->last);
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
		.set = true,
		.n_dump = ++c->n_dumps,
		.line = event->line,
		.at_us = event->at_us,
		.last_line = event->line + event->snapshot.n_lines - 1,
		.told = event->snapshot.told,
		.n_boot = c->n_boot,
	};
	boots_add_heap(&c->boots, event->snapshot.heap, moment(c, event), false);
	heap_swap(&dump.heap, event->snapshot.heap);
	memcpy(dump.time, event->time, sizeof(dump.time));
	set_label(&dump, c->label ? c->label : event->snapshot.label);
	marks_heap(&c->marks, dump.label);
	if (c->early_qstr.n_pools != NOT_KNOWN) {
		dump.heap.qstr = c->early_qstr;
		c->early_qstr.n_pools = NOT_KNOWN;
	}
	c->format = dump.told.format;
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

/* Of several marks behind a dump the first names it. */
static void name_last(struct collector *c, const struct event_text *mark)
{
	char label[EVENT_LABEL_BYTES];

	if (marks_mark(&c->marks, mark, label) && c->last.set && !c->last.label[0])
		set_label(&c->last, label);
}

static void add_sample(struct collector *c, const struct event *event)
{
	c->last_sample = (struct sample_info){ event->line, event->at_us, event->sample.used_bytes,
					       event->sample.free_bytes, event->sample.largest_free_bytes };
	c->n_samples++;
	boots_add_sample(&c->boots, event, moment(c, event), false);
	if (collector_has_document(c)) {
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
	if (collector_has_document(c)) {
		json_pool(&c->others.json, &pool);
		spool_settle(&c->others);
	}
}

void collector_board_event(struct collector *c, const struct board_event *board_event)
{
	if (c->n_board_events == COLLECTOR_BOARD_EVENTS)
		memmove(c->board_events, c->board_events + 1, --c->n_board_events * sizeof(c->board_events[0]));
	c->board_events[c->n_board_events++] = *board_event;
	c->n_board_events_all++;
	if (collector_has_document(c)) {
		json_board_event(&c->board_events_spool.json, board_event);
		spool_settle(&c->board_events_spool);
	}
}

static void add_board_event(struct collector *c, const struct event *event)
{
	struct board_event board_event;

	agent_info_add(&c->agent, event);
	if (board_event_of(event, &board_event))
		collector_board_event(c, &board_event);
}

void collector_event(struct collector *c, struct event *event)
{
	add_board_event(c, event);
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
		take_board(c, &c->board);
		break;
	case EVENT_RESET:
		boots_reset(&c->boots);
		c->n_boot++;
		break;
	case EVENT_HELLO:
		board_from_hello(&event->hello, &c->board);
		take_board(c, &c->board);
		break;
	case EVENT_MARK:
		name_last(c, &event->mark);
		break;
	case EVENT_QSTR_TEXT:
	case EVENT_GC:
	case EVENT_RECOVERED:
	case EVENT_AREA:
	case EVENT_LOST:
		break;
	}
}

const char *collector_format(const struct collector *c) { return c->format ? c->format : decoder_mem_info.name; }

void collector_settle(struct collector *c)
{
	judge_pending(c, NULL);
	settle_last(c);
	c->early_qstr.n_pools = NOT_KNOWN;
	c->marks = (struct marks){ .any_heap = false };
	timeline_next(&c->timeline);
	c->ended_cut |= c->last_cut;
	c->last_cut = false;
	if (c->file) { /* what comes next is another log */
		add_board(c, &(struct board_info){ .known = false });
		c->n_boot++;
	}
}

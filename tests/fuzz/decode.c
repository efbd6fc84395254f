#include "decode.h"

#include "fuzz.h"
#include "memprof/analysis/pools.h"
#include "memprof/analysis/tasks.h"
#include "memprof/base/text.h"
#include "memprof/viewers/report_view.h"

static const struct report_options options = { .n_culprits = 7, .needs = { 1, 100, 5000, 1 << 20 }, .n_needs = 4 };

static void look_at_pool(const struct heap_pool *pool, bool complete)
{
	struct reference_snapshot reference;
	struct pool_report r;

	report_pool(pool, complete, &options, &r);
	if (pool->n_blocks > 0) {
		MUST(r.state.used_bytes + r.state.free_bytes + r.overhead_bytes + r.unknown_bytes ==
		     r.state.total_bytes);
		MUST(r.state.lfb_bytes <= r.state.free_bytes);
		MUST(r.state.fragmentation >= 0 && r.state.fragmentation < 1);
	}
	MUST(r.n_differences <= REPORT_DIFFERENCES_MAX);
	report_health(&r);
	report_reference(pool, 1, 1, 1, &reference);
	MUST(reference.n_holes <= REPORT_HOLES_MAX);
	for (int failure = FAILURE_ASKED; failure <= FAILURE_OF_C; failure++)
		MUST(cause_name(report_cause((enum failure)failure, 4096, &reference))[0]);
}

/* Only printable text comes out of a view. */
static void must_be_clean(const struct strbuf *s)
{
	const uint8_t *p = (const uint8_t *)strbuf_text(s), *end = p + s->n_bytes;

	MUST(strbuf_error(s) == 0);
	while (p < end) {
		uint32_t code = 0;
		size_t n = text_utf8(p, end, &code);
		MUST(n > 0);
		MUST(code == '\n' || (code >= 0x20 && (code < 0x7f || code >= 0xa0)));
		p += n;
	}
}

static void look_at_heap(const struct event *event)
{
	const struct heap *heap = event->snapshot.heap;
	struct dump_info dump = {
		.heap = heap, .n_dump = 1, .line = event->line, .at_us = event->at_us, .time = event->time
	};
	struct input_info input = { "fuzz", "mem-info", 1, 1 };
	struct board_info board = { .known = false };
	struct pool_standings standings;
	struct report_view report = {
		.input = &input, .board = &board, .dump = &dump, .standings = &standings, .has_map = true
	};
	struct document d;
	struct text_style style = { .columns = 80, .utf8 = event->line % 2, .map_rows = 4 };
	struct strbuf out = STRBUF_INIT;
	struct json json;
	uint64_t n_blocks = 0;

	MUST(heap_check(heap) == 0);
	MUST(heap->n_pools > 0 && heap->n_pools <= HEAP_POOLS_MAX);
	for (uint32_t i = 0; i < heap->n_pools; i++) {
		n_blocks += heap->pools[i].n_blocks;
		MUST(n_blocks <= HEAP_BLOCKS_MAX && heap->pools[i].n_areas <= HEAP_AREAS_MAX);
	}
	MUST(heap->n_tasks <= HEAP_TASKS_MAX);
	for (uint32_t i = 0; i < heap->n_tasks; i++) {
		struct task_report r;
		report_task(&heap->tasks[i], &r);
		MUST(r.most_used_percent >= -1 && r.most_used_percent <= 100);
	}
	if (n_blocks > 1 << 16)
		return; /* a few bytes of input are enough for that: go on fuzzing */
	for (uint32_t i = 0; i < heap->n_pools; i++)
		look_at_pool(&heap->pools[i], heap->problem == HEAP_WHOLE);
	standings_of_moment(heap, NULL, 0, &options, &standings);
	document_report(&d, &report, &options);
	print_text(&out, &d, &style);
	doc_deinit(&d);
	must_be_clean(&out);
	strbuf_reset(&out);
	json = (struct json){ .out = &out, .compact = true };
	json_dump(&json, &dump, &options);
	must_be_clean(&out);
	strbuf_deinit(&out);
}

static void look_at_text(const struct event_text *text)
{
	struct strbuf out = STRBUF_INIT;

	text_visible(&out, text->bytes, text->n_bytes, false);
	must_be_clean(&out);
	strbuf_deinit(&out);
}

/* The sanitizers see to it. */
static void must_be_readable(const void *bytes, size_t n_bytes)
{
	static volatile uint8_t last;

	for (size_t i = 0; i < n_bytes; i++)
		last = ((const uint8_t *)bytes)[i];
	(void)last;
}

static void look_at_notes(const struct decoder *decoder, const void *state)
{
	char notes[DECODER_NOTES_MAX][DECODER_NOTE_BYTES];
	size_t n = decoder->notes ? decoder->notes(state, notes) : 0;

	MUST(n <= DECODER_NOTES_MAX);
	for (size_t i = 0; i < n; i++)
		MUST(notes[i][0] && memchr(notes[i], '\0', sizeof(notes[i])));
}

static void look_at(const struct event *event)
{
	struct board_info board = { .known = false };

	MUST(event->line > 0);
	MUST(memchr(event->time, '\0', sizeof(event->time)));
	switch (event->kind) {
	case EVENT_SNAPSHOT:
		MUST(event->snapshot.n_lines > 0);
		look_at_heap(event);
		break;
	case EVENT_FAILED:
		MUST((event->failed.asked_bytes != NOT_KNOWN) >= (event->failed.failure == FAILURE_ASKED));
		look_at_text(&event->failed.text);
		MUST(memchr(event->failed.details.task, '\0', sizeof(event->failed.details.task)));
		break;
	case EVENT_QSTR_TEXT:
		look_at_text(&event->text);
		break;
	case EVENT_BANNER:
		board_from_banner(&event->text, &board);
		look_at_text(&event->text);
		break;
	case EVENT_POOL:
	case EVENT_SAMPLE:
		MUST(event->pool.name[0] && memchr(event->pool.name, '\0', sizeof(event->pool.name)));
		break;
	case EVENT_RESET:
	case EVENT_PROGRAM_ENDED:
	case EVENT_QSTR:
	case EVENT_GC:
	case EVENT_LAST_WORDS:
		MUST(memchr(event->last_words.pool, '\0', sizeof(event->last_words.pool)));
		MUST(memchr(event->last_words.details.task, '\0', sizeof(event->last_words.details.task)));
		break;
	case EVENT_LARGE:
		MUST(event->large.pool[0] && memchr(event->large.pool, '\0', sizeof(event->large.pool)));
		break;
	case EVENT_SITE:
		MUST(event->site.step_bytes > 0 && event->site.n_frames <= 15);
		for (uint32_t i = 0; i < event->site.n_frames; i++)
			must_be_readable(&event->site.frames[i], sizeof(event->site.frames[i]));
		break;
	case EVENT_SITE_NAME:
		look_at_text(&event->site_name.text);
		break;
	case EVENT_SITE_GONE:
	case EVENT_SITES:
	case EVENT_RECOVERED:
	case EVENT_AREA:
	case EVENT_LOST:
		break;
	case EVENT_MARK:
		look_at_text(&event->mark);
		break;
	case EVENT_HELLO:
		MUST(memchr(event->hello.firmware, '\0', sizeof(event->hello.firmware)));
		break;
	}
}

/* What ended the events: MORE, END or a negative errno. Each event costs input. */
static int drain(const struct decoder *decoder, void *state, size_t *n_left)
{
	struct diag diag = { .text = "" };
	struct event event;
	int answer;

	while ((answer = decoder->next_event(state, &event, &diag)) == DECODER_EVENT) {
		MUST((*n_left)-- > 0);
		look_at(&event);
	}
	MUST(answer < 0 ? diag.text[0] != '\0' : answer == DECODER_MORE || answer == DECODER_END);
	return answer;
}

/* No more than was fed, but for ends of lines in place of others. */
static void hear(void *ctx, const char *bytes, size_t n_bytes)
{
	size_t *n_left = ctx;

	MUST(n_bytes > 0 && n_bytes <= *n_left);
	MUST(!memchr(bytes, '\n', n_bytes) || n_bytes == 1);
	*n_left -= n_bytes;
}

void decode(const struct decoder *decoder, const uint8_t *data, size_t size)
{
	static const size_t strides[] = { 1, 2, 3, 5, 7, 13, 31, 64, 127, 256, 1000, 4096, 1 << 20 };
	size_t stride = size ? strides[data[0] % ARRAY_SIZE(strides)] : 1;
	size_t n_left = size + 2;
	void *state = calloc(1, decoder->state_bytes);
	size_t n_left_to_hear = size;
	const struct decoder_options requests = { .on_text = hear, .ctx = &n_left_to_hear };
	int answer = DECODER_MORE;

	MUST(state);
	if (size > 0 && data[0] % 2)
		decoder->set(state, &requests);
	for (size_t at = 1; at < size && answer == DECODER_MORE; at += stride) {
		size_t n = MIN(stride, size - at);
		uint8_t *copy = malloc(n); /* gone after the round: a read of it is found */
		MUST(copy);
		memcpy(copy, data + at, n);
		decoder->feed(state, copy, n, at);
		answer = drain(decoder, state, &n_left);
		free(copy);
	}
	if (answer >= 0) {
		MUST(answer == DECODER_MORE);
		decoder->finish(state);
		MUST(drain(decoder, state, &n_left) != DECODER_MORE);
		look_at_notes(decoder, state);
	}
	decoder->deinit(state);
	free(state);
}

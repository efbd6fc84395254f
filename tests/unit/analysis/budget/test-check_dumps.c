/* Logs of real boards: what is judged is what their firmware counted itself (NAME.truth.json). */
#include "check-fixture.h"

#include "memprof/base/json_read.h"
#include "memprof/protocol/decoder.h"
#include "sample.h"

enum {
	LAST_USED,
	LAST_FREE,
	LAST_LARGEST_FREE,
	LAST_FITS,
	MOST_USED,
	LEAST_FREE,
	LEAST_LARGEST_FREE,
	MOST_OBJECTS,
	MOST_DICTS,
	N_ROWS
};

/* What the truth says of the dumps that were found. */
static struct truth {
	uint64_t rows[N_ROWS];
	size_t n_dumps;
	bool last_has_table;
} truth;
static size_t n_logs, n_dumps, n_shared, n_not_there;

static uint64_t number(const struct json_value *of, const char *name)
{
	const struct json_value *member = json_value_member(of, name);
	uint64_t ret;

	assert_non_null(member);
	assert_int_equal(json_value_u64(member, &ret, NULL), 0);
	return ret;
}

static void add_truth(const struct json_value *snapshot, bool has_table)
{
	uint64_t block_bytes = number(snapshot, "bytes_per_block");
	uint64_t largest = 0, objects = 0, dicts = 0, n_free = 0;
	uint64_t used = number(snapshot, "used"), unused = number(snapshot, "free");
	const struct json_value *area = json_value_first(json_value_member(snapshot, "areas"));
	uint64_t *rows = truth.rows;

	for (; area; area = json_value_next(area)) {
		largest = MAX(largest, number(area, "max_free_run") * block_bytes);
		objects += number(area, "objects");
		dicts += number(json_value_member(area, "heads"), "D");
		n_free += number(area, "free");
	}
	if (truth.n_dumps++ == 0) {
		rows[LEAST_FREE] = rows[LEAST_LARGEST_FREE] = NOT_KNOWN;
		rows[MOST_USED] = rows[MOST_OBJECTS] = rows[MOST_DICTS] = 0;
	}
	rows[LAST_USED] = used;
	rows[LAST_FREE] = unused;
	rows[LAST_LARGEST_FREE] = largest;
	rows[LAST_FITS] = n_free;
	rows[MOST_USED] = MAX(rows[MOST_USED], used);
	rows[LEAST_FREE] = MIN(rows[LEAST_FREE], unused);
	rows[LEAST_LARGEST_FREE] = MIN(rows[LEAST_LARGEST_FREE], largest);
	rows[MOST_OBJECTS] = MAX(rows[MOST_OBJECTS], has_table ? objects : 0);
	rows[MOST_DICTS] = MAX(rows[MOST_DICTS], has_table ? dicts : 0);
	truth.last_has_table = has_table;
}

/* The snapshot in whose part of the text a line is. */
static const struct json_value *truth_of(const struct json_value *snapshots, const struct sample *log, uint64_t line)
{
	const struct json_value *s = json_value_first(snapshots);
	const uint8_t *at = log->bytes;

	for (uint64_t i = 1; i < line; i++)
		at = (const uint8_t *)memchr(at, '\n', log->n_bytes - (size_t)(at - log->bytes)) + 1;
	for (; s; s = json_value_next(s))
		if ((uint64_t)(at - log->bytes) < number(s, "text_ends_at"))
			return s;
	fail_msg("%s: nothing tells of line %llu", log->name, (unsigned long long)line);
	return NULL;
}

static void take(struct event *event, const struct json_value *snapshots, const struct sample *log)
{
	struct moment moment = { .kind = MOMENT_SAMPLE, .timeline_us = event->at_us };

	if (event->kind == EVENT_SNAPSHOT) {
		struct heap *heap = event->snapshot.heap;
		moment.kind = MOMENT_SNAPSHOT;
		moment.heap = heap;
		if (heap->problem == HEAP_WHOLE && snapshots)
			add_truth(truth_of(snapshots, log, event->line), heap->pools[0].n_blocks > 0);
	} else if (event->kind == EVENT_SAMPLE) {
		moment.state = pool_state_of_figures(&event->pool);
	} else {
		return;
	}
	assert_int_equal(check_moment(&check, CHECK_NOW, &moment), 0);
}

static void read_log(const struct sample *log, const struct json_value *snapshots)
{
	const struct decoder *decoder = decoder_for(log->bytes, MIN(log->n_bytes, (size_t)DECODER_PROBE_BYTES));
	struct event event;
	struct diag diag;

	assert_non_null(decoder);
	void *state = calloc(1, decoder->state_bytes);
	assert_non_null(state);
	decoder->feed(state, log->bytes, log->n_bytes, NOT_KNOWN);
	while (decoder->next_event(state, &event, &diag) == DECODER_EVENT)
		take(&event, snapshots, log);
	decoder->finish(state);
	while (decoder->next_event(state, &event, &diag) == DECODER_EVENT)
		take(&event, snapshots, log);
	decoder->deinit(state);
	free(state);
}

static void add_limits(uint64_t block_bytes)
{
	limit_heap("gc", WHEN_LAST, "max_used", WHOLE(0));
	limit_heap("gc", WHEN_LAST, "min_free", PERCENT(1));
	limit_heap("gc", WHEN_LAST, "min_largest_free", PERCENT(1));
	limit_fits("gc", WHEN_LAST, block_bytes, 1 << 30);
	limit_heap("gc", WHEN_EVERY, "max_used", WHOLE(0));
	limit_heap("gc", WHEN_EVERY, "min_free", WHOLE(UINT64_C(1) << 40));
	limit_heap("gc", WHEN_EVERY, "min_largest_free", WHOLE(UINT64_C(1) << 40));
	limit_heap("gc", WHEN_EVERY, "max_objects", WHOLE(0));
	limit_heap("gc", WHEN_EVERY, "max_objects", WHOLE(0))->kind = 'D';
}

static void compare(const struct sample *log)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		const struct check_row *row = &check.rows[i];
		if (i == LAST_FITS && !truth.last_has_table) {
			assert_false(row->value.known && row->value.amount != 0);
			continue;
		}
		if (!row->value.known || (uint64_t)row->value.amount != truth.rows[i])
			fail_msg("%s: %s is %lld, not %llu; %s", log->name, row->entry->pattern,
				 (long long)row->value.amount, (unsigned long long)truth.rows[i],
				 row->fault ? row->fault : "");
	}
}

static void check_log(const struct sample *log, const struct sample *told)
{
	struct json_document *document;
	struct diag diag;

	if (json_document_read((const char *)told->bytes, told->n_bytes, told->name, &document, &diag) < 0)
		fail_msg("%s: %s", told->name, diag.text);
	const struct json_value *snapshots = json_value_member(json_document_root(document), "snapshots");
	const struct json_value *first = json_value_first(snapshots);
	bool counted = json_value_member(first, "areas") != NULL; /* other firmware tells less */
	bool garbled = strstr(log->name, "interleaved"), cut = strstr(log->name, "truncated");

	truth = (struct truth){ .n_dumps = 0 };
	set_up();
	add_limits(counted ? number(first, "bytes_per_block") : 16);
	begin();
	read_log(log, counted && !garbled ? snapshots : NULL);
	offer_heaps();
	if (cut)
		for (size_t i = LAST_USED; i <= LAST_FITS; i++)
			assert_fault(i, "the last dump is cut");
	else if (truth.n_dumps > 0)
		compare(log);
	n_dumps += truth.n_dumps;
	n_logs++;
	tear_down();
	json_document_free(document);
}

static void visit(const struct sample *log)
{
	struct sample told, shared;
	char name[300];

	snprintf(name, sizeof(name), "%.*s.truth.json", (int)(strlen(log->name) - 4), log->name);
	sample_read(name, &told);
	check_log(log, &told);
	if (sample_read_shared(log->name, &shared)) {
		check_log(&shared, &told);
		sample_free(&shared);
		n_shared++;
	} else {
		n_not_there++;
	}
	sample_free(&told);
}

UNIT_TEST(real_dumps_agree_with_the_firmware)
{
	sample_each_dump(visit);
	print_message("# %zu logs, %zu dumps; %zu of them shared, %zu not there\n", n_logs, n_dumps, n_shared,
		      n_not_there);
	assert_true(n_dumps >= 200);
}

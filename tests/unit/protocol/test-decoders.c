#include "memprof/protocol/decoder.h"

#include "unit.h"

UNIT_TEST(the_table_is_whole)
{
	assert_non_null(decoders[0]);
	for (size_t i = 0; decoders[i]; i++) {
		const struct decoder *d = decoders[i];
		assert_true(strlen(d->name) > 0);
		assert_int_equal(strspn(d->name, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(d->name));
		assert_true(strlen(d->summary) > 0 && strlen(d->summary) <= 60);
		assert_true(d->state_bytes > 0);
		assert_true(d->hold_max_bytes > 0 && d->hold_max_bytes <= 1 << 20);
		assert_non_null(d->probe);
		assert_non_null(d->feed);
		assert_non_null(d->next_event);
		assert_non_null(d->finish);
		assert_non_null(d->deinit);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(d->name, decoders[k]->name);
	}
}

/* All-zero is the starting state, and one that may be given up at once. */
UNIT_TEST(every_decoder_bears_no_input)
{
	for (size_t i = 0; decoders[i]; i++) {
		const struct decoder *d = decoders[i];
		void *s = calloc(1, d->state_bytes);
		struct diag diag = { 0 };
		struct event event;

		assert_non_null(s);
		d->deinit(s);
		memset(s, 0, d->state_bytes);
		assert_int_equal(d->next_event(s, &event, &diag), DECODER_MORE);
		d->feed(s, (const uint8_t *)"", 0, NOT_KNOWN);
		assert_int_equal(d->next_event(s, &event, &diag), DECODER_MORE);
		d->finish(s);
		assert_int_equal(d->next_event(s, &event, &diag), DECODER_END);
		assert_int_equal(d->next_event(s, &event, &diag), DECODER_END);
		d->deinit(s);
		free(s);
	}
}

UNIT_TEST(probes_are_percentages)
{
	uint32_t random = 795;
	uint8_t head[DECODER_PROBE_BYTES];

	for (int round = 0; round < 200; round++) {
		size_t n = next_random(&random) % (sizeof(head) + 1);
		for (size_t i = 0; i < n; i++)
			head[i] = (uint8_t)next_random(&random);
		uint8_t *copy = exact_copy(head, n);
		for (size_t i = 0; decoders[i]; i++) {
			int sure = decoders[i]->probe(copy, n);
			assert_true(sure >= 0 && sure <= 100);
		}
		free(copy);
	}
}

static const struct decoder *known(const char *head) { return decoder_for((const uint8_t *)head, strlen(head)); }

UNIT_TEST(inputs_are_known_by_their_heads)
{
	assert_ptr_equal(known("GC: total: 64512, used: 576, free: 63936\n"), &decoder_mem_info);
	assert_ptr_equal(known(">>> import gc\n"), &decoder_mem_info);
	assert_ptr_equal(known("any text may have a dump further down\n"), &decoder_mem_info);
	assert_ptr_equal(known("memprof-stream/1 2026-11-20T07:09:41.123Z exec:x\n"), &decoder_stream);
	assert_ptr_equal(known("memprof-stream/1 2026-11-20T07:09:41.123Z exec:x\n"
			       "1 < 40\nGC: total: 64, used: 16, free: 48\n.....\n"),
			 &decoder_stream);
	assert_ptr_not_equal(known("memprof-stream/2 \n"), &decoder_stream);
	assert_null(decoder_for((const uint8_t *)"\0\0\0", 3));
	assert_ptr_equal(known("@@@ 45828774\nGC: total: 64, used: 16, free: 48\n@@@\n"), &decoder_mpm_log);
}

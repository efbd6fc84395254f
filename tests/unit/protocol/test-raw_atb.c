/* A block table that a debugger saved: what the user says of it, and its snapshot. */
#include "memprof/protocol/raw_atb.h"

#include <errno.h>
#include <stdlib.h>

#include "unit.h"

UNIT_TEST(the_address_is_hexadecimal_and_counts_are_not)
{
	static const struct raw_atb rows[] = { { 0x20003e80, 280, 16 }, { 0x20003e80, 256, 32 } };
	static const char *const texts[] = { "20003e80:280", "0X20003e80:0x100:32" };
	static const char *const wrong[] = {
		"",           "20003e80",          "20003e80:",          "20003e80:280:", "20003e80:280:24",
		":280",       "20003e80:280:16:1", "20003e80:0",         "20003e80:x",    "20003e80:280 ",
		"20003e80,1", "20003e80:8388609",  "ffffffffffffffff:1",
	};
	struct raw_atb atb;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_true(raw_atb_parse(texts[i], &atb));
		assert_u64_equal(atb.address, rows[i].address);
		assert_u64_equal(atb.n_blocks, rows[i].n_blocks);
		assert_u64_equal(atb.block_bytes, rows[i].block_bytes);
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		if (raw_atb_parse(wrong[i], &atb))
			fail_msg("'%s'", wrong[i]);
}

/* In pieces of n_step bytes. */
static int decode(const struct raw_atb *atb, const uint8_t *bytes, size_t n, size_t n_step, struct diag *diag)
{
	const struct decoder_options options = { .raw_atb = atb };
	void *state = calloc(1, decoder_raw_atb.state_bytes);
	struct event event;

	assert_non_null(state);
	decoder_raw_atb.set(state, &options);
	for (size_t i = 0; i < n; i += n_step) {
		decoder_raw_atb.feed(state, bytes + i, MIN(n_step, n - i), NOT_KNOWN);
		assert_int_equal(decoder_raw_atb.next_event(state, &event, diag), DECODER_MORE);
	}
	decoder_raw_atb.finish(state);
	int r = decoder_raw_atb.next_event(state, &event, diag);
	if (r == DECODER_EVENT) {
		assert_int_equal(event.kind, EVENT_SNAPSHOT);
		assert_u64_equal(event.snapshot.heap->pools[0].areas[0].base, atb->address);
		assert_u64_equal(event.snapshot.heap->pools[0].areas[0].n_blocks, atb->n_blocks);
		assert_int_equal(decoder_raw_atb.next_event(state, &event, diag), DECODER_MORE);
	}
	decoder_raw_atb.deinit(state);
	free(state);
	return r;
}

UNIT_TEST(one_snapshot_however_it_comes)
{
	static const uint8_t table[] = { 0x29, 0x00, 0xff,
					 0xff }; /* head, tail, tail, free; the rest is more than wanted */
	const struct raw_atb atb = { 0x20000000, 6, 16 };
	struct diag diag = { .text = "" };

	for (size_t n_step = 1; n_step <= sizeof(table); n_step++)
		assert_int_equal(decode(&atb, table, sizeof(table), n_step, &diag), DECODER_EVENT);
	assert_int_equal(decode(&atb, table, 1, 1, &diag), -EINVAL);
	assert_string_equal(diag.text, "6 blocks need 2 bytes, two bits a block; it has 1");
}

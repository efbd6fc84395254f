#include "entries.h"

#include "unit.h"

enum { N = 3000, N_ENTRIES = 40 };

static uint8_t snapshots[N_ENTRIES][N];

static int make(void **state)
{
	uint32_t random = 5;

	(void)state;
	for (size_t i = 0; i < N; i++)
		snapshots[0][i] = (uint8_t)(next_random(&random) % 4);
	for (size_t k = 1; k < N_ENTRIES; k++) {
		memcpy(snapshots[k], snapshots[k - 1], N);
		for (size_t i = 0; k % 5 && i < k * 3; i++) /* some are equal */
			snapshots[k][next_random(&random) % N] ^= 1;
	}
	return 0;
}

/* Snapshots first .. end - 1 with ids 10 apart, the first one whole where there is none before. */
static void join(struct strbuf *out, size_t first, size_t end)
{
	struct entries e = { 0 };

	for (size_t k = first; k < end; k++)
		entries_add(&e, k == first ? 0 : 10, k ? snapshots[k - 1] : NULL, snapshots[k], N);
	assert_true(entries_bytes(&e) > 0);
	entries_join(&e, out);
	entries_reset(&e);
	assert_int_equal(entries_bytes(&e), 0);
	entries_deinit(&e);
	entries_deinit(&e);
}

static size_t read(const struct strbuf *joined, struct strbuf *code, size_t k)
{
	struct entries_reader r = { .n = 0 };
	uint64_t id_step;
	size_t n = 0;

	assert_false(entries_next(&r, &id_step)); /* all-zero */
	assert_true(entries_read(&r, joined));
	while (entries_next(&r, &id_step)) {
		assert_u64_equal(id_step, n ? 10 : 0);
		assert_int_equal(r.is_key, k + n == 0);
		assert_true(entries_apply(&r, code));
		assert_int_equal(code->n_bytes, N);
		assert_memory_equal(code->text, snapshots[k + n], N);
		n++;
	}
	return n;
}

UNIT_GROUP(make, NULL)

/* Blobs of a chain, packed with what is before them. */
UNIT_TEST(a_chain)
{
	struct strbuf before_w = STRBUF_INIT, before_r = STRBUF_INIT, code = STRBUF_INIT;
	struct unpacker unpacker = { .context = NULL };
	size_t n_packed = 0, n_alone = 0;

	for (size_t k = 0; k < N_ENTRIES; k += 4) {
		struct strbuf joined = STRBUF_INIT, packed = STRBUF_INIT, alone = STRBUF_INIT, read_back = STRBUF_INIT,
			      none = STRBUF_INIT;
		join(&joined, k, k + 4);
		assert_int_equal(entries_pack(&packed, &joined, &before_w), 0);
		assert_int_equal(entries_pack(&alone, &joined, &none), 0);
		n_packed += packed.n_bytes;
		n_alone += alone.n_bytes;
		entries_follow(&before_w, &joined);
		assert_int_equal(
			entries_unpack(&unpacker, &read_back, packed.text, packed.n_bytes, joined.n_bytes, &before_r),
			0);
		assert_int_equal(read_back.n_bytes, joined.n_bytes);
		assert_memory_equal(read_back.text, joined.text, joined.n_bytes);
		entries_follow(&before_r, &read_back);
		assert_int_equal(read(&read_back, &code, k), 4);
		strbuf_deinit(&joined);
		strbuf_deinit(&packed);
		strbuf_deinit(&alone);
		strbuf_deinit(&read_back);
	}
	assert_true(n_packed < n_alone);
	unpacker_deinit(&unpacker);
	strbuf_deinit(&before_w);
	strbuf_deinit(&before_r);
	strbuf_deinit(&code);
}

/* What blobs refer to is bounded, in the same way on both sides. */
UNIT_TEST(what_is_before_is_bounded)
{
	struct strbuf before = STRBUF_INIT, joined = STRBUF_INIT;
	size_t most = 0;

	strbuf_repeat(&joined, "0123456789", 9000);
	for (int i = 0; i < 50; i++) {
		entries_follow(&before, &joined);
		most = MAX(most, before.n_bytes);
	}
	assert_in_range(most, 90000, 512 << 10);
	strbuf_deinit(&before);
	strbuf_deinit(&joined);
}

UNIT_TEST(packed_bytes_that_are_damaged)
{
	struct strbuf joined = STRBUF_INIT, packed = STRBUF_INIT, out = STRBUF_INIT, none = STRBUF_INIT;
	struct unpacker unpacker = { .context = NULL };

	join(&joined, 0, 3);
	assert_int_equal(entries_pack(&packed, &joined, &none), 0);
	for (size_t n = 0; n < packed.n_bytes; n++)
		assert_int_equal(entries_unpack(&unpacker, &out, packed.text, n, joined.n_bytes, &none), -EBADMSG);
	for (size_t i = 0; i < packed.n_bytes; i++) {
		packed.text[i] = (char)(packed.text[i] ^ 0x10);
		int r = entries_unpack(&unpacker, &out, packed.text, packed.n_bytes, joined.n_bytes, &none);
		assert_true(r == -EBADMSG || (r == 0 && memcmp(out.text, joined.text, joined.n_bytes) == 0));
		packed.text[i] = (char)(packed.text[i] ^ 0x10);
		strbuf_reset(&out);
	}
	assert_int_equal(entries_unpack(&unpacker, &out, packed.text, packed.n_bytes, joined.n_bytes - 1, &none),
			 -EBADMSG);
	assert_int_equal(entries_unpack(&unpacker, &out, packed.text, packed.n_bytes, joined.n_bytes + 1, &none),
			 -EBADMSG);
	assert_int_equal(entries_unpack(&unpacker, &out, NULL, 0, 0, &none), 0);
	unpacker_deinit(&unpacker);
	unpacker_deinit(&unpacker);
	strbuf_deinit(&joined);
	strbuf_deinit(&packed);
	strbuf_deinit(&out);
}

/* Reads all: it ends, and what is read is no longer than its bytes. */
static void read_any(const struct strbuf *joined)
{
	struct entries_reader r;
	struct strbuf code = STRBUF_INIT;
	uint64_t id_step;
	size_t n = 0;

	if (entries_read(&r, joined))
		while (entries_next(&r, &id_step) && id_step != NOT_KNOWN && entries_apply(&r, n % 2 ? &code : NULL))
			assert_true(n++ < joined->n_bytes);
	assert_true(code.n_bytes <= joined->n_bytes);
	strbuf_deinit(&code);
}

UNIT_TEST(entries_that_are_damaged)
{
	struct strbuf joined = STRBUF_INIT, other = STRBUF_INIT;
	uint32_t random = 9;

	join(&joined, 0, 5);
	for (size_t n = 0; n < joined.n_bytes; n++) {
		struct entries_reader r;
		strbuf_reset(&other);
		strbuf_add(&other, joined.text, n);
		assert_false(entries_read(&r, &other));
	}
	for (int i = 0; i < 20000; i++) {
		strbuf_reset(&other);
		strbuf_add(&other, joined.text, joined.n_bytes);
		for (uint32_t k = next_random(&random) % 3; k < 3; k++)
			other.text[next_random(&random) % (i % 2 ? 40 : joined.n_bytes)] = (char)next_random(&random);
		read_any(&other);
	}
	strbuf_deinit(&joined);
	strbuf_deinit(&other);
}

/* Sizes of four streams, then these: heads, how many stay, how many follow, their bytes. */
static void assert_entry(const char *bytes, size_t n, bool applies)
{
	struct strbuf joined = STRBUF_INIT, code = STRBUF_INIT;
	struct entries_reader r;
	uint64_t id_step;

	strbuf_add(&joined, bytes, n);
	strbuf_puts(&code, "abcd");
	assert_true(entries_read(&r, &joined));
	assert_true(entries_next(&r, &id_step));
	assert_int_equal(id_step != NOT_KNOWN && entries_apply(&r, &code), applies);
	strbuf_deinit(&joined);
	strbuf_deinit(&code);
}

UNIT_TEST(counts_that_cannot_be)
{
	assert_entry(
		"\x02\x01\x01\x02"
		"\x00\x01"
		"\x02"
		"\x02"
		"xy",
		10, true);
	assert_entry(
		"\x02\x01\x01\x02"
		"\x00\x01"
		"\x03"
		"\x02"
		"xy",
		10, false); /* beyond the end */
	assert_entry(
		"\x02\x01\x01\x02"
		"\x00\x01"
		"\x02"
		"\x03"
		"xy",
		10, false); /* more than there are */
	assert_entry(
		"\x02\x01\x01\x02"
		"\x00\x02"
		"\x02"
		"\x02"
		"xy",
		10, false); /* another run */
	assert_entry(
		"\x02\x00\x00\x02"
		"\x01\x03"
		"xy",
		8, false); /* a whole one of 3 bytes */
	assert_entry(
		"\x0b\x00\x00\x00"
		"\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
		15, false);
	assert_entry(
		"\x0b\x00\x00\x00"
		"\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",
		15, false); /* above 64 bits */
	assert_entry(
		"\x01\x00\x00\x00"
		"\x01",
		5, false); /* half of a head */
	assert_entry(
		"\x02\x0a\x01\x00"
		"\x00\x01"
		"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
		"\x00",
		17, false);
}

/* What the probe's answers are taken for. The session is a double. */
#include "memprof/live/memory_probe.h"

#include "unit.h"

enum { WORD = 4, COMMAND_BYTES = 4 * WORD + 1, MEMORY_BYTES = 60000 };
#define MEMORY_START UINT64_C(0x20000000)

static const struct probe_hello hello = { .word_bytes = WORD, .id_bytearray = 0x2003fff0 };
static struct memory_probe probe;

/* ---- the board ---- */

static struct {
	uint32_t typecode;
	bool loses_a_byte;
	unsigned n_ends;
} board;

static uint8_t byte_at(uint64_t address) { return (uint8_t)(address * 7 >> 3); }

static uint32_t word_of(const char *command)
{
	uint32_t ret = 0;

	for (unsigned i = 0; i < 2 * WORD; i++)
		ret = ret << 4 | (command[i] & 0xf);
	return ret;
}

enum session_outcome __wrap_session_filter_talk(struct session *s, const void *out, size_t n_out, void *in, size_t n_in,
						unsigned n_crs);
enum session_outcome __wrap_session_filter_talk(struct session *s, const void *out, size_t n_out, void *in, size_t n_in,
						unsigned n_crs)
{
	uint8_t *bytes = in;
	size_t n = 0;

	(void)s;
	(void)n_crs;
	for (const char *c = out; c < (const char *)out + n_out; c += COMMAND_BYTES) {
		const uint32_t address = word_of(c), n_bytes = word_of(c + 2 * WORD);
		const uint32_t header[] = { 0x8000, board.typecode, n_bytes, address };
		assert_true(n + n_bytes <= n_in);
		for (uint32_t i = 0; i < n_bytes; i++)
			bytes[n++] = address == hello.id_bytearray ? (uint8_t)(header[i / 4] >> i % 4 * 8) :
								     byte_at(address + i);
	}
	assert_int_equal(n, n_in);
	if (board.loses_a_byte)
		memmove(bytes, bytes + 1, n - 1);
	return SESSION_ANSWERED;
}

bool __wrap_session_talks(const struct session *s);
bool __wrap_session_talks(const struct session *s)
{
	(void)s;
	return board.n_ends == 0;
}

enum session_outcome __wrap_session_talk_drain(struct session *s);
enum session_outcome __wrap_session_talk_drain(struct session *s)
{
	(void)s;
	return SESSION_ANSWERED;
}

enum session_outcome __wrap_session_talk_end(struct session *s);
enum session_outcome __wrap_session_talk_end(struct session *s)
{
	(void)s;
	board.n_ends++;
	return SESSION_DONE;
}

static enum session_outcome enter(struct diag *diag)
{
	enum session_outcome ret = memory_probe_enter(&probe, NULL, &hello, 0, diag);

	assert_int_equal(reader_allow(&probe.reader, MEMORY_START, MEMORY_BYTES), 0);
	return ret;
}

UNIT_BEFORE(set_up)
{
	memset(&board, 0, sizeof(board));
	board.typecode = 1;
}

/* ---- what is tested ---- */

/* One read may take several exchanges, and one exchange may have several reads. */
UNIT_TEST(each_read_has_its_bytes)
{
	static uint8_t first[20000], second[100], third[30000];
	const struct memory_read reads[] = { { MEMORY_START, sizeof(first), first },
					     { MEMORY_START + 25000, sizeof(second), second },
					     { MEMORY_START + 30000, sizeof(third), third } };
	struct diag diag = { 0 };

	assert_int_equal(enter(&diag), SESSION_DONE);
	assert_int_equal(reader_read_batch(&probe.reader, reads, ARRAY_SIZE(reads)), 0);
	for (size_t k = 0; k < ARRAY_SIZE(reads); k++)
		for (size_t i = 0; i < reads[k].n_bytes; i++)
			assert_int_equal(reads[k].ret[i], byte_at(reads[k].address + i));
}

UNIT_TEST(a_byte_that_is_lost_is_noticed)
{
	uint8_t bytes[100];
	struct diag diag = { 0 };

	assert_int_equal(enter(&diag), SESSION_DONE);
	board.loses_a_byte = true;
	assert_int_equal(reader_read(&probe.reader, MEMORY_START, sizeof(bytes), bytes), -EIO);
	assert_int_equal(probe.outcome, SESSION_UNABLE);
	assert_int_equal(board.n_ends, 1);
}

UNIT_TEST(a_bytearray_of_another_form_is_not_believed)
{
	struct diag diag = { 0 };

	board.typecode = 2;
	assert_int_equal(enter(&diag), SESSION_UNABLE);
	assert_non_null(strstr(diag.text, "its bytearray is not as stock firmware has it"));
}

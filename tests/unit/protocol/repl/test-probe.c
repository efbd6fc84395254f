#include "memprof/protocol/probe.h"

#include <ctype.h>

#include "unit.h"

/* What QEMU's build said, and the unix port. */
static const char hello32[] =
	"4 187700 187716 176596 193536 171456 171392 171328 171264 171200 171136 171072 13344 126688"
	" 536 False 6 858";
static const char hello64[] =
	"8 94799032183616 94799032183648 94799031795872 140220334637792 94799031794368"
	" 94799031794336 94799031794304 94799031794272 94799031794240 94799031794208 94799031794176"
	" 9632 249440 1024 True 6 1234";

static int read_hello(const char *line, struct probe_hello *ret)
{
	struct diag diag = { 0 };
	int r = probe_read_hello(line, strlen(line), ret, &diag);

	assert_int_equal(r == -EINVAL, diag.text[0] != '\0');
	return r;
}

UNIT_TEST(its_first_line)
{
	struct probe_hello hello;

	assert_int_equal(read_hello(hello32, &hello), 0);
	assert_int_equal(hello.word_bytes, 4);
	assert_u64_equal(hello.id_modules, 187700);
	assert_u64_equal(hello.id_globals, 187716);
	assert_u64_equal(hello.id_type, 176596);
	assert_u64_equal(hello.id_bytearray, 193536);
	assert_u64_equal(hello.id_types[0], 171456);
	assert_u64_equal(hello.id_types[6], 171072);
	assert_u64_equal(hello.used_bytes, 13344);
	assert_u64_equal(hello.free_bytes, 126688);
	assert_u64_equal(hello.stack_used_bytes, 536);
	assert_false(hello.buffer);
	assert_u64_equal(hello.id_none, 6);
	assert_u64_equal(hello.id_len, 858);
	assert_int_equal(read_hello(hello64, &hello), 0);
	assert_int_equal(hello.word_bytes, 8);
	assert_true(hello.buffer);
	assert_int_equal(strlen(probe_type_letters), PROBE_TYPES);
}

/* Each value in turn becomes something else. */
static int with_value(const char *line, unsigned i_value, const char *value)
{
	char text[2 * PROBE_LINE_MAX_BYTES];
	const char *p = line;
	struct probe_hello hello;

	for (unsigned i = 0; i < i_value; i++)
		p = strchr(p, ' ') + 1;
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(p - line), line, value, p + strcspn(p, " "));
	return read_hello(text, &hello);
}

UNIT_TEST(lines_of_other_kinds)
{
	static const char *const others[] = { "", "4", "noise", "4 1 2 3",
					      "GC: total: 140032, used: 13344, free: 126688" };
	struct probe_hello hello = { .word_bytes = 77 };
	char text[2 * PROBE_LINE_MAX_BYTES];

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_int_equal(read_hello(others[i], &hello), -ENOENT);
	for (size_t n = 0; n < strlen(hello32) - 3; n++) { /* cut anywhere; the last value may be shorter */
		snprintf(text, sizeof(text), "%.*s", (int)n, hello32);
		assert_int_equal(read_hello(text, &hello), -ENOENT);
	}
	snprintf(text, sizeof(text), "%s ", hello32);
	assert_int_equal(read_hello(text, &hello), -ENOENT);
	snprintf(text, sizeof(text), " %s", hello32);
	assert_int_equal(read_hello(text, &hello), -ENOENT);
	snprintf(text, sizeof(text), "%s 1", hello32);
	assert_int_equal(read_hello(text, &hello), -ENOENT);
	for (unsigned i = 0; i < 18; i++) {
		assert_int_equal(with_value(hello32, i, "x"), -ENOENT);
		assert_int_equal(with_value(hello32, i, "-1"), i >= 1 && i <= 11 ? -EINVAL : -ENOENT);
		assert_int_equal(with_value(hello32, i, "99999999999999999999999"), -ENOENT);
		assert_int_equal(with_value(hello32, i, i == 15 ? "1" : "True"), -ENOENT);
		if (i != 15)
			assert_int_equal(with_value(hello32, i, "4294967296"), -EINVAL);
	}
	assert_int_equal(with_value(hello32, 0, "2"), -EINVAL);
	assert_int_equal(with_value(hello32, 12, "0"), -EINVAL);
	for (unsigned i = 1; i <= 11; i++) {
		assert_int_equal(with_value(hello32, i, "0"), -EINVAL);
		assert_int_equal(with_value(hello32, i, "187702"), -EINVAL); /* not aligned */
		assert_int_equal(with_value(hello64, i, "9223372036854775800"), -EINVAL);
		assert_int_equal(with_value(hello64, i, "-16"), -ENOENT);
		assert_int_equal(with_value(hello32, i, "-0"), -ENOENT);
		assert_int_equal(with_value(hello32, i, "-1073741828"), -ENOENT);
	}
	assert_int_equal(hello.word_bytes, 77);
}

/* A build for 32 bits whose code is at 0x56600000: id() is a small number there, of 31 bits. */
UNIT_TEST(addresses_that_are_negative)
{
	struct probe_hello hello;

	assert_int_equal(read_hello("4 -697542168 -697542152 -697563688 4153293744 -697553404 -697555860 -697557664"
				    " -697553680 -697553728 -697555488 -697556412 1776 3071888 1040 True 14 1718",
				    &hello),
			 0);
	assert_u64_equal(hello.id_modules, 0x566c59e8);
	assert_u64_equal(hello.id_globals, 0x566c59f8);
	assert_u64_equal(hello.id_type, 0x566c05d8);
	assert_u64_equal(hello.id_bytearray, 4153293744);
	assert_u64_equal(hello.free_bytes, 3071888);
}

UNIT_TEST(commands)
{
	struct probe_hello small = { .word_bytes = 4 }, large = { .word_bytes = 8 };
	char command[PROBE_COMMAND_MAX_BYTES];

	assert_int_equal(probe_read_command(&small, 0x2000c0de, 0x10ff, command), 17);
	assert_memory_equal(command, "B@@@L@MN@@@@A@OOP", 17);
	assert_int_equal(probe_read_command(&large, UINT64_C(0x5634784a1680), 1, command), 33);
	assert_memory_equal(command, "@@@@EFCDGHDJAFH@@@@@@@@@@@@@@@@AP", 33);
	assert_int_equal(probe_collect_command(&small, command), 17);
	assert_memory_equal(command, "@@@@@@@@@@@@@@@@P", 17);
	/* No byte of a command is a control key; what ends it never ends in 'P', wherever it begins. */
	for (size_t i = 0; i < sizeof(probe_end_command); i++)
		assert_int_equal(probe_end_command[i], '@');
	for (const char *p = probe_code; *p; p++)
		assert_true(*p == '\n' || isprint((unsigned char)*p));
	assert_int_equal(probe_code[strlen(probe_code) - 1], '\n');
}

/* ---- replies ---- */

static size_t cook(const char *bytes, size_t n, unsigned n_crs, char *ret)
{
	size_t n_ret = 0;

	for (size_t i = 0; i < n; i++) {
		for (unsigned k = 0; bytes[i] == '\n' && k < n_crs; k++)
			ret[n_ret++] = '\r';
		ret[n_ret++] = bytes[i];
	}
	return n_ret;
}

static void assert_uncooked(const char *bytes, size_t n, unsigned n_crs, size_t n_cut)
{
	struct probe_cooked state = { .n_crs = n_crs };
	char cooked[256], out[64];
	size_t n_cooked = cook(bytes, n, n_crs, cooked), n_out = 0;

	for (size_t i = 0; i < n_cooked && n_out < n;) {
		size_t n_new, n_in = MIN(n_cut, n_cooked - i);
		size_t n_taken = probe_uncook(&state, cooked + i, n_in, out + n_out, n - n_out, &n_new);
		assert_true(n_taken <= n_in && n_new <= n - n_out && n_taken + n_new > 0);
		i += n_taken;
		n_out += n_new;
	}
	assert_int_equal(n_out, n);
	assert_memory_equal(out, bytes, n);
	assert_int_equal(state.n_held, 0);
}

UNIT_TEST(replies)
{
	static const struct {
		const char *bytes;
		size_t n;
	} samples[] = {
		{ "\n.", 2 },
		{ "\r.", 2 },
		{ "\r\n.", 3 },
		{ "\n\r.", 3 },
		{ "\r\r\n\n\r\r\r\n\r.", 10 },
		{ "a\nb\rc", 5 },
		{ "\n\n\n\n.", 5 },
		{ "\r\r\r\r.", 5 },
		{ "\0\4\0\n\4\r\0", 7 },
	};
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++)
		for (unsigned n_crs = 0; n_crs <= PROBE_CRS_MAX; n_crs++)
			for (size_t n_cut = 1; n_cut <= 40; n_cut++)
				assert_uncooked(samples[i].bytes, samples[i].n, n_crs, n_cut);
}

UNIT_TEST(replies_of_all_kinds)
{
	static const char letters[] = "\r\n\rx";
	uint32_t random = 1;

	for (unsigned i = 0; i < 20000; i++) {
		char bytes[40];
		size_t n = 1 + next_random(&random) % sizeof(bytes);
		for (size_t k = 0; k < n; k++)
			bytes[k] = letters[next_random(&random) % 4];
		bytes[n - 1] = '.';
		assert_uncooked(bytes, n, i % (PROBE_CRS_MAX + 1), 1 + next_random(&random) % 9);
	}
}

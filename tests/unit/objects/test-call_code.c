/* The lines of functions as compilers from 1.19 to 1.28 print them (scripts/line-table-samples). */
#include "memprof/objects/call_stack.h"

#include "memprof/base/number.h"
#include "sample.h"
#include "unit.h"

enum { CODE_MAX = 1024, LINES_MAX = 1024, FUNCTIONS_LEAST = 200 };

struct truth {
	const char *version, *name;
	uint32_t n_state, n_arguments, n_prelude;
	uint8_t code[CODE_MAX];
	size_t n_code;
	struct {
		uint32_t i_code, line;
	} lines[LINES_MAX];
	size_t n_lines;
};

static struct truth truth;

static void read_hex(const char *text, struct truth *ret)
{
	for (ret->n_code = 0; text[0] && text[1]; text += 2) {
		char byte[] = { text[0], text[1], '\0' };
		assert_true(ret->n_code < CODE_MAX);
		ret->code[ret->n_code++] = (uint8_t)strtoul(byte, NULL, 16);
	}
}

/* The text up to this character, or to its end; NULL behind that. */
static char *next_part(char **text, char end)
{
	char *part = *text, *at = part ? strchr(part, end) : NULL;

	if (at)
		*at = '\0';
	*text = at ? at + 1 : NULL;
	return part;
}

static uint32_t number(const char *text)
{
	assert_non_null(text);
	return (uint32_t)strtoul(text, NULL, 10);
}

static void read_function(char *text, struct truth *ret)
{
	ret->version = next_part(&text, ' ');
	ret->name = next_part(&text, ' ');
	ret->n_state = number(next_part(&text, ' '));
	ret->n_arguments = number(next_part(&text, ' '));
	ret->n_prelude = number(next_part(&text, ' '));
	read_hex(next_part(&text, ' '), ret);
	for (ret->n_lines = 0; text; ret->n_lines++) {
		assert_true(ret->n_lines < LINES_MAX);
		ret->lines[ret->n_lines].i_code = number(next_part(&text, ':'));
		ret->lines[ret->n_lines].line = number(next_part(&text, ' '));
	}
}

/* Calls visit for each function. */
static size_t each(void (*visit)(const struct truth *))
{
	struct sample sample;
	size_t n = 0;

	sample_read("call-stacks/lines.txt", &sample);
	char *text = calloc(sample.n_bytes + 1, 1);
	memcpy(text, sample.bytes, sample.n_bytes);
	for (char *rest = text; rest && *rest; n++) {
		read_function(next_part(&rest, '\n'), &truth);
		visit(&truth);
	}
	free(text);
	sample_free(&sample);
	return n;
}

static void assert_lines(const struct truth *t)
{
	struct call_code code;

	if (!call_code_read(t->code, t->n_code, &code))
		fail_msg("%s %s: no bytecode", t->version, t->name);
	assert_int_equal(code.n_prelude, t->n_prelude);
	assert_int_equal(code.n_state, t->n_state);
	assert_int_equal(code.n_arguments, t->n_arguments);
	for (uint32_t i = 0; i < t->n_code - t->n_prelude; i++) {
		uint32_t line = 1;
		for (size_t k = 0; k < t->n_lines && t->lines[k].i_code <= i; k++)
			line = t->lines[k].line;
		if (call_code_line(&code, i) != line)
			fail_msg("%s %s: line %u at %u, not %u", t->version, t->name, call_code_line(&code, i), i,
				 line);
	}
}

UNIT_TEST(lines_are_those_of_the_compiler) { assert_true(each(assert_lines) >= FUNCTIONS_LEAST); }

/* Only all of the prelude is enough; what follows does not matter. */
static void assert_cut(const struct truth *t)
{
	struct call_code code, whole;

	assert_true(call_code_read(t->code, t->n_code, &whole));
	for (size_t n = 0; n < t->n_code; n++) {
		uint8_t *copy = exact_copy(t->code, n);
		assert_int_equal(call_code_read(copy, n, &code), n >= whole.n_prelude);
		free(copy);
	}
}

UNIT_TEST(cut_code_is_none) { each(assert_cut); }

UNIT_TEST(numbers_without_end)
{
	static const uint8_t ones[64] = { [0 ... 63] = 0xff };
	static const uint8_t sizes[] = { 0x00, 0xfe, 0xfe, 0xfe, 0x7e },
			     state_words[] = { 0xf8, 0xb0, 0xb0, 0xb0, 0xb0, 0xb0, 0xb0, 0x30, 0x00, 0 };
	struct call_code code;

	assert_false(call_code_read(ones, sizeof(ones), &code));
	assert_false(call_code_read(sizes, sizeof(sizes), &code));             /* 16 MB of names */
	assert_false(call_code_read(state_words, sizeof(state_words), &code)); /* 1 << 18 words */
	assert_false(call_code_read(ones, 0, &code));
}

/* The second byte of the last entry is missing. */
UNIT_TEST(a_cut_table)
{
	static const uint8_t prelude[] = { 0x00, 0x06, 0x01, 0x22, 0xf2 };
	struct call_code code;

	assert_true(call_code_read(prelude, sizeof(prelude), &code));
	assert_int_equal(call_code_line(&code, 0), 1);
	assert_int_equal(call_code_line(&code, 2), 2);
	assert_int_equal(call_code_line(&code, UINT32_MAX), 2);
}

/* Numbers and expressions: what ld 2.40 makes of them (tests/checks/ldscript-truth asks it). */

#include "ldscripts.h"

static const struct row {
	const char *expression;
	const char *value; /* "-": not known */
} rows[] = {
	/* numbers */
	{ "12", "12" },
	{ "0x1F", "31" },
	{ "0X1f", "31" },
	{ "0100", "0x40" },
	{ "0", "0" },
	{ "64K", "0x10000" },
	{ "64k", "0x10000" },
	{ "3M", "0x300000" },
	{ "3m", "0x300000" },
	{ "0x10K", "0x4000" },
	{ "010K", "0x2000" },
	{ "10h", "0x10" },
	{ "0ffH", "0xff" },
	{ "10x", "0x10" },
	{ "17o", "15" },
	{ "10b", "2" },
	{ "12d", "12" },
	{ "FFh", "0xff" },
	{ "$ff", "0xff" },
	{ "$10K", "0x4000" },
	{ "0xffffffffffffffff", "0xffffffffffffffff" },
	{ "08", "0" },
	{ "1G", "0x40000000" },
	/* a name of hexadecimal digits that ends in a base is a number to ld */
	{ "add", "0" },
	{ "\"add\"", "9" },
	/* precedence is C's */
	{ "2 + 3 * 4", "14" },
	{ "(2 + 3) * 4", "20" },
	{ "10 & 6 == 6", "0" },
	{ "1 | 2 ^ 3 & 4", "3" },
	{ "1 << 2 + 3", "32" },
	{ "1 < 2 == 1", "1" },
	{ "0 && 0 || 1", "1" },
	{ "7 - 2 - 1", "4" },
	{ "64 / 4 / 2", "8" },
	{ "1 ? 2 : 0 ? 3 : 4", "2" },
	{ "0 ? 2 : 0 ? 3 : 4", "4" },
	{ "1 ? 0 ? 5 : 6 : 7", "6" },
	/* 64 bits; / and % have a sign, comparisons and >> have none */
	{ "-5 / 2", "0xfffffffffffffffe" },
	{ "-5 % 3", "0xfffffffffffffffe" },
	{ "-1 < 0", "0" },
	{ "-1 > 0", "1" },
	{ "-8 >> 1", "0x7ffffffffffffffc" },
	{ "MAX(-1, 3)", "0xffffffffffffffff" },
	{ "MIN(-1, 3)", "3" },
	{ "0x8000000000000000 / -1", "0x8000000000000000" },
	{ "0x8000000000000000 % -1", "0" },
	{ "0xffffffff + 1", "0x100000000" },
	{ "1 << 63", "0x8000000000000000" },
	/* one operand */
	{ "- - 5", "5" },
	{ "-~!0", "2" },
	{ "!5", "0" },
	{ "+5", "5" },
	{ "~0", "0xffffffffffffffff" },
	/* comparisons and logic */
	{ "3 == 3", "1" },
	{ "3 != 3", "0" },
	{ "3 <= 3", "1" },
	{ "3 >= 4", "0" },
	{ "2 || 0", "1" },
	{ "2 && 3", "1" },
	{ "6 ^ 3 | 8", "13" },
	/* functions */
	{ "ALIGN(5, 4)", "8" },
	{ "ALIGN(7, 6)", "12" },
	{ "ALIGN(5, 0)", "5" },
	{ "ALIGN(~0, 6)", "0" },
	{ "LOG2CEIL(0)", "0" },
	{ "LOG2CEIL(1)", "0" },
	{ "LOG2CEIL(5)", "3" },
	{ "LOG2CEIL(~0)", "64" },
	{ "ABSOLUTE(5)", "5" },
	{ "SEGMENT_START(\"text\", 0x400)", "0x400" },
	{ "ASSERT(5, \"no\")", "5" },
	{ "ORIGIN(RAM)", "0x20000000" },
	{ "LENGTH(RAM)", "0x1000" },
	{ "ORIGIN(ALIAS) + LENGTH(ALIAS)", "0x20001000" },
	{ "ORIGIN(A-B)", "0x10" },
	{ "ORIGIN(\"A-B\")", "0x10" },
	{ "ALIGN(16)", "0" },
	{ ".", "0" },
	{ "DEFINED(five)", "1" },
	{ "DEFINED(nowhere)", "0" },
	/* names: some are words of MEMORY; in an expression - and / are no part of them */
	{ "five-1", "4" },
	{ "five/1", "5" },
	{ "l + o + org", "6" },
	{ "\"odd name\"", "7" },
	{ "_a.b$", "8" },
	/* between them */
	{ "1/* one */+/**/2", "3" },
	{ "1\n+\n2", "3" },
	/* the link tells */
	{ "SIZEOF(.data)", "-" },
	{ "ADDR(.data)", "-" },
	{ "LOADADDR(.data)", "-" },
	{ "ALIGNOF(.data)", "-" },
	{ "SIZEOF_HEADERS", "-" },
	{ "CONSTANT(MAXPAGESIZE)", "-" },
	{ "CONSTANT (COMMONPAGESIZE)", "-" },
	{ "DATA_SEGMENT_ALIGN(4K, 4K)", "-" },
	{ "nowhere", "-" },
	{ "nowhere * 0", "-" },
	{ "LENGTH(NONE)", "-" },
	{ "nowhere ? 1 : 2", "-" },
	{ "1 << 64", "-" },
	{ "1 >> five * 100", "-" },
	/* … but not all of it decides */
	{ "1 ? 2 : nowhere", "2" },
	{ "1 || nowhere", "1" },
	{ "0 && nowhere", "0" },
	{ "1 ? 2 : 1 / 0", "2" },
	{ "0 && 1 / 0", "0" },
};

UNIT_TEST(expressions_are_worth)
{
	static const char head[] =
		"MEMORY { RAM : ORIGIN = 0x20000000, LENGTH = 4K  A-B : ORIGIN = 0x10, LENGTH = 1 }\n"
		"REGION_ALIAS(\"ALIAS\", RAM) five = 5; l = 1; o = 2; org = 3; \"odd name\" = 7; _a.b$ = 8;"
		"\"add\" = 9;\n";

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(strbuf_deinit) struct strbuf script = STRBUF_INIT, expected = STRBUF_INIT;
		strbuf_printf(&script, "%sx = %s;", head, rows[i].expression);
		strbuf_printf(&expected, "x=%s", rows[i].value);
		check_script(strbuf_text(&script), strbuf_text(&expected));
	}
}

UNIT_TEST(errors_have_their_place)
{
	static const struct {
		const char *script;
		uint32_t line, col;
		const char *part;
	} refused[] = {
		{ "x = ;", 1, 5, "expected a number, a name or '(', found ';'" },
		{ "x = 1 +\n  );", 2, 3, "found ')'" },
		{ "x = (1;", 1, 7, "expected ')' after the expression, found ';'" },
		{ "x = 99999999999999999999;", 1, 5, "does not fit into 64 bits" },
		{ "x = 0x10000000000000000;", 1, 5, "does not fit into 64 bits" },
		{ "x = 18014398509481984K;", 1, 5, "does not fit into 64 bits" },
		{ "x = 5Q;", 1, 5, "expected a number such as 0x2000 or 192K, found '5Q'" },
		{ "x = 1 ? 2;", 1, 10, "expected ':' after the value for true" },
		{ "x = MAX(1);", 1, 10, "expected ',' after the first value" },
		{ "x = ORIGIN();", 1, 12, "expected the name of a region after ORIGIN(" },
		{ "x = LENGTH(A;", 1, 13, "expected ')'" },
		{ "x = SIZEOF(.a;", 1, 11, "nothing closes this '('" },
		{ "x = SIZEOF .a;", 1, 12, "expected '(' after SIZEOF" },
		{ "x = \"a\n;", 1, 5, "does not end in its line" },
		{ "x = /* 1;", 1, 5, "comment has no end" },
		{ "a = 1;\nx = 1 /\n 0;", 2, 7, "divides by 0" },
		{ "x = 1 % (3 - 3);", 1, 7, "divides by 0" },
		{ "x = 4; x /= 0;", 1, 13, "divides by 0" },
		{ "x = 1 / y; y = 0;", 1, 7, "divides by 0" },
		{ "x = y;\n y = 1 / 0;", 2, 8, "divides by 0" },
		{ "ASSERT(1 %\n 0, \"t\")", 1, 10, "divides by 0" },
		{ "MEMORY { R : ORIGIN = 0, LENGTH = 1 / 0 }", 1, 37, "divides by 0" },
		{ "SECTIONS { . = 4 / 0; }", 1, 18, "divides by 0" },
		{ "SECTIONS { . = 4 % z; x = .; } z = 0;", 1, 18, "divides by 0" },
		{ "x = ${FLASH_SIZE} - 1;", 1, 5, "puts a value for ${FLASH_SIZE} here" },
		{ "x = @FLASH@ - 1;", 1, 5, "puts a value for @FLASH@ here" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		check_refused(refused[i].script, NULL, -EINVAL, refused[i].line, refused[i].col, refused[i].part);
}

/* Nesting has a bound, length has none but the text's. */
UNIT_TEST(depth_is_bounded)
{
	static const struct {
		const char *opening, *closing;
		bool taken;
		size_t n;
	} rows_of_depth[] = {
		{ "(", ")", true, LDSCRIPT_NESTING_MAX - 1 },
		{ "(", ")", false, LDSCRIPT_NESTING_MAX },
		{ "(", ")", false, 10000 },
		{ "-", "", false, 10000 },
		{ "1 ? 2 : ", "", false, 10000 },
		{ "MAX(1,", ")", false, 10000 },
		{ "1 ? ", " : 0", false, 10000 },
		{ "1 + ", "", true, 100000 },
		{ "1 * 2 + ", "", true, 100000 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows_of_depth); i++) {
		CLEANUP(strbuf_deinit) struct strbuf s = STRBUF_INIT;
		strbuf_puts(&s, "x = ");
		strbuf_repeat(&s, rows_of_depth[i].opening, rows_of_depth[i].n);
		strbuf_puts(&s, "1");
		strbuf_repeat(&s, rows_of_depth[i].closing, rows_of_depth[i].n);
		strbuf_puts(&s, ";");
		struct ldscript_text text = { "t.ld", strbuf_text(&s), s.n_bytes };
		struct diag diag = { .text = "" };
		struct ldscript script;
		int r = ldscript_read(&script, &text, 1, NULL, &diag);
		assert_int_equal(r, rows_of_depth[i].taken ? 0 : -EINVAL);
		if (r < 0)
			assert_non_null(strstr(diag.text, "nested more than 200 deep"));
		ldscript_deinit(&script);
	}
}

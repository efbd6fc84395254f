/* Numbers and expressions: what ld 2.40 makes of them (tests/checks/ldscript-truth asks it). */

#include "ldscripts.h"

#define HEAD                                                                                   \
	"MEMORY { RAM : ORIGIN = 0x20000000, LENGTH = 4K  A-B : ORIGIN = 0x10, LENGTH = 1 }\n" \
	"REGION_ALIAS(\"ALIAS\", RAM) five = 5; l = 1; o = 2; org = 3; \"odd name\" = 7; _a.b$ = 8; \"add\" = 9;\n"

static void step(char *line, struct strbuf *ret)
{
	CLEANUP(strbuf_deinit) struct strbuf script = STRBUF_INIT;
	struct ldscript s;

	if (strncmp(line, "ld ", 3) == 0) {
		answer_script(line + 3, NULL, ret);
		return;
	}
	unescape(line);
	strbuf_printf(&script, HEAD "x = %s;", line);
	read_script(strbuf_text(&script), NULL, &s);
	put_value(ret, "", &ldscript_symbol(&s, "x")->value);
	ldscript_deinit(&s);
}

UNIT_STEPS("image/ldscript/expr.cases", step)

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

/* Values of symbols: order, passes, and values that stay unknown. */
#include "ldscripts.h"

static void step_ld(char *script, struct strbuf *ret) { answer_script(script, NULL, ret); }

static void step_why(char *script, struct strbuf *ret)
{
	uint64_t untouched = 77;
	struct ldscript s;

	read_script(script, NULL, &s);
	assert_false(ldscript_value(&s, "x", &untouched));
	assert_u64_equal(untouched, 77);
	strbuf_puts(ret, ldscript_symbol(&s, "x")->value.why);
	ldscript_deinit(&s);
}

static void step(char *line, struct strbuf *ret)
{
	case_run((const struct case_verb[]){ { "ld", step_ld }, { "why", step_why }, { 0 } }, line, ret);
}

UNIT_STEPS("image/ldscript/solve.cases", step)

/* As many steps as there are passes: a chain against the order needs one for each link. */
UNIT_TEST(chains_up_to_the_passes_are_followed)
{
	CLEANUP(strbuf_deinit) struct strbuf text = STRBUF_INIT;
	struct ldscript s;

	for (unsigned i = 0; i < LDSCRIPT_PASSES_MAX - 2; i++)
		strbuf_printf(&text, "s%u = s%u + 1;\n", i, i + 1);
	strbuf_printf(&text, "s%u = 0;\n", LDSCRIPT_PASSES_MAX - 2);
	read_script(strbuf_text(&text), NULL, &s);
	assert_comes_to(&s, "chain", "s0=62 s61=1");
	assert_int_equal(s.n_notes, 0);
	ldscript_deinit(&s);
}

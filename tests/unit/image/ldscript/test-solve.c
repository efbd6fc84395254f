/* Values of symbols: order, passes, and values that stay unknown. */
#include "ldscripts.h"

UNIT_TEST(order_matters_as_in_ld)
{
	static const struct {
		const char *script, *expected;
	} rows[] = {
		/* used above its assignment */
		{ "a = b; b = c; c = 7;", "a=7 b=7 c=7" },
		{ "e = f + 1; f = ORIGIN(R); MEMORY { R : ORIGIN = 0x8000, LENGTH = 1 }", "e=0x8001" },
		/* the last one counts; what stands between sees the one above */
		{ "x = 1; y = x; x = 2;", "x=2 y=1" },
		{ "x = 3; x += 4; x <<= 2;", "x=0x1c" },
		{ "x = 9; x -= 4; x *= 6; x /= 4; x |= 8; x &= 0xd; x ^= 1; x >>= 1;", "x=0x6" },
		{ "x += 4;", "x=-" },
		/* DEFINED: assigned above, in this pass */
		{ "a = DEFINED(b); b = 1; c = DEFINED(b);", "a=0 c=1" },
		{ "x = DEFINED(x) ? x : 5;", "x=5" },
		{ "x = 2; x = DEFINED(x) ? x : 5;", "x=2" },
		{ "x = DEFINED(x) ? x : 5; x = DEFINED(x) ? x + 1 : 9;", "x=6" },
		/* PROVIDE: the first, and only if nothing else assigns it */
		{ "PROVIDE(p = 1); PROVIDE(p = 2); q = p;", "p=1 q=1" },
		{ "PROVIDE(p = 1); p = 2;", "p=2" },
		{ "p = 2; PROVIDE(p = 1); q = p;", "p=2 q=2" },
		{ "q = p; PROVIDE_HIDDEN(p = 3); HIDDEN(h = p + 1);", "q=3 h=4" },
		{ "PROVIDE ( name = 0x4000ce14 );", "name=0x4000ce14" },
		/* the location counter, until the first output section */
		{ "t = .; SECTIONS { a = .; . = 0x200; b = .; . = ALIGN(0x1000) + 4; c = .; n = NEXT(0x300); }",
		  "t=0 a=0 b=0x200 c=0x1004 n=0x1200" },
		{ "SECTIONS { . = 0x800; .d : { *(.d) } x = .; . = 0x900; y = .; } z = .;", "x=- y=0x900 z=0x900" },
		/* in an output section a number counts from its beginning, an address does not */
		{ "MEMORY { R : ORIGIN = 0x8000, LENGTH = 4K } s = 5; SECTIONS { .d : { a = 5; b = ORIGIN(R); c = LENGTH(R);"
		  " d = ORIGIN(R) + LENGTH(R); e = s; f = ABSOLUTE(s + 4); g = ORIGIN(R) * 2; h = b - 1; i = 1 ? b : 0;"
		  " j = ABSOLUTE(ORIGIN(R) * 2); k = -ORIGIN(R); PROVIDE(p = ORIGIN(R) - s); } l = b; m = a; }",
		  "a=- b=0x8000 c=- d=0x9000 e=- f=9 g=- h=0x7fff i=0x8000 j=- k=- p=0x7ffb l=0x8000 m=-" },
		{ "SECTIONS { .d : { a = ABSOLUTE(4); } b = a; c = a + 1; .e : { d = a; e = b; } }",
		  "a=4 b=4 c=5 d=4 e=-" },
		{ "SECTIONS { .d : { _s = .; . += 4; _e = .; . = ALIGN(8); } }", "_s=- _e=-" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_script(rows[i].script, rows[i].expected);
}

UNIT_TEST(unknown_values_have_a_reason)
{
	static const struct {
		const char *script, *why;
	} rows[] = {
		{ "x = _ebss + 1;", "_ebss needs the link, or --defsym _ebss=VALUE" },
		{ "SECTIONS { .bss : { _ebss = .; } } y = _ebss; x = y;", "the value of '.' needs the link" },
		{ "x = 4 + SIZEOF( .data );", "SIZEOF( .data ) needs the link" },
		{ "x = LOADADDR(.data);", "LOADADDR(.data) needs the link" },
		{ "x = SIZEOF_HEADERS;", "SIZEOF_HEADERS needs the link" },
		{ "x = LENGTH(NONE);", "there is no region NONE" },
		{ "x = LENGTH(R); MEMORY { R : o = 0, l = _codesize }",
		  "_codesize needs the link, or --defsym _codesize=VALUE" },
		{ "x = LENGTH(R); MEMORY { R : o = 0, l = LENGTH(S) S : o = 0, l = 1 }",
		  "region S has no value yet at that place" },
		{ "x = LENGTH(R); MEMORY { R : o = 8, l = 4 - 8 }", "it would be -4" },
		{ "SECTIONS { .d : { x = 5; } }", "it is relative to an output section, whose address needs the link" },
		{ "x = 1 << 70;", "it is shifted by 70 bits" },
		{ "x = x + 1;", "x depends on itself" },
		{ "x = LENGTH(R); MEMORY { R : o = 0, l = x + 1 }", "x depends on itself" },
		{ "MEMORY { R : o = a, l = 1 } a = ORIGIN(R) + 1; x = ORIGIN(R);", "x depends on itself" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ldscript s;
		uint64_t untouched = 77;
		read_script(rows[i].script, NULL, &s);
		assert_false(ldscript_value(&s, "x", &untouched));
		assert_u64_equal(untouched, 77);
		assert_string_equal(ldscript_symbol(&s, "x")->value.why, rows[i].why);
		ldscript_deinit(&s);
	}
}

UNIT_TEST(circles_are_named)
{
	static const struct {
		const char *script, *part, *expected;
	} rows[] = {
		{ "x = x + 1;", "cyclic assignment: x; symbols without a value after 64 passes: 1", "x=-" },
		{ "a = b; b = a;", "cyclic assignment: a, b; symbols without a value after 64 passes: 2", "a=- b=-" },
		{ "z = a; a = b + 1; b = c + 1; c = a; ok = 4;",
		  "cyclic assignment: a, b, c; symbols without a value after 64 passes: 4", "z=- a=- b=- c=- ok=4" },
		{ "a = LENGTH(R); MEMORY { R : o = 0, l = a + 1 }", "cyclic assignment: a", "a=-" },
		{ "a = b; b = c; c = d; d = e; e = f; f = a;",
		  "a, b, c, d, e …; symbols without a value after 64 passes: 6", "a=-" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ldscript s;
		read_script(rows[i].script, NULL, &s);
		assert_comes_to(&s, rows[i].script, rows[i].expected);
		assert_int_equal(s.n_notes, 1);
		assert_int_equal(s.notes[0].kind, LDSCRIPT_NOTE_DEFECT);
		if (!strstr(s.notes[0].text, rows[i].part))
			fail_msg("'%s' is not in: %s", rows[i].part, s.notes[0].text);
		ldscript_deinit(&s);
	}
}

UNIT_TEST(asserts_are_findings)
{
	static const char script[] =
		"have = 16K; want = 128K;\nASSERT(have >= 8K, \"fine\")\n"
		"ASSERT(have >= want, \"not enough RAM left for heap\");\nASSERT(_ebss < 9, \"open\")\n"
		"SECTIONS { ASSERT(1, \"fine\") .d : { ASSERT(ORIGIN(R) == 1, \"no R\"); } }";
	struct ldscript s;

	read_script(script, NULL, &s);
	assert_int_equal(s.n_notes, 1);
	assert_int_equal(s.notes[0].kind, LDSCRIPT_NOTE_ASSERT);
	assert_string_equal(s.notes[0].text, "not enough RAM left for heap");
	assert_int_equal(s.notes[0].at.line, 3);
	assert_int_equal(s.n_asserts, 5);
	assert_int_equal(s.n_asserts_open, 2);
	ldscript_deinit(&s);
}

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

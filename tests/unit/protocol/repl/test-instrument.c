#include "memprof/protocol/instrument.h"
#include "unit.h"

static void assert_follows(const char *text, const char *expected, size_t n_calls)
{
	CLEANUP(strbuf_deinit) struct strbuf out = STRBUF_INIT;

	assert_int_equal(instrument_script(&out, text, strlen(text), "C()", "M()"), n_calls);
	assert_string_equal(strbuf_text(&out), expected);
}

UNIT_TEST(simple_statements_at_top_level)
{
	assert_follows("x = 1\ny = 2\n", "C();x = 1\nC();y = 2\n", 2);
	assert_follows("x = 1", "C();x = 1\n", 1);
	assert_follows("", "", 0);
}

UNIT_TEST(the_first_of_a_loop_body_at_any_depth)
{
	assert_follows(
		"def f():\n    for i in x:\n        if i:\n            g(i)\n            h(i)\n    while 1:\n\ty()\n",
		"def f():\n    for i in x:\n        if i:\n            C();g(i)\n            h(i)\n"
		"    while 1:\n\tC();y()\n",
		2);
	assert_follows("async def f():\n  async for i in x:\n    g()\n",
		       "async def f():\n  async for i in x:\n    C();g()\n", 1);
	assert_follows("while True: work(); more()\n", "while True:C(); work(); more()\n", 1);
	assert_follows("for i in (1,\n          2):\n    g()\n", "for i in (1,\n          2):\n    C();g()\n", 1);
}

UNIT_TEST(nothing_before_compound_statements)
{
	static const char text[] =
		"if a:\n    pass\nelif b:\n    pass\nelse:\n    pass\ntry:\n    f()\nexcept E:\n"
		"    pass\nfinally:\n    pass\nwith a:\n    pass\n@d\nclass C:\n    x = 1\ndef f(): pass\n";

	assert_follows(text, text, 0);
	assert_follows("forty = 1\niffy()\nwhile_1 = 2\n", "C();forty = 1\nC();iffy()\nC();while_1 = 2\n", 3);
	assert_follows("from __future__ import x\n", "from __future__ import x\n", 0);
}

UNIT_TEST(strings_and_continued_lines_are_left_alone)
{
	assert_follows("s = '''\nfor i in x:\nprint(1)\n'''\nx = 1\n",
		       "C();s = '''\nfor i in x:\nprint(1)\n'''\nC();x = 1\n", 2);
	assert_follows("x = (1,\n2,\n3)\ny\n", "C();x = (1,\n2,\n3)\nC();y\n", 2);
	assert_follows("x = 1 + \\\n2\ny\n", "C();x = 1 + \\\n2\nC();y\n", 2);
	assert_follows("x = 'a\\\nb'\ny\n", "C();x = 'a\\\nb'\nC();y\n", 2);
	assert_follows("x = \"it's\" # for i in '''\ny\n", "C();x = \"it's\" # for i in '''\nC();y\n", 2);
	assert_follows("d = {'a': [1, 2]}\nfor k in d: print(d[k:1])\n",
		       "C();d = {'a': [1, 2]}\nfor k in d:C(); print(d[k:1])\n", 2);
	assert_follows("# for\n\n   # x\n", "# for\n\n   # x\n", 0);
}

UNIT_TEST(marks)
{
	assert_follows("def f():\n    print('memprof: boot')\n    print('memprof')\nprint(\"memprof: x\")\n",
		       "def f():\n    M();print('memprof: boot')\n    print('memprof')\nM();print(\"memprof: x\")\n",
		       2);
}

UNIT_TEST(lines_stay_where_they_are)
{
	assert_follows("a\r\nb\rc\n", "C();a\nC();b\nC();c\n", 3);
	assert_follows("\xef\xbb\xbfx\n", "C();x\n", 1);
	assert_follows("x = 'unfinished\ny\n", "C();x = 'unfinished\nC();y\n", 2);
	assert_follows(")]}\nx\n", "C();)]}\nC();x\n", 2);
}

UNIT_TEST(without_a_call_it_is_a_copy)
{
	CLEANUP(strbuf_deinit) struct strbuf out = STRBUF_INIT;

	const char *text = "x = 1\nprint('memprof: a')";
	assert_int_equal(instrument_script(&out, text, strlen(text), NULL, NULL), 0);
	assert_string_equal(strbuf_text(&out), "x = 1\nprint('memprof: a')\n");
}

static void assert_begins(const char *text, const char *expected, size_t n_calls)
{
	CLEANUP(strbuf_deinit) struct strbuf out = STRBUF_INIT;

	assert_int_equal(instrument_begin(&out, text, strlen(text), "C()"), n_calls);
	assert_string_equal(strbuf_text(&out), expected);
}

UNIT_TEST(a_call_before_a_program_begins)
{
	assert_begins("x = 1\ny = 2\n", "C();x = 1\ny = 2\n", 1);
	assert_begins("def f():\n    x()\nclass A:\n    y = 1\n@d\nasync def g():\n    z()\nf()\n",
		      "def f():\n    x()\nclass A:\n    y = 1\n@d\nasync def g():\n    z()\nC();f()\n", 1);
	assert_begins("from __future__ import a\nx\n", "from __future__ import a\nC();x\n", 1);
}

UNIT_TEST(a_program_that_is_a_block)
{
	assert_begins("while True:\n    f()\n    g()\n", "while True:\n    C();f()\n    g()\n", 1);
	assert_begins("if a:\n    f()\nelse:\n    g()\nh()\n", "if a:\n    C();f()\nelse:\n    C();g()\nC();h()\n", 3);
	assert_begins("def f():\n    while 1:\n        x()\n", "def f():\n    while 1:\n        x()\n", 0);
	assert_begins("", "", 0);
}

UNIT_TEST(a_program_that_is_a_block_in_one_line)
{
	assert_begins("for i in x: f(i)\n", "for i in x:C(); f(i)\n", 1);
	assert_begins("if a: b = {1: 2}\nelse: c()\nd()\n", "if a:C(); b = {1: 2}\nelse:C(); c()\nC();d()\n", 3);
	assert_begins("for i in (1,\n  2): f(i)\n", "for i in (1,\n  2):C(); f(i)\n", 1);
	assert_begins("while 1:\n  for i in x[1:2]: f(i)\n  g()\n", "while 1:\n  for i in x[1:2]:C(); f(i)\n  g()\n",
		      1);
	assert_begins("while 1: # comment\n  f()\n", "while 1: # comment\n  C();f()\n", 1);
	assert_begins("if n := len(x):\n  f()\n", "if n := len(x):\n  C();f()\n", 1);
	assert_begins("while n := f(): g(n)\n", "while n := f():C(); g(n)\n", 1);
	assert_begins("x = 1\nfor i in x: f(i)\n", "C();x = 1\nfor i in x: f(i)\n", 1);
	assert_begins("def f(): return 1\nclass A: b = 1\n", "def f(): return 1\nclass A: b = 1\n", 0);
}

UNIT_TEST(no_call_in_a_function_of_a_block)
{
	assert_begins("try:\n    import a\nexcept E:\n    def f():\n        if x: y()\n        z()\n    g()\n",
		      "try:\n    C();import a\nexcept E:\n    def f():\n        if x: y()\n        z()\n    C();g()\n",
		      2);
}

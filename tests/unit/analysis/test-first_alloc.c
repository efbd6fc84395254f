#include "memprof/analysis/first_alloc.h"

#include "memprof/base/number.h"
#include "unit.h"

#define HEAD    "Traceback (most recent call last):\r\n"
#define LOCKED  "MemoryError: memory allocation failed, heap is locked\r\n"
#define INNER   "  File \"<stdin>\", line 14, in read\r\n"
#define OUTER   "  File \"/lib/net.py\", line 22, in loop\r\n"
#define WRAPPER "  File \"<stdin>\", line 50, in __memprof_w\r\n"

static struct first_alloc a;

UNIT_BEFORE(set_up) { first_alloc_init(&a, "src/main.py", "Motor.loop"); }

UNIT_AFTER(tear_down)
{
	first_alloc_deinit(&a);
	first_alloc_deinit(&a);
}

static void assert_chain(const char *traceback, const char *expected)
{
	struct strbuf chain CLEANUP(strbuf_deinit) = STRBUF_INIT;

	assert_int_equal(first_alloc_found(&a, traceback, strlen(traceback), "__memprof_"), 0);
	first_alloc_chain(&chain, &a);
	assert_string_equal(strbuf_text(&chain), expected);
	assert_null(first_alloc_doubt(&a));
}

UNIT_TEST(the_function_is_there)
{
	assert_chain(HEAD OUTER INNER LOCKED, "main.py:14 read <- /lib/net.py:22 loop");
	assert_false(a.has_gap);
	assert_u64_equal(a.n_inside, 2);
	assert_string_equal(a.exception, "MemoryError: memory allocation failed, heap is locked");
	assert_false(a.is_exception);
}

UNIT_TEST(calls_between_are_not_known)
{
	assert_chain(HEAD "  File \"<stdin>\", line 30, in g\n" INNER LOCKED,
		     "main.py:14 read <- main.py:30 g <- ... <- loop");
	assert_true(a.has_gap);
	assert_u64_equal(a.n_inside, 3);
}

/* Decorated or assigned, it has another name; but the wrapper's own line came before it. */
UNIT_TEST(the_wrapper_is_there)
{
	assert_chain(HEAD WRAPPER INNER LOCKED, "main.py:14 read");
	assert_false(a.has_gap);
}

UNIT_TEST(no_line)
{
	assert_chain(HEAD WRAPPER LOCKED, "loop");
	assert_false(a.has_gap);
	assert_u64_equal(a.lines[0].line, 0);
}

UNIT_TEST(an_exception_that_was_caught)
{
	assert_chain(HEAD OUTER "KeyError: z\r\n", "/lib/net.py:22 loop");
	assert_true(a.is_exception);
	assert_string_equal(a.exception, "KeyError: z");
}

UNIT_TEST(callers)
{
	static const char end[] = HEAD
		"  File \"<stdin>\", line 60, in <module>\r\n  File \"<stdin>\", line 52\r\n" WRAPPER
		"  File \"<stdin>\", line 36, in __memprof_x\r\nKeyboardInterrupt: \r\n";
	struct strbuf chain CLEANUP(strbuf_deinit) = STRBUF_INIT;

	assert_chain(HEAD OUTER LOCKED, "/lib/net.py:22 loop");
	assert_int_equal(first_alloc_called_by(&a, end, strlen(end), "__memprof_"), 0);
	first_alloc_chain(&chain, &a);
	assert_string_equal(strbuf_text(&chain), "/lib/net.py:22 loop <- main.py:52 ? <- main.py:60 <module>");
	assert_u64_equal(a.n_inside, 1);
}

UNIT_TEST(of_deep_calls_the_innermost)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	assert_chain(HEAD OUTER LOCKED, "/lib/net.py:22 loop");
	for (unsigned i = 0; i < 100; i++)
		strbuf_printf(&text, "  File \"m.py\", line %u, in f\n", i + 1);
	assert_int_equal(first_alloc_called_by(&a, strbuf_text(&text), text.n_bytes, "__memprof_"), 0);
	assert_u64_equal(a.n_lines, 1 + FIRST_ALLOC_LINES_MAX);
	assert_u64_equal(a.lines[1].line, 100);
}

UNIT_TEST(what_is_no_line)
{
	assert_chain(
		"File \"x\", line 1\n  File \"x, line 1\n  File \"x\", line y\n  File \"x\", line 99999999999999999999, "
		"in f\n",
		"loop");
	assert_chain("", "loop <- loop"); /* once more */
}

UNIT_TEST(doubts)
{
	assert_string_equal(first_alloc_doubt(&a),
			    "its calls are not known, as the board did not answer after the program");
	a.n_calls = a.n_raised = 0;
	assert_string_equal(first_alloc_doubt(&a), "the program never called it");
	a.n_calls = a.n_raised = 2;
	assert_string_equal(first_alloc_doubt(&a), "an exception ended each of its calls");
	a.n_calls = 3;
	assert_null(first_alloc_doubt(&a));
	diag_set(&a.fault, 0, "no place");
	assert_string_equal(first_alloc_doubt(&a), "no place");
}

#include "memprof/protocol/first_alloc_hook.h"
#include "unit.h"

static struct first_alloc_target target;

static void assert_wrapped(const char *function, const char *text, const char *expected)
{
	CLEANUP(strbuf_deinit) struct strbuf out = STRBUF_INIT;
	struct diag diag = { .text = "" };

	if (first_alloc_script(&out, text, strlen(text), "main.py", function, &target, &diag) < 0)
		fail_msg("%u: %s", (unsigned)diag.at.line, diag.text);
	assert_string_equal(strbuf_text(&out), expected);
	assert_string_equal(target.name, function);
}

static void assert_refused(const char *function, const char *text, uint64_t line, const char *why)
{
	CLEANUP(strbuf_deinit) struct strbuf out = STRBUF_INIT;
	struct diag diag = { .text = "" };

	assert_int_equal(first_alloc_script(&out, text, strlen(text), "main.py", function, &target, &diag), -EINVAL);
	assert_u64_equal(diag.at.line, line);
	assert_non_null(strstr(diag.text, why));
}

/* ---- places ---- */

UNIT_TEST(a_decorator_on_a_free_line)
{
	assert_wrapped("f", "x = 1\n\ndef f():\n    g()\nf()\n", "x = 1\n@__memprof_a\ndef f():\n    g()\nf()\n");
	assert_wrapped("f", "# it\n# is\ndef f(): g()\n", "# it\n@__memprof_a\ndef f(): g()\n");
	assert_wrapped("f", "\n@a\n@b(1,\n\n 2)\ndef f(): g()\n", "@__memprof_a\n@a\n@b(1,\n\n 2)\ndef f(): g()\n");
	assert_wrapped("f", "@a\n\ndef f(): g()\n", "@a\n@__memprof_a\ndef f(): g()\n");
	assert_wrapped("C.m", "class C:\n  # m\n\tx = 1\n\n\tdef m(self): g()\n",
		       "class C:\n  # m\n\tx = 1\n\t@__memprof_a\n\tdef m(self): g()\n");
}

UNIT_TEST(a_call_after_the_body)
{
	assert_wrapped("f", "def f():\n    g()\n\n    h()\n    # end\nwhile 1:\n    f()\n",
		       "def f():\n    g()\n\n    h()\nf=__memprof_a(f)\nwhile 1:\n    f()\n");
	assert_wrapped("C.m", "class C:\n  def m(self):\n    s = '''\n\n'''\n  x = 1\n",
		       "class C:\n  def m(self):\n    s = '''\n\n'''\n  m=__memprof_a(m);x = 1\n");
	assert_wrapped("f", "def f(): g()\nf()\n", "def f(): g()\nf=__memprof_a(f);f()\n");
	assert_wrapped("f", "def f():\n  g()", "def f():\n  g()\nf=__memprof_a(f)\n");
	assert_wrapped("f", "def f():\r\n  g()\r\n", "def f():\n  g()\nf=__memprof_a(f)\n");
	assert_wrapped("A.B.m", "class A:\n class B:\n  def m(self): g()\n",
		       "class A:\n class B:\n  def m(self): g()\n  m=__memprof_a(m)\n");
}

/* Another def does nothing with it, unless it names it. */
UNIT_TEST(a_def_beside_it)
{
	assert_wrapped("f", "def f(): g()\ndef h(x=1):\n  return 2\nh()\n",
		       "def f(): g()\ndef h(x=1):\n  return 2\nf=__memprof_a(f);h()\n");
	assert_refused("f", "def f(): g()\ndef h(x=f):\n  return 2\nh()\n", 1, "cannot instrument");
	assert_refused("f", "def f(): g()\ndef h(\n  x=f):\n  return 2\nh()\n", 1, "cannot instrument");
	assert_refused("f", "def f(): g()\n@f\ndef h(x):\n  return 2\nh()\n", 1, "cannot instrument");
}

UNIT_TEST(no_place)
{
	assert_refused("f", "x = 1\ndef f():\n  g()\nwhile 1:\n  f()\n", 2,
		       "cannot instrument f(): add an empty line before or after it");
	assert_refused("f", "if x:\n  def f(): g()\nelse:\n  pass\n", 2, "cannot instrument");
	assert_refused("f", "if x:\n  def f(): g()\nf()\n", 2, "cannot instrument");
}

UNIT_TEST(each_of_its_definitions)
{
	assert_wrapped("f", "if x:\n\n  def f(a): g()\n\nelse:\n  def f(a): h()\n",
		       "if x:\n  @__memprof_a\n  def f(a): g()\n\nelse:\n  def f(a): h()\n  f=__memprof_a(f)\n");
	assert_wrapped("f", "def f(): g()\n\ndef f(): h()\nx\n",
		       "def f(): g()\nf=__memprof_a(f)\ndef f(): h()\nf=__memprof_a(f);x\n");
	assert_refused("f", "def f(a): g()\n\ndef f(b): h()\n", 3, "with other parameters");
	assert_refused("f", "def f(a): g()\n\ndef f(a=1): h()\n", 3, "with other parameters");
}

/* Only what has that name as a whole. */
UNIT_TEST(which_function)
{
	static const char text[] =
		"def g():\n\n  def f(): pass\n\nclass C:\n\n  def f(self): pass\n\n  class D:\n\n"
		"    def f(self): pass\n\ndef ff(): pass\ns = '''\n\ndef f(): pass\n'''\n";

	assert_refused("f", text, 0, "it has no function f()");
	assert_wrapped(
		"C.D.f", text,
		"def g():\n\n  def f(): pass\n\nclass C:\n\n  def f(self): pass\n\n  class D:\n    @__memprof_a\n"
		"    def f(self): pass\n\ndef ff(): pass\ns = '''\n\ndef f(): pass\n'''\n");
	assert_refused("C", text, 0, "it has no function C()");
	for (size_t i = 0; i < 6; i++) {
		static const char *const names[] = { "", ".", "a.", "a..b", "1a", "a b" };
		assert_refused(names[i], text, 0, "is no function");
	}
}

UNIT_TEST(a_function_of_a_module)
{
	assert_wrapped("net.send", "from net import send\nsend()\n", "__memprof_a(1);from net import send\nsend()\n");
	assert_false(target.in_program);
	assert_int_equal(target.n_parameters, FIRST_ALLOC_PARAMETERS_MAX);
	assert_int_equal(target.n_required, 0);
	assert_refused("net.send", "def f(): pass\n", 0, "nor a statement");
}

/* ---- parameters ---- */

static void assert_parameters(const char *def, unsigned n, unsigned n_required, const char *last)
{
	CLEANUP(strbuf_deinit) struct strbuf out = STRBUF_INIT;
	struct diag diag = { .text = "" };

	if (first_alloc_script(&out, def, strlen(def), "main.py", "f", &target, &diag) < 0)
		fail_msg("%s", diag.text);
	assert_true(target.in_program);
	assert_int_equal(target.n_parameters, n);
	assert_int_equal(target.n_required, n_required);
	if (n > 0)
		assert_string_equal(target.parameters[n - 1], last);
}

UNIT_TEST(parameters)
{
	assert_parameters("def f(): pass", 0, 0, "");
	assert_parameters("def  f ( a , b = 2 , ) : pass", 2, 1, "b");
	assert_parameters("def f(a: ptr8, n: int = 3) -> int: pass", 2, 1, "n");
	assert_parameters("def f(a=(1, 2), b={'x': ')'}, c=[1,2]): pass", 3, 0, "c");
	assert_parameters("def f(a, # the first, of two\n      b='''a,\n)'''): pass", 2, 1, "b");
	assert_parameters("def f(a=lambda x, y: 1, b=lambda: 2, lambdas=3): pass", 3, 0, "lambdas");
	assert_parameters("def f(a,\\\n b): pass", 2, 2, "b");
	assert_parameters("def f(a, b, c, d, e, f, g, h): pass", 8, 8, "h");
}

UNIT_TEST(what_cannot_be_wrapped)
{
	assert_refused("f", "\ndef f(a, *b): pass\n", 2, "takes *args");
	assert_refused("f", "\ndef f(**b): pass\n", 2, "**kwargs");
	assert_refused("f", "\ndef f(a, *, b=1): pass\n", 2, "after '*'");
	assert_refused("f", "\n\nasync def f(): pass\n", 3, "async function");
	assert_refused("f", "def f(a, b, c, d, e, f, g, h, i): pass\n", 1, "more than 8");
	assert_refused("f", "def f(__memprof_c): pass\n", 1, "a name of memprof's");
	assert_refused("f", "def f(a", 1, "do not end");
	assert_refused("f", "def f", 1, "cannot be read");
	assert_refused("f", "def f(1+1): pass", 1, "cannot be read") /* not a name */;
	assert_wrapped("f", "async for x in y: pass\nasync with f: pass\ndef f(): pass\n",
		       "async for x in y: pass\nasync with f: pass\ndef f(): pass\nf=__memprof_a(f)\n");
}

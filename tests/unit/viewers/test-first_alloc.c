/* Views of a first allocation, against tests/data/views/first-alloc-*: MEMPROF_BLESS=1 writes them anew. */
#include "memprof/viewers/first_alloc_view.h"

#include "golden.h"
#include "unit.h"

#define HEAD  "Traceback (most recent call last):\n"
#define LINE  "  File \"<stdin>\", line 14, in read\n"
#define LOCK  "MemoryError: memory allocation failed, heap is locked\n"
#define ENDED HEAD "  File \"<stdin>\", line 30, in <module>\nKeyboardInterrupt: \n"

static struct first_alloc a;

UNIT_BEFORE(set_up) { first_alloc_init(&a, "src/main.py", "loop"); }

UNIT_AFTER(tear_down) { first_alloc_deinit(&a); }

static void find(const char *traceback)
{
	a.i_call = 1234;
	a.n_calls = 1234;
	a.n_raised = 0;
	assert_int_equal(first_alloc_found(&a, traceback, strlen(traceback), "__memprof_"), 0);
	assert_int_equal(first_alloc_called_by(&a, ENDED, strlen(ENDED), "__memprof_"), 0);
}

static void assert_views(const char *name)
{
	static const struct text_style style = { .columns = 80 };
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT, json CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct document d CLEANUP(doc_deinit);
	char path[80];
	struct json j;

	document_first_alloc(&d, &a);
	print_text(&text, &d, &style);
	snprintf(path, sizeof(path), "data/views/first-alloc-%s.txt", name);
	golden_assert(path, &text);
	j = (struct json){ .out = &json };
	json_first_alloc(&j, &a);
	snprintf(path, sizeof(path), "data/views/first-alloc-%s.json", name);
	golden_assert(path, &json);
}

UNIT_TEST(with_its_calls)
{
	find(HEAD "  File \"<stdin>\", line 22, in loop\n" LINE LOCK);
	assert_views("found");
}

UNIT_TEST(with_a_gap)
{
	find(HEAD "  File \"<stdin>\", line 18, in g\n" LINE LOCK);
	assert_views("gap");
}

UNIT_TEST(without_a_line)
{
	find(HEAD "  File \"<stdin>\", line 50, in __memprof_w\n" LOCK);
	assert_views("no-line");
}

UNIT_TEST(hostile_names)
{
	find(HEAD "  File \"</script>\x1b[31m.py\", line 22, in loop\nKeyError: \x1b[2J\n");
	assert_views("hostile");
}

UNIT_TEST(none)
{
	a.n_calls = 1234;
	a.n_raised = 1;
	a.is_stopped = true;
	assert_views("none");
}

UNIT_TEST(not_known)
{
	struct strbuf json CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct json j;

	a.n_calls = a.n_raised = 0;
	j = (struct json){ .out = &json };
	json_first_alloc(&j, &a);
	golden_assert("data/views/first-alloc-unknown.json", &json);
}

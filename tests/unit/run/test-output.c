/* What a program prints, with the hook's frames in it, in any cut. */

#include "memprof/base/number.h"
#include "memprof/protocol/import_hook.h"
#include "private.h"
#include "unit.h"

#define STATISTICS                                                        \
	"stack: 1 out of 2\r\nGC: total: 1600, used: 160, free: 1440\r\n" \
	" No. of 1-blocks: 1, 2-blocks: 1, max blk sz: 2, max free sz: 80\r\n"
#define BEGINS "\x1eimport[0, 0, 320, 4, 'app', None, 0, 0, 160]\r\n" STATISTICS "\x1f"
#define ENDS   "\x1eimport[1, 0, 480, 10, 'app', 'app.py', 4, 0, 240]\r\n" STATISTICS "\x1f"

static unsigned n_events;

static void on_event(void *of, struct event *event, const char *label)
{
	(void)of;
	(void)label;
	n_events += event->kind == EVENT_SNAPSHOT;
}

struct fixture {
	struct program_options options;
	struct program_result result;
	struct program p;
	void *import_state;
	struct strbuf shown;
};

static void show(void *of, const char *text) { strbuf_puts(of, text); }

static void set_up(struct fixture *f)
{
	*f = (struct fixture){ .options.output = { show, &f->shown } };
	f->import_state = calloc(1, hook_imports.state_bytes);
	assert_non_null(f->import_state);
	f->p = (struct program){
		.options = &f->options,
		.handler = { .on_event = on_event },
		.result = &f->result,
		.rows = { { .hook = &hook_imports, .state = f->import_state, .is_on = true },
			  { .hook = &hook_sampler, .is_on = true } },
		.n_rows = 2,
		.block_bytes = 16,
		.frames = calloc(1, decoder_mem_info.state_bytes),
		.statistics = calloc(1, decoder_mem_info.state_bytes),
	};
	f->result.info.lowest_lfb_bytes = f->result.info.peak_used_bytes = NOT_KNOWN;
	assert_true(f->p.frames && f->p.statistics);
	n_events = 0;
}

static void tear_down(struct fixture *f)
{
	program_output_ends(&f->p);
	imports_end(&f->result.imports);
	decoder_mem_info.deinit(f->p.frames);
	decoder_mem_info.deinit(f->p.statistics);
	free(f->import_state);
	free(f->p.frames);
	free(f->p.statistics);
	strbuf_deinit(&f->p.frame);
	strbuf_deinit(&f->p.line);
	strbuf_deinit(&f->p.unshown);
}

static void feed(struct fixture *f, const char *text, size_t n)
{
	char *copy = exact_copy(text, n);

	program_output(&f->p, copy, n);
	free(copy);
}

static void assert_as_expected(struct fixture *f)
{
	const struct imports *imports = &f->result.imports;

	assert_string_equal(strbuf_text(&f->shown), "one\ntwothree\n");
	strbuf_deinit(&f->shown);
	assert_int_equal(imports->n_rows, 1);
	assert_string_equal(imports->rows[0].name, "app");
	assert_string_equal(imports->rows[0].file, "app.py");
	assert_int_equal(imports->rows[0].kept_bytes, 80);
	assert_u64_equal(imports->rows[0].peak_bytes, 480 + 10 * 16 - 160);
	assert_false(imports->rows[0].peak_is_least);
	assert_u64_equal(imports->rows[0].after_lfb_bytes, 80 * 16);
	assert_u64_equal(f->result.info.peak_used_bytes, 480);
	assert_u64_equal(f->result.info.lowest_lfb_bytes, 80 * 16);
	assert_int_equal(n_events, 1);
	imports_deinit(&f->result.imports);
}

/* One frame of the sampler among those of the hook. */
static const char output[] = "one\r\ntwo" BEGINS "\x1e" STATISTICS "\x1f" ENDS "three\r\n";

UNIT_TEST(whole)
{
	struct fixture f;

	set_up(&f);
	feed(&f, output, sizeof(output) - 1);
	tear_down(&f);
	assert_as_expected(&f);
}

UNIT_TEST(byte_by_byte)
{
	struct fixture f;

	set_up(&f);
	for (size_t i = 0; i < sizeof(output) - 1; i++)
		feed(&f, output + i, 1);
	tear_down(&f);
	assert_as_expected(&f);
}

UNIT_TEST(in_two_parts)
{
	for (size_t at = 0; at < sizeof(output) - 1; at++) {
		struct fixture f;
		set_up(&f);
		feed(&f, output, at);
		feed(&f, output + at, sizeof(output) - 1 - at);
		tear_down(&f);
		assert_as_expected(&f);
	}
}

/* What was said before stays, and nothing of a frame that has no end is taken for one. */
UNIT_TEST(cut_anywhere)
{
	for (size_t n = 0; n < sizeof(output) - 1; n++) {
		struct fixture f;
		set_up(&f);
		feed(&f, output, n);
		tear_down(&f);
		const struct imports *imports = &f.result.imports;
		assert_memory_equal(strbuf_text(&f.shown), "one\ntwo", n < 8 ? (n > 3 ? n - 1 : n) : 7);
		strbuf_deinit(&f.shown);
		assert_true(imports->n_rows <= 1);
		assert_true(imports->n_rows == 0 || imports->rows[0].cut == (imports->rows[0].file == NULL));
		imports_deinit(&f.result.imports);
	}
}

/* Control characters of the program's own come out as what they are. */
UNIT_TEST(what_looks_like_frames)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
		{ "\x1eimport[\x1f", "\\x1eimport[\\x1f" },
		{ "\x1eimport[0, 0, 1, 1, b'x', None, 0, 0, 1]\n\x1f",
		  "\\x1eimport[0, 0, 1, 1, b'x', None, 0, 0, 1]\n\\x1f" },
		{ "\x1eimporter\x1f", "\\x1eimporter\\x1f" },
		{ "\x1e\x1f", "\\x1e\\x1f" },
		{ "\x1e", "\\x1e" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture f;
		set_up(&f);
		feed(&f, cases[i].text, strlen(cases[i].text));
		tear_down(&f);
		assert_int_equal(f.result.imports.n_rows, 0);
		assert_string_equal(strbuf_text(&f.shown), cases[i].shown);
		strbuf_deinit(&f.shown);
	}
}

UNIT_TEST(what_may_be_a_frame)
{
	static const struct {
		const struct run_hook *hook;
		const char *begin;
	} frames[] = { { &hook_imports, "import[" },
		       { &hook_unittest, "test[" },
		       { &hook_first_alloc, "first-alloc " },
		       { &hook_sampler, "GC: total: " } };

	for (size_t i = 0; i < ARRAY_SIZE(frames); i++) {
		const struct run_hook *hook = frames[i].hook;
		struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
		strbuf_puts(&text, frames[i].begin);
		for (size_t n = 0; n <= text.n_bytes; n++)
			assert_true(hook_may_have_frame(hook, frames[i].begin, n));
		strbuf_repeat(&text, " ", (unsigned)hook->frame_max_bytes);
		assert_true(hook_may_have_frame(hook, strbuf_text(&text), hook->frame_max_bytes));
		assert_false(hook_may_have_frame(hook, strbuf_text(&text), hook->frame_max_bytes + 1));
		assert_false(hook_may_have_frame(hook, "x", 1));
		assert_false(hook_may_have_frame(hook, " test[", 6));
		assert_false(hook_may_have_frame(hook, "importx", 7));
	}
	assert_false(hook_may_have_frame(&hook_agent, "", 0));
}

UNIT_TEST(a_heap_that_grew)
{
	static const char grown[] =
		"\x1eimport[1, 0, 480, 10, 'app', 'app.py', 4, 0, 240]\r\n"
		"stack: 1 out of 2\r\nGC: total: 3200, used: 240, free: 2960\r\n"
		" No. of 1-blocks: 1, 2-blocks: 1, max blk sz: 2, max free sz: 80\r\n\x1f";
	struct fixture f;

	set_up(&f);
	feed(&f, BEGINS, sizeof(BEGINS) - 1);
	feed(&f, grown, sizeof(grown) - 1);
	tear_down(&f);
	strbuf_deinit(&f.shown);
	assert_int_equal(f.result.imports.n_rows, 1);
	assert_true(f.result.imports.rows[0].peak_is_least);
	imports_deinit(&f.result.imports);
}

UNIT_TEST(our_lines_are_not_in_tracebacks)
{
	static const char traceback[] =
		"Traceback (most recent call last):\r\n  File \"<stdin>\", line 1, in <module>\r\n"
		"  File \"<stdin>\", line 77, in " IMPORTS_HOOK_NAME
		"\r\n  File \"a.py\", line 2, in <module>\r\nValueError: no\r\n";
	struct fixture f;

	set_up(&f);
	program_traceback(&f.p, traceback, sizeof(traceback) - 1);
	tear_down(&f);
	assert_string_equal(strbuf_text(&f.shown),
			    "Traceback (most recent call last):\n  File \"<stdin>\", line 1, in <module>\n"
			    "  File \"a.py\", line 2, in <module>\nValueError: no\n");
	strbuf_deinit(&f.shown);
}

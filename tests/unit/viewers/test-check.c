/* What is said of a check, in all its forms: words that are right, lines that fit, lists that end where
 * they must, and nothing that a name could do to any of them. MEMPROF_BLESS=1 writes
 * tests/data/views/check-*.* anew. */
#include "check-made.h"
#include "document/check_row.h"
#include "golden.h"
#include "memprof/base/text.h"
#include "unit.h"

static struct made m;
static struct strbuf out;

UNIT_AFTER(tear_down)
{
	made_end(&m);
	strbuf_deinit(&out);
}

static const char *const formats[] = { "text", "all", "color", "json", "markdown", "junit", "github", "limits" };

static const struct made_check *made_named(const char *name)
{
	size_t i = 0;

	while (strcmp(made_checks[i].name, name) != 0)
		i++;
	return &made_checks[i];
}

static void draw(const char *name, const char *format)
{
	made_begin(&m, made_named(name));
	strbuf_reset(&out);
	assert_true(made_draw(&out, &m.view, format));
	assert_int_equal(strbuf_error(&out), 0);
	made_end(&m);
}

/* A sentence of a row, as JSON has it. */
static void say(const struct check_row *row,
		void (*put)(struct document *d, struct doc_block *ret, const struct check_row *row))
{
	static const struct text_style plain = { .columns = 80 };
	struct doc_block block = { .spans = NULL };
	struct document d;

	strbuf_reset(&out);
	doc_init(&d, "check");
	put(&d, &block, row);
	print_plain(&out, &block, &plain);
	doc_deinit(&d);
}

/* The first line of a text. */
static const char *answer_of(const struct check_view *view)
{
	static const struct text_style wide = { .columns = 200 };
	struct document d;

	strbuf_reset(&out);
	document_check(&d, view);
	print_plain(&out, &d.answer, &wide);
	doc_deinit(&d);
	return strbuf_text(&out);
}

static size_t n_of(const char *text, const char *word)
{
	size_t n = 0;

	for (; (text = strstr(text, word)); text += strlen(word))
		n++;
	return n;
}

/* ---- words ---- */

UNIT_TEST(figures)
{
	static const struct {
		enum made_spec spec;
		int64_t value, limit;
		bool warned;
		const char *summary;
	} rows[] = {
		{ MADE_USED, 339220, 337920, false, "339220 > 337920 B (+1300)" },
		{ MADE_USED, 337920, 337920, false, "337920 <= 337920 B, nothing left" },
		{ MADE_USED, 331784, 337920, false, "331784 <= 337920 B, 6136 B left (1.8 %)" },
		{ MADE_USED, 0, 0, false, "0 <= 0 B, nothing left" },
		{ MADE_USED, 1, 0, false, "1 > 0 B (+1)" },
		{ MADE_USED, 0, 0, true, "0 <= 0 B, nothing left" },
		{ MADE_USED, 23664, 24000, true, "at 98.6 % of 24000 B" },
		{ MADE_USED, 999999, 1000000, true, "at 99.9 % of 1000000 B" },
		{ MADE_USED, 1000000, 1000000, true, "at 100.0 % of 1000000 B" },
		{ MADE_USED, INT64_MAX, 1, false, "9223372036854775807 > 1 B (+9223372036854775806)" },
		{ MADE_LARGEST, 20480, 24576, false, "20480 < 24576 B (-4096)" },
		{ MADE_LARGEST, 0, INT64_MAX, false, "0 < 9223372036854775807 B (-9223372036854775807)" },
		{ MADE_LARGEST, 32768, 24576, false, "32768 >= 24576 B, 8192 B left (25.0 %)" },
		{ MADE_LARGEST, 24600, 24576, true, "24600 >= 24576 B, only 24 B left" },
		{ MADE_FRAGMENTATION, 750, 600, false, "0.75 > 0.60 (+0.15)" },
		{ MADE_FRAGMENTATION, 601, 600, false, "0.601 > 0.600 (+0.001)" },
		{ MADE_FRAGMENTATION, 420, 600, false, "0.42 <= 0.60, 0.18 left (30.0 %)" },
		{ MADE_FRAGMENTATION, 590, 600, true, "at 98.3 % of 0.60" },
		{ MADE_FITS, 1, 2, false, "1 < 2 times (-1)" },
		{ MADE_FITS, 3, 2, false, "3 >= 2 times, 1 left (33.3 %)" },
		{ MADE_OBJECTS, 512, 500, false, "512 > 500 (+12)" },
		{ MADE_OBJECTS, 490, 500, false, "490 <= 500, 10 left (2.0 %)" },
		{ MADE_COLLECTING, 60, 50, false, "60 > 50 ms (+10)" },
		{ MADE_COLLECTING, 40, 50, false, "40 <= 50 ms, 10 ms left (20.0 %)" },
		{ MADE_LEAK, 812, 256, false, "812 > 256 B/h (+556)" },
		{ MADE_LEAK, 200, 256, false, "200 <= 256 B/h, 56 B/h left (21.8 %)" },
		{ MADE_GROWTH, 7436, 2048, false, "+7436 > 2048 B (1000 -> 8436)" },
		{ MADE_GROWTH, -120, 2048, false, "-120 <= 2048 B (1000 -> 880), 2168 B left" },
		{ MADE_GROWTH, 2000, 2048, true, "at 97.6 % of 2048 B (1000 -> 3000)" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		m = (struct made){ .check = { .name = "b" } };
		strbuf_reset(&out);
		int64_t value = rows[i].value;
		struct check_row *row = made_row(&m, SUBJECT_HEAP, rows[i].spec, "gc", value, rows[i].limit);
		row->warned = rows[i].warned;
		if (rows[i].spec == MADE_GROWTH)
			made_change(row, 1000, 1000 + value);
		say(row, check_put_figures);
		assert_string_equal(strbuf_text(&out), rows[i].summary);
		made_end(&m);
	}
}

/* What is judged, what a user calls it, and which one of several it is. */
UNIT_TEST(names)
{
	static const struct {
		const char *entry, *pattern, *found, *name, *title, *summary;
	} rows[] = {
		{ NULL, "FLASH", NULL, "FLASH.size", "object FLASH size", "object FLASH size" },
		{ "", "FLASH", NULL, "FLASH.size", "object FLASH size", "object FLASH size" },
		{ "flash", "FLASH", NULL, "flash: FLASH.size", "flash: object FLASH size", "flash: object FLASH size" },
		{ NULL, "*/lwip/*.o", NULL, "object */lwip/*.o.size", "object */lwip/*.o size",
		  "object */lwip/*.o size" },
		{ "each", "[ab].o", "a.o", "each: object a.o.size", "each: object [ab].o size",
		  "each: object a.o size" },
		{ NULL, "a\\*.o", "a*.o", "a*.o.size", "object a\\*.o size", "object a*.o size" },
		{ NULL, "a\\", NULL, "a\\.size", "object a\\ size", "object a\\ size" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		m = (struct made){ .check = { .name = "b" } };
		strbuf_reset(&out);
		struct check_row *row = made_row(&m, SUBJECT_OBJECT, MADE_SIZE, rows[i].pattern, 1, 0);
		row->found = rows[i].found;
		made_entry(row)->name = rows[i].entry;
		check_name(&out, row);
		assert_string_equal(strbuf_text(&out), rows[i].name);
		strbuf_reset(&out);
		check_title(&out, row);
		assert_string_equal(strbuf_text(&out), rows[i].title);
		strbuf_reset(&out);
		check_what(&out, row);
		assert_string_equal(strbuf_text(&out), rows[i].summary);
		made_end(&m);
	}
}

/* What a limit is about, of every kind; of a fault as much as is known. */
UNIT_TEST(subjects)
{
	static const char *const except[] = { "*x", "y" };
	static const struct {
		enum figure_subject subject;
		enum made_spec spec;
		struct budget_entry entry;
		const char *subject_text, *name;
	} rows[] = {
		{ SUBJECT_REGION, MADE_USED, { .pattern = "RAM" }, "region RAM used", "RAM.used" },
		{ SUBJECT_REGION, MADE_GROWTH, { .pattern = "RAM" }, "region RAM growth", "RAM.growth" },
		{ SUBJECT_REGION, MADE_LOSS, { .pattern = "RAM" }, "region RAM free loss", "RAM.free loss" },
		{ SUBJECT_COMPONENT,
		  MADE_SIZE,
		  { .pattern = "py", .in = "FLASH" },
		  "component py size in FLASH",
		  "py.size in FLASH" },
		{ SUBJECT_SYMBOL,
		  MADE_SIZE,
		  { .pattern = "f", .except = except, .n_except = 1 },
		  "symbol f size but *x",
		  "f.size" },
		{ SUBJECT_SYMBOL,
		  MADE_SIZE,
		  { .pattern = "f", .except = except, .n_except = 2 },
		  "symbol f size but *x and 1 more",
		  "f.size" },
		{ SUBJECT_HEAP,
		  MADE_FITS,
		  { .pattern = "gc", .when = WHEN_MARK, .label = "after boot" },
		  "heap gc fits 16384 B at mark:after boot",
		  "gc.fits 16384 B" },
		{ SUBJECT_HEAP,
		  MADE_OBJECTS,
		  { .pattern = "gc", .when = WHEN_EVERY, .kind = 'T' },
		  "heap gc objects of kind T at every",
		  "gc.objects of kind T" },
		{ SUBJECT_HEAP, MADE_LEAK, { .pattern = "gc" }, "heap gc leak per hour", "gc.leak per hour" },
		{ SUBJECT_TEST,
		  MADE_COLLECTING,
		  { .pattern = "test_a.py::*" },
		  "test test_a.py::* collecting",
		  "test test_a.py::*.collecting" },
		{ SUBJECT_REGION, MADE_NO_LIMIT, { .pattern = "RAM" }, "region RAM", "RAM" },
		{ SUBJECT_REGION, MADE_NO_LIMIT, { .pattern = NULL }, "an entry of the budget", "budget" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		m = (struct made){ .check = { .name = "b" } };
		strbuf_reset(&out);
		bool has_limit = rows[i].spec != MADE_NO_LIMIT;
		struct check_row *row = made_row(&m, rows[i].subject, has_limit ? rows[i].spec : MADE_USED,
						 rows[i].entry.pattern, 1, 0);
		const struct budget_limit *limit = has_limit ? row->limit : NULL;
		struct budget_entry entry = rows[i].entry;
		entry.subject = rows[i].subject;
		row->entry = &entry;
		row->limit = limit;
		check_subject(&out, row);
		assert_string_equal(strbuf_text(&out), rows[i].subject_text);
		strbuf_reset(&out);
		check_name(&out, row);
		assert_string_equal(strbuf_text(&out), rows[i].name);
		made_end(&m);
	}
}

/* The moment, and others that break the same limit, as many as are known. */
UNIT_TEST(moment_and_others)
{
	static const struct {
		enum made_spec spec;
		size_t n;
		const char *summary;
	} rows[] = {
		{ MADE_GROWTH, 0, "gc.growth +740 > 320 B (0 -> 740): a.o +3" },
		{ MADE_GROWTH, 1, "gc.growth +740 > 320 B (0 -> 740), and 1 more: b +700; because of a.o +3" },
		{ MADE_LOSS, 2,
		  "gc.free loss: 740 > 320 B (0 -> 740), and 2 more: b 700 B, b 700 B; because of a.o +3" },
		{ MADE_FRAGMENTATION, 1,
		  "gc.fragmentation 0.74 > 0.32 (+0.42), and 1 more: b 0.70; because of a.o +3" },
		{ MADE_LEAK, 0, "gc.leak per hour: 740 > 320 B/h (+420), at dump 3, line 1204: a.o +3" },
		{ MADE_LEAK, 1,
		  "gc.leak per hour: 740 > 320 B/h (+420), at dump 3, line 1204, and 1 more: b 700 B/h; because of a.o +3" },
		{ MADE_GROWTH, 7,
		  "gc.growth +740 > 320 B (0 -> 740), and 7 more, as b +700, b +700, b +700, b +700,"
		  " b +700; because of a.o +3" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		m = (struct made){ .check = { .name = "b" } };
		strbuf_reset(&out);
		struct check_row *row = made_row(&m, SUBJECT_HEAP, rows[i].spec, "gc", 740, 320);
		made_change(row, 0, 740);
		made_cause(row, "a.o", 3, 7);
		row->moment = rows[i].spec == MADE_LEAK ? "dump 3, line 1204" : NULL;
		for (size_t k = 0; k < rows[i].n; k++)
			made_other(row, "b", 700);
		say(row, check_put_row);
		assert_string_equal(strbuf_text(&out), rows[i].summary);
		row->status = CHECK_PASS; /* so may --update leave it */
		assert_u64_equal(check_n_others(row), 0);
		made_end(&m);
	}
}

/* A margin that is as far below as can be; an unknown one. */
UNIT_TEST(odd_margins)
{
	m = (struct made){ .check = { .name = "b" } };
	struct check_row *row = made_row(&m, SUBJECT_HEAP, MADE_USED, "gc", INT64_MAX, 0);

	row->margin.amount = INT64_MIN;
	say(row, check_put_figures);
	assert_string_equal(strbuf_text(&out), "9223372036854775807 > 0 B (+9223372036854775807)");
	strbuf_reset(&out);
	row->margin.known = false;
	say(row, check_put_figures);
	assert_string_equal(strbuf_text(&out), "9223372036854775807 > 0 B");
	strbuf_reset(&out);
	say(row, check_put_margin);
	assert_u64_equal(out.n_bytes, 0);
}

UNIT_TEST(verdicts)
{
	static const struct {
		size_t n_of[N_CHECK_STATUSES], n_warned;
		const char *summary;
	} rows[] = {
		{ { 7 }, 0, "all 7 limits kept" },
		{ { 7 }, 2, "all 7 limits kept, 2 warnings" },
		{ { 1 }, 0, "1 limit kept" },
		{ { 5, 0, 0, 2 }, 1, "5 of 7 limits kept, 2 skipped, 1 warning" },
		{ { 4, 2, 1 }, 1, "2 of 7 limits broken, 1 could not be judged, 4 kept, 1 warning" },
		{ { 0, 1 }, 0, "1 limit broken" },
		{ { 0, 2 }, 0, "2 of 2 limits broken" },
		{ { 3, 2, 1, 1 }, 2, "2 of 7 limits broken, 1 could not be judged, 3 kept, 1 skipped, 2 warnings" },
		{ { 6, 0, 1 }, 0, "1 of 7 limits could not be judged, 6 kept" },
		{ { 0, 0, 1 }, 0, "1 limit could not be judged" },
		{ { 0, 0, 0, 3 }, 0, "no limit judged, 3 skipped" },
		{ { 0, 0, 0, 1 }, 0, "no limit judged, 1 skipped" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		strbuf_reset(&out);
		struct budget budget = { 0 };
		struct check check = { .budget = &budget, .n_warned = rows[i].n_warned };
		struct check_view view = { .check = &check };
		memcpy(check.n_of, rows[i].n_of, sizeof(check.n_of));
		for (unsigned s = 0; s < N_CHECK_STATUSES; s++)
			check.n_rows += check.n_of[s];
		check.rows = calloc(check.n_rows, sizeof(*check.rows));
		assert_string_equal(answer_of(&view), rows[i].summary);
		free(check.rows);
	}
}

/* Whoever reads the headline alone does not take it for a success. */
UNIT_TEST(failures)
{
	static const struct {
		size_t n_of[N_CHECK_STATUSES];
		int exit_code;
		const char *trouble, *summary;
	} rows[] = {
		{ { 5 },
		  2,
		  "the baseline gone.map could not be read",
		  "the run failed: the baseline gone.map could not be read; 5 of 5 limits kept" },
		{ { 1 }, 3, "the board is gone", "the run failed: the board is gone; 1 limit kept" },
		{ { 5 }, 2, NULL, "the run failed: exit code 2, its messages say why; 5 of 5 limits kept" },
		{ { 3, 2 },
		  4,
		  "x.py raised OSError",
		  "the run failed: x.py raised OSError; 2 of 5 limits broken, 3 kept" },
		{ { 3, 2 }, 1, NULL, "2 of 5 limits broken, 3 kept" },
		{ { 3, 0, 2 }, 2, NULL, "2 of 5 limits could not be judged, 3 kept" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		strbuf_reset(&out);
		struct budget budget = { 0 };
		struct check check = { .budget = &budget };
		struct check_view view = { .check = &check,
					   .exit_code = rows[i].exit_code,
					   .trouble = rows[i].trouble };
		memcpy(check.n_of, rows[i].n_of, sizeof(check.n_of));
		for (unsigned s = 0; s < N_CHECK_STATUSES; s++)
			check.n_rows += check.n_of[s];
		check.rows = calloc(check.n_rows, sizeof(*check.rows));
		assert_string_equal(answer_of(&view), rows[i].summary);
		free(check.rows);
	}
}

/* ---- each form ---- */

UNIT_TEST(as_before)
{
	static const struct {
		const char *name, *format, *file;
	} goldens[] = {
		{ "kept", "text", "check-kept.txt" },          { "kept", "all", "check-kept-all.txt" },
		{ "kept", "json", "check-kept.json" },         { "kept", "markdown", "check-kept.md" },
		{ "kept", "junit", "check-kept.xml" },         { "kept", "github", "check-kept.github" },
		{ "mixed", "text", "check-mixed.txt" },        { "mixed", "all", "check-mixed-all.txt" },
		{ "mixed", "color", "check-mixed-color.txt" }, { "mixed", "json", "check-mixed.json" },
		{ "mixed", "markdown", "check-mixed.md" },     { "mixed", "junit", "check-mixed.xml" },
		{ "mixed", "github", "check-mixed.github" },   { "one", "text", "check-one.txt" },
		{ "unread", "text", "check-unread.txt" },      { "unread", "json", "check-unread.json" },
		{ "unread", "junit", "check-unread.xml" },     { "trouble", "text", "check-trouble.txt" },
		{ "trouble", "json", "check-trouble.json" },   { "trouble", "markdown", "check-trouble.md" },
		{ "trouble", "junit", "check-trouble.xml" },   { "trouble", "github", "check-trouble.github" },
		{ "failed", "text", "check-failed.txt" },      { "failed", "junit", "check-failed.xml" },
		{ "mixed", "limits", "check-mixed.html" },     { "trouble", "limits", "check-trouble.html" },
		{ "unread", "limits", "check-unread.html" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(goldens); i++) {
		char path[64];
		snprintf(path, sizeof(path), "data/views/%s", goldens[i].file);
		draw(goldens[i].name, goldens[i].format);
		golden_assert(path, &out);
	}
}

UNIT_TEST(text_is_80_columns_wide)
{
	static const char *const names[] = { "kept", "mixed", "one", "unread", "trouble", "many" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		draw(names[i], "all");
		for (const char *line = out.text, *next; *line; line = next) {
			next = strchr(line, '\n') + 1;
			if (next - line > 81)
				fail_msg("%.*s", (int)(next - line), line);
		}
	}
}

/* A name that is longer than a line is cut, never its figures. */
UNIT_TEST(long_names_leave_room)
{
	static char name[300];
	m = (struct made){ .check = { .name = "budget.json", .budget = &m.budget } };
	struct check_view view = { .check = &m.check };

	memset(name, 'n', sizeof(name) - 1);
	struct check_row *row = made_row(&m, SUBJECT_OBJECT, MADE_SIZE, "*.o", 10640, 10240);
	row->found = made_entry(row)->name = name;
	made_cause(row, name, 4112, 10032);
	made_cause(row, "modlwip.o", 1652, 11636);
	made_other(row, name, 10300);
	made_draw(&out, &view, "color");
	for (const char *p = out.text, *end; *p; p = end + 1) {
		size_t n_columns = 0, n_escapes = 0;
		end = strchr(p, '\n');
		for (const char *q = p; q < end; q++)
			if (*q == '\x1b')
				n_escapes += (size_t)(strchr(q, 'm') - q) + 1;
		n_columns = (size_t)(end - p) - n_escapes;
		assert_true(n_columns <= 80);
	}
	strbuf_reset(&out);
	made_draw(&out, &view, "text");
	assert_non_null(strstr(out.text, ".json:3:5: error: nnnnnnnnnnnnnnnnnn"));
	assert_non_null(strstr(out.text, "\n    object\n    nnnn"));
	assert_non_null(strstr(out.text, "10640 > 10240 B (+400), and 1 more:\n"));
	assert_non_null(strstr(out.text, " +4112, modlwip.o +1652\n"));
	for (const char *line = out.text, *next; *line; line = next) {
		next = strchr(line, '\n') + 1;
		assert_true(next - line <= 81);
	}
}

/* Nothing acts on a terminal, a job or a reader, whatever things are called. */
UNIT_TEST(names_do_nothing)
{
	for (size_t f = 0; f < ARRAY_SIZE(formats); f++) {
		bool color = strcmp(formats[f], "color") == 0, json = strcmp(formats[f], "json") == 0;
		draw("hostile", formats[f]);
		const uint8_t *p = (const uint8_t *)out.text, *end = p + out.n_bytes;
		for (size_t n; p < end; p += n) {
			uint32_t code = 0;
			n = text_utf8(p, end, &code);
			assert_true(n > 0);
			bool meant = code == '\n' || (color && code == 0x1b) || (json && code > 0x7e);
			if (text_unseen(code) && !meant)
				fail_msg("%s has U+%04X", formats[f], (unsigned)code);
		}
	}
}

/* Whatever things are called, GitHub takes no line of a log for a command (actions/runner, ActionCommand.cs). */
UNIT_TEST(text_is_no_command)
{
	static const char *const spaces[] = { "", " ", "\xc2\xa0", "\xe3\x80\x80" };

	for (size_t i = 0; i < ARRAY_SIZE(spaces); i++) {
		made_begin(&m, made_named("mixed"));
		const char *evil = arena_printf(&m.check.arena, "%s::error::x%77s ::warning::y ##[error]z", spaces[i],
						"");
		for (size_t k = 0; k < m.check.n_rows; k++) {
			struct check_row *row = &m.check.rows[k];
			row->at.file = row->found = row->moment = evil;
			row->causes[0].name = row->others[0].name = row->old_limit = row->new_limit = evil;
			row->n_causes = row->n_others = 1;
			row->advice = row->fault ? evil : NULL;
			row->fault = row->fault ? evil : NULL;
		}
		m.view.trouble = evil;
		strbuf_reset(&out);
		assert_true(made_draw(&out, &m.view, "all"));
		assert_null(strstr(out.text, "##["));
		for (const char *line = out.text; *line; line = strchr(line, '\n') + 1) {
			while (*line == ' ' || *line & 0x80)
				line++;
			if (strncmp(line, "::", 2) == 0)
				fail_msg("%.*s", (int)strcspn(line, "\n"), line);
		}
		made_end(&m);
	}
}

/* Any bytes, in every text of somebody else: it ends, and what it writes is UTF-8. */
UNIT_TEST(any_bytes)
{
	uint32_t random = 7;

	for (int i = 0; i < 400; i++) {
		made_begin(&m, made_named("mixed"));
		for (size_t k = 0; k < m.check.n_rows; k++) {
			struct check_row *row = &m.check.rows[k];
			char text[64] = "";
			for (size_t n = next_random(&random) % (sizeof(text) - 1); n > 0; n--)
				text[n - 1] = (char)next_random(&random);
			const char *name = arena_printf(&m.check.arena, "%s", text);
			row->found = row->moment = row->at.file = row->causes[0].name = row->others[0].name = name;
			if (row->entry)
				made_entry(row)->pattern = name;
			row->n_others = 1;
			row->n_causes = MAX(row->n_causes, (size_t)1);
			row->fault = row->fault ? name : NULL;
		}
		m.check.name = m.check.rows[0].found;
		strbuf_reset(&out);
		for (size_t f = 0; f < ARRAY_SIZE(formats); f++)
			assert_true(made_draw(&out, &m.view, formats[f]));
		assert_int_equal(strbuf_error(&out), 0);
		for (const uint8_t *p = (const uint8_t *)out.text, *end = p + out.n_bytes; p < end;) {
			size_t n = text_utf8(p, end, NULL);
			assert_true(n > 0);
			p += n;
		}
		made_end(&m);
	}
}

/* ---- too many ---- */

UNIT_TEST(markdown_keeps_what_is_broken)
{
	unsigned long n_left_out;

	draw("many", "markdown");
	assert_true(out.n_bytes < CHECK_MARKDOWN_MAX && out.n_bytes > CHECK_MARKDOWN_MAX - 1000);
	assert_u64_equal(n_of(out.text, "| 120 B | at most 100 B |"), MADE_MANY_BROKEN);
	assert_u64_equal(n_of(out.text, "no symbol named so"), MADE_MANY_ERRORS);
	assert_u64_equal(n_of(out.text, "<details>"), n_of(out.text, "</details>"));
	const char *note = strstr(out.text, "\n*");
	note = strstr(note + 1, "rows are left out") - 6;
	note += strcspn(note, "*");
	assert_int_equal(sscanf(note, "*%lu rows are left out", &n_left_out), 1);
	assert_u64_equal(n_of(out.text, "\n| symbol "), MADE_MANY - n_left_out);
}

/* So many are broken that they alone do not fit. */
UNIT_TEST(markdown_of_broken_ones_alone)
{
	made_begin(&m, made_named("many"));
	for (size_t i = 0; i < m.check.n_rows; i += 1 + i % 2)
		m.check.rows[i].status = CHECK_FAIL;
	made_draw(&out, &m.view, "markdown");
	assert_true(out.n_bytes < CHECK_MARKDOWN_MAX);
	assert_null(strstr(out.text, "<details>"));
	assert_null(strstr(out.text, "Nearly used up"));
	assert_non_null(strstr(out.text, "rows are left out: a comment may have 65536 characters."));
}

/* Text that was there before is none of it. */
UNIT_TEST(markdown_behind_other_text)
{
	struct strbuf alone CLEANUP(strbuf_deinit) = STRBUF_INIT;

	made_begin(&m, made_named("many"));
	strbuf_repeat(&out, "x", CHECK_MARKDOWN_MAX);
	made_draw(&alone, &m.view, "markdown");
	made_draw(&out, &m.view, "markdown");
	assert_string_equal(out.text + CHECK_MARKDOWN_MAX, alone.text);
}

UNIT_TEST(many_inputs_take_little_room)
{
	struct check_view_input inputs[100];

	for (size_t i = 0; i < ARRAY_SIZE(inputs); i++)
		inputs[i] = (struct check_view_input){ "dump", "ci.log" };
	made_begin(&m, made_named("kept"));
	m.view.inputs = inputs;
	m.view.n_inputs = ARRAY_SIZE(inputs);
	made_draw(&out, &m.view, "markdown");
	assert_u64_equal(n_of(out.text, "ci.log"), 8);
	assert_non_null(strstr(out.text, " and 92 more\n"));
}

UNIT_TEST(github_gets_only_what_it_shows)
{
	draw("many", "github");
	assert_u64_equal(n_of(out.text, "::error "), GITHUB_SHOWS_MAX);
	assert_u64_equal(n_of(out.text, "::warning "), GITHUB_SHOWS_MAX);
	assert_u64_equal(n_of(out.text, " 120 > 100 B"), GITHUB_SHOWS_MAX); /* the broken ones first */
	assert_non_null(strstr(out.text, "%0A240 errors more: GitHub shows 10 of a step."));
	assert_non_null(strstr(out.text, "%0A290 warnings more: GitHub shows 10 of a step."));
	assert_u64_equal(n_of(out.text, "\n"), 2 * GITHUB_SHOWS_MAX + 1);
}

/* A server follows a case by its name: what fits the pattern today is no part of it, what a user calls it is. */
UNIT_TEST(junit_names_are_those_of_the_budget)
{
	made_begin(&m, made_named("many"));
	for (size_t i = 0; i < 2; i++) {
		made_entry(&m.check.rows[i])->name = i == 0 ? "hot" : "cold";
		m.check.rows[i].found = "function_1";
	}
	made_draw(&out, &m.view, "junit");
	assert_u64_equal(n_of(out.text, "name=\"hot: symbol function_0 size\""), 1);
	assert_u64_equal(n_of(out.text, "name=\"cold: symbol function_0 size\""), 1);
	assert_null(strstr(out.text, "name=\"symbol function_0 size #2\""));
	strbuf_reset(&out);
	made_entry(&m.check.rows[7])->name = "hot";
	made_draw(&out, &m.view, "github");
	assert_non_null(strstr(out.text, ",title=hot%3A symbol function_3 size::hot: function_3.size 120 > 100 B"));
}

/* Of notices it shows as many, and one sums up. */
UNIT_TEST(github_lists_idle_limits)
{
	made_begin(&m, made_named("many"));
	for (size_t i = 0, n = 0; n < 12; i++) {
		if (m.check.rows[i].status == CHECK_PASS && !m.check.rows[i].warned) {
			made_idle(&m.check.rows[i], 98);
			n++;
		}
	}
	made_draw(&out, &m.view, "github");
	assert_u64_equal(n_of(out.text, "::notice "), GITHUB_SHOWS_MAX);
	assert_u64_equal(n_of(out.text, " 99 <= 100 B, more than the 98 B there are: it cannot be broken\n"),
			 GITHUB_SHOWS_MAX - 1);
	assert_non_null(strstr(out.text, "%0A3 notices more: GitHub shows 10 of a step.\n"));
}

/* GitLab takes two cases of one name for one, and the second would hide the first. */
UNIT_TEST(junit_has_no_two_of_a_name)
{
	draw("many", "junit");
	assert_u64_equal(n_of(out.text, "<testcase "), MADE_MANY);
	assert_u64_equal(n_of(out.text, "name=\"symbol function_7 size\""), 1);
	assert_u64_equal(n_of(out.text, "name=\"symbol function_7 size #2\""), 1);
	assert_u64_equal(n_of(out.text, " tests=\"5000\" failures=\"200\" errors=\"50\""), 2);
}

/* ---- names of files ---- */

UNIT_TEST(classes)
{
	static const struct {
		const char *file, *summary;
	} rows[] = {
		{ "budget.json", "classname=\"budget.region\"" },
		{ "ci/limits.v2.json", "classname=\"ci/limits.v2.region\"" },
		{ ".json", "classname=\".json.region\"" },
		{ "budget", "classname=\"budget.region\"" },
		{ NULL, "classname=\"budget.region\"" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		strbuf_reset(&out);
		made_begin(&m, made_named("one"));
		m.check.name = rows[i].file;
		made_draw(&out, &m.view, "junit");
		assert_non_null(strstr(out.text, rows[i].summary));
		made_end(&m);
	}
}

UNIT_TEST(without_a_place)
{
	struct json j;

	made_begin(&m, made_named("unread"));
	m.check.name = NULL;
	m.check.rows[0].at = (struct place){ 0 };
	made_draw(&out, &m.view, "github");
	assert_non_null(strstr(out.text, "::error title=memprof check::expected a value"));
	strbuf_reset(&out);
	j = (struct json){ .out = &out, .compact = true };
	json_check(&j, &m.view);
	assert_non_null(strstr(out.text, "\"file\":null,\"line\":null,\"col\":null"));
	strbuf_reset(&out);
	m.check.budget = &m.budget;
	made_draw(&out, &m.view, "text");
	assert_non_null(strstr(out.text, "\nerror: expected a value"));
}

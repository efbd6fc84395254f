/* A comment that GitHub takes, whatever is in it; and text of 80 columns. */
#include "memprof/viewers/diff_view.h"

#include "unit.h"

static struct diff diff;
static struct diff_view view;

UNIT_BEFORE(begin)
{
	view = (struct diff_view){ .diff = &diff,
				   .old = { "old.map", "gnu-ld", NULL, NOT_KNOWN },
				   .new = { "new.map", "gnu-ld", NULL, NOT_KNOWN } };
}

UNIT_AFTER(end) { diff_deinit(&diff); }

static struct diff_row row_of(const char *name, uint64_t old_bytes, uint64_t new_bytes, enum diff_change change)
{
	return (struct diff_row){ .name = name,
				  .old_bytes = old_bytes,
				  .new_bytes = new_bytes,
				  .length_bytes = NOT_KNOWN,
				  .change = change,
				  .delta_bytes = (int64_t)(new_bytes - old_bytes),
				  .old_count = NOT_KNOWN,
				  .new_count = NOT_KNOWN,
				  .i_pool = DIFF_NONE };
}

static void add(enum diff_table table, struct diff_row row)
{
	struct diff_list *list = &diff.lists[table];

	*vec_add(list, rows) = row;
	list->n_all = list->n_rows;
	list->compared = true;
}

static size_t lines_with(const char *text, const char *word)
{
	size_t n = 0;

	for (; (text = strstr(text, word)); text++)
		n++;
	return n;
}

/* As text; style: NULL: as Markdown. */
static void print(struct strbuf *out, const struct text_style *style)
{
	struct document d;

	document_diff(&d, &view);
	if (style)
		print_text(out, &d, style);
	else
		print_markdown(out, &d);
	doc_deinit(&d);
}

UNIT_TEST(a_long_comment_is_cut_and_says_so)
{
	enum { N = 5000 };
	static char names[N][100];
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;
	unsigned long n_left_out;

	*vec_add(&diff, totals) = row_of("FLASH", 1000, 2204, CHANGE_GROWN);
	for (size_t i = 0; i < N; i++) {
		snprintf(names[i], sizeof(names[i]), "function_with_a_name_%zu", i);
		add(DIFF_OBJECTS, row_of(names[i], 100, 200, CHANGE_GROWN));
		add(DIFF_SYMBOLS, row_of(names[i], 100, 200, CHANGE_GROWN));
	}
	print(&out, NULL);
	assert_int_equal(strbuf_error(&out), 0);
	assert_true(out.n_bytes < DIFF_COMMENT_BYTES && out.n_bytes > DIFF_COMMENT_BYTES - 1000);
	assert_memory_equal(out.text, "**FLASH +1204 B (+120.4 %)**\n", 29);
	assert_u64_equal(lines_with(out.text, "<details>"), lines_with(out.text, "</details>"));
	const char *note = strstr(out.text, "\n*");
	assert_int_equal(sscanf(note, "\n*%lu rows are left out", &n_left_out), 1);
	assert_u64_equal(lines_with(out.text, "function"), 2 * N - n_left_out);
}

UNIT_TEST(long_names_do_not_break_it)
{
	static char name[70000];
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;

	memset(name, '$', sizeof(name) - 1);
	view.old.name = view.new.name = name;
	*vec_add(&diff, notes) = name;
	for (size_t i = 0; i < 6; i++)
		*vec_add(&diff, totals) = row_of(name, 1, 2, CHANGE_GROWN);
	for (size_t i = 0; i < 100; i++) {
		struct diff_row row = row_of(name, 1, 1, CHANGE_RENAMED);
		row.from = row.place = row.from_place = name;
		add(DIFF_SYMBOLS, row);
	}
	print(&out, NULL);
	assert_true(out.n_bytes < DIFF_COMMENT_BYTES);
	assert_u64_equal(lines_with(out.text, "$"), lines_with(out.text, "<span>$"));
	assert_non_null(strstr(out.text, "rows are left out"));
}

UNIT_TEST(names_mark_nothing_up)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;

	*vec_add(&diff, totals) = row_of("R|<b>", 1, 2, CHANGE_GROWN);
	add(DIFF_SYMBOLS, row_of("`a|b`<img src=x>@team #12 \x1b[31m\n", 1, 2, CHANGE_GROWN));
	add(DIFF_SECTIONS, row_of(".text.$a$b", 1, 2, CHANGE_GROWN));
	add(DIFF_OBJECTS, row_of("https://a.example/www.b.example", 1, 2, CHANGE_GROWN));
	print(&out, NULL);
	assert_non_null(strstr(out.text, "| https:&#8203;//a.example/w&#8203;ww.b.example |\n"));
	assert_non_null(
		strstr(out.text, "\\`a\\|b\\`&lt;img src=x\\>@&#8203;team #&#8203;12 \\\\x1b\\[31m\\\\x0a |\n"));
	assert_non_null(strstr(out.text, "| .text.<span>$</span>a<span>$</span>b |\n"));
	assert_non_null(strstr(out.text, "**R\\|&lt;b\\> +1 B (+100.0 %)**"));
}

UNIT_TEST(nothing_is_nothing)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct text_style style = { .columns = 80 };

	*vec_add(&diff, totals) = row_of("FLASH", 5, 5, CHANGE_SAME);
	print(&out, &style);
	assert_memory_equal(out.text, "No difference\n", 14);
	strbuf_reset(&out);
	print(&out, NULL);
	assert_memory_equal(out.text, "**No difference**\n", 18);
	strbuf_reset(&out);
	diff.options.threshold_bytes = 64;
	print(&out, NULL);
	assert_memory_equal(out.text, "**No difference in what was asked for**\n", 40);
}

/* With -n 0: something has changed. */
UNIT_TEST(what_is_cut_is_not_nothing)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct text_style style = { .columns = 80 };

	*vec_add(&diff, totals) = row_of("FLASH", 5, 6, CHANGE_GROWN);
	add(DIFF_SYMBOLS, row_of("f", 5, 6, CHANGE_GROWN));
	diff_cut(&diff, DIFF_SYMBOLS, 0);
	print(&out, &style);
	assert_non_null(strstr(out.text, "FLASH +1 B"));
	assert_non_null(strstr(out.text, "and 1 more: -n 1 shows them"));
	strbuf_reset(&out);
	print(&out, NULL);
	assert_non_null(strstr(out.text, "FLASH +1 B"));
	assert_non_null(strstr(out.text, "and 1 more: -n 1 shows them"));
}

static void fits(unsigned columns, size_t most)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct text_style style = { .columns = columns };

	print(&out, &style);
	for (const char *line = out.text, *next; *line; line = next) {
		next = strchr(line, '\n') + 1;
		if ((size_t)(next - line) > most + 1)
			fail_msg("%.*s", (int)(next - line), line);
	}
	assert_null(strchr(out.text, '\x1b'));
	assert_non_null(strstr(out.text, "and 15 more: -n 17 shows them"));
}

UNIT_TEST(text_is_80_columns_wide)
{
	static char name[300];

	memset(name, 'n', sizeof(name) - 1);
	struct diff_row row = row_of(name, 1000000000, 2, CHANGE_MOVED);
	row.from = row.place = row.from_place = name;
	*vec_add(&diff, totals) = row;
	for (size_t i = 0; i < 6; i++)
		*vec_add(&diff, totals) = row_of("RAM", 1000, 1019, CHANGE_GROWN);
	for (unsigned t = 0; t < DIFF_POOLS; t++)
		add((enum diff_table)t, row);
	add(DIFF_SYMBOLS, row_of("short\x1b[2J", 7, NOT_KNOWN, CHANGE_REMOVED));
	diff.lists[DIFF_SYMBOLS].n_all = 17;
	fits(80, 80);
	fits(47, 80); /* figures need room, names are cut */
	fits(40, 80);
	diff.totals[0] = diff.totals[1]; /* four fill a line: "and 3 more" is for the next */
	fits(80, 80);
}

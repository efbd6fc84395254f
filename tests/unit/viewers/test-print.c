/* What printers share, of documents that no command makes so easily. */
#include "memprof/base/number.h"
#include "memprof/viewers/document.h"
#include "unit.h"

#define WARNING "\x1b[1;33m"
#define PLAIN   "\x1b[0m"

UNIT_TEST(colours_of_a_word_that_is_cut_end_with_it)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
		{ "Before the reset, task \x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b\x1b",
		  WARNING "Before the reset, task\n\\x1b\\x1b\\x1b\\x1b\\x1..1b\\x1b\\x1b\\x1b\\x1b" PLAIN ".\n" },
		{ "a-very-long-name-that-is-the-first-word-of-all of it",
		  WARNING "a-very-long-name-th..e-first-word-of-all\nof it" PLAIN ".\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(strbuf_deinit) struct strbuf out = STRBUF_INIT;
		struct document d CLEANUP(doc_deinit);

		doc_init(&d, "report");
		doc_say(&d, doc_warning(DOC_T(rows[i].text)), DOC_T("."));
		print_text(&out, &d, &(struct text_style){ .columns = 40, .color = true });
		assert_string_equal(strbuf_text(&out), rows[i].expected);
	}
}

/* Quoted; a name with control characters in the way that bash and zsh decode. */
UNIT_TEST(words_of_commands)
{
	static const char *const rows[][2] = {
		{ "logs/a.txt", "logs/a.txt" },
		{ "my log.txt", "'my log.txt'" },
		{ "it's.txt", "'it'\\''s.txt'" },
		{ "-leak.txt", "./-leak.txt" },
		{ "a\nit's\\.txt", "$'a\\x0ait\\'s\\\\.txt'" },
		{ "", "''" },
	};
	struct document d CLEANUP(doc_deinit);

	doc_init(&d, "report");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(doc_shell_word(&d, rows[i][0]), rows[i][1]);
}

static void fill_wide(const void *ctx, size_t i, struct doc_row *ret)
{
	ret->cells[0] = DOC_T(ctx);
	for (size_t k = 1; k < 6; k++)
		ret->cells[k] = DOC_AT(UINT64_C(0x10000000) + i);
}

/* Columns that have no drop are dropped last, from the right. */
UNIT_TEST(columns_of_a_narrow_screen)
{
	static const struct {
		const char *name, *expected;
	} rows[] = {
		{ "name", "\nWide\nname          1          2          4\nname 0x10000000 0x10000000 0x10000000\n" },
		{ "a-name-that-takes-a-whole-screen-or-more",
		  "\nWide\nname                        1          2\na-name-t..-or-more 0x10000000 0x10000000\n" },
	};
	static const struct doc_column columns[] = {
		{ NULL, "name", DOC_TEXT, DOC_CUT_MIDDLE, .is_name = true },
		{ NULL, "1", DOC_ADDRESS },
		{ NULL, "2", DOC_ADDRESS },
		{ NULL, "3", DOC_ADDRESS, .drop = 1 },
		{ NULL, "4", DOC_ADDRESS },
		{ NULL, "5", DOC_ADDRESS },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(strbuf_deinit) struct strbuf out = STRBUF_INIT;
		struct document d CLEANUP(doc_deinit);

		doc_init(&d, "report");
		doc_table(&d, &(struct doc_table){
				      .title = "Wide", DOC_COLUMNS(columns), DOC_ROWS(1, fill_wide, rows[i].name) });
		print_text(&out, &d, &(struct text_style){ .columns = 40 });
		assert_string_equal(strbuf_text(&out), rows[i].expected);
	}
}

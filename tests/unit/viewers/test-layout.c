/* The table of a layout as text: no line is too wide, and nothing in it is cut to mean something else. */
#include "memprof/layout/layout.h"

#include "memprof/viewers/layout_view.h"
#include "unit.h"

static void say(struct layout *l, const char *const *from, size_t n, struct strbuf *ret)
{
	const struct text_style style = { .columns = 43 };
	struct document d;

	for (size_t i = 0; i < n; i++)
		layout_claim(l, &(struct layout_claim){ "flash", 0x9000, 0x6000, "nvs_which_is_long", SPAN_PARTITION,
							NOT_KNOWN, NOT_KNOWN, from[i] });
	assert_int_equal(layout_resolve(l), 0);
	document_layout(&d, l);
	print_text(ret, &d, &style);
	doc_deinit(&d);
}

/* Twelve columns of "1:122 2:10000" would tell of line 1000. */
UNIT_TEST(lines_of_inputs_are_whole_or_left_out)
{
	static const struct {
		const char *from[3];
		const char *summary;
	} rows[] = {
		{ { "a.csv:12", "b.csv:100", "c" }, "1:12 2:100 3\n" },
		{ { "a.csv:122", "b.csv:1000", "c" }, "1:122 +\n" },
		{ { "a.csv:122", "b.csv:10000", "c" }, "1:122 +\n" },
		{ { "a.csv:1234567890123", "b", "c" }, "+\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(strbuf_deinit) struct strbuf text = STRBUF_INIT;
		struct layout l = { 0 };
		say(&l, rows[i].from, 3, &text);
		const char *at = strstr(strbuf_text(&text), "nvs");
		assert_non_null(at);
		const char *from = at + strcspn(at, " ");
		from += strspn(from, " ");
		if (strncmp(from, rows[i].summary, strlen(rows[i].summary)) != 0)
			fail_msg("%.40s, not %s", from, rows[i].summary);
		layout_deinit(&l);
	}
}

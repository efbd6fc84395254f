/* What each test needed. */

#include "memprof/viewers/check_view.h"
#include "memprof/viewers/view.h"
#include "shared/tests_words.h"
#include "text/ci_command.h"
#include "text/column.h"
#include "text/cut.h"

enum { NAME_COLUMNS_MIN = 24, INDENT = 2 };

static unsigned figures_width(void)
{
	unsigned n = 0;

	for (const struct tests_column *c = tests_columns; c->head; c++)
		n += c->width;
	return n;
}

static size_t name_columns(const struct tests *tests, const struct text_style *style)
{
	size_t room = style->columns > figures_width() ? style->columns - figures_width() : 0, n = NAME_COLUMNS_MIN;

	for (size_t i = 0; i < tests->n_rows; i++)
		n = MAX(n, text_columns_of(tests_name(tests, &tests->rows[i], NULL)) + INDENT);
	return MAX(MIN(n, room), (size_t)NAME_COLUMNS_MIN);
}

/* Words that begin a line behind blanks. */
static void put_first(struct strbuf *out, const char *text)
{
	bool begun = false;
	char last = ' ';

	for (const char *p = text; *p; last = *p++) {
		if (ci_command_at(p, begun, last))
			strbuf_printf(out, "\\x%02x", (unsigned char)*p);
		else
			strbuf_putc(out, *p);
		begun |= ci_begins(*p);
	}
}

static void figures(struct strbuf *out, const char *name, bool is_function, const struct test_row *row, size_t columns,
		    const struct text_style *style)
{
	struct strbuf safe CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t indent = is_function ? INDENT : 0, room = columns - indent;

	put_first(&safe, name);
	strbuf_repeat(out, " ", indent);
	size_t n = text_cut(out, strbuf_text(&safe), safe.n_bytes, room, CUT_BEGINNING);
	strbuf_repeat(out, " ", room - MIN(n, room));
	for (const struct tests_column *c = tests_columns; c->head; c++) {
		struct strbuf figure CLEANUP(strbuf_deinit) = STRBUF_INIT;
		c->words(&figure, row, style);
		text_right(out, c->width, strbuf_text(&figure));
	}
	strbuf_putc(out, '\n');
}

/* Not wrapped: its words are the board's, and might begin a line. */
static void outcome(struct strbuf *out, const struct test_row *row, size_t indent, const struct text_style *style)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT, safe CLEANUP(strbuf_deinit) = STRBUF_INIT;

	tests_words_outcome(&text, row);
	if (text.n_bytes == 0)
		return;
	put_first(&safe, strbuf_text(&text));
	strbuf_repeat(out, " ", indent);
	text_in_role(out, style, row->outcome == TEST_SKIPPED ? ROLE_FAINT : ROLE_WARNING, strbuf_text(&safe));
	strbuf_putc(out, '\n');
}

static void sizes(struct strbuf *out, const struct test_row *row, size_t indent, const struct text_style *style)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	tests_words_sizes(&text, row, style);
	if (text.n_bytes == 0)
		return;
	strbuf_repeat(out, " ", indent);
	text_wrap(out, strbuf_text(&text), indent, indent + INDENT);
	strbuf_putc(out, '\n');
}

void text_tests(struct strbuf *out, const struct tests *tests, bool all, const struct text_style *style)
{
	struct strbuf head CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t columns = name_columns(tests, style);

	if (tests->n_rows == 0)
		return;
	strbuf_puts(&head, style->sizes == SIZES_HUMAN ? "TESTS" : "TESTS, in bytes");
	strbuf_repeat(&head, " ", columns - MIN(columns, head.n_bytes));
	for (const struct tests_column *c = tests_columns; c->head; c++)
		text_right(&head, c->width, c->head);
	text_in_role(out, style, ROLE_HEAD, strbuf_text(&head));
	strbuf_putc(out, '\n');
	for (size_t i = 0; i < tests->n_rows; i++) {
		const struct test_row *row = &tests->rows[i];
		bool is_function;
		const char *name = tests_name(tests, row, &is_function);
		size_t indent = is_function ? 2 * INDENT : INDENT;
		figures(out, name, is_function, row, columns, style);
		outcome(out, row, indent, style);
		if (all)
			sizes(out, row, indent, style);
	}
	strbuf_putc(out, '\n');
}

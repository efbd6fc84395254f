#include "text/parts.h"

#include <inttypes.h>

#include "memprof/base/text.h"
#include "shared/image_words.h"
#include "text/column.h"
#include "text/cut.h"

enum { PATH_INDENT = 24 };

struct stack_table {
	struct strbuf *out;
	const struct image_view *v;
	const struct text_style *style;
	size_t n_rows;
	unsigned why; /* of the rows that are shown */
};

/* The heading with the first row; false: the row is one too many. */
static bool begin_row(struct stack_table *t, const char *title)
{
	if (t->n_rows++ == 0) {
		strbuf_putc(t->out, '\n');
		text_in_role(t->out, t->style, ROLE_HEAD, title);
		strbuf_putc(t->out, '\n');
	}
	return t->n_rows <= t->v->n_top;
}

static void end_rows(const struct stack_table *t)
{
	if (t->n_rows > t->v->n_top)
		strbuf_printf(t->out, "              %s more\n", count_words(t->n_rows - t->v->n_top, t->style).text);
}

static void name_and_place(struct stack_table *t, const struct stack_row *row)
{
	struct strbuf place CLEANUP(strbuf_deinit) = STRBUF_INIT, cut CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct image_slice name = stack_row_name(t->v, row);
	size_t columns = t->style->columns - PATH_INDENT, n_place = 0;

	if (row->symbol && row->symbol->file) {
		strbuf_printf(&place, "%s:%" PRIu32, row->symbol->file, row->symbol->line);
		n_place = text_cut(&cut, strbuf_text(&place), place.n_bytes,
				   MAX(columns / 2, columns - MIN(columns, name.n_bytes + (size_t)2)), CUT_BEGINNING);
	}
	text_cut(t->out, name.text, name.n_bytes,
		 t->v->names == NAMES_SHORT ? columns - (n_place ? n_place + 2 : 0) : SIZE_MAX, CUT_MIDDLE);
	strbuf_printf(t->out, "%s%s\n", n_place ? "  " : "", strbuf_text(&cut));
}

/* With --filter whole, and with frames. */
static void path(struct stack_table *t, const struct stack_row *row)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT, clean CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (row->next == IMAGE_NONE)
		return;
	strbuf_puts(&text, row->tail ? "=> " : "> ");
	if (t->v->filter) {
		stack_row_frames(&text, t->v, &t->v->stack->rows[row->next], t->style);
		text_clean(&clean, strbuf_text(&text));
		strbuf_repeat(t->out, " ", PATH_INDENT);
		text_wrap(t->out, strbuf_text(&clean), PATH_INDENT, PATH_INDENT);
		strbuf_putc(t->out, '\n');
		return;
	}
	stack_row_path(&text, t->v, &t->v->stack->rows[row->next]);
	strbuf_repeat(t->out, " ", PATH_INDENT);
	text_cut(t->out, strbuf_text(&text), text.n_bytes,
		 t->v->names == NAMES_SHORT ? t->style->columns - PATH_INDENT : SIZE_MAX, CUT_MIDDLE);
	strbuf_putc(t->out, '\n');
}

/* From those that nobody calls by name: main, interrupts, tasks, callbacks. With --filter of all. */
static void deepest(struct stack_table *t)
{
	const struct image_stack *s = t->v->stack;

	for (size_t i = 0; i < s->n_rows; i++) {
		const struct stack_row *row = &s->rows[s->by_depth[i]];
		if ((row->is_called && !t->v->filter) || (!row->deepest_bytes && !t->v->filter) ||
		    !stack_row_wanted(t->v, row) ||
		    !begin_row(t, "     DEEPEST    FRAME  FUNCTION, AND THE PATH FROM IT"))
			continue;
		t->why |= row->why;
		strbuf_puts(t->out, row->why ? "  >=" : "    ");
		text_size(t->out, 8, row->deepest_bytes, t->style);
		text_size(t->out, 9, row->function->frame_bytes, t->style);
		strbuf_puts(t->out, "  ");
		name_and_place(t, row);
		path(t, row);
	}
	end_rows(t);
}

static void largest(struct stack_table *t)
{
	const struct image_stack *s = t->v->stack;

	for (size_t i = 0; i < s->n_rows; i++) {
		const struct stack_row *row = &s->rows[s->by_frame[i]];
		if (!row->function->frame_bytes || row->function->frame_bytes == NOT_KNOWN ||
		    row->function->frame_bytes < t->v->min_bytes || !stack_row_wanted(t->v, row) ||
		    !begin_row(t, "                FRAME  FUNCTION"))
			continue;
		strbuf_printf(t->out, "          %s", row->function->grows ? ">=" : "  ");
		text_size(t->out, 9, row->function->frame_bytes, t->style);
		strbuf_puts(t->out, "  ");
		name_and_place(t, row);
	}
	end_rows(t);
}

static void legend(struct strbuf *out, unsigned why, const struct text_style *style)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	bool is_first = true;

	for (unsigned i = 0; i < N_STACK_WHY; i++) {
		if (!(why >> i & 1))
			continue;
		strbuf_printf(&text, "%s%s", is_first ? "  >= at least: on these paths are " : "; ",
			      stack_why_words[i]);
		is_first = false;
	}
	strbuf_printf(&text, "%sInterrupts and context switches are not included.", is_first ? "  " : ". ");
	text_role(out, style, ROLE_FAINT);
	text_wrap(out, strbuf_text(&text), 0, 2);
	text_role(out, style, ROLE_PLAIN);
	strbuf_putc(out, '\n');
}

/* They are in no table, unless they are asked for. */
static void without_frames(struct strbuf *out, const struct image_view *v, const struct text_style *style)
{
	size_t n = 0;

	for (size_t i = 0; i < v->stack->n_rows; i++)
		n += v->stack->rows[i].function->frame_bytes == NOT_KNOWN;
	if (n && !v->filter)
		strbuf_printf(out, "\nWithout call frames: %s of %s functions; -g makes them, or --su supplies them.\n",
			      count_words(n, style).text, count_words(v->stack->n_rows, style).text);
}

size_t text_image_stack(struct strbuf *out, const struct image_view *v, const struct text_style *style)
{
	struct stack_table paths = { .out = out, .v = v, .style = style }, frames = paths;

	deepest(&paths);
	if (paths.n_rows)
		legend(out, paths.why, style);
	largest(&frames);
	if (paths.n_rows + frames.n_rows)
		without_frames(out, v, style);
	return paths.n_rows + frames.n_rows;
}

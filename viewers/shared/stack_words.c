#include "shared/image_words.h"

#include "shared/number_words.h"

const char *const stack_why_names[N_STACK_WHY] = {
	"indirect", "recursive", "grows", "no-frame", "no-calls", "outside"
};

const char *const stack_why_words[N_STACK_WHY] = {
	"calls through pointers, which are not followed",
	"recursions, which count once",
	"frames of which only the least is known (alloca, frame pointers)",
	"functions without call frames, which count 0",
	"functions whose calls are not known",
	"calls of functions that were not found",
};

struct image_slice stack_row_name(const struct image_view *v, const struct stack_row *row)
{
	const struct image_symbol *s = row->symbol;

	return s && v->names != NAMES_LINKAGE ? s->name : row->function->linkage;
}

bool stack_row_wanted(const struct image_view *v, const struct stack_row *row)
{
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (row->deepest_bytes < v->min_bytes)
		return false;
	if (row->symbol)
		return image_wanted_symbol(&(struct image_view){ .image = v->image, .filter = v->filter }, row->symbol);
	strbuf_add(&name, row->function->linkage.text, row->function->linkage.n_bytes);
	return image_wanted(v, strbuf_text(&name), NOT_KNOWN);
}

static void write_path(struct strbuf *out, const struct image_view *v, const struct stack_row *row, bool with_frames,
		       const struct text_style *style)
{
	for (unsigned n = 0;; row = &v->stack->rows[row->next]) {
		struct image_slice name = stack_row_name(v, row);
		if (n++ == STACK_PATH_MAX) {
			strbuf_puts(out, "..");
			return;
		}
		strbuf_add(out, name.text, name.n_bytes);
		if (with_frames && row->function->frame_bytes == NOT_KNOWN)
			strbuf_puts(out, " (?)");
		else if (with_frames)
			strbuf_printf(out, " (%s)", figure_words(row->function->frame_bytes, style).text);
		if (row->next == IMAGE_NONE)
			return;
		strbuf_puts(out, row->tail ? " => " : " > ");
	}
}

void stack_row_path(struct strbuf *out, const struct image_view *v, const struct stack_row *row)
{
	write_path(out, v, row, false, NULL);
}

void stack_row_frames(struct strbuf *out, const struct image_view *v, const struct stack_row *row,
		      const struct text_style *style)
{
	write_path(out, v, row, true, style);
}

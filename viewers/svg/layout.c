/* The layout as a picture. A box is as high as its size wants it (one scale for each space), but never so low that
 * its name could not be read, nor lower than what lies in it; such boxes have a dashed edge, and the picture says so.
 * Where the processor sees nothing between two chips, the column is broken. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/arena.h"
#include "memprof/base/names.h"
#include "memprof/base/text.h"
#include "memprof/viewers/layout_view.h"
#include "shared/layout_line.h"
#include "shared/number_words.h"
#include "shared/xml.h"
#include "svg/picture.h"
#include "text/cut.h"

enum {
	LOW_PX = 17,     /* a line of text */
	COLUMN_PX = 640, /* what the spans of a space share, by their sizes */
	ADDRESS_PX = 132,
	BOX_PX = 330,
	BETWEEN_PX = 28,
	INDENT_PX = 12,
	TITLE_PX = 30,
	TOP_PX = 46,
	BREAK_PX = 14,
	WIDTH_MIN_PX = 480,
	NOTE_PX = 17,
	CHAR_TENTHS_PX = 66, /* of the names' font */
};

/* Light and dark, of each kind and of gaps. */
#define KIND_COLORS(color)                                                                                       \
	color("memory", "#e8eaee", "#262b32") color("region", "#d5dbe6", "#323a47")                              \
		color("bootloader", "#e9cf9b", "#665227") color("table", "#e3c0e8", "#5a3a60")                   \
			color("partition", "#bfd9f2", "#2b4b69") color("firmware", "#8fb8e8", "#2f5f94")         \
				color("filesystem", "#a9d9a4", "#2f6130") color("heap", "#f3bd8a", "#7d4d1e")    \
					color("stack", "#eb9a9a", "#7a3535") color("pool", "#f0d389", "#6b5a1f") \
						color("reserved", "#d9d4c7", "#4a463c")                          \
							color("section", "#c4ced9", "#3f4a56")                   \
								color("gap", "#fff", "#15181c")
#define LIGHT(kind, light, dark)  ";--" kind ":" light
#define DARK(kind, light, dark)   ";--" kind ":" dark
#define EITHER(kind, light, dark) ";--" kind ":light-dark(" light "," dark ")"

const char svg_colors[] =
	":root{color-scheme:light dark;--back:#fff;--ink:#1a1d21;--faint:#667;--edge:#0005;--bad:#b00020"
	KIND_COLORS(LIGHT) "}"
	"@media(prefers-color-scheme:dark){:root{--back:#15181c;--ink:#e6e8eb;--faint:#98a0aa;--edge:#fff5;--bad:#ff7a85"
	KIND_COLORS(DARK) "}}";

/* A page has its own ink and paper, and a button for light and dark. */
static const char page_colors[] = ".layout{--edge:light-dark(#0005,#fff5)}:root{" KIND_COLORS(EITHER) "}";

static const char picture_style[] =
	".layout{font:12px system-ui,sans-serif;background:var(--back)}"
	".layout text{fill:var(--ink)}.layout .a{font:11px ui-monospace,monospace;fill:var(--faint);text-anchor:end}"
	".layout .s{fill:var(--ink);text-anchor:end}.layout .h{font-weight:600;font-size:14px}"
	".layout .t{font-weight:600;font-size:17px}.layout .c{fill:var(--bad)}"
	".layout .n{fill:var(--faint)}.layout rect{stroke:var(--edge)}.layout .low{stroke-dasharray:3 2}"
	".layout .u{stroke:none;fill:var(--ink);fill-opacity:.18}.layout .bad{stroke:var(--bad);stroke-width:2}"
	".layout .map{fill:var(--firmware);fill-opacity:.18;stroke:none}";

/* ---- text ---- */

/* At most so many pixels of it, in a font of CHAR_TENTHS_PX. */
static void add_short(struct strbuf *out, const char *text, int width_px)
{
	struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT;
	int n_fitting = MAX(width_px * 10 / CHAR_TENTHS_PX, 1), n = 0;

	text_clean(&clean, text);
	const char *p = strbuf_text(&clean), *end = p + clean.n_bytes, *cut = p;
	for (; p < end; n++) {
		if (n == n_fitting - 1)
			cut = p;
		p += MAX(text_utf8((const uint8_t *)p, (const uint8_t *)end, NULL), (size_t)1);
	}
	if (n > n_fitting) {
		clean.text[cut - clean.text] = '\0';
		xml_text(out, strbuf_text(&clean));
		strbuf_puts(out, "…");
	} else {
		xml_text(out, strbuf_text(&clean));
	}
}

/* ---- heights ---- */

struct box {
	int y_px, height_px, x_px;
	bool low; /* higher than to scale */
};

struct picture {
	const struct layout *l;
	struct box *boxes; /* of the rows */
	struct strbuf *out;
	double scale; /* pixels a byte, of the space at hand */
	bool in_page;
	bool any_low, any_break, any_used;
	int top_px; /* of the headings */
	struct arena arena;
	struct names in_conflict; /* space and name of what is */
};

static int scaled(const struct picture *p, uint64_t size_bytes) { return (int)((double)size_bytes * p->scale); }

/* The row behind all that lies in this one. */
static size_t behind(const struct layout *l, size_t i)
{
	size_t k = i + 1;

	while (k < l->n_rows && l->rows[k].i_space == l->rows[i].i_space && l->rows[k].depth > l->rows[i].depth)
		k++;
	return k;
}

/* Places a row and all in it, from y on; answers the y behind it. At most LAYOUT_DEPTH_MAX deep. */
static int place(struct picture *p, size_t i, int y_px)
{
	struct layout_line line = layout_line_at(p->l, i);
	struct box *box = &p->boxes[i];
	size_t end = behind(p->l, i);
	int wanted_px = scaled(p, line.size_bytes), at_px = y_px + LOW_PX;
	uint64_t cursor = line.start;

	for (size_t k = i + 1; k < end; k = behind(p->l, k)) {
		struct layout_line child = layout_line_at(p->l, k);
		if (child.start > cursor) /* a part of it that nothing claims, and that is no gap */
			at_px += scaled(p, child.start - cursor);
		at_px = place(p, k, at_px);
		cursor = MAX(cursor, child.last);
	}
	if (end > i + 1 && line.last > cursor)
		at_px += scaled(p, line.last - cursor);
	int inner_px = at_px - y_px + (end > i + 1 ? 2 : 0);
	*box = (struct box){ y_px, MAX(inner_px, wanted_px), INDENT_PX * (int)MIN(line.depth, 6u), false };
	box->low = box->height_px > wanted_px + LOW_PX + 1 || (end == i + 1 && box->height_px > wanted_px + 1);
	p->any_low |= box->low;
	p->any_used |= line.used_bytes != NOT_KNOWN;
	return y_px + box->height_px;
}

static int place_space(struct picture *p, size_t first, size_t end)
{
	const struct layout *l = p->l;
	double total = 0;
	int y_px = p->top_px + TOP_PX;
	uint64_t cursor = 0;

	for (size_t i = first; i < end; i = behind(l, i))
		total += (double)layout_line_at(l, i).size_bytes;
	p->scale = COLUMN_PX / total;
	for (size_t i = first; i < end; i = behind(l, i)) {
		struct layout_line line = layout_line_at(l, i);
		if (i > first && line.start > cursor && line.start - cursor > 1) {
			y_px += BREAK_PX;
			p->any_break = true;
		}
		y_px = place(p, i, y_px);
		cursor = line.last;
	}
	return y_px;
}

/* ---- drawing ---- */

static void add_title(struct strbuf *out, const struct layout_line *line, bool low)
{
	static const struct text_style style = { .utf8 = true, .is_page = true };
	char human[NUMBER_HUMAN_BYTES];

	strbuf_puts(out, "<title>");
	xml_text(out, line->name);
	strbuf_printf(out, " (%s)&#10;0x%" PRIx64 " to 0x%" PRIx64 "&#10;%s, %s", line->kind, line->start, line->last,
		      exact_words(line->size_bytes, &style).text, number_human(line->size_bytes, human));
	if (line->used_bytes != NOT_KNOWN)
		strbuf_printf(out, "&#10;%s used, %u %%", exact_words(line->used_bytes, &style).text,
			      layout_percent(line));
	if (line->free_bytes != NOT_KNOWN)
		strbuf_printf(out, "&#10;%s free", exact_words(line->free_bytes, &style).text);
	for (uint32_t i = 0; line->span && i < line->span->n_from; i++) {
		strbuf_puts(out, i ? ", " : "&#10;from ");
		xml_text(out, text_input_name(line->span->from[i]));
	}
	strbuf_printf(out, "%s</title>", low ? "&#10;drawn higher than to scale" : "");
}

/* A span of a space, as one text. */
static void conflict_key(struct strbuf *ret, const char *space, const char *name)
{
	strbuf_reset(ret);
	strbuf_puts(ret, space);
	strbuf_putc(ret, '\n');
	strbuf_puts(ret, name);
}

static void collect_conflicts(struct picture *p)
{
	struct strbuf key CLEANUP(strbuf_deinit) = STRBUF_INIT;

	p->in_conflict.arena = &p->arena;
	for (size_t i = 0; i < p->l->n_conflicts; i++) {
		const struct layout_conflict *c = &p->l->conflicts[i];
		for (size_t k = 0; k < ARRAY_SIZE(c->between) && c->between[k]; k++) {
			conflict_key(&key, c->space, c->between[k]);
			names_add(&p->in_conflict, strbuf_text(&key), key.n_bytes);
		}
	}
}

static bool in_conflict(const struct picture *p, const struct layout_line *line)
{
	struct strbuf key CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (!line->span || p->l->n_conflicts == 0)
		return false;
	conflict_key(&key, line->span->space, line->span->name);
	return names_find(&p->in_conflict, strbuf_text(&key), key.n_bytes) != NAMES_NONE;
}

static void draw_row(const struct picture *p, size_t i, int x_px, int *address_y_px)
{
	struct layout_line line = layout_line_at(p->l, i);
	const struct box *box = &p->boxes[i];
	int left_px = x_px + ADDRESS_PX + box->x_px, width_px = BOX_PX - 2 * box->x_px;
	char human[NUMBER_HUMAN_BYTES];

	if (p->in_page)
		strbuf_printf(p->out, "<g data-row=\"%zu\">", i);
	else
		strbuf_puts(p->out, "<g>");
	add_title(p->out, &line, box->low);
	strbuf_printf(p->out,
		      "<rect class=\"%s%s\" style=\"fill:var(--%s)\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>",
		      box->low ? "low" : "", in_conflict(p, &line) ? " bad" : "", line.kind, left_px, box->y_px,
		      width_px, box->height_px);
	if (line.used_bytes != NOT_KNOWN && line.used_bytes <= line.size_bytes)
		strbuf_printf(p->out, "<rect class=\"u\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"4\"/>", left_px + 1,
			      box->y_px + 1,
			      (int)((double)(width_px - 2) * (double)line.used_bytes / (double)line.size_bytes));
	strbuf_printf(p->out, "<text%s x=\"%d\" y=\"%d\">", line.span ? "" : " class=\"n\"", left_px + 5,
		      box->y_px + 13);
	add_short(p->out, line.name, width_px - 80);
	strbuf_printf(p->out, "</text><text class=\"s\" x=\"%d\" y=\"%d\">%s</text></g>\n", left_px + width_px - 5,
		      box->y_px + 13, number_human(line.size_bytes, human));
	if (box->y_px - *address_y_px >= LOW_PX - 5) {
		strbuf_printf(p->out, "<text class=\"a\" x=\"%d\" y=\"%d\">0x%" PRIx64 "</text>\n",
			      x_px + ADDRESS_PX - 6, box->y_px + 13, line.start);
		*address_y_px = box->y_px;
	}
}

static void draw_space(const struct picture *p, size_t first, size_t end, int x_px)
{
	const char *name = p->l->spaces[p->l->rows[first].i_space].name;
	int address_y_px = 0;

	strbuf_printf(p->out, "<text class=\"h\" x=\"%d\" y=\"%d\">", x_px + ADDRESS_PX, p->top_px + 20);
	add_short(p->out, name, BOX_PX);
	strbuf_printf(p->out, "</text><text class=\"n\" x=\"%d\" y=\"%d\">%s</text>\n", x_px + ADDRESS_PX,
		      p->top_px + 36, layout_space_says(name));
	for (size_t i = first; i < end; i++)
		draw_row(p, i, x_px, &address_y_px);
}

/* ---- mappings: a band from column to column ---- */

/* Where an address is drawn: at the edge of the outermost row that begins or ends there, else in the innermost one that
 * holds it. False: nothing there. */
static bool y_of(const struct picture *p, const char *space, uint64_t address, int *ret_column, int *ret_y_px)
{
	const struct layout *l = p->l;
	int column = -1;
	bool found = false;

	for (size_t i = 0; i < l->n_rows; i++) {
		struct layout_line line = layout_line_at(l, i);
		column += i == 0 || l->rows[i].i_space != l->rows[i - 1].i_space;
		if (strcmp(l->spaces[l->rows[i].i_space].name, space) != 0 || address < line.start ||
		    address > line.last)
			continue;
		bool last = address == line.last && address > line.start;
		double part = last ? 1 : (double)(address - line.start) / (double)line.size_bytes;
		*ret_column = column;
		*ret_y_px = p->boxes[i].y_px + (int)((double)p->boxes[i].height_px * part);
		found = true;
		if (last || address == line.start)
			break;
	}
	return found;
}

static int left_of(int column) { return column * (ADDRESS_PX + BOX_PX + BETWEEN_PX); }

static void draw_mapping(const struct picture *p, const struct layout_mapping *m)
{
	int a, b, a_top_px, a_end_px, b_top_px, b_end_px;

	if (!y_of(p, m->space, m->start, &a, &a_top_px) || !y_of(p, m->to_space, m->to_start, &b, &b_top_px) ||
	    !y_of(p, m->space, m->start + (m->size_bytes - 1), &a, &a_end_px) ||
	    !y_of(p, m->to_space, m->to_start + (m->size_bytes - 1), &b, &b_end_px) || abs(a - b) != 1)
		return;
	int from_px = a < b ? a_top_px : b_top_px, from_end_px = a < b ? a_end_px : b_end_px;
	int to_px = a < b ? b_top_px : a_top_px, to_end_px = a < b ? b_end_px : a_end_px;
	int right_px = left_of(MAX(a, b)) + ADDRESS_PX, left_px = left_of(MIN(a, b)) + ADDRESS_PX + BOX_PX;
	strbuf_printf(p->out, "<path class=\"map\" d=\"M%d %dL%d %dL%d %dL%d %dZ\"><title>", left_px, from_px, right_px,
		      to_px, right_px, to_end_px, left_px, from_end_px);
	xml_text(p->out, m->space);
	strbuf_printf(p->out, " 0x%" PRIx64 " shows ", m->start);
	xml_text(p->out, m->to_space);
	strbuf_printf(p->out, " 0x%" PRIx64 "</title></path>\n", m->to_start);
}

/* ---- what is under it ---- */

struct under {
	struct strbuf *out;
	int y_px, width_px;
};

/* A sentence over as many lines as it takes, broken between words; a word that is longer than a line is cut. */
static void add_sentence(struct under *u, const char *class, int x_px, const char *text)
{
	struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT;
	int n_columns = (u->width_px - x_px - 8) * 10 / CHAR_TENTHS_PX;

	text_clean(&clean, text);
	for (const char *p = strbuf_text(&clean); *p;) {
		struct strbuf line CLEANUP(strbuf_deinit) = STRBUF_INIT;
		size_t n = strcspn(p, " ");
		while (p[n] == ' ' && n + 1 + strcspn(p + n + 1, " ") <= (size_t)n_columns)
			n += 1 + strcspn(p + n + 1, " ");
		strbuf_add(&line, p, n);
		u->y_px += NOTE_PX;
		strbuf_printf(u->out, "<text class=\"%s\" x=\"%d\" y=\"%d\">", class, x_px, u->y_px);
		add_short(u->out, strbuf_text(&line), n_columns * CHAR_TENTHS_PX / 10 + 1);
		strbuf_puts(u->out, "</text>\n");
		p += n + (p[n] == ' ');
	}
}

static void add_legend(const struct picture *p, struct under *u)
{
	if (p->any_used) {
		strbuf_printf(u->out, "<rect class=\"u\" x=\"8\" y=\"%d\" width=\"28\" height=\"4\"/>\n", u->y_px + 11);
		add_sentence(u, "n", 42, "The bar along the top of a box: how much of it is used.");
	}
	add_sentence(u, "n", 8, p->any_low ? "Boxes with a dashed edge are higher than to scale." : "To scale.");
	if (p->any_break)
		add_sentence(u, "n", 8, "Where a column is broken there is nothing.");
}

static void add_conflicts(const struct layout *l, struct under *u)
{
	enum { LISTED_MAX = 12 };
	char text[80];

	snprintf(text, sizeof(text), "%zu conflict%s", l->n_conflicts, l->n_conflicts == 1 ? "" : "s");
	u->y_px += 6;
	add_sentence(u, l->n_conflicts ? "c" : "n", 8, l->n_conflicts ? text : layout_no_conflicts(l));
	for (size_t i = 0; i < MIN(l->n_conflicts, (size_t)LISTED_MAX); i++) {
		struct strbuf words CLEANUP(strbuf_deinit) = STRBUF_INIT;
		layout_conflict_words(&words, &l->conflicts[i]);
		add_sentence(u, "c", 20, strbuf_text(&words));
	}
	if (l->n_conflicts > LISTED_MAX) {
		snprintf(text, sizeof(text), "and %zu more", l->n_conflicts - LISTED_MAX);
		add_sentence(u, "c", 20, text);
	}
	if (l->n_conflicts && l->incomplete)
		add_sentence(u, "c", 20, LAYOUT_INCOMPLETE);
}

/* ---- all of it ---- */

static size_t end_of_space(const struct layout *l, size_t i)
{
	size_t k = i;

	while (k < l->n_rows && l->rows[k].i_space == l->rows[i].i_space)
		k++;
	return k;
}

static void add_heading(const struct picture *p, int width_px)
{
	struct strbuf title CLEANUP(strbuf_deinit) = STRBUF_INIT;

	layout_title(&title, p->l);
	strbuf_puts(p->out, "<text class=\"t\" x=\"8\" y=\"22\">");
	add_short(p->out, title.n_bytes ? strbuf_text(&title) : "memory layout", (width_px - 16) * 10 / 15);
	strbuf_puts(p->out, "</text>\n");
}

static void draw(struct picture *p)
{
	const struct layout *l = p->l;
	struct strbuf below CLEANUP(strbuf_deinit) = STRBUF_INIT;
	int y_px = p->top_px + TOP_PX, n_columns = 0;

	for (size_t i = 0; i < l->n_rows; i = end_of_space(l, i), n_columns++) {
		int end_px = place_space(p, i, end_of_space(l, i));
		y_px = MAX(y_px, end_px);
	}
	int width_px = MAX(left_of(n_columns), WIDTH_MIN_PX);
	struct under under = { &below, y_px + 8, width_px };
	add_legend(p, &under);
	if (!p->in_page)
		add_conflicts(l, &under);
	int height_px = under.y_px + 14;
	strbuf_printf(
		p->out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"layout\" role=\"img\""
		" aria-label=\"memory layout\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\">\n<style>%s%s</style>\n",
		width_px, height_px, width_px, height_px, p->in_page ? page_colors : svg_colors, picture_style);
	strbuf_puts(p->out, "<rect style=\"fill:var(--back);stroke:none\" width=\"100%\" height=\"100%\"/>\n");
	if (!p->in_page)
		add_heading(p, width_px);
	for (size_t i = 0; i < l->n_mappings; i++)
		draw_mapping(p, &l->mappings[i]);
	int column = 0;
	for (size_t i = 0; i < l->n_rows; i = end_of_space(l, i))
		draw_space(p, i, end_of_space(l, i), left_of(column++));
	strbuf_add(p->out, strbuf_text(&below), below.n_bytes);
	strbuf_puts(p->out, "</svg>\n");
}

void svg_picture(struct strbuf *out, const struct layout *l, bool in_page)
{
	struct picture p = { .l = l,
			     .out = out,
			     .in_page = in_page,
			     .top_px = in_page ? 0 : TITLE_PX,
			     .boxes = calloc(l->n_rows + 1, sizeof(*p.boxes)) };

	collect_conflicts(&p);
	if (p.boxes && !arena_error(&p.arena))
		draw(&p);
	else
		out->error = -ENOMEM;
	names_deinit(&p.in_conflict);
	arena_deinit(&p.arena);
	free(p.boxes);
}

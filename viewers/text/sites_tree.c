/* A profile as a tree. Below the first level a line that calls one other line alone has it below itself at the same
 * indent, so that deep calls stay narrow. */
#include <errno.h>
#include <stdio.h>

#include "memprof/base/number.h"
#include "shared/sites_words.h"
#include "text/column.h"
#include "text/cut.h"
#include "text/sites.h"

enum { LEAST_PERMILLE = 5 }; /* less of the whole has no row of its own, but at the top, or if all are shown */

struct tree {
	struct strbuf *out;
	const struct sites *s;
	const struct text_style *style;
	uint64_t n_top;
	bool is_up;           /* callers below lines: those have no own part */
	struct strbuf indent; /* of the row at hand */
};

static void add_row(struct tree *t, uint64_t total, uint64_t own, const char *joint, const char *name)
{
	const char *indent = strbuf_text(&t->indent);

	text_sites_figure(t->out, t->s, total, t->style);
	text_sites_share(t->out, t->s, total);
	if (!t->is_up)
		text_sites_figure(t->out, t->s, own, t->style);
	strbuf_printf(t->out, "  %s%s", indent, joint);
	size_t n_before = (t->is_up ? 1 : 2) * SITES_SIZE_COLUMNS + SITES_SHARE_COLUMNS + 2;
	text_sites_name(t->out, name, n_before + text_columns_of(indent) + text_columns_of(joint), t->style);
}

/* How many children have rows of their own. */
static size_t n_shown(const struct tree *t, uint32_t node, size_t *ret_others, uint64_t *ret_rest)
{
	uint64_t least = t->n_top && node != 0 ? t->s->nodes[0].total.bytes / 1000 * LEAST_PERMILLE : 0;
	size_t n = 0;

	*ret_others = 0;
	*ret_rest = 0;
	for (uint32_t i = t->s->nodes[node].child; i != SITES_NONE; i = t->s->nodes[i].sibling) {
		const struct sites_sum *total = &t->s->nodes[i].total;
		if (*ret_others == 0 && (!t->n_top || n < t->n_top) && total->bytes >= least) {
			n++;
		} else {
			++*ret_others;
			*ret_rest += total->bytes;
		}
	}
	if (*ret_others == 1) { /* no row stands for one */
		*ret_others = 0;
		n++;
	}
	return n;
}

static void add_node(struct tree *t, uint32_t node, const char *joint, const char *below);

/* Children, with lines to those of one parent. Recursion ends at SITES_DEPTH_MAX. */
static void add_children(struct tree *t, uint32_t node)
{
	const char *const joints[] = { t->style->utf8 ? "├─ " : "|- ", t->style->utf8 ? "└─ " : "`- " };
	size_t n_others;
	uint64_t rest;
	size_t n = n_shown(t, node, &n_others, &rest);
	bool is_alone = n == 1 && n_others == 0 && t->s->nodes[node].parent != 0;
	uint32_t i = t->s->nodes[node].child;

	for (size_t k = 0; k < n; k++, i = t->s->nodes[i].sibling) {
		bool is_last = k + 1 == n && n_others == 0;
		if (is_alone || node == 0)
			add_node(t, i, "", "");
		else
			add_node(t, i, joints[is_last], is_last ? "   " : t->style->utf8 ? "│  " : "|  ");
	}
	if (n_others) {
		char name[40];
		snprintf(name, sizeof(name), "[%zu others]", n_others);
		add_row(t, rest, NOT_KNOWN, node == 0 ? "" : joints[1], name);
	}
}

static void add_node(struct tree *t, uint32_t node, const char *joint, const char *below)
{
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t n_indent = t->indent.n_bytes;

	sites_frame_words(&name, sites_frame_at(t->s, t->s->nodes[node].frame));
	add_row(t, t->s->nodes[node].total.bytes, t->s->nodes[node].own.bytes, joint, strbuf_text(&name));
	strbuf_puts(&t->indent, below);
	add_children(t, node);
	if (strbuf_error(&t->indent) < 0 || strbuf_error(&name) < 0) {
		t->out->error = -ENOMEM;
		return;
	}
	t->indent.n_bytes = n_indent;
	if (t->indent.text)
		t->indent.text[n_indent] = '\0';
}

void text_sites_tree(struct strbuf *out, const struct sites *s, const struct sites_view *view,
		     const struct text_style *style)
{
	struct sites inverted = { .n_nodes = 0 };
	struct tree t = { .out = out, .s = s, .style = style, .n_top = view->n_top };

	t.is_up = view->what == SITES_BOTTOM_UP;
	if (t.is_up) {
		if (sites_invert(s, &inverted) < 0) {
			out->error = -ENOMEM;
			return;
		}
		t.s = &inverted;
	}
	text_right(out, SITES_SIZE_COLUMNS, "total");
	text_right(out, SITES_SHARE_COLUMNS, "share");
	if (!t.is_up)
		text_right(out, SITES_SIZE_COLUMNS, "own");
	strbuf_puts(out, t.is_up ? "  line, and below it its callers\n" : "  line, and below it what it calls\n");
	add_children(&t, 0);
	if (t.s->nodes[0].own.bytes)
		add_row(&t, t.s->nodes[0].own.bytes, t.s->nodes[0].own.bytes, "", "[calls not known]");
	add_row(&t, t.s->nodes[0].total.bytes, NOT_KNOWN, "", "TOTAL");
	strbuf_deinit(&t.indent);
	sites_deinit(&inverted);
}

/* A profile as a tree: callers, and below each what it called, or lines, and below each its callers. Below the first
 * level a line that calls one other line alone has it below itself at the same indent, so that deep calls stay narrow.
 */
#include <errno.h>

#include "document/sites.h"
#include "shared/sites_words.h"

enum { LEAST_PERMILLE = 5 }; /* less of the whole has no row of its own, but at the top, or if all are shown */

struct tree_row {
	uint64_t total, own;
	uint32_t node;   /* SITES_NONE: others, or what text says */
	size_t n_others; /* 0: text */
	const char *text;
	uint32_t depth;
};

struct tree {
	const struct sites *s;
	uint64_t n_top;
	struct sites inverted;
	VEC(struct tree_row, rows);
	int error;
};

static void free_tree(void *ctx)
{
	struct tree *t = ctx;

	vec_deinit(t, rows);
	sites_deinit(&t->inverted);
}

static void add_row(struct tree *t, struct tree_row row)
{
	if (vec_push(t, rows, row) < 0)
		t->error = -ENOMEM;
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

/* Recursion ends at SITES_DEPTH_MAX. */
static void add_children(struct tree *t, uint32_t node, uint32_t depth)
{
	size_t n_others;
	uint64_t rest;
	size_t n = n_shown(t, node, &n_others, &rest);
	bool is_alone = n == 1 && n_others == 0 && t->s->nodes[node].parent != 0;
	uint32_t i = t->s->nodes[node].child, below = node == 0 ? 0 : is_alone ? depth : depth + 1;

	for (size_t k = 0; k < n; k++, i = t->s->nodes[i].sibling) {
		add_row(t,
			(struct tree_row){ t->s->nodes[i].total.bytes, t->s->nodes[i].own.bytes, i, .depth = below });
		add_children(t, i, below);
	}
	if (n_others)
		add_row(t, (struct tree_row){ rest, NOT_KNOWN, SITES_NONE, n_others, .depth = below });
}

enum { TOTAL, SHARE, OWN, LINE };

static const struct doc_column columns[] = {
	[TOTAL] = { NULL, "total", DOC_SIZE },
	[SHARE] = { NULL, "share", DOC_PERCENT },
	[OWN] = { NULL, "own", DOC_SIZE },
	[LINE] = { NULL, "line", DOC_TEXT, DOC_CUT_MIDDLE, .is_name = true },
};

static void fill_row(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct tree *t = ctx;
	const struct tree_row *row = &t->rows[i];
	bool is_up = t->s == &t->inverted; /* callers below lines have no own part */

	ret->depth = row->depth;
	ret->cells[TOTAL] = sites_amount(t->s, row->total);
	ret->cells[SHARE] = sites_share(t->s, row->total);
	ret->cells[OWN] = sites_amount(t->s, is_up ? NOT_KNOWN : row->own);
	if (row->node != SITES_NONE)
		sites_frame_words(doc_make(ret, LINE), sites_frame_at(t->s, t->s->nodes[row->node].frame));
	else if (row->n_others)
		strbuf_printf(doc_make(ret, LINE), "[%zu others]", row->n_others);
	else
		ret->cells[LINE] = DOC_T(row->text);
}

void document_sites_tree(struct document *d, const struct sites *s, const struct sites_view *view)
{
	struct tree *t = arena_zeroed(&d->arena, 1, sizeof(*t));
	bool is_up = view->what == SITES_BOTTOM_UP;

	if (!t)
		return;
	*t = (struct tree){ .s = s, .n_top = view->n_top };
	doc_own(d, t, free_tree);
	if (is_up && sites_invert(s, &t->inverted) < 0) {
		d->error = -ENOMEM;
		return;
	}
	t->s = is_up ? &t->inverted : s;
	add_children(t, 0, 0);
	if (t->s->nodes[0].own.bytes)
		add_row(t, (struct tree_row){ t->s->nodes[0].own.bytes, t->s->nodes[0].own.bytes, SITES_NONE,
					      .text = "[calls not known]" });
	add_row(t, (struct tree_row){ t->s->nodes[0].total.bytes, NOT_KNOWN, SITES_NONE, .text = "TOTAL" });
	if (t->error)
		d->error = t->error;
	doc_table(d, &(struct doc_table){ .title = is_up ? "Lines, and below each its callers" :
							   "Callers, and below each what it calls",
					  .note = s->unit == SITES_TIME ? "in us" : NULL,
					  DOC_COLUMNS(columns),
					  DOC_ROWS(t->n_rows, fill_row, t) });
}

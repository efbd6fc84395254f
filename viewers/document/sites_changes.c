/* What a profile has more or less than an older one, line by line. */
#include <inttypes.h>

#include "document/sites.h"
#include "shared/sites_words.h"
#include "text/cut.h"

static struct doc_span change_of(const struct sites *s, int64_t by)
{
	return doc_by_sign(s->unit == SITES_TIME ? DOC_MORE_N(by) : DOC_MORE(by));
}

void document_sites_changes_answer(struct document *d, const struct sites_view *view)
{
	const struct sites *s = view->sites;
	uint64_t old = view->before->nodes[0].total.bytes, new = view->after->nodes[0].total.bytes;

	d->max_bytes = SITES_COMMENT_BYTES;
	doc_source(d, DOC_T(text_file_beside(view->before_title, view->title)), DOC_T(" "), DOC_TO, DOC_T(" "),
		   DOC_T(text_file_beside(view->title, view->before_title)));
	doc_answer(d, DOC_FINE, DOC_T(view->alive_only ? "Not freed: " : sites_head(s, "Allocated: ", "Time: ")),
		   sites_amount(s, old), DOC_T(" "), DOC_TO, DOC_T(" "), sites_amount(s, new),
		   DOC_T(sites_head(s, "", " us")), DOC_T(" (about "), change_of(s, (int64_t)(new - old)), DOC_T(")"));
}

struct changes {
	const struct sites_view *view;
	const uint32_t *i_changes;
	size_t n_shown;
};

enum { BEFORE, AFTER, CHANGE, CHANCE, LINE };

static const struct doc_column columns[] = {
	[BEFORE] = { NULL, "before", DOC_SIZE },
	[AFTER] = { NULL, "after", DOC_SIZE },
	[CHANGE] = { NULL, "change", DOC_CHANGE, .has_bar = true },
	[CHANCE] = { NULL, "~", DOC_TEXT },
	[LINE] = { NULL, "line", DOC_TEXT, DOC_CUT_MIDDLE, .is_name = true },
};

static struct doc_span amount_of(const struct sites *s, const struct sites_sum *sum)
{
	return sites_amount(s, sum->n_samples + sum->bytes > 0 ? sum->bytes : NOT_KNOWN);
}

/* All of it first: it is never left out. */
static void fill_row(const void *ctx, size_t i, struct doc_row *ret)
{
	const struct changes *changes = ctx;
	const struct sites_view *view = changes->view;
	const struct sites_change *c = i ? &view->changes->changes[changes->i_changes[i - 1]] : NULL;
	const struct sites_sum *old = c ? &c->old : &view->before->nodes[0].total;
	const struct sites_sum *new = c ? &c->new : &view->after->nodes[0].total;

	ret->cells[BEFORE] = amount_of(view->sites, old);
	ret->cells[AFTER] = amount_of(view->sites, new);
	ret->cells[CHANGE] = change_of(view->sites, (int64_t)(new->bytes - old->bytes));
	if (c && sites_change_is_chance(view->before, view->after, c))
		ret->cells[CHANCE] = DOC_T("~");
	if (c)
		sites_change_words(doc_make(ret, LINE), view, c);
	else
		ret->cells[LINE] = DOC_T("TOTAL");
}

void document_sites_changes(struct document *d, const struct sites_view *view)
{
	struct changes *changes = arena_zeroed(&d->arena, 1, sizeof(*changes));
	uint32_t *i_changes = arena_zeroed(&d->arena, view->changes->n_changes + 1, sizeof(*i_changes));
	size_t n_same = 0, n_others = 0;
	bool any_is_chance = false;

	if (!changes || !i_changes)
		return;
	*changes = (struct changes){ .view = view, .i_changes = i_changes };
	for (size_t i = 0; i < view->changes->n_changes; i++) {
		const struct sites_change *c = &view->changes->changes[i];
		if (sites_change_by(c) == 0) {
			n_same++;
		} else if (view->n_top && changes->n_shown >= view->n_top) {
			n_others++;
		} else {
			i_changes[changes->n_shown++] = (uint32_t)i;
			any_is_chance |= sites_change_is_chance(view->before, view->after, c);
		}
	}
	doc_table(d, &(struct doc_table){ .title = view->alive_only ? "Changed lines, by what was not freed" :
								      "Changed lines",
					  .name = "changes",
					  .note = sites_head(view->sites, NULL, "in us"),
					  DOC_COLUMNS(columns),
					  DOC_ROWS(changes->n_shown + 1, fill_row, changes) });
	if (n_others)
		doc_item(d, DOC_OF(n_others, "more line"), DOC_T(" changed less."));
	if (n_same)
		doc_item(d, DOC_OF(n_same, "line"), DOC_T(n_same == 1 ? " is unchanged." : " are unchanged."));
	if (any_is_chance)
		doc_item(d, DOC_T("~ may be chance: there are too few samples to be sure."));
	if (view->before->how != view->after->how)
		doc_item(d, DOC_T("The older one was sampled in another way ("),
			 DOC_T(sites_how_name(view->before->how)), DOC_T(", not "),
			 DOC_T(sites_how_name(view->after->how)),
			 DOC_T("): 'sentinel' measures blocks of the heap, others what is requested."));
	if (view->changes->shares_no_line)
		doc_item(d, DOC_T("No line is in both: they are paired by the names of files and functions."));
	if (view->changes->n_left_out)
		doc_item(d, DOC_OF(view->changes->n_left_out, "line"),
			 DOC_T(" changed less than asked for, or did not grow: not listed."));
}

#include "shared/diff_words.h"

#include <inttypes.h>

#include "text/cut.h"

enum { ANSWER_PARTS = 4, LINE_COLUMNS = 79 };

void diff_words_percent(struct strbuf *out, uint64_t old_value, uint64_t new_value, const struct text_style *style)
{
	if (old_value == NOT_KNOWN || new_value == NOT_KNOWN || old_value == 0)
		return;
	bool negative = new_value < old_value;
	double part = (double)(negative ? old_value - new_value : new_value - old_value) / (double)old_value;
	if (part >= 100)
		strbuf_printf(out, "x%.0f", (double)new_value / (double)old_value);
	else
		strbuf_printf(out, "%s%.*f %%", sign_words(negative, style), part < 0.0005 ? 2 : 1, 100 * part);
}

/* ---- the answer ---- */

struct answer {
	struct strbuf *out;
	size_t begins; /* of the line */
	const struct text_style *style;
	bool begun;
	void (*write_name)(struct strbuf *out, const char *name);
};

/* Parts stand behind each other as long as there is room. */
static void add_part(struct answer *answer, const struct strbuf *text)
{
	struct strbuf *out = answer->out;
	size_t n_columns = text_columns_of(strbuf_text(out) + answer->begins) + text_columns_of(strbuf_text(text));
	bool fits = n_columns + 2 <= LINE_COLUMNS;

	if (answer->begun)
		strbuf_puts(out, fits ? ", " : ",\n");
	if (answer->begun && !fits)
		answer->begins = out->n_bytes;
	answer->begun = true;
	strbuf_add(out, strbuf_text(text), text->n_bytes);
}

static void part(struct answer *answer, const char *name, bool is_size, uint64_t old_value, uint64_t new_value,
		 bool percent)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	uint64_t was = old_value == NOT_KNOWN ? 0 : old_value, is = new_value == NOT_KNOWN ? 0 : new_value;

	answer->write_name(&text, name);
	strbuf_printf(&text, " %s",
		      is_size ? exact_change_words((int64_t)(is - was), answer->style).text :
				count_change_words((int64_t)(is - was), answer->style).text);
	if (percent && was && new_value != NOT_KNOWN) {
		strbuf_puts(&text, " (");
		diff_words_percent(&text, was, is, answer->style);
		strbuf_putc(&text, ')');
	}
	add_part(answer, &text);
}

static void unchanged(struct answer *answer, const char *name)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	answer->write_name(&text, name);
	strbuf_puts(&text, " unchanged");
	add_part(answer, &text);
}

static void answer_of_images(struct answer *answer, const struct diff *diff)
{
	size_t n = 0;

	for (size_t i = 0; i < diff->n_totals; i++) {
		const struct diff_row *total = &diff->totals[i];
		if (total->delta_bytes && n++ < ANSWER_PARTS)
			part(answer, total->name, true, total->old_bytes, total->new_bytes, true);
	}
	for (size_t i = 0; i < diff->n_totals && n > 0 && diff->n_totals <= ANSWER_PARTS; i++)
		if (diff->totals[i].delta_bytes == 0 && diff->totals[i].old_bytes)
			unchanged(answer, diff->totals[i].name);
	if (n > ANSWER_PARTS) {
		struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
		strbuf_printf(&text, "and %zu more", n - ANSWER_PARTS);
		add_part(answer, &text);
	}
	if (n == 0)
		strbuf_puts(answer->out,
			    diff->n_differences ? "As many bytes as before, otherwise divided" : "No difference");
}

static void answer_of_heaps(struct answer *answer, const struct diff *diff)
{
	static const struct {
		size_t figure;
		const char *name;
		bool is_size;
	} parts[] = {
		{ DIFF_USED_BYTES, "used", true },
		{ DIFF_LARGEST_FREE, "largest free block", true },
		{ DIFF_OBJECTS_COUNT, "objects", false },
	};
	bool any = false, known = false;

	for (size_t i = 0; i < diff->n_pools && i < ANSWER_PARTS; i++) {
		const struct diff_pool *pool = &diff->pools[i];
		answer->begun = false;
		for (size_t k = 0; k < ARRAY_SIZE(parts); k++) {
			const struct diff_figure *f = &pool->figures[parts[k].figure];
			known |= parts[k].figure == DIFF_USED_BYTES && f->old_value != NOT_KNOWN &&
				 f->new_value != NOT_KNOWN;
			if (f->old_value == f->new_value || f->old_value == NOT_KNOWN || f->new_value == NOT_KNOWN)
				continue;
			if (!answer->begun) {
				strbuf_puts(answer->out, any ? ";\n" : "");
				answer->begins = answer->out->n_bytes;
				answer->write_name(answer->out, pool->name);
				strbuf_puts(answer->out, ": ");
			}
			any = true;
			part(answer, parts[k].name, parts[k].is_size, f->old_value, f->new_value,
			     parts[k].figure == DIFF_USED_BYTES);
		}
	}
	if (!any)
		strbuf_puts(answer->out, known ? "As much is used as before, but not by the same objects" :
						 "How much is used is not known");
}

void diff_words_answer(struct strbuf *out, const struct diff *diff, const struct text_style *style,
		       void (*write_name)(struct strbuf *out, const char *name))
{
	struct answer answer = { .out = out, .begins = out->n_bytes, .style = style, .write_name = write_name };

	(diff->heaps ? answer_of_heaps : answer_of_images)(&answer, diff);
}

const char *diff_words_figure(size_t figure)
{
	static const char *const names[N_DIFF_FIGURES] = {
		[DIFF_TOTAL_BYTES] = "Total",     [DIFF_USED_BYTES] = "Used",
		[DIFF_FREE_BYTES] = "Free",       [DIFF_LARGEST_FREE] = "Largest free block",
		[DIFF_OBJECTS_COUNT] = "Objects", [DIFF_FREE_RUNS] = "Free runs",
	};

	return names[figure];
}

void diff_words_moment(struct strbuf *out, const struct diff_input *input,
		       void (*write_name)(struct strbuf *out, const char *name))
{
	if (!input->is_moment)
		return;
	strbuf_printf(out, "dump %" PRIu64 " of %" PRIu64, input->n_dump, input->n_dumps);
	if (input->label[0]) {
		strbuf_puts(out, " \"");
		write_name(out, input->label);
		strbuf_putc(out, '"');
	}
	if (input->time[0]) {
		strbuf_puts(out, ", ");
		write_name(out, input->time);
	}
}

bool diff_words_has(const struct diff *diff, enum diff_table table) { return diff->lists[table].n_all > 0; }

bool diff_words_any(const struct diff *diff)
{
	for (unsigned t = 0; t < N_DIFF_TABLES; t++)
		if (diff_words_has(diff, (enum diff_table)t))
			return true;
	return false;
}

const char *diff_words_none(const struct diff *diff)
{
	const struct diff_options *o = &diff->options;
	bool is_part = o->threshold_bytes || o->threshold_percent > 0 || o->filter || o->region || o->grown || o->asked;

	return is_part ? "No difference in what was asked for" : "No difference";
}

static void name_of(struct strbuf *out, const struct diff_view *view, const char *name, struct image_slice linkage)
{
	if (view->names == NAMES_LINKAGE && linkage.n_bytes)
		strbuf_add(out, linkage.text, linkage.n_bytes);
	else
		strbuf_puts(out, name);
}

void diff_words_name(struct strbuf *out, const struct diff_view *view, const struct diff_row *row)
{
	name_of(out, view, row->name, row->linkage);
}

void diff_words_from(struct strbuf *out, const struct diff_view *view, const struct diff_row *row)
{
	if (row->from)
		name_of(out, view, row->from, row->from_linkage);
}

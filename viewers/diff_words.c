#include "diff_words.h"

#include <inttypes.h>
#include <stdio.h>

enum { ANSWER_PARTS = 4 };

void diff_words_number(struct strbuf *out, uint64_t value)
{
	char digits[24];
	int n = snprintf(digits, sizeof(digits), "%" PRIu64, value);

	for (int i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			strbuf_putc(out, ',');
		strbuf_putc(out, digits[i]);
	}
}

static const char *sign_of(bool negative, bool utf8)
{
	return !negative ? "+" : utf8 ? "\xe2\x88\x92" : "-";
}

void diff_words_delta(struct strbuf *out, int64_t delta, bool utf8)
{
	if (delta)
		strbuf_puts(out, sign_of(delta < 0, utf8));
	diff_words_number(out, delta < 0 ? 0 - (uint64_t)delta : (uint64_t)delta);
}

void diff_words_percent(struct strbuf *out, uint64_t old_value, uint64_t new_value, bool utf8)
{
	if (old_value == NOT_KNOWN || new_value == NOT_KNOWN || old_value == 0)
		return;
	bool negative = new_value < old_value;
	double part = (double)(negative ? old_value - new_value : new_value - old_value) / (double)old_value;
	if (part >= 100)
		strbuf_printf(out, "x%.0f", (double)new_value / (double)old_value);
	else
		strbuf_printf(out, "%s%.*f %%", sign_of(negative, utf8), part < 0.0005 ? 2 : 1, 100 * part);
}

static void part(struct strbuf *out, bool *begun, const char *name, const char *unit, uint64_t old_value,
		 uint64_t new_value, bool percent, bool utf8, void (*write_name)(struct strbuf *out, const char *name))
{
	uint64_t was = old_value == NOT_KNOWN ? 0 : old_value, is = new_value == NOT_KNOWN ? 0 : new_value;

	strbuf_puts(out, *begun ? ", " : "");
	*begun = true;
	write_name(out, name);
	strbuf_putc(out, ' ');
	diff_words_delta(out, (int64_t)(is - was), utf8);
	strbuf_puts(out, unit);
	if (percent && old_value != NOT_KNOWN && old_value && new_value != NOT_KNOWN) {
		strbuf_puts(out, " (");
		diff_words_percent(out, old_value, new_value, utf8);
		strbuf_putc(out, ')');
	}
}

static void answer_of_images(struct strbuf *out, const struct diff *diff, bool utf8,
			     void (*write_name)(struct strbuf *out, const char *name))
{
	bool begun = false;
	size_t n = 0;

	for (size_t i = 0; i < diff->n_totals; i++) {
		const struct diff_row *total = &diff->totals[i];
		if (total->delta_bytes && n++ < ANSWER_PARTS)
			part(out, &begun, total->name, " B", total->old_bytes, total->new_bytes, true, utf8,
			     write_name);
	}
	if (n > ANSWER_PARTS)
		strbuf_printf(out, ", and %zu more", n - ANSWER_PARTS);
	if (n == 0)
		strbuf_puts(out, "As many bytes as before, otherwise divided");
}

static void answer_of_heaps(struct strbuf *out, const struct diff *diff, bool utf8,
			    void (*write_name)(struct strbuf *out, const char *name))
{
	static const struct { size_t figure; const char *name, *unit; } parts[] = {
		{ DIFF_USED_BYTES, "used", " B" }, { DIFF_FREE_BYTES, "free", " B" },
		{ DIFF_LARGEST_FREE, "largest free block", " B" }, { DIFF_OBJECTS_COUNT, "objects", "" },
	};
	bool any = false;

	for (size_t i = 0; i < diff->n_pools && i < ANSWER_PARTS; i++) {
		const struct diff_pool *pool = &diff->pools[i];
		bool begun = false;
		for (size_t k = 0; k < ARRAY_SIZE(parts); k++) {
			const struct diff_figure *f = &pool->figures[parts[k].figure];
			if (f->old_value == f->new_value || f->old_value == NOT_KNOWN || f->new_value == NOT_KNOWN)
				continue;
			if (!begun) {
				strbuf_puts(out, any ? "; " : "");
				write_name(out, pool->name);
				strbuf_puts(out, ": ");
			}
			any = true;
			part(out, &begun, parts[k].name, parts[k].unit, f->old_value, f->new_value,
			     parts[k].figure == DIFF_USED_BYTES, utf8, write_name);
		}
	}
	if (!any)
		strbuf_puts(out, "As many bytes in as many objects as before, lying elsewhere");
}

void diff_words_answer(struct strbuf *out, const struct diff *diff, bool utf8,
		       void (*write_name)(struct strbuf *out, const char *name))
{
	(diff->heaps ? answer_of_heaps : answer_of_images)(out, diff, utf8, write_name);
}

const char *diff_words_figure(size_t figure)
{
	static const char *const names[N_DIFF_FIGURES] = {
		[DIFF_TOTAL_BYTES] = "Total", [DIFF_USED_BYTES] = "Used", [DIFF_FREE_BYTES] = "Free",
		[DIFF_LARGEST_FREE] = "Largest free block", [DIFF_OBJECTS_COUNT] = "Objects", [DIFF_FREE_RUNS] = "Free runs",
	};

	return names[figure];
}

bool diff_words_has(const struct diff *diff, enum diff_table table)
{
	return table == DIFF_RUNS ? diff->n_runs > 0 : diff->lists[table].n_rows > 0;
}

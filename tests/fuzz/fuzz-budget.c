/* Any bytes as a budget; what passes gets other limits, and must then be read as the same budget with those. */
#include "fuzz.h"
#include "memprof/analysis/budget.h"
#include "memprof/analysis/check.h"

enum { CHANGES_MAX = 4096 };

static void see_entry(const struct budget_entry *entry, size_t n_bytes)
{
	MUST(entry->at.line > 0 && entry->n_limits <= BUDGET_LIMITS_MAX);
	if (entry->fault) {
		MUST(entry->fault[0] && entry->fault_at.line > 0 && entry->n_limits == 0);
		return;
	}
	MUST(entry->n_limits > 0 && entry->pattern && entry->pattern[0]);
	MUST(entry->when != WHEN_MARK || entry->label[0]);
	for (size_t i = 0; i < entry->n_limits; i++) {
		const struct budget_limit *limit = &entry->limits[i];
		MUST(limit->spec->subjects & SUBJECT_BIT(entry->subject));
		MUST(limit->from_byte <= limit->to_byte && limit->to_byte < n_bytes && limit->text[0]);
		MUST(limit->amount.whole <= INT64_MAX &&
		     (limit->spec->figure == FIGURE_FITS) == (limit->fits_bytes > 0));
	}
}

/* Figures near the limits, and others, out of the text itself. */
static size_t tighten(const struct budget *budget, const uint8_t *data, size_t size, struct budget_change *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < budget->n_entries; i++) {
		for (size_t j = 0; j < budget->entries[i].n_limits && n < CHANGES_MAX; j++) {
			const struct budget_limit *limit = &budget->entries[i].limits[j];
			uint8_t by = data[(limit->to_byte * 7 + j) % size];
			uint64_t now = limit->amount.whole / 128 * (by & 0x7f) + (by >> 3);
			struct figure_value value = { .known = by != 7,
						      .amount = (int64_t)(now & INT64_MAX),
						      .ratio = by / 255.0 };
			uint64_t capacity_bytes = by & 2 ? NOT_KNOWN : now + (by & 0xf0);
			ret[n].limit = limit;
			n += budget_ratchet(limit, &value, capacity_bytes, by / 1000.0, by & 1, ret[n].literal);
		}
	}
	return n;
}

static void assert_same(const struct budget *a, const struct budget *b, const struct budget_change *changes, size_t n)
{
	MUST(a->n_entries == b->n_entries);
	for (size_t i = 0, k = 0; i < a->n_entries; i++) {
		const struct budget_entry *x = &a->entries[i], *y = &b->entries[i];
		MUST(x->n_limits == y->n_limits && !x->fault == !y->fault && x->subject == y->subject);
		for (size_t j = 0; j < x->n_limits; j++) {
			bool changed = k < n && changes[k].limit == &x->limits[j];
			const char *literal = changed ? changes[k].literal : x->limits[j].text;
			size_t quote = changed && literal[0] == '"';
			MUST(x->limits[j].spec == y->limits[j].spec);
			MUST(strncmp(y->limits[j].text, literal + quote, strlen(literal) - 2 * quote) == 0);
			k += changed;
		}
	}
}

FUZZ(data, size)
{
	static struct budget_change changes[CHANGES_MAX];
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct budget *budget = NULL, *again = NULL;
	struct diag diag = { .text = "" };
	int r = budget_read((const char *)data, size, "fuzz.json", &budget, &diag);

	if (r < 0) {
		MUST((r == -EINVAL || r == -EFBIG) && !budget && diag.text[0] && diag.at.line > 0);
		return;
	}
	MUST(budget->n_entries > 0);
	for (size_t i = 0; i < budget->n_entries; i++)
		see_entry(&budget->entries[i], size);
	size_t n = tighten(budget, data, size, changes);
	budget_edit(&out, (const char *)data, size, changes, n);
	MUST(strbuf_error(&out) == 0);
	MUST(budget_read(strbuf_text(&out), out.n_bytes, "again.json", &again, &diag) == 0);
	assert_same(budget, again, changes, n);
	budget_free(budget);
	budget_free(again);
}

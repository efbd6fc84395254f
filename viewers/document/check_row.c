#include "document/check_row.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
	NAME_MAX_BYTES = 120,     /* of a name in a sentence */
	SENTENCE_MAX_BYTES = 480, /* of somebody else */
	DECIMALS = 2,
	DECIMALS_MAX = 6, /* of a ratio: so many that two that differ can be told apart */
};

/* ---- names ---- */

/* Of a long one most of the end, which tells more of a path and of a template, and some of the beginning. */
static void name_of(struct strbuf *out, const char *name)
{
	size_t n = strlen(name), n_head = NAME_MAX_BYTES / 3, i_tail = n - MIN(n, (size_t)NAME_MAX_BYTES) + n_head;

	if (n <= NAME_MAX_BYTES) {
		strbuf_puts(out, name);
		return;
	}
	while (n_head > 0 && (name[n_head] & 0xc0) == 0x80)
		n_head--;
	while ((name[i_tail] & 0xc0) == 0x80)
		i_tail++;
	strbuf_add(out, name, n_head);
	strbuf_printf(out, "..%s", name + i_tail);
}

void check_sentence(struct strbuf *out, const char *text)
{
	size_t n = strlen(text);
	bool cut = n > SENTENCE_MAX_BYTES;

	if (cut)
		for (n = SENTENCE_MAX_BYTES; (text[n] & 0xc0) == 0x80;)
			n--;
	strbuf_add(out, text, n);
	strbuf_puts(out, cut ? ".." : "");
}

const char *check_file(const struct check *check, const struct check_row *row)
{
	return row->at.file ? row->at.file : check->name ? check->name : "budget";
}

static bool is_glob(const char *pattern)
{
	for (; *pattern; pattern++) {
		if (strchr("*?[", *pattern))
			return true;
		pattern += *pattern == '\\' && pattern[1];
	}
	return false;
}

/* "used", "growth", "largest_free loss", "fits 16384 B", "objects of kind T", "size in FLASH". */
static void figure_of(struct strbuf *out, const struct check_row *row)
{
	const struct limit_spec *spec = row->limit->spec;
	bool is_main = spec->figure == FIGURE_USED || spec->figure == FIGURE_SIZE || spec->figure == FIGURE_KEPT;

	if (!spec->growth || !is_main)
		strbuf_puts(out, figure_kind_name(spec->figure));
	if (spec->growth)
		strbuf_puts(out, is_main ? "growth" : " growth");
	else if (spec->loss)
		strbuf_puts(out, " loss");
	else if (spec->figure == FIGURE_FITS)
		strbuf_printf(out, " %" PRIu64 " B", row->limit->fits_bytes);
	if (row->entry->kind)
		strbuf_printf(out, " of kind %c", row->entry->kind);
	if (row->entry->in)
		strbuf_printf(out, " in %s", row->entry->in);
}

/* " at every but x and 2 more" */
static void qualifiers(struct strbuf *out, const struct budget_entry *entry)
{
	if (entry->subject == SUBJECT_HEAP && entry->when == WHEN_MARK)
		strbuf_printf(out, " at mark:%s", entry->label);
	else if (entry->subject == SUBJECT_HEAP && entry->when != WHEN_LAST)
		strbuf_printf(out, " at %s", budget_when_name(entry->when));
	if (entry->n_except)
		strbuf_printf(out, " but %s", entry->except[0]);
	if (entry->n_except > 1)
		strbuf_printf(out, " and %zu more", entry->n_except - 1);
}

/* Of a thing that fits the pattern, or of the pattern. */
static void subject_of(struct strbuf *out, const struct check_row *row, const char *thing)
{
	struct strbuf rest CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (!row->entry || !thing) {
		strbuf_puts(out, row->entry ? "an entry of the budget" : "the budget");
		return;
	}
	strbuf_printf(out, "%s ", figure_subject_name(row->entry->subject));
	name_of(out, thing);
	if (!row->limit)
		return;
	strbuf_putc(&rest, ' ');
	figure_of(&rest, row);
	qualifiers(&rest, row->entry);
	name_of(out, strbuf_text(&rest));
}

static const char *pattern_of(const struct check_row *row) { return row->entry ? row->entry->pattern : NULL; }

void check_subject(struct strbuf *out, const struct check_row *row) { subject_of(out, row, pattern_of(row)); }

static void put_figure(struct strbuf *out, const struct check_row *row)
{
	if (!row->limit)
		return;
	strbuf_putc(out, '.');
	figure_of(out, row);
}

static const char *thing_of(const struct check_row *row)
{
	const char *pattern = pattern_of(row);

	return row->limit && row->found ? row->found : pattern ? pattern : "budget";
}

static void entry_of(struct strbuf *out, const struct check_row *row)
{
	if (!row->entry || !row->entry->name || !*row->entry->name)
		return;
	name_of(out, row->entry->name);
	strbuf_puts(out, ": ");
}

void check_name(struct strbuf *out, const struct check_row *row)
{
	struct strbuf figure CLEANUP(strbuf_deinit) = STRBUF_INIT;

	entry_of(out, row);
	if (row->limit && is_glob(row->entry->pattern))
		strbuf_printf(out, "%s ", figure_subject_name(row->entry->subject));
	name_of(out, thing_of(row));
	put_figure(&figure, row);
	name_of(out, strbuf_text(&figure));
}

void check_title(struct strbuf *out, const struct check_row *row)
{
	entry_of(out, row);
	check_subject(out, row);
}

void check_what(struct strbuf *out, const struct check_row *row)
{
	entry_of(out, row);
	subject_of(out, row, row->found ? row->found : pattern_of(row));
}

/* ---- numbers ---- */

static bool is_ratio(const struct check_row *row) { return row->limit->spec->unit == UNIT_RATIO; }

static bool is_size(const struct check_row *row)
{
	enum budget_unit unit = row->limit->spec->unit;

	return unit == UNIT_BYTES || unit == UNIT_BYTES_PER_HOUR;
}

static double amount_of(const struct check_row *row, const struct figure_value *value)
{
	return is_ratio(row) ? value->ratio : (double)value->amount;
}

static int decimals_of(const struct check_row *row)
{
	double a = row->value.ratio, b = row->limit_value.ratio;
	int n = DECIMALS;

	while (n < DECIMALS_MAX && a != b && round(a * pow(10, n)) == round(b * pow(10, n)))
		n++;
	return n;
}

static struct doc_span number_of(const struct check_row *row, int64_t n, bool with_sign)
{
	if (is_size(row))
		return doc_exact(with_sign || n < 0 ? DOC_MORE(n) : DOC_BYTES((uint64_t)n));
	return with_sign || n < 0 ? DOC_MORE_N(n) : DOC_N((uint64_t)n);
}

enum unit { BARE, WITH_UNIT };

/* A number without its unit stands before one that has it, or behind. */
static void put_number(struct document *d, struct doc_block *ret, const struct check_row *row,
		       const struct figure_value *value, bool with_sign, enum unit with)
{
	static const char *const units[] = { [UNIT_BYTES_PER_HOUR] = "/h", [UNIT_MILLISECONDS] = " ms" };
	enum budget_unit unit = row->limit->spec->unit;
	struct doc_span span = number_of(row, value->amount, with_sign);
	char ratio[40];

	span.bare = with == BARE;
	snprintf(ratio, sizeof(ratio), with_sign ? "%+.*f" : "%.*f", decimals_of(row), value->ratio);
	if (!value->known)
		span = DOC_T("?");
	else if (is_ratio(row))
		span = DOC_T(ratio);
	doc_put(d, ret, DOC_T(with_sign && value->known && !is_ratio(row) && value->amount == 0 ? "+" : ""), span);
	if (with == WITH_UNIT && row->limit->spec->figure == FIGURE_FITS)
		doc_put(d, ret, DOC_T(" times"));
	else if (with == WITH_UNIT && unit < ARRAY_SIZE(units) && units[unit])
		doc_put(d, ret, DOC_T(units[unit]));
}

/* " (331784 → 339220)" */
static void put_change(struct document *d, struct doc_block *ret, const struct check_row *row)
{
	if (!check_is_growth(row) || !row->base.known || !row->now.known)
		return;
	doc_put(d, ret, DOC_T(" ("));
	put_number(d, ret, row, &row->base, false, BARE);
	doc_put(d, ret, DOC_T(" "), DOC_TO, DOC_T(" "));
	put_number(d, ret, row, &row->now, false, BARE);
	doc_put(d, ret, DOC_T(")"));
}

void check_put_value(struct document *d, struct doc_block *ret, const struct check_row *row)
{
	if (!row->limit || !row->value.known)
		return;
	put_number(d, ret, row, &row->value, row->limit->spec->growth, WITH_UNIT);
	put_change(d, ret, row);
}

/* ", more than the 131072 B there are" */
static void put_idle(struct document *d, struct doc_block *ret, const struct check_row *row)
{
	if (row->idle)
		doc_put(d, ret, DOC_T(", more than the "), doc_exact(DOC_BYTES(row->largest_capacity_bytes)),
			DOC_T(" there are"));
}

void check_put_limit(struct document *d, struct doc_block *ret, const struct check_row *row)
{
	if (!row->limit || !row->limit_value.known)
		return;
	doc_put(d, ret, DOC_T(row->limit->spec->least ? "at least " : "at most "));
	put_number(d, ret, row, &row->limit_value, false, WITH_UNIT);
	if (row->limit->amount.is == AMOUNT_PERCENT && row->limit->text)
		doc_put(d, ret, DOC_T(" ("), DOC_T(row->limit->text), DOC_T(")"));
	put_idle(d, ret, row);
}

void check_put_margin(struct document *d, struct doc_block *ret, const struct check_row *row)
{
	if (row->limit && row->margin.known)
		put_number(d, ret, row, &row->margin, false,
			   row->limit->spec->figure == FIGURE_FITS ? BARE : WITH_UNIT);
}

/* ---- how close it is ---- */

double check_used_part(const struct check_row *row)
{
	double value = amount_of(row, &row->value), limit = amount_of(row, &row->limit_value);
	double part = row->limit->spec->least ? limit / value : value / limit;
	bool known = row->value.known && row->limit_value.known && value >= 0 && limit >= 0;

	return known && part >= 0 && part <= 1 ? part : NAN;
}

/* Rounded down: what is not full is not 100 %. */
static struct doc_span part_of(double part) { return DOC_PART((uint64_t)floor(part * 1000 + 1e-6)); }

static void put_margin_left(struct document *d, struct doc_block *ret, const struct check_row *row)
{
	if (amount_of(row, &row->margin) > 0)
		check_put_margin(d, ret, row);
	else
		doc_put(d, ret, DOC_T("nothing"));
	doc_put(d, ret, DOC_T(" left"));
}

void check_put_left(struct document *d, struct doc_block *ret, const struct check_row *row)
{
	double used = check_used_part(row);

	put_margin_left(d, ret, row);
	if (!isnan(used) && used < 1)
		doc_put(d, ret, DOC_T(" ("), part_of(1 - used), DOC_T(")"));
}

static void put_against(struct document *d, struct doc_block *ret, const struct check_row *row, const char *sign)
{
	put_number(d, ret, row, &row->value, row->limit->spec->growth, BARE);
	doc_put(d, ret, DOC_T(sign));
	put_number(d, ret, row, &row->limit_value, false, WITH_UNIT);
	put_change(d, ret, row);
}

static void put_broken(struct document *d, struct doc_block *ret, const struct check_row *row)
{
	bool least = row->limit->spec->least;
	struct figure_value over = row->margin;

	put_against(d, ret, row, least ? " < " : " > ");
	if (check_is_growth(row) || !over.known)
		return;
	if (!least) {
		over.amount = over.amount == INT64_MIN ? INT64_MAX : -over.amount;
		over.ratio = -over.ratio;
	}
	doc_put(d, ret, DOC_T(" ("));
	put_number(d, ret, row, &over, true, BARE);
	doc_put(d, ret, DOC_T(")"));
}

/* With a minimum there is no part that is used up. */
static void put_warned(struct document *d, struct doc_block *ret, const struct check_row *row, const char *sign)
{
	double used = check_used_part(row);

	if (row->limit->spec->least || isnan(used)) {
		put_against(d, ret, row, sign);
		doc_put(d, ret, DOC_T(amount_of(row, &row->margin) > 0 ? ", only " : ", "));
		put_margin_left(d, ret, row);
		return;
	}
	doc_put(d, ret, DOC_T("at "), part_of(used), DOC_T(" of "));
	put_number(d, ret, row, &row->limit_value, false, WITH_UNIT);
	put_change(d, ret, row);
}

void check_put_figures(struct document *d, struct doc_block *ret, const struct check_row *row)
{
	const char *sign = row->limit->spec->least ? " >= " : " <= ";

	if (row->status == CHECK_FAIL) {
		put_broken(d, ret, row);
	} else if (row->idle) {
		put_against(d, ret, row, sign);
		put_idle(d, ret, row);
		doc_put(d, ret, DOC_T(": it cannot be broken"));
	} else if (row->warned) {
		put_warned(d, ret, row, sign);
	} else {
		put_against(d, ret, row, sign);
		doc_put(d, ret, DOC_T(", "));
		check_put_left(d, ret, row);
	}
}

/* ---- sentences ---- */

static void put_text(struct document *d, struct doc_block *ret, const char *text,
		     void (*words)(struct strbuf *out, const char *text))
{
	struct strbuf cut CLEANUP(strbuf_deinit) = STRBUF_INIT;

	words(&cut, text);
	doc_put(d, ret, DOC_T(strbuf_text(&cut)));
}

static void put_name(struct document *d, struct doc_block *ret, const struct check_row *row,
		     void (*words)(struct strbuf *out, const struct check_row *row))
{
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;

	words(&name, row);
	doc_put(d, ret, DOC_T(strbuf_text(&name)));
}

void check_put_causes(struct document *d, struct doc_block *ret, const struct check_row *row)
{
	for (size_t i = 0; row->status == CHECK_FAIL && i < row->n_causes; i++) {
		const struct figure_part *cause = &row->causes[i];
		struct doc_span change = doc_exact(DOC_MORE(cause->delta_bytes));
		change.bare = true;
		doc_put(d, ret, DOC_T(i > 0 ? ", " : ""));
		put_text(d, ret, cause->name, name_of);
		if (cause->delta_bytes != FIGURE_NO_DELTA)
			doc_put(d, ret, DOC_T(cause->delta_bytes == 0 ? " +" : " "), change);
		else if (cause->size_bytes != NOT_KNOWN && !cause->named_size)
			doc_put(d, ret, DOC_T(" "), doc_exact(DOC_BYTES(cause->size_bytes)));
	}
}

size_t check_n_others(const struct check_row *row)
{
	return row->status == CHECK_FAIL ? MIN(row->n_others, (size_t)CHECK_OTHERS_MAX) : 0;
}

/* ", and 2 more: libnet.a +50, libc.a +20" */
static void put_others(struct document *d, struct doc_block *ret, const struct check_row *row)
{
	size_t n = check_n_others(row);
	bool growth = row->limit && row->limit->spec->growth;

	if (n > 0)
		doc_put(d, ret, DOC_T(", and "), DOC_N(row->n_others),
			DOC_T(row->n_others <= CHECK_OTHERS_MAX ? " more: " : " more, as "));
	for (size_t i = 0; i < n; i++) {
		doc_put(d, ret, DOC_T(i == 0 ? "" : ", "));
		put_text(d, ret, row->others[i].name, name_of);
		doc_put(d, ret, DOC_T(" "));
		put_number(d, ret, row, &row->others[i].value, growth, growth ? BARE : WITH_UNIT);
	}
}

void check_put_what(struct document *d, struct doc_block *ret, const struct check_row *row)
{
	put_name(d, ret, row, check_what);
	if (row->moment) {
		doc_put(d, ret, DOC_T(" ("));
		put_text(d, ret, row->moment, name_of);
		doc_put(d, ret, DOC_T(")"));
	}
	put_others(d, ret, row);
}

/* Between a name and its figures: a colon where the name is several words. */
static const char *between(const struct check_row *row)
{
	struct strbuf figure CLEANUP(strbuf_deinit) = STRBUF_INIT;

	put_figure(&figure, row);
	return strchr(thing_of(row), ' ') || strchr(strbuf_text(&figure), ' ') ? ": " : " ";
}

void check_put_row(struct document *d, struct doc_block *ret, const struct check_row *row)
{
	bool judged = check_is_judged(row);

	put_name(d, ret, row, row->limit ? check_name : entry_of);
	doc_put(d, ret, DOC_T(judged ? between(row) : row->limit ? ": " : ""));
	if (!judged) {
		put_text(d, ret, row->fault && *row->fault ? row->fault : "it could not be judged", check_sentence);
		return;
	}
	check_put_figures(d, ret, row);
	doc_put(d, ret, DOC_T(row->moment ? ", at " : ""));
	put_text(d, ret, row->moment ? row->moment : "", name_of);
	put_others(d, ret, row);
	if (row->status == CHECK_FAIL && row->n_causes > 0)
		doc_put(d, ret, DOC_T(check_n_others(row) > 0 ? "; because of " : ": "));
	check_put_causes(d, ret, row);
}

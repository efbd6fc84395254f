#include "shared/check_words.h"

#include <inttypes.h>
#include <math.h>
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

void check_words_sentence(struct strbuf *out, const char *text)
{
	size_t n = strlen(text);
	bool cut = n > SENTENCE_MAX_BYTES;

	if (cut)
		for (n = SENTENCE_MAX_BYTES; (text[n] & 0xc0) == 0x80;)
			n--;
	strbuf_add(out, text, n);
	strbuf_puts(out, cut ? ".." : "");
}

const char *check_words_file(const struct check *check, const struct check_row *row)
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

void check_words_subject(struct strbuf *out, const struct check_row *row) { subject_of(out, row, pattern_of(row)); }

struct check_name check_words_name_of(const struct check_row *row)
{
	const char *pattern = pattern_of(row);
	struct check_name ret = { .thing = pattern ? pattern : "budget" };

	if (row->entry && row->entry->name && *row->entry->name)
		ret.entry = row->entry->name;
	if (!row->limit)
		return ret;
	ret.thing = row->found ? row->found : pattern;
	if (is_glob(pattern))
		ret.subject = figure_subject_name(row->entry->subject);
	return ret;
}

void check_words_figure(struct strbuf *out, const struct check_row *row)
{
	if (!row->limit)
		return;
	strbuf_putc(out, '.');
	figure_of(out, row);
}

static void entry_of(struct strbuf *out, const struct check_row *row)
{
	const char *name = check_words_name_of(row).entry;

	if (!name)
		return;
	name_of(out, name);
	strbuf_puts(out, ": ");
}

void check_words_name(struct strbuf *out, const struct check_row *row)
{
	const struct check_name name = check_words_name_of(row);
	struct strbuf figure CLEANUP(strbuf_deinit) = STRBUF_INIT;

	entry_of(out, row);
	if (name.subject)
		strbuf_printf(out, "%s ", name.subject);
	name_of(out, name.thing);
	check_words_figure(&figure, row);
	name_of(out, strbuf_text(&figure));
}

void check_words_title(struct strbuf *out, const struct check_row *row)
{
	entry_of(out, row);
	check_words_subject(out, row);
}

void check_words_what(struct strbuf *out, const struct check_row *row)
{
	entry_of(out, row);
	subject_of(out, row, row->found ? row->found : pattern_of(row));
}

/* ---- figures ---- */

static bool is_ratio(const struct check_row *row) { return row->limit->spec->unit == UNIT_RATIO; }

static int decimals_of(const struct check_row *row)
{
	double a = row->value.ratio, b = row->limit_value.ratio;
	int n = DECIMALS;

	while (n < DECIMALS_MAX && a != b && round(a * pow(10, n)) == round(b * pow(10, n)))
		n++;
	return n;
}

static bool is_size(const struct check_row *row)
{
	enum budget_unit unit = row->limit->spec->unit;

	return unit == UNIT_BYTES || unit == UNIT_BYTES_PER_HOUR;
}

static struct number_words amount_words(const struct check_row *row, uint64_t amount, const struct text_style *style)
{
	return is_size(row) ? figure_words(amount, style) :
			      count_words(amount, row->limit->spec->unit == UNIT_MILLISECONDS ? NULL : style);
}

static void number(struct strbuf *out, const struct check_row *row, const struct figure_value *value, bool with_sign,
		   const struct text_style *style)
{
	int64_t n = value->amount;

	if (!value->known)
		strbuf_putc(out, '?');
	else if (is_ratio(row))
		strbuf_printf(out, with_sign ? "%+.*f" : "%.*f", decimals_of(row), value->ratio);
	else
		strbuf_printf(out, "%s%s",
			      n < 0     ? "-" :
			      with_sign ? "+" :
					  "",
			      amount_words(row, n < 0 ? 0 - (uint64_t)n : (uint64_t)n, style).text);
}

/* What stands behind a number. */
static const char *unit_of(const struct check_row *row, const struct text_style *style)
{
	static const char *const units[] = {
		[UNIT_BYTES] = " B",         [UNIT_COUNT] = "", [UNIT_RATIO] = "", [UNIT_BYTES_PER_HOUR] = " B/h",
		[UNIT_MILLISECONDS] = " ms",
	};
	enum budget_unit unit = row->limit->spec->unit;

	if (row->limit->spec->figure == FIGURE_FITS)
		return " times";
	if (is_size(row) && style && style->sizes == SIZES_HUMAN) /* it has one */
		return unit == UNIT_BYTES ? "" : "/h";
	return units[unit];
}

/* " (331784 -> 339220)" */
static void from_to(struct strbuf *out, const struct check_row *row, const struct text_style *style)
{
	if (!check_is_growth(row) || !row->base.known || !row->now.known)
		return;
	strbuf_puts(out, " (");
	number(out, row, &row->base, false, style);
	strbuf_puts(out, " -> ");
	number(out, row, &row->now, false, style);
	strbuf_putc(out, ')');
}

void check_words_value(struct strbuf *out, const struct check_row *row)
{
	if (!row->limit || !row->value.known)
		return;
	number(out, row, &row->value, row->limit->spec->growth, NULL);
	strbuf_puts(out, unit_of(row, NULL));
	from_to(out, row, NULL);
}

/* ", more than the 131072 B there are" */
static void idle(struct strbuf *out, const struct check_row *row, const struct text_style *style)
{
	if (row->idle)
		strbuf_printf(out, ", more than the %s there are",
			      exact_words(row->largest_capacity_bytes, style).text);
}

void check_words_limit(struct strbuf *out, const struct check_row *row)
{
	if (!row->limit || !row->limit_value.known)
		return;
	strbuf_puts(out, row->limit->spec->least ? "at least " : "at most ");
	number(out, row, &row->limit_value, false, NULL);
	strbuf_puts(out, unit_of(row, NULL));
	if (row->limit->amount.is == AMOUNT_PERCENT && row->limit->text)
		strbuf_printf(out, " (%s)", row->limit->text);
	idle(out, row, NULL);
}

static void margin(struct strbuf *out, const struct check_row *row, const struct text_style *style)
{
	if (!row->limit || !row->margin.known)
		return;
	number(out, row, &row->margin, false, style);
	if (row->limit->spec->figure != FIGURE_FITS)
		strbuf_puts(out, unit_of(row, style));
}

void check_words_margin(struct strbuf *out, const struct check_row *row) { margin(out, row, NULL); }

/* ---- how close it is ---- */

static double amount_of(const struct check_row *row, const struct figure_value *value)
{
	return is_ratio(row) ? value->ratio : (double)value->amount;
}

double check_words_used_part(const struct check_row *row)
{
	double value = amount_of(row, &row->value), limit = amount_of(row, &row->limit_value);
	double part = row->limit->spec->least ? limit / value : value / limit;
	bool known = row->value.known && row->limit_value.known && value >= 0 && limit >= 0;

	return known && part >= 0 && part <= 1 ? part : NAN;
}

/* Rounded down: what is not full is not 100 %. */
static void percent(struct strbuf *out, double part) { strbuf_printf(out, "%.1f %%", floor(part * 1000 + 1e-6) / 10); }

/* "312 B left" */
static void left(struct strbuf *out, const struct check_row *row, const struct text_style *style)
{
	if (amount_of(row, &row->margin) > 0)
		margin(out, row, style);
	else
		strbuf_puts(out, "nothing");
	strbuf_puts(out, " left");
}

void check_words_left(struct strbuf *out, const struct check_row *row, const struct text_style *style)
{
	double used = check_words_used_part(row);

	left(out, row, style);
	if (!isnan(used) && used < 1) {
		strbuf_puts(out, " (");
		percent(out, 1 - used);
		strbuf_putc(out, ')');
	}
}

static void compare(struct strbuf *out, const struct check_row *row, const char *sign, const struct text_style *style)
{
	number(out, row, &row->value, row->limit->spec->growth, style);
	strbuf_printf(out, " %s ", sign);
	number(out, row, &row->limit_value, false, style);
	strbuf_puts(out, unit_of(row, style));
	from_to(out, row, style);
}

static void broken(struct strbuf *out, const struct check_row *row, const struct text_style *style)
{
	bool least = row->limit->spec->least;
	struct figure_value over = row->margin;

	compare(out, row, least ? "<" : ">", style);
	if (check_is_growth(row) || !over.known)
		return;
	if (!least) {
		over.amount = over.amount == INT64_MIN ? INT64_MAX : -over.amount;
		over.ratio = -over.ratio;
	}
	strbuf_puts(out, " (");
	number(out, row, &over, true, style);
	strbuf_putc(out, ')');
}

/* With a minimum there is no part that is used up. */
static void warned(struct strbuf *out, const struct check_row *row, const struct text_style *style)
{
	double used = check_words_used_part(row);

	if (row->limit->spec->least || isnan(used)) {
		compare(out, row, row->limit->spec->least ? ">=" : "<=", style);
		strbuf_puts(out, amount_of(row, &row->margin) > 0 ? ", only " : ", ");
		left(out, row, style);
		return;
	}
	strbuf_puts(out, "at ");
	percent(out, used);
	strbuf_puts(out, " of ");
	number(out, row, &row->limit_value, false, style);
	strbuf_puts(out, unit_of(row, style));
	from_to(out, row, style);
}

void check_words_moment(struct strbuf *out, const struct check_row *row)
{
	name_of(out, row->moment ? row->moment : "");
}

void check_words_figures(struct strbuf *out, const struct check_row *row, const struct text_style *style)
{
	if (row->status == CHECK_FAIL) {
		broken(out, row, style);
	} else if (row->idle) {
		compare(out, row, "<=", style);
		idle(out, row, style);
		strbuf_puts(out, ": it cannot be broken");
	} else if (row->warned) {
		warned(out, row, style);
	} else {
		compare(out, row, row->limit->spec->least ? ">=" : "<=", style);
		strbuf_puts(out, ", ");
		check_words_left(out, row, style);
	}
}

/* ---- sentences ---- */

void check_words_cause(struct strbuf *out, const struct figure_part *cause, const struct text_style *style)
{
	name_of(out, cause->name);
	if (cause->delta_bytes != FIGURE_NO_DELTA)
		strbuf_printf(out, " %s%s", cause->delta_bytes < 0 ? "" : "+",
			      balance_words(cause->delta_bytes, style).text);
	else if (cause->size_bytes != NOT_KNOWN && !cause->named_size)
		strbuf_printf(out, " %s", exact_words(cause->size_bytes, style).text);
}

size_t check_words_n_others(const struct check_row *row)
{
	return row->status == CHECK_FAIL ? MIN(row->n_others, (size_t)CHECK_OTHERS_MAX) : 0;
}

void check_words_more(struct strbuf *out, const struct check_row *row)
{
	bool all = row->n_others <= CHECK_OTHERS_MAX;

	strbuf_printf(out, all ? "%zu more: " : "%zu more, as ", row->n_others);
}

void check_words_other(struct strbuf *out, const struct check_row *row, size_t i, const struct text_style *style)
{
	bool growth = row->limit->spec->growth;

	name_of(out, row->others[i].name);
	strbuf_putc(out, ' ');
	number(out, row, &row->others[i].value, growth, style);
	strbuf_puts(out, growth ? "" : unit_of(row, style));
}

void check_words_others(struct strbuf *out, const struct check_row *row)
{
	size_t n = check_words_n_others(row);

	if (n > 0)
		check_words_more(out, row);
	for (size_t i = 0; i < n; i++) {
		strbuf_puts(out, i == 0 ? "" : ", ");
		check_words_other(out, row, i, NULL);
	}
}

/* ", and 2 more: libnet.a +50, libc.a +20" */
static bool and_others(struct strbuf *out, const struct check_row *row)
{
	struct strbuf others CLEANUP(strbuf_deinit) = STRBUF_INIT;

	check_words_others(&others, row);
	if (others.n_bytes == 0)
		return false;
	strbuf_puts(out, ", and ");
	strbuf_add(out, others.text, others.n_bytes);
	return true;
}

void check_words_what_all(struct strbuf *out, const struct check_row *row)
{
	check_words_what(out, row);
	strbuf_puts(out, row->moment ? " (" : "");
	check_words_moment(out, row);
	strbuf_puts(out, row->moment ? ")" : "");
	and_others(out, row);
}

void check_words_fault(struct strbuf *out, const struct check_row *row)
{
	check_words_sentence(out, row->fault && *row->fault ? row->fault : "it could not be judged");
}

void check_words_advice(struct strbuf *out, const struct check_row *row)
{
	check_words_sentence(out, row->advice ? row->advice : "");
}

const char *check_words_between(const struct check_row *row)
{
	struct strbuf figure CLEANUP(strbuf_deinit) = STRBUF_INIT;

	check_words_figure(&figure, row);
	return strchr(check_words_name_of(row).thing, ' ') || strchr(strbuf_text(&figure), ' ') ? ": " : " ";
}

void check_words_row(struct strbuf *out, const struct check_row *row)
{
	if (row->limit) {
		check_words_name(out, row);
		strbuf_puts(out, check_is_judged(row) ? check_words_between(row) : ": ");
	} else {
		entry_of(out, row);
	}
	if (!check_is_judged(row)) {
		check_words_fault(out, row);
		return;
	}
	check_words_figures(out, row, NULL);
	strbuf_puts(out, row->moment ? ", at " : "");
	check_words_moment(out, row);
	bool others = and_others(out, row);
	for (size_t i = 0; row->status == CHECK_FAIL && i < row->n_causes; i++) {
		strbuf_puts(out, i > 0 ? ", " : others ? "; because of " : ": ");
		check_words_cause(out, &row->causes[i], NULL);
	}
}

void check_words_old_limit(struct strbuf *out, const struct check_row *row)
{
	strbuf_puts(out, row->old_limit ? row->old_limit : "");
}

void check_words_new_limit(struct strbuf *out, const struct check_row *row)
{
	strbuf_puts(out, row->new_limit ? row->new_limit : "");
}

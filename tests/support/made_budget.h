/* Budgets made by hand, and what a check says of them. */
#pragma once

#include "memprof/analysis/check.h"
#include "unit.h"

struct made_budget {
	struct budget budget;
	struct budget_entry entries[64];
};

#define WHOLE(n) ((struct budget_amount){ .is = AMOUNT_WHOLE, .whole = (n) })
#define PART(kind, part)                                                                  \
	{                                                                                 \
		.is = (kind), .millionths = (uint64_t)((part)*1e6 + 0.5), .ratio = (part) \
	}

static inline struct budget_amount made_part(bool of_whole, double part)
{
	struct budget_amount percent = PART(AMOUNT_PERCENT, part), ratio = PART(AMOUNT_RATIO, part);

	return of_whole ? percent : ratio;
}
#define PERCENT(part) made_part(true, part)
#define RATIO(part)   made_part(false, part)

static inline struct budget_entry *made_entry(struct made_budget *b, enum figure_subject subject, const char *pattern)
{
	struct budget_entry *entry = &b->entries[b->budget.n_entries++];

	assert_true(b->budget.n_entries <= ARRAY_SIZE(b->entries));
	b->budget.entries = b->entries;
	*entry = (struct budget_entry){ .subject = subject, .pattern = pattern };
	entry->each = SUBJECT_BIT(subject) &
		      (SUBJECT_BIT(SUBJECT_REGION) | SUBJECT_BIT(SUBJECT_PARTITION) | SUBJECT_BIT(SUBJECT_IMPORT) |
		       SUBJECT_BIT(SUBJECT_TEST) | SUBJECT_BIT(SUBJECT_FUNCTION) | SUBJECT_BIT(SUBJECT_HEAP));
	entry->at = (struct place){ .file = "budget.json", .line = b->budget.n_entries, .col = 3 };
	return entry;
}

static inline struct budget_limit *made_limit(struct budget_entry *entry, const char *key, struct budget_amount amount)
{
	struct budget_limit *limit = &entry->limits[entry->n_limits++];

	*limit = (struct budget_limit){ .spec = limit_spec_find(key, entry->subject),
					.amount = amount,
					.at = entry->at };
	if (!limit->spec)
		fail_msg("%s is no limit on %s", key, figure_subject_name(entry->subject));
	return limit;
}

/* An entry with one limit. */
static inline struct budget_entry *made(struct made_budget *b, enum figure_subject subject, const char *pattern,
					const char *key, struct budget_amount amount)
{
	struct budget_entry *entry = made_entry(b, subject, pattern);

	made_limit(entry, key, amount);
	return entry;
}

static inline struct budget_amount made_amount(const char *word)
{
	char *end;
	double number = strtod(word, &end);

	if (end[0] == '%')
		return PERCENT(number / 100);
	return strchr(word, '.') ? RATIO(number) : WHOLE(strtoull(word, NULL, 0));
}

/* The words of a line of a case: SUBJECT PATTERN, of "each", "in=REGION", "except=A,B", "warn=AMOUNT", "at=WHEN",
 * "label=LABEL" and "kind=K" those that it has, and then limits, KEY AMOUNT each, or KEY@BYTES of "fits". The words are
 * kept. */
static inline struct budget_entry *made_words(struct made_budget *b, char **words)
{
	static const char *but[64];
	static size_t n_but;
	enum figure_subject subject = SUBJECT_REGION;

	while (strcmp(figure_subject_name(subject), words[0]) != 0)
		assert_true(++subject < N_SUBJECTS);
	struct budget_entry *entry = made_entry(b, subject, words[1]);
	for (words += 2; *words; words++)
		if (strcmp(*words, "each") == 0) {
			entry->each = true;
		} else if (strncmp(*words, "in=", 3) == 0) {
			entry->in = *words + 3;
		} else if (strncmp(*words, "warn=", 5) == 0) {
			entry->has_warning = true;
			entry->warn_at = made_amount(*words + 5);
		} else if (strncmp(*words, "except=", 7) == 0) {
			n_but = n_but < 32 ? n_but : 0;
			entry->except = &but[n_but];
			for (char *name = strtok(*words + 7, ","); name; name = strtok(NULL, ","))
				but[n_but++] = name;
			entry->n_except = (size_t)(&but[n_but] - entry->except);
		} else if (strncmp(*words, "label=", 6) == 0) {
			entry->label = *words + 6;
		} else if (strncmp(*words, "kind=", 5) == 0) {
			entry->kind = words[0][5];
		} else if (strncmp(*words, "at=", 3) == 0) {
			while (strcmp(budget_when_name(entry->when), *words + 3) != 0)
				assert_true(++entry->when <= WHEN_MARK);
		} else {
			char *fits = strchr(words[0], '@');
			if (fits)
				*fits++ = '\0';
			made_limit(entry, words[0], made_amount(words[1]))->fits_bytes =
				fits ? strtoull(fits, NULL, 0) : 0;
			words++;
		}
	return entry;
}

/* "FAIL warned 12 of 10, -2 left" and so on: the row as a line. */
static inline void row_line(struct strbuf *out, const struct check_row *row)
{
	bool is_ratio = row->limit && row->limit->spec->unit == UNIT_RATIO;

	strbuf_printf(out, "%s%s", check_status_name(row->status), row->warned ? " warned" : "");
	if (row->value.known && is_ratio)
		strbuf_printf(out, " %.3f of %.3f, %.3f left", row->value.ratio, row->limit_value.ratio,
			      row->margin.ratio);
	else if (row->value.known)
		strbuf_printf(out, " %lld of %lld, %lld left", (long long)row->value.amount,
			      (long long)row->limit_value.amount, (long long)row->margin.amount);
	if (row->found)
		strbuf_printf(out, " (%s)", row->found);
	for (size_t i = 0; i < row->n_causes; i++) {
		strbuf_printf(out, "%s%s", i ? ", " : " because ", row->causes[i].name);
		if (row->causes[i].delta_bytes != FIGURE_NO_DELTA)
			strbuf_printf(out, " %+lld", (long long)row->causes[i].delta_bytes);
		if (row->causes[i].size_bytes != NOT_KNOWN)
			strbuf_printf(out, " %llu", (unsigned long long)row->causes[i].size_bytes);
	}
	if (row->fault)
		strbuf_printf(out, ": %s", row->fault);
}

/* The row as a line, with what growth was and is, its capacity, its moment and the advice. */
static inline void row_facts(struct strbuf *out, const struct check_row *row)
{
	row_line(out, row);
	if (row->base.known && row->limit->spec->unit == UNIT_RATIO)
		strbuf_printf(out, "; was %.3f, is %.3f", row->base.ratio, row->now.ratio);
	else if (row->base.known)
		strbuf_printf(out, "; was %lld, is %lld", (long long)row->base.amount, (long long)row->now.amount);
	if (row->capacity_bytes != NOT_KNOWN)
		strbuf_printf(out, "; in %llu", (unsigned long long)row->capacity_bytes);
	if (row->moment)
		strbuf_printf(out, "; at %s", row->moment);
	if (row->advice)
		strbuf_printf(out, "; advice: %s", row->advice);
	strbuf_puts(out, "\n");
}

/* All rows, and the others that break the same limit. */
static inline void check_facts(struct strbuf *out, const struct check *check)
{
	for (size_t i = 0; i < check->n_rows; i++) {
		const struct check_row *row = &check->rows[i];
		for (size_t k = 0; k < row->n_others && k < CHECK_OTHERS_MAX; k++)
			strbuf_printf(out, "%s%s %lld", k ? ", " : "after ", row->others[k].name,
				      (long long)row->others[k].value.amount);
		if (row->n_others)
			strbuf_printf(out, " (%zu): ", row->n_others);
		strbuf_puts(out, row->idle ? "idle: " : "");
		row_facts(out, row);
	}
	strbuf_printf(out, "exit %d; %zu passed, %zu failed, %zu warned\n", check_worst(check),
		      (size_t)check->n_of[CHECK_PASS], (size_t)check->n_of[CHECK_FAIL], (size_t)check->n_warned);
}

#define assert_row(c, i, line) assert_row_is(&(c)->rows[i], line, __FILE__, __LINE__)
static inline void assert_row_is(const struct check_row *row, const char *line, const char *file, int at)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;

	row_line(&out, row);
	if (strcmp(strbuf_text(&out), line) != 0)
		print_error("%s:%d: %s\n  is  %s\n  not %s\n", file, at, row->entry->pattern, strbuf_text(&out), line);
	assert_string_equal(strbuf_text(&out), line);
}

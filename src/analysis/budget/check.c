/* What makes the rows of a check pass or fail. */
#include "memprof/analysis/check.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "budget/check_private.h"
#include "budget/private.h"

const char *check_status_name(enum check_status status)
{
	static const char *const names[N_CHECK_STATUSES] = {
		[CHECK_PASS] = "pass",
		[CHECK_FAIL] = "fail",
		[CHECK_ERROR] = "error",
		[CHECK_SKIP] = "skip",
	};

	return names[status];
}

/* ---- one figure against one limit ---- */

/* A part of an amount: up or down to a whole number. */
static int64_t part_of(uint64_t millionths, int64_t amount, bool up)
{
	bool negative = amount < 0;
	uint64_t whole = negative ? 0 - (uint64_t)amount : (uint64_t)amount;
	int64_t ret = (int64_t)MIN(budget_part_of(whole, millionths, up != negative), (uint64_t)INT64_MAX);

	return negative ? -ret : ret;
}

static struct figure_value difference(struct figure_value a, struct figure_value b)
{
	struct figure_value ret = { .known = a.known && b.known, .ratio = a.ratio - b.ratio };

	if (__builtin_sub_overflow(a.amount, b.amount, &ret.amount))
		ret.amount = a.amount < 0 ? INT64_MIN : INT64_MAX;
	return ret;
}

/* What of a figure is limited, how far, and what is left. Returns why not, or NULL. */
static const char *measure(const struct budget_limit *limit, const struct figure *figure, struct check_row *ret)
{
	const struct limit_spec *spec = limit->spec;
	bool against_base = spec->growth || spec->loss;

	if (!figure->value.known)
		return figure->unknown ? figure->unknown : "no input reports this figure";
	if (against_base && !figure->base.known)
		return figure->unknown ? figure->unknown : "the baseline does not report this figure";
	ret->value = !against_base ? figure->value :
		     spec->growth  ? difference(figure->value, figure->base) :
				     difference(figure->base, figure->value);
	ret->limit_value = (struct figure_value){ .known = true };
	if (spec->unit == UNIT_RATIO) {
		ret->limit_value.ratio = limit->amount.ratio;
	} else if (limit->amount.is == AMOUNT_WHOLE) {
		ret->limit_value.amount = (int64_t)MIN(limit->amount.whole, (uint64_t)INT64_MAX);
	} else if (against_base) {
		ret->limit_value.amount = part_of(limit->amount.millionths, MAX(figure->base.amount, 0), false);
	} else {
		if (figure->capacity_bytes == NOT_KNOWN)
			return figure->unknown ? figure->unknown :
						 "a percentage needs its capacity, which is not known; give bytes";
		ret->limit_value.amount = part_of(limit->amount.millionths, figure_bytes(figure->capacity_bytes).amount,
						  spec->least);
	}
	ret->margin = spec->least ? difference(ret->value, ret->limit_value) : difference(ret->limit_value, ret->value);
	if (fabs(ret->margin.ratio) < 1e-9) /* 1 - 0.4 is not 0.6 */
		ret->margin.ratio = 0;
	return NULL;
}

static bool is_broken(const struct check_row *row)
{
	return row->limit->spec->unit == UNIT_RATIO ? row->margin.ratio < 0 : row->margin.amount < 0;
}

double check_closeness(double value, double whole, bool least)
{
	double part = whole > 0 ? value / whole : least || value > 0 ? INFINITY : 0;

	return least ? -part : MAX(part, 0.0);
}

static double closeness(const struct check_row *row)
{
	double whole = check_is_growth(row) ? (double)row->base.amount : (double)row->capacity_bytes;

	return check_closeness((double)row->value.amount, whole, row->limit->spec->least);
}

/* A percent is of something else for each thing: the one closest to it in percent is the one that --update and warn_at
 * go by, however many bytes it has left. Of two figures that are equally close to their limits the first stays. */
static bool is_closer(const struct check_row *row, const struct check_row *than)
{
	if (row->limit->spec->unit == UNIT_RATIO)
		return row->margin.ratio < than->margin.ratio;
	if (row->limit->amount.is == AMOUNT_WHOLE)
		return row->margin.amount < than->margin.amount;
	if (is_broken(row) != is_broken(than))
		return is_broken(row);
	double is = closeness(row), was = closeness(than);
	return is > was || (is == was && row->margin.amount < than->margin.amount);
}

/* Among figures of one limit. Of growth and loss it is by how much they went the wrong way. */
static bool is_worse(const struct limit_spec *spec, struct figure_value value, struct figure_value than)
{
	double difference = spec->unit == UNIT_RATIO ? value.ratio - than.ratio :
						       (double)value.amount - (double)than.amount;

	return spec->least ? difference < 0 : difference > 0;
}

/* The worst first. */
static void add_other(struct check_row *row, const char *name, struct figure_value value)
{
	size_t n = MIN(row->n_others, (size_t)CHECK_OTHERS_MAX), i = n;

	row->n_others++;
	while (i > 0 && is_worse(row->limit->spec, value, row->others[i - 1].value))
		i--;
	if (i == CHECK_OTHERS_MAX)
		return;
	n = MIN(n, (size_t)CHECK_OTHERS_MAX - 1);
	memmove(&row->others[i + 1], &row->others[i], (n - i) * sizeof(row->others[0]));
	row->others[i] = (struct check_other){ name, value };
}

static const char *copied(struct check *c, const char *text)
{
	return text ? arena_text(&c->arena, text, strlen(text)) : NULL;
}

/* The name of what a figure is of, where that is another than the row's own; NULL. */
static const char *other_name(struct check *c, const struct check_row *row, struct image_slice name)
{
	return slice_is(name, row->entry->pattern) ? NULL : arena_text(&c->arena, name.text, name.n_bytes);
}

static void keep_figure(struct check *c, struct check_row *row, const struct figure *figure)
{
	row->found = other_name(c, row, figure->name);
	row->moment = copied(c, figure->moment);
	row->capacity_bytes = figure->capacity_bytes;
	row->now = figure->value;
	row->base = figure->base;
	row->i_found = figure->i_row;
	row->n_causes = MIN(figure->n_parts, (size_t)CHECK_CAUSES_MAX);
	for (size_t i = 0; i < row->n_causes; i++) {
		row->causes[i] = figure->parts[i];
		row->causes[i].name = copied(c, figure->parts[i].name);
	}
}

/* Why a bound from below proves nothing; NULL: it does. A value that keeps the limit may be larger, and what grew above
 * such a base may have been there. */
static const char *doubt(const struct check_row *row, const struct figure *figure)
{
	if (figure->value.at_least && !row->limit->spec->least && !is_broken(row))
		return "only a lower bound of it is known, which keeps the limit";
	if (figure->base.at_least && row->limit->spec->growth && is_broken(row))
		return "only a lower bound of it is known in the baseline";
	return NULL;
}

void check_offer(struct check *c, struct check_row *row, const struct figure *figure)
{
	struct check_row offered = *row;

	row->skip = figure->skip ? figure->skip : check_is_growth(row) ? figure->skip_growth : NULL;
	if (row->skip)
		return;
	offered.capacity_bytes = figure->capacity_bytes;
	offered.base = figure->base;
	const char *fault = measure(row->limit, figure, &offered);

	if (!fault)
		fault = doubt(&offered, figure);
	const char *name = fault ? other_name(c, row, figure->name) : NULL;
	if (name)
		check_cannot(c, row, figure->advice, "%s: %s", name, fault);
	else if (fault)
		check_cannot(c, row, figure->advice, "%s", fault);
	if (fault)
		return;
	row->largest_capacity_bytes = row->value.known ? MAX(row->largest_capacity_bytes, figure->capacity_bytes) :
							 figure->capacity_bytes;
	if (row->value.known && !is_closer(&offered, row)) {
		if (is_broken(&offered))
			add_other(row, arena_text(&c->arena, figure->name.text, figure->name.n_bytes), offered.value);
		return;
	}
	if (row->value.known && is_broken(row))
		add_other(row, row->found ? row->found : row->entry->pattern, row->value);
	row->value = offered.value;
	row->limit_value = offered.limit_value;
	row->margin = offered.margin;
	keep_figure(c, row, figure);
}

void check_cannot(struct check *c, struct check_row *row, const char *advice, const char *format, ...)
{
	va_list ap;

	if (row->fault)
		return;
	va_start(ap, format);
	row->fault = arena_vprintf(&c->arena, format, ap);
	va_end(ap);
	row->advice = advice;
}

void check_cannot_except(struct check *c, struct check_row *row)
{
	check_cannot(c, row, NULL, "'except' leaves out everything %s '%s'",
		     check_is_glob(row->entry->pattern) ? "that matches" : "named", row->entry->pattern);
}

/* ---- inputs ---- */

bool check_asks(const struct check *c, unsigned subjects)
{
	for (size_t i = 0; i < c->n_rows; i++)
		if (c->rows[i].limit && subjects & SUBJECT_BIT(c->rows[i].entry->subject))
			return true;
	return false;
}

void check_fail(struct check *c, enum check_input input, const char *format, ...)
{
	va_list ap;

	c->given[input] = true;
	if (c->failed[input])
		return;
	va_start(ap, format);
	c->failed[input] = arena_vprintf(&c->arena, format, ap);
	va_end(ap);
	if (!c->trouble)
		c->trouble = c->failed[input];
}

static enum check_input input_of(enum figure_subject subject)
{
	return subject == SUBJECT_PARTITION               ? CHECK_OF_PARTITIONS :
	       subject == SUBJECT_IMPORT                  ? CHECK_OF_IMPORTS :
	       subject == SUBJECT_TEST                    ? CHECK_OF_TESTS :
	       subject == SUBJECT_FUNCTION                ? CHECK_OF_FUNCTIONS :
	       subject == SUBJECT_HEAP                    ? CHECK_OF_HEAP :
	       SUBJECT_BIT(subject) & SUBJECTS_OF_OBJECTS ? CHECK_OF_MEMORY :
							    CHECK_OF_BUILD;
}

enum {
	OF_IMAGES = SUBJECT_BIT(SUBJECT_IMPORT) - 1,
	OF_BUILDS = SUBJECT_BIT(SUBJECT_PARTITION) - 1,
	OF_HEAPS = SUBJECT_BIT(SUBJECT_HEAP),
	OF_BOARDS = OF_HEAPS | SUBJECT_BIT(SUBJECT_IMPORT) | SUBJECTS_OF_OBJECTS, /* --live and --run give all of it */
	OF_TESTS = SUBJECT_BIT(SUBJECT_TEST),
};
static const struct {
	const char *missing, *advice;
	enum check_input baseline;
	const char *of; /* what it is given for; NULL: it is not given by itself */
	unsigned subjects;
} inputs[N_CHECK_INPUTS] = {
	[CHECK_OF_BUILD] = { "no build was given", "give --map FILE or --elf FILE", CHECK_OF_BASELINE_BUILD, "a build",
			     OF_BUILDS },
	[CHECK_OF_HEAP] = { "no heap was given", "give --dump FILE, --live SOURCE or --run SCRIPT.py",
			    CHECK_OF_BASELINE_HEAP, "a heap", OF_BOARDS },
	[CHECK_OF_PARTITIONS] = { "no partitions were given", "give --partitions FILE, or the --board that has them",
				  CHECK_OF_BASELINE_PARTITIONS },
	[CHECK_OF_IMPORTS] = { "no imports were followed", "give --run SCRIPT.py", CHECK_OF_BASELINE_IMPORTS },
	[CHECK_OF_MEMORY] = { "no memory was read", "give --memory FILE, --live SOURCE or --run SCRIPT.py",
			      CHECK_OF_BASELINE_MEMORY, "objects of a heap", SUBJECTS_OF_OBJECTS },
	[CHECK_OF_TESTS] = { "no tests were run", "give --run 'tests/*.py' --per-test SOURCE", CHECK_OF_BASELINE_TESTS,
			     "tests", OF_TESTS },
	[CHECK_OF_FUNCTIONS] = { "no program was run", "give --run SCRIPT.py", CHECK_OF_FUNCTIONS },
	[CHECK_OF_BASELINE_BUILD] = { "no older build was given to compare with",
				      "give --baseline OLD, a map or an ELF", 0, "the growth of a build", OF_IMAGES },
	[CHECK_OF_BASELINE_HEAP] = { "no older heap was given to compare with", "give --baseline OLD, a saved log", 0,
				     "the growth of a heap", OF_HEAPS },
	[CHECK_OF_BASELINE_IMPORTS] = { "no older imports were given to compare with",
					"give --baseline OLD, what run --imports --json wrote" },
	[CHECK_OF_BASELINE_MEMORY] = { "no older memory was given to compare with",
				       "give --baseline OLD, a file of snap --memory", 0,
				       "the growth of objects of a heap", SUBJECTS_OF_OBJECTS },
	[CHECK_OF_BASELINE_TESTS] = { "no older tests were given to compare with",
				      "give --baseline OLD, what check --per-test -o json:OLD wrote", 0,
				      "the growth of tests", OF_TESTS },
	[CHECK_OF_BASELINE_PARTITIONS] = { "no older firmware was given to compare with",
					   "give --baseline OLD, the older map or .bin" },
};

/* An older input tells causes, too, of all limits. An invalid entry may have been the limit, and partitions are filled
 * by all inputs. */
const char *check_unused(const struct check *c, enum check_input input)
{
	bool is_used = !c->given[input] || c->failed[input] || c->n_rows == 0 ||
		       check_asks(c, inputs[input].subjects | SUBJECT_BIT(SUBJECT_PARTITION));

	for (size_t i = 0; i < c->n_rows; i++)
		is_used |= !c->rows[i].limit;
	return is_used ? NULL : inputs[input].of;
}

/* ---- the answer ---- */

/* One that keeps the limit does not hide one that is not known; one that breaks it does. */
static bool must_all_be_known(enum figure_subject subject)
{
	return subject == SUBJECT_IMPORT || subject == SUBJECT_TEST;
}

/* What a row needs and does not have: its status then. CHECK_PASS: nothing. */
static enum check_status lacks(const struct check *c, enum check_input input, struct check_row *row)
{
	if (c->given[input] && !c->failed[input])
		return CHECK_PASS;
	row->fault = c->given[input] ? c->failed[input] : inputs[input].missing;
	row->advice = c->given[input] ? NULL : inputs[input].advice;
	return !c->given[input] && c->allow_missing ? CHECK_SKIP : CHECK_ERROR;
}

static bool is_ratio_near(const struct budget_amount *warn, const struct check_row *row)
{
	double limit = row->limit_value.ratio, part = warn->ratio * (1 - 1e-12); /* 0.7 * 0.1 is above 0.07 */

	if (warn->is == AMOUNT_PERCENT)
		return limit > 0 && row->value.ratio >= part * limit;
	return row->value.ratio >= part;
}

/* Of what must be at least so much the limit is the part that is used up. */
static bool is_amount_near(const struct budget_amount *warn, const struct check_row *row)
{
	int64_t value = row->value.amount, limit = row->limit_value.amount;
	bool least = row->limit->spec->least;

	if (warn->is != AMOUNT_PERCENT) {
		int64_t at = (int64_t)MIN(warn->whole, (uint64_t)INT64_MAX);
		return least ? value <= at : value >= at;
	}
	if (limit <= 0)
		return false;
	return least ? limit >= part_of(warn->millionths, value, true) :
		       value >= part_of(warn->millionths, limit, true);
}

/* How near to its limit a figure may come in silence. No limit on a ratio is a least one. */
static bool is_warned(const struct check_row *row)
{
	const struct budget_amount *warn = &row->entry->warn_at;

	if (!row->entry->has_warning)
		return false;
	return row->limit->spec->unit == UNIT_RATIO ? is_ratio_near(warn, row) : is_amount_near(warn, row);
}

bool check_wants_causes(const struct check_row *row) { return row->value.known && (is_broken(row) || is_warned(row)); }

bool check_would_want_causes(const struct check_row *row, const struct figure *figure)
{
	struct check_row offered = *row;

	return !measure(row->limit, figure, &offered) && check_wants_causes(&offered);
}

/* A percent is of what there is, and growth has no end. */
static bool is_idle(const struct check_row *row)
{
	const struct limit_spec *spec = row->limit->spec;
	bool of_bytes = spec->unit == UNIT_BYTES && row->limit->amount.is == AMOUNT_WHOLE;

	return of_bytes && !spec->least && !check_is_growth(row) &&
	       row->limit->amount.whole > row->largest_capacity_bytes;
}

static enum check_status judge(const struct check *c, struct check_row *row)
{
	if (!row->limit)
		return CHECK_ERROR;
	enum check_input input = input_of(row->entry->subject);
	enum check_status status = lacks(c, input, row);
	if (status == CHECK_PASS && check_is_growth(row))
		status = lacks(c, inputs[input].baseline, row);
	if (status != CHECK_PASS)
		return status;
	if (!row->value.known && row->skip && !row->fault) {
		row->fault = row->skip;
		return CHECK_SKIP;
	}
	if (!row->value.known || (row->fault && must_all_be_known(row->entry->subject) && !is_broken(row))) {
		*row = (struct check_row){ .entry = row->entry,
					   .limit = row->limit,
					   .at = row->at,
					   .capacity_bytes = NOT_KNOWN,
					   .largest_capacity_bytes = NOT_KNOWN,
					   .fault = row->fault,
					   .advice = row->advice };
		if (!row->fault)
			row->fault = "nothing has that name";
		return CHECK_ERROR;
	}
	row->fault = row->advice = NULL; /* something else that fits has none */
	if (is_broken(row))
		return CHECK_FAIL;
	row->warned = is_warned(row);
	row->idle = is_idle(row);
	return CHECK_PASS;
}

void check_judge(struct check *c)
{
	for (size_t i = 0; i < c->n_rows; i++) {
		struct check_row *row = &c->rows[i];
		row->status = judge(c, row);
		c->n_of[row->status]++;
		c->n_warned += row->warned;
	}
}

int check_fit(struct check *c, struct strbuf *out, const char *text, size_t n_bytes, double headroom, bool loosen)
{
	struct budget_change *changes = calloc(c->n_rows + 1, sizeof(*changes));
	size_t n = 0;

	if (!changes)
		return -ENOMEM;
	for (size_t i = 0; i < c->n_rows; i++) {
		struct check_row *row = &c->rows[i];
		struct budget_change *change = &changes[n];
		if (!check_is_judged(row) || row->entry->fixed)
			continue;
		if (!budget_ratchet(row->limit, &row->value, row->capacity_bytes, headroom, loosen, change->literal)) {
			row->held_by_warning = budget_warns_behind(row->limit, &row->value, row->capacity_bytes,
								   headroom, loosen);
			continue;
		}
		size_t n_quotes = change->literal[0] == '"';
		change->limit = row->limit;
		row->old_limit = row->limit->text;
		row->new_limit = arena_text(&c->arena, change->literal + n_quotes,
					    strlen(change->literal) - 2 * n_quotes);
		n++;
	}
	budget_edit(out, text, n_bytes, changes, n);
	free(changes);
	return strbuf_error(out) || arena_error(&c->arena) ? -ENOMEM : (int)n;
}

static void remeasure(struct check_row *row, const struct budget_limit *limit)
{
	const struct figure figure = { .value = row->now, .base = row->base, .capacity_bytes = row->capacity_bytes };

	row->limit = limit;
	measure(limit, &figure, row);
}

void check_rejudge(struct check *c, const struct budget *updated)
{
	size_t i_limit = 0; /* of its entry */

	memset(c->n_of, 0, sizeof(c->n_of));
	c->n_warned = 0;
	for (size_t i = 0; i < c->n_rows; i++) {
		struct check_row *row = &c->rows[i];
		i_limit = i > 0 && row->entry == row[-1].entry ? i_limit + 1 : 0;
		row->warned = row->idle = false;
		if (!row->new_limit)
			continue;
		remeasure(row, &updated->entries[row->entry - c->budget->entries].limits[i_limit]);
		row->n_others = 0;
	}
	check_judge(c);
}

enum check_status check_worst(const struct check *c)
{
	return c->n_of[CHECK_ERROR] ? CHECK_ERROR : c->n_of[CHECK_FAIL] ? CHECK_FAIL : CHECK_PASS;
}

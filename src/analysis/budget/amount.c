/* Amounts, as people write them, and the limits that have them. */
#include <assert.h>
#include <string.h>

#include "budget/private.h"

/* Which amounts a key takes. */
struct amount_kind {
	const char *key;
	enum budget_unit unit;
	uint64_t percent_max; /* in millionths; 0: no percentage */
};

/* What such a key takes, in words; example: a percentage. */
static const char *takes(struct budget_reader *r, const struct amount_kind *kind, const char *example)
{
	static const char *const words[] = {
		[UNIT_BYTES] = "bytes, as 4096 or \"192K\"",
		[UNIT_COUNT] = "a count, as 500",
		[UNIT_RATIO] = "a number from 0 to 1, as 0.6 (at most six digits behind the point)",
		[UNIT_BYTES_PER_HOUR] = "bytes per hour, as 256 or \"1K\"",
		[UNIT_MILLISECONDS] = "milliseconds, as 50",
	};

	if (!kind->percent_max)
		return words[kind->unit];
	return arena_printf(r->arena, "%s, or a percentage, as \"%s\"", words[kind->unit], example);
}

static const char *literal_of(const struct budget_reader *r, const struct json_value *value, size_t *ret_bytes)
{
	size_t from, to;

	json_value_bytes(value, &from, &to);
	*ret_bytes = to - from;
	return r->text + from;
}

/* The amount as it stands there, a string without its quotes. */
static const char *amount_text(struct budget_reader *r, const struct json_value *value)
{
	const char *text;
	size_t n_bytes;

	if (json_value_text(value, &text, NULL) == 0)
		return text;
	text = literal_of(r, value, &n_bytes);
	return arena_text(r->arena, text, n_bytes);
}

static bool is_percent(const struct json_value *value)
{
	const char *text;

	return json_value_text(value, &text, NULL) == 0 && text[0] && text[strlen(text) - 1] == '%';
}

static struct budget_amount part(uint64_t millionths, bool of_whole)
{
	return (struct budget_amount){
		.is = of_whole ? AMOUNT_PERCENT : AMOUNT_RATIO,
		.millionths = millionths,
		.ratio = (double)millionths / BUDGET_ONE,
	};
}

static bool read_percent(struct budget_reader *r, const struct json_value *value, const struct amount_kind *kind,
			 struct budget_amount *ret)
{
	const char *text = amount_text(r, value);
	uint64_t millionths;

	if (!kind->percent_max)
		return budget_fault(r, value, "%s takes %s, and no percentage; found %s", kind->key, takes(r, kind, ""),
				    budget_found(r, value));
	if (number_parse_percent(text, &millionths) < 0)
		return budget_fault(r, value, "%s is no percentage; %s takes %s", budget_found(r, value), kind->key,
				    takes(r, kind, "0.5%"));
	if (millionths > kind->percent_max)
		return budget_fault(r, value, "%s ends at %u%%; found %s", kind->key,
				    (unsigned)(kind->percent_max / (BUDGET_ONE / 100)), budget_found(r, value));
	*ret = part(millionths, true);
	return true;
}

/* Bytes, counts and ratios. */
static bool parse_amount(struct budget_reader *r, const struct json_value *value, enum budget_unit unit,
			 struct budget_amount *ret)
{
	enum json_kind kind = json_value_kind(value);
	uint64_t amount;

	if (unit == UNIT_RATIO) {
		if (kind != JSON_NUMBER || number_parse_millionths(amount_text(r, value), &amount) < 0 ||
		    amount > BUDGET_ONE)
			return false;
		*ret = part(amount, false);
		return true;
	}
	bool plain = unit == UNIT_COUNT || unit == UNIT_MILLISECONDS;
	if (kind == JSON_STRING && (plain || number_parse_size(amount_text(r, value), &amount) < 0))
		return false;
	if (kind != JSON_STRING && json_value_u64(value, &amount, NULL) < 0)
		return false;
	if (amount > INT64_MAX)
		return false;
	*ret = (struct budget_amount){ .is = AMOUNT_WHOLE, .whole = amount };
	return true;
}

static bool read_amount(struct budget_reader *r, const struct json_value *value, const struct amount_kind *kind,
			struct budget_amount *ret)
{
	if (is_percent(value))
		return read_percent(r, value, kind, ret);
	if (parse_amount(r, value, kind->unit, ret))
		return true;
	return budget_fault(r, value, "%s takes %s; found %s", kind->key, takes(r, kind, "90%"),
			    budget_found(r, value));
}

/* ---- limits ---- */

static void set_literal(struct budget_reader *r, const struct json_value *value, struct budget_limit *limit)
{
	limit->text = amount_text(r, value);
	json_value_bytes(value, &limit->from_byte, &limit->to_byte);
}

static bool read_times(struct budget_reader *r, const struct json_value *times, struct budget_limit *limit)
{
	limit->amount = (struct budget_amount){ .is = AMOUNT_WHOLE, .whole = 1 };
	limit->text = "1";
	if (!times)
		return true;
	if (!parse_amount(r, times, UNIT_COUNT, &limit->amount) || limit->amount.whole == 0 ||
	    limit->amount.whole > BUDGET_FITS_TIMES_MAX)
		return budget_fault(r, times, "times takes a count from 1 to %d; found %s", BUDGET_FITS_TIMES_MAX,
				    budget_found(r, times));
	set_literal(r, times, limit);
	return true;
}

static bool read_fits(struct budget_reader *r, const struct json_value *value, struct budget_limit *limit)
{
	static const char *const known[] = { "bytes", "times", NULL };
	const struct json_value *bytes = json_value_member(value, "bytes");
	struct budget_amount amount;

	if (json_value_kind(value) != JSON_OBJECT)
		return budget_fault(r, value, "fits takes { \"bytes\": \"16K\", \"times\": 2 }; found %s",
				    budget_found(r, value));
	for (const struct json_value *v = json_value_first(value); v; v = json_value_next(v))
		if (strcmp(json_value_name(v), known[0]) != 0 && strcmp(json_value_name(v), known[1]) != 0)
			return budget_unknown_key(r, v, known);
	if (!bytes)
		return budget_fault(r, value,
				    "fits has no 'bytes'; add how large the block is, as"
				    " \"bytes\": \"16K\"");
	if (!parse_amount(r, bytes, UNIT_BYTES, &amount) || amount.whole == 0)
		return budget_fault(r, bytes, "bytes takes a size from 1, as 4096 or \"16K\"; found %s",
				    budget_found(r, bytes));
	limit->fits_bytes = amount.whole;
	return read_times(r, json_value_member(value, "times"), limit);
}

bool budget_read_limit(struct budget_reader *r, const struct json_value *member, const struct limit_spec *spec)
{
	struct budget_limit limit = { .spec = spec, .at = json_value_name_place(member) };
	struct amount_kind kind = { .key = spec->key, .unit = spec->unit };

	if (spec->percent)
		kind.percent_max = spec->growth ? (uint64_t)BUDGET_PERCENT_MAX * (BUDGET_ONE / 100) : BUDGET_ONE;
	if (spec->figure == FIGURE_FITS && !spec->loss) {
		if (!read_fits(r, member, &limit))
			return false;
	} else {
		if (!read_amount(r, member, &kind, &limit.amount))
			return false;
		set_literal(r, member, &limit);
	}
	if (spec->zero && limit.amount.whole != 0)
		return budget_fault(r, member, "%s takes 0, as the program ends at the first one; found %s", spec->key,
				    budget_found(r, member));
	if (spec->unit == UNIT_RATIO)
		limit.amount.is = AMOUNT_RATIO;
	assert(r->entry->n_limits < BUDGET_LIMITS_MAX);
	r->entry->limits[r->entry->n_limits++] = limit;
	return true;
}

uint64_t budget_part_of(uint64_t amount, uint64_t millionths, bool up)
{
	uint64_t whole, rest = (amount % BUDGET_ONE * millionths + (up ? BUDGET_ONE - 1 : 0)) / BUDGET_ONE;

	if (__builtin_mul_overflow(amount / BUDGET_ONE, millionths, &whole) ||
	    __builtin_add_overflow(whole, rest, &whole))
		return UINT64_MAX;
	return whole;
}

bool budget_is_behind(const struct budget_amount *warn_at, const struct limit_spec *spec, uint64_t amount)
{
	return spec->least ? budget_amount_of(warn_at) < amount : budget_amount_of(warn_at) > amount;
}

/* Where the limit is a part of what is not known yet, an amount cannot be compared with it. */
static bool check_warning(struct budget_reader *r, const struct json_value *member)
{
	struct budget_entry *entry = r->entry;
	struct budget_limit *limit = &entry->limits[0];
	bool least = limit->spec->least;

	if (entry->warn_at.is != limit->amount.is || entry->warn_at.is == AMOUNT_PERCENT)
		return true;
	if (budget_is_behind(&entry->warn_at, limit->spec, budget_amount_of(&limit->amount)))
		return budget_fault(r, member, "warn_at %s is %s %s '%s', so it never warns; give at %s that",
				    budget_found(r, member), least ? "below" : "above", limit->spec->key, limit->text,
				    least ? "least" : "most");
	struct budget_amount *warn_at = arena_zeroed(r->arena, 1, sizeof(*warn_at));
	if (warn_at) /* no memory: budget_read says that */
		*warn_at = entry->warn_at;
	limit->warn_at = warn_at;
	return true;
}

bool budget_read_warning(struct budget_reader *r, const struct json_value *member)
{
	struct budget_entry *entry = r->entry;
	struct amount_kind kind = { "warn_at", entry->limits[0].spec->unit, BUDGET_ONE };

	if (entry->n_limits > 1 && !is_percent(member))
		return budget_fault(r, member,
				    "the entry has %zu limits, so warn_at takes a part of each, as"
				    " \"95%%\"; found %s",
				    entry->n_limits, budget_found(r, member));
	entry->has_warning = read_amount(r, member, &kind, &entry->warn_at);
	return entry->has_warning && check_warning(r, member);
}

#include <math.h>

#include "memprof/analysis/budget.h"
#include "memprof/analysis/check.h"
#include "unit.h"

#define HEAD "{\"schema\":\"memprof.budget/1\",\"budgets\":[\n"
#define TAIL "\n]}"

static struct budget *read_text(const struct strbuf *text)
{
	struct budget *budget = NULL;
	struct diag diag = { .text = "" };

	if (budget_read(strbuf_text(text), text->n_bytes, "b.json", &budget, &diag) != 0)
		fail_msg("%s\n%u:%u: %s", strbuf_text(text), (unsigned)diag.at.line, diag.at.col, diag.text);
	for (size_t i = 0; i < budget->n_entries; i++)
		if (budget->entries[i].fault)
			fail_msg("%s\n%u: %s", strbuf_text(text), (unsigned)budget->entries[i].fault_at.line,
				 budget->entries[i].fault);
	return budget;
}

/* ---- one limit ---- */

static struct figure_value bytes(int64_t amount) { return (struct figure_value){ .known = true, .amount = amount }; }

static struct figure_value ratio(double of_one) { return (struct figure_value){ .known = true, .ratio = of_one }; }

struct row {
	const char *entry;
	struct figure_value now;
	uint64_t capacity_bytes;
	double headroom;
	const char *literal, *loose; /* what comes of it, without and with loosen; NULL: it stays */
};

static void assert_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
		strbuf_printf(&text, HEAD "{%s}" TAIL, rows[i].entry);
		struct budget *budget = read_text(&text);
		const struct budget_limit *limit = &budget->entries[0].limits[0];
		for (int loosen = 0; loosen < 2; loosen++) {
			char literal[BUDGET_AMOUNT_BYTES] = "untouched";
			const char *want = loosen ? rows[i].loose : rows[i].literal;
			bool changed = budget_ratchet(limit, &rows[i].now, rows[i].capacity_bytes, rows[i].headroom,
						      loosen, literal);
			if (changed != (want != NULL) || strcmp(literal, want ? want : "untouched") != 0)
				fail_msg("%s, loosen %d: %s, not %s", rows[i].entry, loosen, literal,
					 want ? want : "as it is");
		}
		budget_free(budget);
	}
}

UNIT_TEST(each_form_stays)
{
	const struct row rows[] = {
		{ "\"heap\":\"gc\",\"max_used\":100000", bytes(50000), NOT_KNOWN, 0.05, "52500", "52500" },
		{ "\"heap\":\"gc\",\"max_used\":100000", bytes(50001), NOT_KNOWN, 0.05, "52502", "52502" },
		{ "\"heap\":\"gc\",\"max_used\":100000", bytes(50000), NOT_KNOWN, 0, "50000", "50000" },
		{ "\"heap\":\"gc\",\"max_used\":\"100K\"", bytes(50000), NOT_KNOWN, 0.05, "\"52K\"", "\"52K\"" },
		{ "\"heap\":\"gc\",\"max_used\":\"100k\"", bytes(50000), NOT_KNOWN, 0.05, "\"52k\"", "\"52k\"" },
		{ "\"heap\":\"gc\",\"max_used\":\"100KiB\"", bytes(50000), NOT_KNOWN, 0.05, "\"52KiB\"", "\"52KiB\"" },
		{ "\"heap\":\"gc\",\"max_used\":\"100.5K\"", bytes(51200), NOT_KNOWN, 0, "\"50K\"", "\"50K\"" },
		{ "\"heap\":\"gc\",\"max_used\":\"2M\"", bytes(1 << 20), NOT_KNOWN, 0, "\"1M\"", "\"1M\"" },
		{ "\"heap\":\"gc\",\"max_used\":\"2M\"", bytes(1536 << 10), NOT_KNOWN, 0, "\"1.5M\"", "\"1.5M\"" },
		{ "\"heap\":\"gc\",\"max_used\":\"2mb\"", bytes(1536 << 10), NOT_KNOWN, 0, "\"1.5mb\"", "\"1.5mb\"" },
		{ "\"heap\":\"gc\",\"max_used\":\"2M\"", bytes((1 << 20) + 1), NOT_KNOWN, 0, "\"1025K\"", "\"1025K\"" },
		{ "\"heap\":\"gc\",\"max_used\":\"1G\"", bytes(1 << 20), NOT_KNOWN, 0, "\"1M\"", "\"1M\"" },
		{ "\"heap\":\"gc\",\"max_used\":\"2M\"", bytes(0), NOT_KNOWN, 0, "\"0K\"", "\"0K\"" },
		{ "\"heap\":\"gc\",\"max_used\":\"100000\"", bytes(50000), NOT_KNOWN, 0.05, "\"52500\"", "\"52500\"" },
		{ "\"heap\":\"gc\",\"max_used\":\"100000B\"", bytes(50000), NOT_KNOWN, 0.05, "\"52500B\"",
		  "\"52500B\"" },
		{ "\"heap\":\"gc\",\"max_used\":\"0x10000\"", bytes(4096), NOT_KNOWN, 0, "\"0x1000\"", "\"0x1000\"" },
		{ "\"heap\":\"gc\",\"max_used\":\"\\u0032M\"", bytes(1 << 20), NOT_KNOWN, 0, "\"1M\"", "\"1M\"" },
		{ "\"heap\":\"gc\",\"max_used\":\"90.5%\"", bytes(400), 1000, 0.05, "\"42%\"", "\"42%\"" },
		{ "\"heap\":\"gc\",\"max_used\":\"90%\"", bytes(401), 1000, 0.05, "\"43%\"", "\"43%\"" },
		{ "\"heap\":\"gc\",\"max_fragmentation\":0.6", ratio(0.4), NOT_KNOWN, 0.05, "0.42", "0.42" },
		{ "\"heap\":\"gc\",\"max_fragmentation\":0.6", ratio(0.401), NOT_KNOWN, 0.05, "0.43", "0.43" },
		{ "\"heap\":\"gc\",\"max_fragmentation\":0.6", ratio(0.07), NOT_KNOWN, 0, "0.07", "0.07" },
		{ "\"heap\":\"gc\",\"max_fragmentation\":0.6", ratio(0), NOT_KNOWN, 0.05, "0.00", "0.00" },
		{ "\"heap\":\"gc\",\"max_fragmentation\":\"60%\"", ratio(0.401), NOT_KNOWN, 0.05, "\"43%\"",
		  "\"43%\"" },
		{ "\"heap\":\"gc\",\"max_objects\":500", bytes(101), 64, 0.05, "107", "107" },
		{ "\"heap\":\"gc\",\"max_leak_per_hour\":\"1K\"", bytes(-7), NOT_KNOWN, 0.05, "\"0K\"", "\"0K\"" },
		{ "\"import\":\"a\",\"max_kept\":5", bytes(-7), NOT_KNOWN, 0.05, "0", "0" },
		{ "\"test\":\"a\",\"max_collections\":500", bytes(101), NOT_KNOWN, 0.05, "107", "107" },
		{ "\"test\":\"a\",\"max_collecting_ms\":500", bytes(101), NOT_KNOWN, 0.05, "107", "107" },
		/* at least */
		{ "\"heap\":\"gc\",\"min_free\":100", bytes(1000), 5000, 0.05, "950", "950" },
		{ "\"heap\":\"gc\",\"min_free\":100", bytes(1001), 5000, 0.05, "950", "950" },
		{ "\"heap\":\"gc\",\"min_free\":\"10K\"", bytes(51199), NOT_KNOWN, 0, "\"49K\"", "\"49K\"" },
		{ "\"heap\":\"gc\",\"min_free\":\"1M\"", bytes(1600 << 10), NOT_KNOWN, 0, "\"1600K\"", "\"1600K\"" },
		{ "\"heap\":\"gc\",\"min_free\":\"10%\"", bytes(999), 1000, 0.05, "\"94%\"", "\"94%\"" },
		{ "\"heap\":\"gc\",\"fits\":{\"bytes\":1024,\"times\":2}", bytes(100), NOT_KNOWN, 0.05, "95", "95" },
		{ "\"heap\":\"gc\",\"fits\":{\"bytes\":1,\"times\":2}", bytes(INT64_C(1) << 40), NOT_KNOWN, 0,
		  "1073741824", "1073741824" },
	};

	assert_rows(rows, ARRAY_SIZE(rows));
}

UNIT_TEST(nothing_is_looser_unless_asked)
{
	const struct row rows[] = {
		{ "\"heap\":\"gc\",\"max_used\":1000", bytes(1000), NOT_KNOWN, 0.05, NULL, "1050" },
		{ "\"heap\":\"gc\",\"max_used\":1000", bytes(2000), NOT_KNOWN, 0.05, NULL, "2100" },
		{ "\"heap\":\"gc\",\"max_used\":\"1K\"", bytes(1024), NOT_KNOWN, 0.05, NULL, "\"2K\"" },
		{ "\"heap\":\"gc\",\"max_used\":\"86.5%\"", bytes(865), 1000, 0, NULL, "\"87%\"" },
		{ "\"heap\":\"gc\",\"max_fragmentation\":0.415", ratio(0.411), NOT_KNOWN, 0, NULL, "0.42" },
		{ "\"heap\":\"gc\",\"min_free\":1000", bytes(1000), NOT_KNOWN, 0.05, NULL, "950" },
		{ "\"heap\":\"gc\",\"min_free\":\"2K\"", bytes(100), NOT_KNOWN, 0.05, NULL, "\"0K\"" },
		{ "\"heap\":\"gc\",\"fits\":{\"bytes\":1024,\"times\":2}", bytes(1), NOT_KNOWN, 0.05, NULL, "1" },
	};

	assert_rows(rows, ARRAY_SIZE(rows));
}

UNIT_TEST(a_limit_is_no_larger_than_the_whole)
{
	const struct row rows[] = {
		{ "\"region\":\"a\",\"max_used\":100000", bytes(980), 1000, 0.05, "1000", "1000" },
		{ "\"region\":\"a\",\"max_used\":\"100K\"", bytes(980), 2048, 0.05, "\"2K\"", "\"2K\"" },
		{ "\"region\":\"a\",\"max_used\":\"100K\"", bytes(1000), 2000, 0.05, "\"1K\"", "\"1K\"" },
		/* no whole K is between them */
		{ "\"region\":\"a\",\"max_used\":\"100K\"", bytes(1500), 2000, 0.05, "\"1575\"", "\"1575\"" },
		{ "\"region\":\"a\",\"max_used\":\"1M\"", bytes(1999), 2000, 0.05, "\"2000\"", "\"2000\"" },
		{ "\"region\":\"a\",\"max_used\":\"100%\"", bytes(999), 1000, 0.05, NULL, NULL },
		{ "\"region\":\"a\",\"max_used\":\"99%\"", bytes(999), 1000, 0.05, NULL, "\"100%\"" },
		{ "\"heap\":\"gc\",\"max_fragmentation\":0.5", ratio(0.99), NOT_KNOWN, 0.05, NULL, "1.00" },
	};

	assert_rows(rows, ARRAY_SIZE(rows));
}

UNIT_TEST(amounts_that_cannot_be_updated_stay)
{
	const struct row rows[] = {
		{ "\"heap\":\"gc\",\"max_used\":100", { 0 }, NOT_KNOWN, 0.05, NULL, NULL },
		{ "\"heap\":\"gc\",\"max_used\":100", bytes(INT64_MAX), NOT_KNOWN, 0.05, NULL, NULL },
		{ "\"heap\":\"gc\",\"min_free\":100", bytes(INT64_MAX), NOT_KNOWN, 0.05, NULL, NULL },
		{ "\"heap\":\"gc\",\"max_used\":100", bytes(100), NOT_KNOWN, 0, NULL, NULL },
		{ "\"heap\":\"gc\",\"max_used\":\"1024K\"", bytes(1 << 20), NOT_KNOWN, 0, NULL, NULL },
		{ "\"heap\":\"gc\",\"max_fragmentation\":0.4", ratio(0.4), NOT_KNOWN, 0, NULL, NULL },
		{ "\"heap\":\"gc\",\"max_fragmentation\":0.4", ratio(1.5), NOT_KNOWN, 0, NULL, NULL },
		{ "\"heap\":\"gc\",\"max_used\":\"90%\"", bytes(100), NOT_KNOWN, 0, NULL, NULL },
		{ "\"heap\":\"gc\",\"max_used\":\"90%\"", bytes(0), 0, 0, NULL, NULL },
		{ "\"heap\":\"gc\",\"max_used\":\"90%\"", bytes(1001), 1000, 0, NULL, NULL }, /* it overflows */
		{ "\"heap\":\"gc\",\"max_used\":\"1K\"", bytes(2001), 2000, 0, NULL, NULL },
		{ "\"heap\":\"gc\",\"fits\":{\"bytes\":1024}", bytes(100), NOT_KNOWN, 0, NULL, NULL },
		{ "\"heap\":\"gc\",\"fits\":{\"bytes\":1024,\"times\":5}", bytes(0), NOT_KNOWN, 0, NULL, NULL },
		{ "\"heap\":\"gc\",\"max_growth\":100", bytes(10), NOT_KNOWN, 0, NULL, NULL },
		{ "\"heap\":\"gc\",\"max_free_loss\":\"10%\"", bytes(10), 1000, 0, NULL, NULL },
	};

	assert_rows(rows, ARRAY_SIZE(rows));
}

/* Such a file would be at fault. */
UNIT_TEST(no_limit_is_put_before_its_warning)
{
	const struct row rows[] = {
		{ "\"heap\":\"gc\",\"max_used\":\"100K\",\"warn_at\":\"60K\"", bytes(50 << 10), NOT_KNOWN, 0, NULL,
		  NULL },
		{ "\"heap\":\"gc\",\"max_used\":\"100K\",\"warn_at\":\"60K\"", bytes(60 << 10), NOT_KNOWN, 0, "\"60K\"",
		  "\"60K\"" },
		{ "\"heap\":\"gc\",\"max_used\":\"100K\",\"warn_at\":\"60K\"", bytes(120 << 10), NOT_KNOWN, 0, NULL,
		  "\"120K\"" },
		{ "\"heap\":\"gc\",\"max_used\":\"100K\",\"warn_at\":\"60%\"", bytes(50 << 10), NOT_KNOWN, 0, "\"50K\"",
		  "\"50K\"" },
		{ "\"heap\":\"gc\",\"max_used\":\"90%\",\"warn_at\":900", bytes(500), 1000, 0, "\"50%\"", "\"50%\"" },
		{ "\"heap\":\"gc\",\"min_free\":100,\"warn_at\":150", bytes(151), NOT_KNOWN, 0, NULL, NULL },
		{ "\"heap\":\"gc\",\"min_free\":100,\"warn_at\":150", bytes(150), NOT_KNOWN, 0, "150", "150" },
		{ "\"heap\":\"gc\",\"min_free\":100,\"warn_at\":150", bytes(90), NOT_KNOWN, 0, NULL, "90" },
		{ "\"heap\":\"gc\",\"max_fragmentation\":0.6,\"warn_at\":0.5", ratio(0.49), NOT_KNOWN, 0, NULL, NULL },
		{ "\"heap\":\"gc\",\"max_fragmentation\":\"60%\",\"warn_at\":0.5", ratio(0.5), NOT_KNOWN, 0, "\"50%\"",
		  "\"50%\"" },
	};

	assert_rows(rows, ARRAY_SIZE(rows));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
		strbuf_printf(&text, HEAD "{%s}" TAIL, rows[i].entry);
		struct budget *budget = read_text(&text);
		bool behind = budget_warns_behind(&budget->entries[0].limits[0], &rows[i].now, rows[i].capacity_bytes,
						  rows[i].headroom, true);
		assert_int_equal(behind, !rows[i].loose);
		budget_free(budget);
	}
}

UNIT_TEST(head_room_is_what_makes_sense)
{
	const struct row rows[] = {
		{ "\"heap\":\"gc\",\"max_used\":5", bytes(1000), NOT_KNOWN, -1, NULL, "1000" },
		{ "\"heap\":\"gc\",\"max_used\":5", bytes(1000), NOT_KNOWN, NAN, NULL, "1000" },
		{ "\"heap\":\"gc\",\"max_used\":5", bytes(1000), NOT_KNOWN, 1e300, NULL, "1001000" },
		{ "\"heap\":\"gc\",\"max_used\":5", bytes(INT64_MAX - 1), NOT_KNOWN, 1000, NULL,
		  "9223372036854775807" },
		{ "\"heap\":\"gc\",\"max_used\":\"5K\"", bytes(INT64_MAX - 1024), NOT_KNOWN, 1000, NULL,
		  "\"9007199254740991K\"" },
		{ "\"heap\":\"gc\",\"max_used\":\"5K\"", bytes(INT64_MAX - 1), NOT_KNOWN, 1000, NULL,
		  "\"9223372036854775807\"" },
		{ "\"heap\":\"gc\",\"min_free\":5", bytes(1000), NOT_KNOWN, 2, NULL, "0" },
		{ "\"heap\":\"gc\",\"min_free\":5", bytes(INT64_MAX - 1), NOT_KNOWN, 1000, NULL, "0" },
		{ "\"heap\":\"gc\",\"fits\":{\"bytes\":1024,\"times\":5}", bytes(9), NOT_KNOWN, 2, NULL, "1" },
	};

	assert_rows(rows, ARRAY_SIZE(rows));
}

/* ---- a whole file ---- */

UNIT_TEST(changes_come_in_any_order)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT, out CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_puts(&text, HEAD
		    "\t{ \"heap\": \"\xc3\xa9\" , \"max_used\" :\"1K\", \"min_free\": 17 },\r\n"
		    "{\"heap\":\"gc\",\"fits\":{\"bytes\":5},\"max_objects\":1000}" TAIL " \n");
	struct budget *budget = read_text(&text);
	const struct budget_change changes[] = {
		{ &budget->entries[1].limits[1], "7" },
		{ &budget->entries[0].limits[1], "123456" },
		{ &budget->entries[1].limits[0], "2" }, /* is not there: stays */
		{ &budget->entries[0].limits[0], "\"1000K\"" },
	};
	strbuf_puts(&out, "before ");
	budget_edit(&out, text.text, text.n_bytes, changes, ARRAY_SIZE(changes));
	assert_int_equal(strbuf_error(&out), 0);
	assert_string_equal(strbuf_text(&out),
			    "before " HEAD
			    "\t{ \"heap\": \"\xc3\xa9\" , \"max_used\" :\"1000K\", \"min_free\": 123456 },\r\n"
			    "{\"heap\":\"gc\",\"fits\":{\"bytes\":5},\"max_objects\":7}" TAIL " \n");
	strbuf_reset(&out);
	budget_edit(&out, text.text, text.n_bytes, NULL, 0);
	assert_string_equal(strbuf_text(&out), strbuf_text(&text));
	budget_free(budget);
}

enum { ENTRIES = 12, FILES = 4000 };

struct seen {
	struct figure_value now;
	uint64_t capacity_bytes;
};

static bool one_in(uint32_t n, uint32_t *random) { return next_random(random) % n == 0; }

static void put_space(struct strbuf *text, uint32_t *random)
{
	static const char *const spaces[] = { "", "", " ", "\t", "\n  ", "\r\n" };

	strbuf_puts(text, spaces[next_random(random) % ARRAY_SIZE(spaces)]);
}

static void put_text(struct strbuf *text, const char *what, uint32_t *random)
{
	put_space(text, random);
	strbuf_printf(text, "\"%s\"", what);
	put_space(text, random);
}

static uint64_t random_size(uint32_t *random)
{
	uint64_t any = next_random(random);

	any = any << 31 ^ next_random(random);
	return any >> next_random(random) % 62;
}

/* Some amount that the reader takes, in some form. */
static void put_amount(struct strbuf *text, const struct limit_spec *spec, uint32_t *random)
{
	static const char *const units[] = { "K", "M", "k", "KiB", "MB", "G" };
	const char *unit = units[next_random(random) % ARRAY_SIZE(units)];
	uint64_t size = random_size(random) >> 1;

	if (spec->zero)
		strbuf_putc(text, '0');
	else if (spec->unit == UNIT_RATIO)
		strbuf_printf(text, spec->percent && one_in(2, random) ? "\"0.%04u%%\"" : "0.%04u",
			      (unsigned)(size % 10000));
	else if (spec->percent && one_in(3, random))
		strbuf_printf(text, one_in(2, random) ? "\"%u%%\"" : "\"%u.25%%\"", (unsigned)(size % 100));
	else if (spec->unit == UNIT_COUNT || spec->unit == UNIT_MILLISECONDS || one_in(4, random))
		strbuf_printf(text, "%" PRIu64, size % BUDGET_FITS_TIMES_MAX + 1);
	else if (one_in(6, random))
		strbuf_printf(text, "\"0x%" PRIx64 "\"", size);
	else
		strbuf_printf(text, one_in(2, random) ? "\"%u.5%s\"" : "\"%u%s\"", (unsigned)(size % 5000), unit);
}

static void put_entry(struct strbuf *text, uint32_t *random)
{
	const struct limit_spec *spec = &limit_specs[0];
	unsigned subject = 0;

	for (unsigned n = next_random(random) % 64; n > 0; spec = spec[1].key ? spec + 1 : limit_specs)
		n--;
	if (spec->figure == FIGURE_FITS && spec->loss)
		spec = limit_specs;
	while (!(spec->subjects & SUBJECT_BIT(subject)))
		subject++;
	strbuf_putc(text, '{');
	put_text(text, figure_subject_name(subject), random);
	strbuf_putc(text, ':');
	put_text(text, "x", random);
	strbuf_putc(text, ',');
	put_text(text, spec->key, random);
	strbuf_puts(text, spec->figure == FIGURE_FITS ? ":{\"bytes\":5,\"times\":" : ":");
	put_space(text, random);
	put_amount(text, spec, random);
	put_space(text, random);
	strbuf_puts(text, spec->figure == FIGURE_FITS ? "}}" : "}");
}

static void make_file(struct strbuf *text, uint32_t *random)
{
	strbuf_reset(text);
	strbuf_puts(text, HEAD);
	for (int i = 0; i < ENTRIES; i++) {
		strbuf_puts(text, i ? "," : "");
		put_entry(text, random);
	}
	strbuf_puts(text, TAIL);
}

/* What is there now: near the limit, or anything. */
static struct seen see(const struct budget_limit *limit, uint32_t *random)
{
	uint64_t about = one_in(2, random) ? limit->amount.whole : random_size(random);
	uint64_t more = random_size(random) % (about / 4 + 1);
	struct seen seen = { .now = bytes((int64_t)MIN(about - about / 8 + more, (uint64_t)INT64_MAX)),
			     .capacity_bytes = NOT_KNOWN };

	seen.now.ratio = next_random(random) % 1001 / 1000.0;
	if (one_in(16, random))
		seen.now.amount = -seen.now.amount;
	seen.now.known = !one_in(16, random);
	if (limit->amount.is == AMOUNT_PERCENT || one_in(2, random))
		seen.capacity_bytes = (uint64_t)MAX(seen.now.amount, 0) + random_size(random) % 5000;
	return seen;
}

/* Whether what is there keeps a limit. */
static bool keeps(const struct budget_limit *limit, const struct seen *seen)
{
	uint64_t now = (uint64_t)MAX(seen->now.amount, 0), left = limit->amount.whole;

	if (limit->spec->unit == UNIT_RATIO)
		return seen->now.ratio <= limit->amount.ratio;
	if (limit->amount.is == AMOUNT_PERCENT) { /* whole ones, and both sides times 100 */
		assert_u64_equal(limit->amount.millionths % 10000, 0);
		assert_true(seen->capacity_bytes <= UINT64_MAX / 100);
		now *= 100;
		left = limit->amount.millionths / 10000 * seen->capacity_bytes;
	}
	return limit->spec->least ? now >= left : now <= left;
}

static uint64_t amount_of(const struct budget_limit *limit)
{
	return limit->amount.is == AMOUNT_WHOLE ? limit->amount.whole : limit->amount.millionths;
}

/* The text without its limits. */
static void strip(struct strbuf *ret, const struct strbuf *text, const struct budget *budget)
{
	size_t at = 0;

	strbuf_reset(ret);
	for (size_t i = 0; i < budget->n_entries; i++) {
		const struct budget_limit *limit = &budget->entries[i].limits[0];
		strbuf_add(ret, text->text + at, limit->from_byte - at);
		strbuf_puts(ret, "#");
		at = limit->to_byte;
	}
	strbuf_add(ret, text->text + at, text->n_bytes - at);
}

static size_t update(const struct budget *budget, const struct seen seen[ENTRIES], double headroom, bool loosen,
		     const struct strbuf *text, struct strbuf *ret, bool changed[ENTRIES])
{
	struct budget_change changes[ENTRIES];
	size_t n = 0;

	for (size_t i = ENTRIES; i-- > 0;) {
		changes[n].limit = &budget->entries[i].limits[0];
		changed[i] = budget_ratchet(changes[n].limit, &seen[i].now, seen[i].capacity_bytes, headroom, loosen,
					    changes[n].literal);
		n += changed[i];
	}
	strbuf_reset(ret);
	budget_edit(ret, text->text, text->n_bytes, changes, n);
	assert_int_equal(strbuf_error(ret), 0);
	return n;
}

static void assert_limit(const struct budget_limit *before, const struct budget_limit *after, const struct seen *seen,
			 bool loosen)
{
	const struct limit_spec *spec = after->spec;
	bool looser = spec->least ? amount_of(after) < amount_of(before) : amount_of(after) > amount_of(before);

	assert_true(seen->now.known && !spec->growth && !spec->loss);
	assert_int_equal(after->amount.is, before->amount.is);
	assert_u64_equal(after->fits_bytes, before->fits_bytes);
	if (!keeps(after, seen))
		fail_msg("%s: %" PRId64 " does not keep %s, which was %s", spec->key, seen->now.amount, after->text,
			 before->text);
	if (looser && !loosen)
		fail_msg("%s: %s is looser than %s", spec->key, after->text, before->text);
	if (spec->unit == UNIT_BYTES && !spec->least && after->amount.is == AMOUNT_WHOLE)
		assert_true(after->amount.whole <= seen->capacity_bytes);
}

/* Of many files with limits of all forms, and figures of all sizes. */
UNIT_TEST(an_edited_file_is_as_it_was_but_tighter)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT, out CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf bare CLEANUP(strbuf_deinit) = STRBUF_INIT, bare_out CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf again CLEANUP(strbuf_deinit) = STRBUF_INIT;
	uint32_t random = 20250607;
	size_t n_changed = 0;

	for (int file = 0; file < FILES; file++) {
		struct seen seen[ENTRIES];
		bool changed[ENTRIES], unchanged[ENTRIES], loosen = one_in(2, &random);
		double headroom = next_random(&random) % 300 / 1000.0;
		make_file(&text, &random);
		struct budget *before = read_text(&text);
		for (size_t i = 0; i < ENTRIES; i++)
			seen[i] = see(&before->entries[i].limits[0], &random);
		n_changed += update(before, seen, headroom, loosen, &text, &out, changed);
		struct budget *after = read_text(&out);
		for (size_t i = 0; i < ENTRIES; i++) {
			const struct budget_limit *old = &before->entries[i].limits[0];
			const struct budget_limit *new = &after->entries[i].limits[0];
			if (changed[i])
				assert_limit(old, new, &seen[i], loosen);
			else
				assert_string_equal(new->text, old->text);
		}
		strip(&bare, &text, before);
		strip(&bare_out, &out, after);
		assert_string_equal(strbuf_text(&bare_out), strbuf_text(&bare));
		assert_u64_equal(update(after, seen, headroom, loosen, &out, &again, unchanged), 0);
		assert_string_equal(strbuf_text(&again), strbuf_text(&out));
		budget_free(before);
		budget_free(after);
	}
	assert_true(n_changed > FILES * ENTRIES / 8);
}

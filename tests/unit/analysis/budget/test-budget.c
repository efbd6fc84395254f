#include "memprof/analysis/budget.h"

#include "memprof/base/json_read.h"
#include "sample.h"
#include "unit.h"

static struct sample file;

UNIT_AFTER(tear_down) { sample_free(&file); }

#define HEAD "{\"schema\":\"memprof.budget/1\",\"budgets\":[\n"
#define TAIL "\n]}"

static struct budget *read_budget(const char *text)
{
	struct budget *budget = NULL;
	struct diag diag = { .text = "" };
	size_t n_bytes = strlen(text);
	char *copy = exact_copy(text, n_bytes);

	if (budget_read(copy, n_bytes, "b.json", &budget, &diag) != 0)
		fail_msg("%u:%u: %s", (unsigned)diag.at.line, diag.at.col, diag.text);
	memset(copy, '#', n_bytes); /* nothing of it is needed any longer */
	free(copy);
	return budget;
}

/* A budget of these entries. */
static struct budget *read_entries(const char *entries)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;

	strbuf_printf(&text, HEAD "%s" TAIL, entries);
	return read_budget(strbuf_text(&text));
}

static struct budget *read_sample(const char *name)
{
	struct budget *budget = NULL;
	struct diag diag = { .text = "" };

	sample_read(name, &file);
	if (budget_read((const char *)file.bytes, file.n_bytes, "b.json", &budget, &diag) != 0)
		fail_msg("%s:%u: %s", name, (unsigned)diag.at.line, diag.text);
	return budget;
}

/* ---- the tables ---- */

UNIT_TEST(the_table_of_limits_is_sound)
{
	size_t n_of[N_SUBJECTS] = { 0 };

	for (const struct limit_spec *spec = limit_specs; spec->key; spec++) {
		assert_true(spec->summary[0] && strlen(spec->summary) <= 60);
		assert_true(spec->subjects && spec->subjects < 1u << N_SUBJECTS);
		assert_true(figure_kind_name(spec->figure)[0]);
		assert_false(spec->growth && spec->loss);
		assert_false(spec->least && (spec->growth || spec->loss));
		assert_false(spec->least && spec->unit == UNIT_RATIO); /* budget_ratchet has none */
		assert_true(strncmp(spec->key, spec->least ? "min_" : "max_", 4) == 0 ||
			    strcmp(spec->key, "fits") == 0);
		assert_int_equal(limit_spec_highest_is_worst(spec), !spec->least && !spec->loss);
		for (unsigned i = 0; i < N_SUBJECTS; i++) {
			if (!(spec->subjects & SUBJECT_BIT(i)))
				continue;
			assert_ptr_equal(limit_spec_find(spec->key, i), spec); /* a key has one meaning */
			n_of[i]++;
		}
	}
	for (unsigned i = 0; i < N_SUBJECTS; i++) {
		assert_true(n_of[i] > 0 && n_of[i] <= BUDGET_LIMITS_MAX);
		assert_int_equal(limit_spec_find("max_growth", i) != NULL, i != SUBJECT_FUNCTION); /* 0 cannot grow */
		assert_null(limit_spec_find("max_grow", i));
		assert_null(limit_spec_find(figure_subject_name(i), i));
	}
}

UNIT_TEST(what_can_be_limited_can_be_held_to_a_baseline)
{
	for (const struct limit_spec *spec = limit_specs; spec->key; spec++) {
		for (unsigned i = 0; i < N_SUBJECTS; i++) {
			/* No run takes as long as another, 0 is 0, a severity is a grade, and an end a place. */
			bool found = spec->unit == UNIT_MILLISECONDS || spec->zero || spec->figure == FIGURE_SEVERITY ||
				     spec->figure == FIGURE_END;
			if (!(spec->subjects & SUBJECT_BIT(i)))
				continue;
			for (const struct limit_spec *other = limit_specs; other->key; other++)
				found |= other->subjects & SUBJECT_BIT(i) && other->figure == spec->figure &&
					 (spec->least ? other->loss : other->growth || other->loss);
			if (!found)
				fail_msg("%s of a %s", spec->key, figure_subject_name(i));
		}
	}
}

/* ---- what is taken ---- */

struct wanted {
	enum figure_subject subject;
	const char *pattern, *key;
	uint64_t whole, millionths;
	uint64_t line;
};

UNIT_TEST(the_example_is_read)
{
	static const struct wanted rows[] = {
		{ SUBJECT_REGION, "FLASH", "max_used", 1008 * 1024, 0, 3 },
		{ SUBJECT_REGION, "RAM", "max_used", 0, 900000, 4 },
		{ SUBJECT_SECTION, ".bss", "max_size", 40000, 0, 5 },
		{ SUBJECT_COMPONENT, "extmod", "max_growth", 2048, 0, 6 },
		{ SUBJECT_OBJECT, "*/modtls.o", "max_size", 10240, 0, 7 },
		{ SUBJECT_OBJECT, "*/modtls.o", "max_growth", 0, 50000, 7 },
		{ SUBJECT_SYMBOL, "mp_state_ctx", "max_size", 4096, 0, 8 },
		{ SUBJECT_FROZEN, "app.py", "max_size", 8192, 0, 9 },
		{ SUBJECT_PARTITION, "factory", "min_free", 65536, 0, 10 },
		{ SUBJECT_IMPORT, "app", "max_kept", 4096, 0, 11 },
		{ SUBJECT_IMPORT, "app", "max_peak", 20480, 0, 11 },
		{ SUBJECT_HEAP, "gc", "min_largest_free", 32768, 0, 12 },
		{ SUBJECT_HEAP, "gc", "max_used", 150 * 1024, 0, 13 },
		{ SUBJECT_HEAP, "gc", "max_fragmentation", 0, 600000, 13 },
		{ SUBJECT_HEAP, "gc", "fits", 2, 0, 14 },
		{ SUBJECT_HEAP, "gc", "max_objects", 500, 0, 15 },
		{ SUBJECT_HEAP, "gc", "max_leak_per_hour", 256, 0, 16 },
	};
	struct budget *budget = read_sample("budget/good.json");
	size_t n = 0;

	assert_u64_equal(budget->n_entries, 14);
	for (size_t i = 0; i < budget->n_entries; i++) {
		const struct budget_entry *entry = &budget->entries[i];
		if (entry->fault)
			fail_msg("%u: %s", (unsigned)entry->fault_at.line, entry->fault);
		assert_u64_equal(entry->at.line, i + 3);
		for (size_t j = 0; j < entry->n_limits; j++, n++) {
			const struct budget_limit *limit = &entry->limits[j];
			assert_true(n < ARRAY_SIZE(rows));
			assert_int_equal(entry->subject, rows[n].subject);
			assert_string_equal(entry->pattern, rows[n].pattern);
			assert_string_equal(limit->spec->key, rows[n].key);
			assert_u64_equal(limit->amount.whole, rows[n].whole);
			assert_u64_equal(limit->amount.millionths, rows[n].millionths);
			assert_u64_equal(limit->at.line, rows[n].line);
			assert_string_equal(limit->at.file, "b.json");
		}
	}
	assert_u64_equal(n, ARRAY_SIZE(rows));
	const struct budget_entry *e = budget->entries;
	assert_string_equal(e[0].name, "flash");
	assert_true(e[0].has_warning && e[0].warn_at.is == AMOUNT_PERCENT && e[0].warn_at.millionths == 950000);
	assert_true(e[0].each && !e[2].each && e[13].each);
	assert_int_equal(e[0].limits[0].at.col, 44);
	assert_true(e[9].when == WHEN_LAST && e[10].when == WHEN_EVERY && e[11].when == WHEN_MARK);
	assert_string_equal(e[11].label, "after boot");
	assert_u64_equal(e[11].limits[0].fits_bytes, 16384);
	assert_int_equal(e[12].kind, 'T');
	assert_true(e[1].limits[0].amount.is == AMOUNT_PERCENT && e[1].limits[0].amount.ratio == 0.9);
	assert_true(e[10].limits[1].amount.is == AMOUNT_RATIO && e[10].limits[1].amount.ratio == 0.6);
	budget_free(budget);
}

UNIT_TEST(all_limits_are_taken)
{
	unsigned seen[N_SUBJECTS] = { 0 };
	struct budget *budget = read_sample("budget/all-limits.json");

	for (size_t i = 0; i < budget->n_entries; i++) {
		const struct budget_entry *entry = &budget->entries[i];
		if (entry->fault)
			fail_msg("%u: %s", (unsigned)entry->fault_at.line, entry->fault);
		for (size_t j = 0; j < entry->n_limits; j++)
			seen[entry->subject] |= 1u << (entry->limits[j].spec - limit_specs);
	}
	for (const struct limit_spec *spec = limit_specs; spec->key; spec++)
		for (unsigned i = 0; i < N_SUBJECTS; i++)
			if (spec->subjects & SUBJECT_BIT(i) && spec->figure != FIGURE_SIZE &&
			    !(seen[i] & 1u << (spec - limit_specs)))
				fail_msg("the sample has no %s of a %s", spec->key, figure_subject_name(i));
	budget_free(budget);
}

UNIT_TEST(literals_stand_where_it_says)
{
	struct budget *budget = read_sample("budget/all-limits.json");

	for (size_t i = 0; i < budget->n_entries; i++) {
		for (size_t j = 0; j < budget->entries[i].n_limits; j++) {
			const struct budget_limit *limit = &budget->entries[i].limits[j];
			const char *literal = (const char *)file.bytes + limit->from_byte;
			size_t n = strlen(limit->text), n_literal = limit->to_byte - limit->from_byte;
			bool quoted = literal[0] == '"';
			if (limit->from_byte == limit->to_byte) {
				assert_true(limit->spec->figure == FIGURE_FITS && limit->amount.whole == 1);
				continue;
			}
			assert_u64_equal(n_literal, quoted ? n + 2 : n);
			assert_memory_equal(quoted ? literal + 1 : literal, limit->text, n);
		}
	}
	budget_free(budget);
}

UNIT_TEST(amounts_are_exact)
{
	static const struct {
		const char *entry;
		bool is_part;
		uint64_t amount;
	} rows[] = {
		{ "{\"region\":\"a\",\"max_used\":9223372036854775807}", false, INT64_MAX },
		{ "{\"region\":\"a\",\"max_used\":9007199254740993}", false, 9007199254740993 },
		{ "{\"region\":\"a\",\"max_used\":\"9007199254740993\"}", false, 9007199254740993 },
		{ "{\"region\":\"a\",\"max_used\":0}", false, 0 },
		{ "{\"region\":\"a\",\"max_used\":\"0.0001%\"}", true, 1 },
		{ "{\"region\":\"a\",\"max_used\":\"\\u0031K\"}", false, 1024 },
		{ "{\"region\":\"a\",\"max_growth\":\"1000000%\"}", true, UINT64_C(10000000000) },
		{ "{\"heap\":\"a\",\"max_fragmentation\":0.29}", true, 290000 },
		{ "{\"heap\":\"a\",\"max_fragmentation\":\"29%\"}", true, 290000 },
		{ "{\"heap\":\"a\",\"max_fragmentation\":0}", true, 0 },
		{ "{\"heap\":\"a\",\"max_fragmentation\":1.0}", true, 1000000 },
		{ "{\"heap\":\"a\",\"max_leak_per_hour\":\"1.5K\"}", false, 1536 },
		{ "{\"heap\":\"a\",\"fits\":{\"bytes\":1}}", false, 1 },
		{ "{\"heap\":\"a\",\"fits\":{\"bytes\":1,\"times\":1073741824}}", false, BUDGET_FITS_TIMES_MAX },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct budget *budget = read_entries(rows[i].entry);
		const struct budget_entry *entry = &budget->entries[0];
		if (entry->fault)
			fail_msg("%s: %s", rows[i].entry, entry->fault);
		assert_int_equal(entry->limits[0].amount.is != AMOUNT_WHOLE, rows[i].is_part);
		const struct budget_amount *amount = &entry->limits[0].amount;
		assert_u64_equal(rows[i].is_part ? amount->millionths : amount->whole, rows[i].amount);
		budget_free(budget);
	}
}

UNIT_TEST(a_loss_of_what_fits_is_of_the_same_bytes)
{
	struct budget *budget = read_entries(
		"{\"heap\":\"gc\",\"max_fits_loss\":1,\"fits\":{\"bytes\":\"4K\",\"times\":9}}");
	const struct budget_entry *entry = &budget->entries[0];

	assert_null(entry->fault);
	assert_u64_equal(entry->n_limits, 2);
	assert_true(entry->limits[0].spec->loss);
	assert_u64_equal(entry->limits[0].fits_bytes, 4096);
	assert_u64_equal(entry->limits[0].amount.whole, 1);
	assert_u64_equal(entry->limits[1].amount.whole, 9);
	budget_free(budget);
}

UNIT_TEST(blanks_around_a_label_are_none_of_it)
{
	struct budget *budget = read_entries(
		"{\"heap\":\"gc\",\"at\":\"mark: after boot\",\"max_used\":9},"
		"{\"heap\":\"gc\",\"at\":\"mark:\\t x\\n \",\"max_used\":9}");

	assert_string_equal(budget->entries[0].label, "after boot");
	assert_string_equal(budget->entries[1].label, "x");
	budget_free(budget);
}

/* Behind what is not known yet, or at the limit itself. */
UNIT_TEST(a_warning_may_come_with_the_limit)
{
	struct budget *budget = read_entries(
		"{\"heap\":\"gc\",\"max_used\":9,\"warn_at\":9},"
		"{\"heap\":\"gc\",\"max_used\":\"1%\",\"warn_at\":\"8G\"},"
		"{\"heap\":\"gc\",\"min_free\":9,\"warn_at\":9},"
		"{\"heap\":\"gc\",\"max_fragmentation\":0.6,\"warn_at\":0.6},"
		"{\"heap\":\"gc\",\"max_used\":9,\"warn_at\":\"100%\"}");

	for (size_t i = 0; i < budget->n_entries; i++)
		assert_true(!budget->entries[i].fault && budget->entries[i].has_warning);
	assert_non_null(budget->entries[0].limits[0].warn_at);
	assert_null(budget->entries[1].limits[0].warn_at);
	assert_null(budget->entries[4].limits[0].warn_at);
	budget_free(budget);
}

UNIT_TEST(bytes_may_be_those_in_regions)
{
	struct budget *budget = read_entries(
		"{\"component\":\"*\",\"in\":\"FLASH*\",\"max_growth\":1},"
		"{\"max_size\":1,\"symbol\":\"a\"}");

	assert_null(budget->entries[0].fault);
	assert_string_equal(budget->entries[0].in, "FLASH*");
	assert_null(budget->entries[1].in);
	budget_free(budget);
}

UNIT_TEST(names_may_be_left_out)
{
	struct budget *budget = read_entries(
		"{\"symbol\":\"*\",\"except\":\"dma_*\",\"max_size\":1},"
		"{\"heap\":\"*\",\"max_used\":1,\"except\":[\"psram\",\"b\",\"b\"]}");
	const struct budget_entry *e = budget->entries;

	assert_true(!e[0].fault && !e[1].fault && e[0].n_except == 1 && e[1].n_except == 3);
	assert_string_equal(e[0].except[0], "dma_*");
	assert_string_equal(e[1].except[0], "psram");
	assert_string_equal(e[1].except[2], "b");
	budget_free(budget);
}

UNIT_TEST(warnings_are_parts_or_amounts)
{
	struct budget *budget = read_entries(
		"{\"heap\":\"gc\",\"max_used\":9,\"min_free\":1,\"warn_at\":\"0.5%\"},"
		"{\"warn_at\":\"8K\",\"heap\":\"gc\",\"max_used\":\"9K\"},"
		"{\"heap\":\"gc\",\"max_fragmentation\":0.6,\"warn_at\":0.5},"
		"{\"heap\":\"gc\",\"max_fragmentation\":\"60%\",\"warn_at\":\"90%\"},"
		"{\"heap\":\"gc\",\"max_objects\":60,\"warn_at\":50}");
	const struct budget_entry *e = budget->entries;

	for (size_t i = 0; i < budget->n_entries; i++)
		assert_true(!e[i].fault && e[i].has_warning);
	assert_true(e[0].warn_at.is == AMOUNT_PERCENT && e[0].warn_at.millionths == 5000 &&
		    e[0].warn_at.ratio == 0.005);
	assert_true(e[1].warn_at.is == AMOUNT_WHOLE && e[1].warn_at.whole == 8192);
	assert_true(e[2].warn_at.is == AMOUNT_RATIO && e[2].warn_at.millionths == 500000);
	assert_true(e[3].warn_at.is == AMOUNT_PERCENT && e[3].limits[0].amount.is == AMOUNT_RATIO);
	assert_true(e[4].warn_at.is == AMOUNT_WHOLE && e[4].warn_at.whole == 50);
	budget_free(budget);
}

/* ---- what is not ---- */

UNIT_TEST(faults_of_a_file_have_their_place)
{
	static const struct {
		const char *text;
		uint32_t line, col;
		const char *summary;
	} rows[] = {
		{ "", 1, 1, "the end of the file" },
		{ "[]", 1, 1, "must be an object, found an array" },
		{ "{\"budgets\":[]}", 1, 1, "add \"schema\": \"memprof.budget/1\"" },
		{ "{\"schema\":\"memprof.budget/2\",\n \"budgets\":[]}", 1, 11, "expected 'memprof.budget/1'" },
		{ "{\"schema\":1,\"budgets\":[]}", 1, 11, "must be a string" },
		{ "{\"schema\":\"memprof.budget/1\"}", 1, 1, "no 'budgets'" },
		{ "{\"schema\":\"memprof.budget/1\",\"budgets\":{}}", 1, 40, "must be an array" },
		{ "{\"schema\":\"memprof.budget/1\",\"budgets\":[]}", 1, 40, "could not fail" },
		{ "{\"schema\":\"memprof.budget/1\",\"$schema\":1,\"budgets\":[1]}", 1, 40,
		  "'$schema' must be a string" },
		{ "{\"schema\":\"memprof.budget/1\",\"budget\":[1]}", 1, 30,
		  "expected one of: $schema, schema, budgets" },
		{ HEAD "{\"heap\":\"a\",\"max_used\":1,\n\"max_used\":2}" TAIL, 3, 1, "duplicate 'max_used'" },
		{ HEAD "{\"heap\":\"a\",\"m\\u0061x_used\":1,\"max_used\":2}" TAIL, 2, 31, "duplicate 'max_used'" },
		{ HEAD "{\"heap\":\"a\",}" TAIL, 2, 13, "comma" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct budget *budget = NULL;
		struct diag diag = { .text = "" };
		int r = budget_read(rows[i].text, strlen(rows[i].text), "b.json", &budget, &diag);
		if (r != -EINVAL || diag.at.line != rows[i].line || diag.at.col != rows[i].col ||
		    !strstr(diag.text, rows[i].summary))
			fail_msg("%s: %d, %u:%u: %s", rows[i].text, r, (unsigned)diag.at.line, diag.at.col, diag.text);
		assert_string_equal(diag.at.file, "b.json");
		assert_null(budget);
	}
	budget_free(NULL);
}

#define GC "{\"heap\":\"gc\","
static const struct {
	const char *entry;
	uint32_t col;
	const char *summary;
} faults[] = {
	{ "7", 1, "an entry is an object, as { \"heap\": \"gc\", \"max_used\": \"90%\" }; found '7'" },
	{ "[]", 1, "found an array" },
	{ "{}", 1, "no subject; add one of region, section, component" },
	{ "{\"max_used\":1}", 1, "no subject" },
	/* functions */
	{ "{\"function\":\"f\",\"max_allocations\":1}", 35,
	  "max_allocations takes 0, as the program ends at the first" },
	{ "{\"function\":\"f*\",\"max_allocations\":0}", 13,
	  "function takes a name, as the program runs once for each" },
	{ "{\"function\":\"f\",\"except\":\"g\",\"max_allocations\":0}", 17, "except does not go with a function" },
	/* keys */
	{ "{\"region\":\"a\",\"max_usd\":1}", 15, "no key 'max_usd' is known here; did you mean 'max_used'?" },
	{ "{\"regoin\":\"a\",\"max_used\":1}", 2, "did you mean 'region'?" },
	{ "{\"region\":\"a\",\"used\":1}", 15, "did you mean 'max_used'?" },
	{ "{\"region\":\"a\",\"warnat\":1}", 15, "did you mean 'warn_at'?" },
	{ GC "\"largest_free\":1}", 14, "did you mean 'min_largest_free'?" },
	{ "{\"region\":\"a\",\"comment\":1}", 15,
	  "expected any of: name, except, warn_at, fixed, max_used, min_free, max_end, max_growth, max_free_loss" },
	{ "{\"\":\"a\",\"max_used\":1}", 2, "expected any of: region, section" },
	{ "{\"ax\":\"a\",\"max_used\":1}", 2, "did you mean 'at'?" },
	{ "{\"xx\":\"a\",\"max_used\":1}", 2, "expected any of: region, section" },
	{ GC "\"0123456789012345678901234567890123456789x\":1}", 14, "'0123456789012345678901234567890123456789…'" },
	{ GC "\"012345678901234567890123456789012345678\xc3\xa9x\":1}", 14,
	  "'012345678901234567890123456789012345678…'" },
	/* subjects */
	{ "{\"region\":\"a\",\"section\":\"b\",\"max_used\":1}", 15, "'section' is a second subject" },
	{ "{\"region\":\"\",\"max_used\":1}", 11, "region is empty; it takes a name, or a pattern as \"*\"" },
	{ "{\"region\":[\"a\"],\"max_used\":1}", 11, "region takes a name, or a pattern as \"*\"; found an array" },
	/* limits and the others that go with a subject */
	{ "{\"region\":\"a\"}", 1, "no limit; a region takes: max_used, min_free, max_end, max_growth, max_free_loss" },
	{ "{\"region\":\"a\",\"max_size\":1}", 15,
	  "max_size does not go with a region, which takes: max_used, min_free, max_end, max_growth, max_free_loss" },
	{ "{\"image\":\"a\",\"max_used\":1}", 14, "does not go with an image, which takes: max_size, max_growth" },
	{ "{\"import\":\"a\",\"fits\":{\"bytes\":1}}", 15, "fits does not go with an import" },
	{ "{\"test\":\"a\",\"fits\":{\"bytes\":1}}", 13, "fits does not go with a test" },
	{ "{\"test\":\"a\",\"each\":true,\"max_kept\":1}", 13, "each does not go with a test" },
	{ "{\"test\":\"a\",\"at\":\"last\",\"max_kept\":1}", 13, "at does not go with a test" },
	{ "{\"import\":\"a\",\"max_collections\":1}", 15, "max_collections does not go with an import" },
	{ "{\"region\":\"a\",\"at\":\"last\",\"max_used\":1}", 15, "at does not go with a region; remove it" },
	{ "{\"frozen\":\"a\",\"kind\":\"T\",\"max_size\":1}", 15, "kind does not go with a frozen module; remove it" },
	{ GC "\"each\":true,\"max_used\":1}", 14, "each does not go with a heap" },
	{ "{\"image\":\"a\",\"each\":true,\"max_size\":1}", 14, "each does not go with an image" },
	/* amounts */
	{ "{\"region\":\"a\",\"max_used\":null}", 26,
	  "max_used takes bytes, as 4096 or \"192K\", or a percentage, as \"90%\"; found null" },
	{ "{\"region\":\"a\",\"max_used\":\"\"}", 26, "found ''" },
	{ "{\"region\":\"a\",\"max_used\":-5}", 26, "found '-5'" },
	{ "{\"region\":\"a\",\"max_used\":1e3}", 26, "found '1e3'" },
	{ "{\"region\":\"a\",\"max_used\":true}", 26, "found 'true'" },
	{ "{\"region\":\"a\",\"max_used\":\"192X\"}", 26, "found '192X'" },
	{ "{\"region\":\"a\",\"max_used\":\"1.3K\"}", 26, "found '1.3K'" },
	{ "{\"region\":\"a\",\"max_used\":{}}", 26, "found an object" },
	{ "{\"region\":\"a\",\"max_used\":9223372036854775808}", 26, "found '9223372036854775808'" },
	{ "{\"region\":\"a\",\"max_used\":\"8388608T\"}", 26, "found '8388608T'" },
	{ "{\"region\":\"a\",\"max_used\":\"90 %\"}", 26, "'90 %' is no percentage; max_used takes bytes" },
	{ "{\"region\":\"a\",\"max_used\":\"0.00001%\"}", 26, "'0.00001%' is no percentage" },
	{ "{\"region\":\"a\",\"max_used\":\"100.0001%\"}", 26, "max_used ends at 100%; found '100.0001%'" },
	{ "{\"region\":\"a\",\"max_free_loss\":\"101%\"}", 31, "ends at 100%" },
	{ "{\"region\":\"a\",\"max_growth\":\"1000001%\"}", 28, "ends at 1000000%" },
	{ "{\"section\":\"a\",\"max_size\":\"90%\"}", 27,
	  "max_size takes bytes, as 4096 or \"192K\", and no percentage; found '90%'" },
	{ "{\"import\":\"a\",\"min_largest_free\":\"9%\"}", 34, "no percentage" },
	{ "{\"test\":\"a\",\"min_largest_free\":\"9%\"}", 32, "no percentage" },
	{ "{\"test\":\"a\",\"max_collections\":\"5K\"}", 31, "max_collections takes a count, as 500; found '5K'" },
	{ "{\"test\":\"a\",\"max_collecting_ms\":\"5K\"}", 33,
	  "max_collecting_ms takes milliseconds, as 50; found '5K'" },
	{ "{\"test\":\"a\",\"max_collecting_ms\":\"5%\"}", 33, "milliseconds, as 50, and no percentage" },
	{ "{\"test\":\"a\",\"max_collecting_ms\":1.5}", 33, "found '1.5'" },
	{ "{\"test\":\"a\",\"max_collections_growth\":\"5K\"}", 38, "a count, as 500, or a percentage" },
	{ GC "\"max_objects\":\"5K\"}", 28, "max_objects takes a count, as 500; found '5K'" },
	{ GC "\"max_objects\":\"5%\"}", 28, "takes a count, as 500, and no percentage" },
	{ GC "\"max_objects_growth\":\"5K\"}", 35, "a count, as 500, or a percentage" },
	{ GC "\"max_leak_per_hour\":\"5%\"}", 34, "bytes per hour, as 256 or \"1K\", and no percentage" },
	{ GC "\"max_fragmentation\":1.000001}", 34, "a number from 0 to 1, as 0.6" },
	{ GC "\"max_fragmentation\":0.1234567}", 34, "at most six digits" },
	{ GC "\"max_fragmentation\":6e-1}", 34, "found '6e-1'" },
	{ GC "\"max_fragmentation\":\"0.6\"}", 34, "found '0.6'" },
	{ GC "\"max_fragmentation\":\"101%\"}", 34, "ends at 100%" },
	{ GC "\"max_fragmentation_growth\":\"5%\"}", 41, "no percentage" },
	/* fits */
	{ GC "\"fits\":\"16K\"}", 21, "fits takes { \"bytes\": \"16K\", \"times\": 2 }; found '16K'" },
	{ GC "\"fits\":{}}", 21, "fits has no 'bytes'" },
	{ GC "\"fits\":{\"times\":2}}", 21, "fits has no 'bytes'" },
	{ GC "\"fits\":{\"bytes\":0}}", 30, "bytes takes a size from 1" },
	{ GC "\"fits\":{\"bytes\":\"50%\"}}", 30, "bytes takes a size from 1, as 4096 or \"16K\"; found '50%'" },
	{ GC "\"fits\":{\"bytes\":1,\"times\":0}}", 40, "a count from 1 to 1073741824; found '0'" },
	{ GC "\"fits\":{\"bytes\":1,\"times\":1073741825}}", 40, "a count from 1" },
	{ GC "\"fits\":{\"bytes\":1,\"times\":\"2\"}}", 40, "a count from 1" },
	{ GC "\"fits\":{\"bytes\":1,\"time\":2}}", 32, "no key 'time' is known here; did you mean 'times'?" },
	{ GC "\"fits\":{\"size\":1}}", 22, "expected any of: bytes, times" },
	{ GC "\"max_fits_loss\":1}", 14, "max_fits_loss does not say of how many bytes" },
	/* the rest */
	{ GC "\"name\":\"\",\"max_used\":1}", 21, "name is empty" },
	{ GC "\"name\":1,\"max_used\":1}", 21, "name takes" },
	{ GC "\"at\":\"first\",\"max_used\":1}", 19,
	  "at takes \"last\", \"any\", \"every\", \"min\", \"max\" or \"mark:\" and a label; found 'first'" },
	{ GC "\"at\":\"mark:\",\"max_used\":1}", 19, "found 'mark:'" },
	{ GC "\"at\":\"\",\"max_used\":1}", 19, "at is empty" },
	{ GC "\"at\":1,\"max_used\":1}", 19, "found '1'" },
	{ GC "\"at\":\"mark: \\t\",\"max_used\":1}", 19, "at takes \"last\", \"any\"" },
	{ GC "\"kind\":\"\",\"max_objects\":1}", 21, "kind takes one letter" },
	{ GC "\"kind\":\"TL\",\"max_objects\":1}", 21, "found 'TL'" },
	{ GC "\"kind\":\".\",\"max_objects\":1}", 21, "found '.'" },
	{ GC "\"kind\":84,\"max_objects\":1}", 21, "found '84'" },
	{ GC "\"kind\":\"T\"}", 14, "kind limits nothing by itself" },
	{ GC "\"kind\":\"T\",\"max_used\":1}", 25, "max_used is of the whole heap, and kind of objects" },
	{ GC "\"in\":\"RAM\",\"max_used\":1}", 14, "in does not go with a heap" },
	{ "{\"frozen\":\"a\",\"in\":\"RAM\",\"max_size\":1}", 15, "in does not go with a frozen module" },
	{ "{\"symbol\":\"a\",\"in\":7,\"max_size\":1}", 20, "in takes a region, or a pattern as \"*RAM\"; found '7'" },
	{ "{\"symbol\":\"a\",\"in\":\"\",\"max_size\":1}", 20, "in is empty" },
	{ "{\"image\":\"a\",\"except\":\"b\",\"max_size\":1}", 14, "except does not go with an image" },
	{ GC "\"max_used\":1,\"except\":[]}", 36, "except takes from 1 to 256 names; found 0" },
	{ GC "\"max_used\":1,\"except\":\"\"}", 36, "except takes a name, a pattern as \"dma_*\"" },
	{ GC "\"max_used\":1,\"except\":[\"a\",7]}", 41, "or an array of these; found '7'" },
	{ GC "\"max_used\":1,\"except\":{}}", 36, "found an object" },
	{ "{\"symbol\":\"a\",\"each\":1,\"max_size\":1}", 22, "each takes true or false; found '1'" },
	{ GC "\"max_used\":1,\"warn_at\":\"101%\"}", 37, "warn_at ends at 100%" },
	{ GC "\"max_used\":1,\"warn_at\":0.5}", 37, "warn_at takes bytes" },
	{ GC "\"max_used\":1,\"warn_at\":{}}", 37, "found an object" },
	{ GC "\"max_objects\":1,\"warn_at\":\"1K\"}", 40, "warn_at takes a count" },
	{ GC "\"max_fragmentation\":1,\"warn_at\":2}", 46, "warn_at takes a number from 0 to 1" },
	{ GC "\"max_used\":1000,\"warn_at\":1001}", 40,
	  "warn_at '1001' is above max_used '1000', so it never warns; give at most that" },
	{ "{\"partition\":\"p\",\"warn_at\":\"63K\",\"min_free\":\"64K\"}", 28,
	  "warn_at '63K' is below min_free '64K', so it never warns; give at least that" },
	{ GC "\"fits\":{\"bytes\":1,\"times\":5},\"warn_at\":4}", 53, "warn_at '4' is below fits '5'" },
	{ GC "\"max_fragmentation\":\"60%\",\"warn_at\":0.61}", 50, "warn_at '0.61' is above max_fragmentation '60%'" },
	{ GC "\"max_growth\":10,\"warn_at\":11}", 40, "is above max_growth" },
	{ GC "\"max_free_loss\":10,\"warn_at\":11}", 43, "is above max_free_loss" },
	{ GC "\"max_used\":1,\"min_free\":2,\"warn_at\":7}", 50,
	  "the entry has 2 limits, so warn_at takes a part of each, as \"95%\"" },
};

UNIT_TEST(faults_of_entries_have_their_place)
{
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		struct budget *budget = read_entries(faults[i].entry);
		const struct budget_entry *entry = &budget->entries[0];
		assert_u64_equal(budget->n_entries, 1);
		if (!entry->fault)
			fail_msg("%s is taken", faults[i].entry);
		if (!strstr(entry->fault, faults[i].summary) || entry->fault_at.line != 2 ||
		    entry->fault_at.col != faults[i].col)
			fail_msg("%s: %u:%u: %s", faults[i].entry, (unsigned)entry->fault_at.line, entry->fault_at.col,
				 entry->fault);
		assert_string_equal(entry->fault_at.file, "b.json");
		assert_u64_equal(entry->n_limits, 0);
		budget_free(budget);
	}
}

UNIT_TEST(the_others_stand)
{
	struct budget *budget = read_entries(
		GC "\"max_used\":1},\n{\"region\":\"FLASH\",\"name\":\"f\",\"max_usd\":1},\n" GC "\"max_used\":3}");
	const struct budget_entry *e = budget->entries;

	assert_u64_equal(budget->n_entries, 3);
	assert_true(!e[0].fault && e[1].fault && !e[2].fault);
	assert_u64_equal(e[2].limits[0].amount.whole, 3);
	assert_int_equal(e[1].subject, SUBJECT_REGION); /* what is known of it is told */
	assert_string_equal(e[1].pattern, "FLASH");
	assert_u64_equal(e[1].fault_at.line, 3);
	assert_u64_equal(e[1].at.line, 3);
	budget_free(budget);
}

UNIT_TEST(the_sample_of_faults_has_one_good_entry)
{
	struct budget *budget = read_sample("budget/faults.json");

	for (size_t i = 0; i < budget->n_entries; i++)
		assert_int_equal(budget->entries[i].fault == NULL, i + 1 == budget->n_entries);
	budget_free(budget);
}

UNIT_TEST(a_file_has_so_many_entries_and_no_more)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct budget *budget = NULL;
	struct diag diag = { .text = "" };

	strbuf_puts(&text, HEAD);
	for (int i = 0; i < BUDGET_ENTRIES_MAX; i++)
		strbuf_printf(&text, "%s{\"heap\":\"gc\",\"max_used\":%d}", i ? ",\n" : "", i);
	size_t n_bytes = text.n_bytes;
	strbuf_puts(&text, TAIL);
	assert_int_equal(budget_read(text.text, text.n_bytes, "b.json", &budget, &diag), 0);
	assert_u64_equal(budget->n_entries, BUDGET_ENTRIES_MAX);
	assert_u64_equal(budget->entries[4095].limits[0].amount.whole, 4095);
	budget_free(budget);
	text.n_bytes = n_bytes;
	strbuf_puts(&text, ",\n1" TAIL);
	budget = NULL;
	assert_int_equal(budget_read(text.text, text.n_bytes, "b.json", &budget, &diag), -EFBIG);
	assert_null(budget);
	assert_u64_equal(diag.at.line, 4098);
	assert_non_null(strstr(diag.text, "more than 4096 entries"));
}

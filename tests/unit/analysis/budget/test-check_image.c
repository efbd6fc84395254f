/* A build against its limits: what a name finds, how it grew, and because of what. */
#include "budget/filter.h"

#include "image_text.h"
#include "made_budget.h"
#include "memprof/base/glob.h"

static struct made_budget b;
static struct check c;
static struct image old_image, new_image;
static struct components *rules;

/* As many as there may be: all one limit, of a symbol each. */
static struct budget_entry many[BUDGET_ENTRIES_MAX];
static char names[BUDGET_ENTRIES_MAX][16];

static void want_many(const char *key, const char *name, bool numbered)
{
	b.budget.entries = many;
	b.budget.n_entries = BUDGET_ENTRIES_MAX;
	for (size_t i = 0; i < BUDGET_ENTRIES_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "%s%.*u", name, numbered ? 1 : 0, numbered ? (unsigned)i : 0);
		many[i] = (struct budget_entry){ .subject = SUBJECT_SYMBOL, .pattern = names[i], .n_limits = 1 };
		many[i].limits[0].spec = limit_spec_find(key, SUBJECT_SYMBOL);
	}
}

UNIT_BEFORE(begin)
{
	b = (struct made_budget){ 0 };
	c = (struct check){ 0 };
}

UNIT_AFTER(end)
{
	check_deinit(&c);
	image_deinit(&old_image);
	image_deinit(&new_image);
	components_free(rules);
	rules = NULL;
}

/* The images, as they stand. */
static void judge(const struct check_build *now, const struct check_build *base)
{
	assert_int_equal(check_begin(&c, &b.budget), 0);
	c.given[CHECK_OF_BUILD] = true;
	c.given[CHECK_OF_BASELINE_BUILD] = base != NULL;
	assert_int_equal(check_image(&c, now, base, rules), 0);
	check_judge(&c);
}

static void judge_images(bool with_old)
{
	struct check_build now = { &new_image, NOT_KNOWN, NULL }, base = { &old_image, NOT_KNOWN, NULL };

	judge(&now, with_old ? &base : NULL);
}

#define BOARD                                                                                              \
	.regions = { { "FLASH", 0x10000000, 0x1000 }, { "RAM", 0x20000000, 0x400 } }, .flash = 0x10000000, \
	.ram = 0x20000000
static const struct made_image plain = {
	"build/plain.map", BOARD, .lines = {
		{ ".text", "build/py/gc.o", 1000, "gc_alloc" }, { ".text", "build/py/gc.o", 500, "gc_free" },
		{ ".text", "build/extmod/modtls.o", 800, "tls_new" }, { ".text", "/usr/lib/libc.a(memcpy.o)", 100, "memcpy" },
		{ ".text", "/usr/lib/libc.a(strlen.o)", 40, "strlen" }, { ".text", "/usr/lib/libm.a(sin.o)", 60, "sin" },
		{ ".rodata", "build/py/gc.o", 96, "table" },
		{ ".data", "build/main.o", 64, "state" }, { ".bss", "build/main.o", 448, "heap_state" },
	},
};

static void read_rules(const char *list)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct diag diag = { 0 };

	strbuf_printf(&text,
		      "{\"schema\":\"memprof.components/1\",\"trees\":[{\"name\":\"t\",\"signs\":[\"*py/gc.o\"],"
		      "\"rules\":[%s]}]}",
		      list);
	if (components_read(strbuf_text(&text), text.n_bytes, "rules.json", &rules, &diag) < 0)
		fail_msg("%s", diag.text);
}

static void answer(char *input, struct strbuf *ret)
{
	struct text_build builds[N_BUILDS] = { { .made = plain }, { .made = plain } };
	struct check_build sides[N_BUILDS] = { { &old_image, NOT_KNOWN, NULL }, { &new_image, NOT_KNOWN, NULL } };

	for (char *line, *words[BUILD_WORDS]; (line = case_line(&input));) {
		if (strncmp(line, "rules ", 6) == 0) {
			read_rules(line + 6);
			continue;
		}
		case_words(line, words, BUILD_WORDS);
		struct check_build *side = &sides[strcmp(words[0], "new") == 0];
		if (words[1] && strcmp(words[1], "bin") == 0) {
			side->bin_bytes = text_number(words[2]);
			side->bin_name = words[3];
			text_build_line(&builds[side - sides], words + 4);
		} else if (words[1] && strcmp(words[1], "no-map") == 0) {
			side->image = NULL;
		} else if (!text_builds_line(builds, words)) {
			made_words(&b, words);
		}
	}
	text_build_make(&builds[BUILD_NEW], &new_image);
	text_build_make(&builds[BUILD_OLD], &old_image);
	judge(&sides[BUILD_NEW], builds[BUILD_OLD].is_given ? &sides[BUILD_OLD] : NULL);
	for (size_t i = 0; i < c.n_rows; i++)
		row_facts(ret, &c.rows[i]);
}

UNIT_CASES("analysis/budget/check_image.cases", answer)

/* Images whose symbols nobody has asked for: then the input sections. */
UNIT_TEST(an_object_without_symbols_is_made_of_input_sections)
{
	made(&b, SUBJECT_OBJECT, "build/py/gc.o", "max_size", WHOLE(1));
	make_image(&plain, &new_image);
	new_image.n_symbols = 0;
	for (size_t i = 0; i < new_image.n_pieces; i++)
		if (new_image.pieces[i].size_bytes == 1000)
			new_image.pieces[i].name = SLICE(".text.gc_alloc");
	judge_images(false);
	assert_row(&c, 0, "fail 1596 of 1, -1595 left because .text.gc_alloc 1000, .text 500, .rodata 96");
}

/* ---- inputs that lie ---- */

UNIT_TEST(sizes_that_wrap_are_more_than_any_limit)
{
	made(&b, SUBJECT_SYMBOL, "gc_*", "max_size", WHOLE(1000000));
	made(&b, SUBJECT_SYMBOL, "gc_alloc", "max_size", WHOLE(1000000));
	made(&b, SUBJECT_OBJECT, "build/*", "max_size", WHOLE(1000000));
	made(&b, SUBJECT_SECTION, "*", "max_size", WHOLE(1000000));
	made(&b, SUBJECT_IMAGE, "*", "max_size", WHOLE(1000000));
	made(&b, SUBJECT_REGION, "FLASH", "max_used", WHOLE(1000000));
	made(&b, SUBJECT_SYMBOL, "gc_*", "max_growth", WHOLE(1000000));
	made(&b, SUBJECT_SECTION, "*", "max_growth", WHOLE(1000000));
	make_image(&plain, &new_image);
	make_image(&plain, &old_image);
	for (size_t i = 0; i < new_image.n_symbols; i++)
		new_image.symbols[i].size_bytes = UINT64_MAX - 1;
	for (size_t i = 0; i < new_image.n_objects; i++)
		new_image.objects[i].size_bytes = UINT64_MAX / 2 + 7;
	for (size_t i = 0; i < new_image.n_sections; i++)
		new_image.sections[i].size_bytes = UINT64_MAX - 100;
	new_image.regions[0].used_bytes = UINT64_MAX - 1;
	judge_images(true);
	for (size_t i = 0; i < c.n_rows; i++)
		if (c.rows[i].status != CHECK_FAIL && c.rows[i].status != CHECK_ERROR)
			fail_msg("%s passes", c.rows[i].entry->pattern);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(c.rows[i].status, CHECK_FAIL);
}

UNIT_TEST(an_image_without_anything_passes_nothing)
{
	for (unsigned s = SUBJECT_REGION; s <= SUBJECT_IMAGE; s++)
		made(&b, (enum figure_subject)s, "*", s == SUBJECT_REGION ? "max_used" : "max_size", WHOLE(1));
	image_init(&new_image, "nothing.map");
	new_image.format = "gnu-ld";
	struct diag diag = { 0 };
	assert_int_equal(image_resolve(&new_image, &diag), 0);
	judge_images(false);
	for (size_t i = 0; i < c.n_rows; i++)
		assert_int_equal(c.rows[i].status, CHECK_ERROR);
	assert_row(&c, SUBJECT_IMAGE, "error: nothing.map: no input reports its size as a whole");
}

/* ---- finding ---- */

static bool fits(const char *pattern, const char *name)
{
	return strcmp(pattern, name) == 0 || (check_is_glob(pattern) && glob_match(pattern, name));
}

static const char letters[] = "ab*?[]!-\\a/()";

static void make_patterns(size_t n_letters, uint32_t *random)
{
	static char patterns[ARRAY_SIZE(b.entries)][9];

	memset(patterns, 0, sizeof(patterns));
	for (size_t i = 0; i < ARRAY_SIZE(b.entries); i++) {
		for (size_t k = 0, n = next_random(random) % 8; k < n; k++)
			patterns[i][k] = letters[next_random(random) % n_letters];
		b.entries[i].pattern = patterns[i];
	}
}

static const char *last_part(const char *name) { return name + match_last_part(slice_of(name)); }

/* What is told by the ends of a name alone is what glob_match says of all of it; of a path also of its last part. */
UNIT_TEST(finding_is_matching)
{
	uint32_t random = 77;

	for (int of_paths = 0; of_paths < 2; of_paths++) {
		size_t n_letters = sizeof(letters) - (of_paths ? 1 : 4), n_found = 0;
		struct matcher m;
		begin();
		make_patterns(n_letters, &random);
		matcher_init(&m, of_paths ? SUBJECT_OBJECT : SUBJECT_SYMBOL);
		for (size_t i = 0; i < ARRAY_SIZE(b.entries); i++)
			assert_int_equal(matcher_add(&m, &b.entries[i]), 0);
		for (unsigned n = 0; n < 3000; n++) {
			char name[9] = "";
			bool hit[ARRAY_SIZE(b.entries)] = { false };
			for (size_t k = 0, length = next_random(&random) % 8; k < length; k++)
				name[k] = letters[next_random(&random) % (n % 2 ? 2 : n_letters)];
			size_t n_hits = matcher_find(&m, slice_of(name), false, NULL);
			for (size_t k = 0; k < n_hits; k++) {
				assert_false(hit[m.hits[k].i_entry]);
				hit[m.hits[k].i_entry] = true;
			}
			n_found += n_hits;
			for (size_t i = 0; i < ARRAY_SIZE(b.entries); i++) {
				const char *pattern = b.entries[i].pattern;
				bool in_part = of_paths && !strchr(pattern, '/') && fits(pattern, last_part(name));
				if (hit[i] != (fits(pattern, name) || in_part))
					fail_msg("'%s' and '%s'", pattern, name);
			}
		}
		assert_true(n_found > 1000);
		matcher_deinit(&m);
		matcher_deinit(&m);
		end();
	}
}

UNIT_TEST(the_last_part_of_a_path)
{
	static const struct {
		const char *name, *part;
	} cases[] = {
		{ "", "" },
		{ "a.o", "a.o" },
		{ "b/a.o", "a.o" },
		{ "/a.o", "a.o" },
		{ "b/", "" },
		{ "b/libc.a(a.o)", "libc.a(a.o)" },
		{ "b/libc.a(x/a.o)", "libc.a(x/a.o)" },
		{ "C:\\w\\gc.o", "gc.o" },
		{ "b(1)/a.o", "a.o" },
		{ "b/a)", "b/a)" },
		{ ")", ")" },
		{ "b/(a)", "(a)" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(last_part(cases[i].name), cases[i].part);
}

/* ---- thousands of limits ---- */

/* What costs a pass over all names is for the first alone. */
UNIT_TEST(of_many_that_are_missing_the_first_have_near_names)
{
	want_many("max_size", "gc_aloc", true);
	make_image(&plain, &new_image);
	judge_images(false);
	assert_int_equal(c.n_of[CHECK_ERROR], BUDGET_ENTRIES_MAX);
	assert_row(&c, 0, "error: no symbol named 'gc_aloc0'; did you mean gc_alloc?");
	assert_row(&c, BUDGET_ENTRIES_MAX - 1, "error: no symbol named 'gc_aloc4095'");
}

UNIT_TEST(of_many_that_break_the_first_have_causes)
{
	want_many("max_size", "gc_*", false);
	make_image(&plain, &new_image);
	judge_images(false);
	assert_int_equal(c.n_of[CHECK_FAIL], BUDGET_ENTRIES_MAX);
	assert_true(c.rows[CHECK_CAUSED_MAX - 1].n_causes > 0);
	assert_int_equal(c.rows[CHECK_CAUSED_MAX].n_causes, 0);
}

UNIT_TEST(growth_without_a_baseline_is_no_search_for_names)
{
	made(&b, SUBJECT_SYMBOL, "gc_alloc", "max_growth", WHOLE(0));
	make_image(&plain, &new_image);
	assert_int_equal(check_begin(&c, &b.budget), 0);
	assert_int_equal(check_image(&c, &(struct check_build){ &new_image, NOT_KNOWN, NULL }, NULL, NULL), 0);
	assert_null(c.rows[0].fault);
	check_judge(&c);
	assert_row(&c, 0, "error: no build was given");
}

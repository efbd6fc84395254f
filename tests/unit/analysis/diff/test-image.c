/* What is a difference between two builds, and what is none. */
#include "memprof/analysis/diff.h"

#include "diff/private.h"
#include "image_text.h"

static struct image old_image, new_image;
static struct diff diff;
static struct diag diag;
static struct diff_options options;

UNIT_BEFORE(begin)
{
	options = (struct diff_options){ 0 };
	diag = (struct diag){ 0 };
}

UNIT_AFTER(end)
{
	diff_deinit(&diff);
	diff_deinit(&diff);
	image_deinit(&old_image);
	image_deinit(&new_image);
}

static void compare(const struct made_image *old, const struct made_image *new)
{
	make_image(old, &old_image);
	make_image(new, &new_image);
	if (diff_images(&diff, &old_image, &new_image, NULL, &options, &diag) < 0)
		fail_msg("%s", diag.text);
}

#define BOARD                                                                                                  \
	.regions = { { "FLASH", 0x10000000, 0x100000 }, { "RAM", 0x20000000, 0x40000 } }, .flash = 0x10000000, \
	.ram = 0x20000000
static const struct made_image plain = {
	"plain.map", BOARD, .lines = {
		{ ".text", "build/py/gc.o", 100, "gc_alloc" }, { ".text", "build/py/gc.o", 60, "gc_free" },
		{ ".text", "build/py/obj.o", 40, "mp_obj_new" }, { ".rodata", "build/py/obj.o", 32, "mp_type_list" },
		{ ".bss", "build/main.o", 64, "heap_state" },
	},
};

static void put_bytes(struct strbuf *ret, uint64_t bytes)
{
	if (bytes == NOT_KNOWN)
		strbuf_puts(ret, " -");
	else
		strbuf_printf(ret, " %llu", (unsigned long long)bytes);
}

static void put_row(struct strbuf *ret, const char *table, const struct diff_row *row)
{
	assert_true((uint64_t)row->delta_bytes == (row->new_bytes == NOT_KNOWN ? 0 : row->new_bytes) -
							  (row->old_bytes == NOT_KNOWN ? 0 : row->old_bytes));
	strbuf_printf(ret, "%s %s:", table, row->name);
	put_bytes(ret, row->old_bytes);
	put_bytes(ret, row->new_bytes);
	strbuf_printf(ret, " %s", diff_change_name(row->change));
	if (row->from)
		strbuf_printf(ret, ", was %s", row->from);
	if (row->place)
		strbuf_printf(ret, ", in %s", row->place);
	if (row->from_place)
		strbuf_printf(ret, ", from %s", row->from_place);
	for (size_t i = 0; row->by_region && i < diff.n_regions; i++)
		if (row->by_region[i])
			strbuf_printf(ret, ", %s %+lld", diff.regions[i], (long long)row->by_region[i]);
	strbuf_puts(ret, "\n");
}

static void put_list(struct strbuf *ret, enum diff_table table, unsigned shown)
{
	const struct diff_list *list = &diff.lists[table];
	unsigned wanted = options.tables ? options.tables : DIFF_OF_IMAGES;

	if (shown & DIFF_BIT(table))
		for (size_t i = 0; i < list->n_rows; i++)
			put_row(ret, diff_table_name(table), &list->rows[i]);
	if (list->truncated)
		strbuf_printf(ret, "%s: %zu of %zu\n", diff_table_name(table), list->n_rows, list->n_all);
	/* plain builds have no sources */
	if (table < DIFF_SOURCES ? (wanted & DIFF_BIT(table)) && !list->compared : list->compared)
		strbuf_printf(ret, "%s: %scompared\n", diff_table_name(table), list->compared ? "" : "not ");
}

static unsigned tables_of(char *names)
{
	unsigned tables = 0;

	for (char *name = strtok(names, ","); name; name = strtok(NULL, ",")) {
		enum diff_table table = DIFF_REGIONS;
		while (strcmp(diff_table_name(table), name) != 0)
			assert_true(++table < N_DIFF_TABLES);
		tables |= DIFF_BIT(table);
	}
	return tables;
}

static void put_diff(struct strbuf *ret, char **words)
{
	unsigned shown = DIFF_OF_IMAGES, n_symbols = 0;
	bool reverse = false, totals = false;

	options = (struct diff_options){ 0 };
	for (; *words; words++) {
		char *value = strchr(*words, '=');
		value = value ? value + 1 : *words;
		reverse |= strcmp(*words, "reverse") == 0;
		totals |= strcmp(*words, "totals") == 0;
		options.all |= strcmp(*words, "all") == 0;
		options.grown |= strcmp(*words, "grown") == 0;
		if (strncmp(*words, "show=", 5) == 0)
			shown = tables_of(value);
		else if (strncmp(*words, "tables=", 7) == 0)
			options.tables = tables_of(value);
		else if (strncmp(*words, "cut=", 4) == 0)
			n_symbols = (unsigned)atoi(value);
		else if (strncmp(*words, "threshold=", 10) == 0)
			options.threshold_bytes = text_number(value);
		else if (strncmp(*words, "percent=", 8) == 0)
			options.threshold_percent = atoi(value);
		else if (strncmp(*words, "filter=", 7) == 0)
			options.filter = value;
		else if (strncmp(*words, "region=", 7) == 0)
			options.region = value;
	}
	const struct image *from = reverse ? &new_image : &old_image, *to = reverse ? &old_image : &new_image;
	int r = diff_images(&diff, from, to, NULL, &options, &diag);
	if (r < 0) {
		assert_int_equal(r, -EINVAL);
		strbuf_printf(ret, "%s: %s\n", diag.at.file ? diag.at.file : "", diag.text);
		diff_deinit(&diff);
		diag = (struct diag){ 0 };
		return;
	}
	if (n_symbols)
		diff_cut(&diff, DIFF_SYMBOLS, n_symbols);
	for (unsigned t = 0; t < DIFF_POOLS; t++)
		put_list(ret, (enum diff_table)t, shown);
	for (size_t i = 0; totals && i < diff.n_totals; i++)
		put_row(ret, "total", &diff.totals[i]);
	for (size_t i = 0; i < diff.n_notes; i++)
		strbuf_printf(ret, "%s\n", diff.notes[i]);
	strbuf_printf(ret, "%llu differences\n", (unsigned long long)diff.n_differences);
	diff_deinit(&diff);
}

static void answer(char *input, struct strbuf *ret)
{
	struct text_build builds[N_BUILDS] = { { .made = plain }, { .made = plain } };
	bool is_made = false, is_compared = false;

	for (char *line, *words[BUILD_WORDS]; !is_compared;) {
		line = case_line(&input);
		if (line)
			case_words(line, words, BUILD_WORDS);
		if (line && text_builds_line(builds, words))
			continue;
		if (!is_made) {
			text_build_make(&builds[BUILD_OLD], &old_image);
			text_build_make(&builds[BUILD_NEW], &new_image);
		} else if (!line) {
			break;
		}
		is_made = true;
		is_compared = !line;
		put_diff(ret, line ? words + 1 : (char *[]){ NULL });
	}
}

UNIT_CASES("analysis/diff/image.cases", answer)

UNIT_TEST(names_without_what_compilers_add)
{
	static const struct {
		const char *name, *plain;
		unsigned parts;
	} names[] = {
		{ "gc_alloc", "gc_alloc", 0 },
		{ "f.constprop.0", "f", 0 },
		{ "f.isra.1", "f", 0 },
		{ "f.lto_priv.3", "f", 0 },
		{ "f.lto_priv.0.lto_priv.1", "f", 0 },
		{ "f.part.0", "f", NAME_PART },
		{ "f.cold", "f", NAME_COLD },
		{ "f.part.0.constprop.2.cold.3", "f", NAME_PART | NAME_COLD },
		{ "f.constprop.0.isra.0", "f", 0 },
		{ "__func__.12", "__func__", 0 },
		{ "CSWTCH.110", "CSWTCH", 0 },
		{ "f.llvm.8213470234", "f", 0 },
		{ "f.localalias", "f", 0 },
		{ ".text.f", ".text.f", 0 },
		{ ".12", ".12", 0 },
		{ ".cold", ".cold", 0 },
		{ "", "", 0 },
		{ "a.b", "a.b", 0 },
		{ "f.", "f.", 0 },
		{ "cold", "cold", 0 },
		{ "f..1", "f.", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		unsigned parts = 99;
		struct image_slice plain_name = diff_plain_name(slice_of(names[i].name), &parts);
		if (plain_name.n_bytes != strlen(names[i].plain) ||
		    memcmp(plain_name.text, names[i].plain, plain_name.n_bytes) != 0 || parts != names[i].parts)
			fail_msg("%s is %.*s (%u)", names[i].name, (int)plain_name.n_bytes, plain_name.text, parts);
	}
}

/* ---- objects ---- */

/* ---- what is kept ---- */

UNIT_TEST(notes_are_whole)
{
	static char name[2000];
	struct made_image elf = plain;

	memset(name, 'n', sizeof(name) - 1);
	elf.name = name;
	elf.regions[0].name = NULL;
	compare(&plain, &elf);
	assert_non_null(strstr(diff.notes[0], "n tells nothing of memory regions (gnu-ld): these are not compared."));
}

/* ---- properties ---- */

static const char *const objects[] = { "b/a.o", "b/b.o", "b/lib.a(a.o)", "b/lib.a(c.o)",
				       "c/x.o", "c/a.o", "d/lib.a(c.o)" };
static const char *const symbols[] = { "f",   "f.constprop.0", "f.cold", "f.part.0", "g",
				       "g.1", "g.2",           "table",  "tables",   NULL };
static const char *const sections[] = { ".text", ".rodata", ".data", ".bss", ".irom" };

static void make_random(uint32_t *seed, struct made_image *ret)
{
	static const struct made_image board = { "random.map", BOARD };
	unsigned n_lines = next_random(seed) % ARRAY_SIZE(ret->lines), section = 0;

	*ret = board;
	for (unsigned i = 0; i < n_lines; i++) {
		if (next_random(seed) % 4 == 0 && section + 1 < ARRAY_SIZE(sections))
			section++;
		ret->lines[i] = (struct made_line){ sections[section], objects[next_random(seed) % ARRAY_SIZE(objects)],
						    4 + next_random(seed) % 3 * 40,
						    symbols[next_random(seed) % ARRAY_SIZE(symbols)] };
	}
}

static int64_t sum_of(const struct diff *of, enum diff_table table)
{
	int64_t sum = 0;

	for (size_t i = 0; i < of->lists[table].n_rows; i++)
		sum += of->lists[table].rows[i].delta_bytes;
	return sum;
}

static void assert_mirrored(const struct diff *there, const struct diff *back)
{
	for (unsigned t = 0; t < DIFF_POOLS; t++) {
		assert_u64_equal(there->lists[t].n_rows, back->lists[t].n_rows);
		assert_true(sum_of(there, (enum diff_table)t) == -sum_of(back, (enum diff_table)t));
		for (size_t i = 0; i < there->lists[t].n_rows; i++) {
			uint64_t delta = (uint64_t)llabs(there->lists[t].rows[i].delta_bytes);
			assert_u64_equal(delta, (uint64_t)llabs(back->lists[t].rows[i].delta_bytes));
		}
	}
}

UNIT_TEST(random_builds_keep_the_rules)
{
	uint32_t seed = 20261120;

	for (int n = 0; n < 1500; n++) {
		struct made_image made[2];
		struct diff there = { 0 }, back = { 0 };
		make_random(&seed, &made[0]);
		make_random(&seed, &made[1]);
		make_image(&made[0], &old_image);
		make_image(&made[1], &new_image);
		assert_int_equal(diff_images(&diff, &old_image, &old_image, NULL, &options, &diag), 0);
		assert_u64_equal(diff.n_differences, 0);
		assert_int_equal(diff_images(&there, &old_image, &new_image, NULL, &options, &diag), 0);
		assert_int_equal(diff_images(&back, &new_image, &old_image, NULL, &options, &diag), 0);
		assert_mirrored(&there, &back);
		if (there.lists[DIFF_OBJECTS].compared) {
			assert_true(sum_of(&there, DIFF_OBJECTS) == sum_of(&there, DIFF_SECTIONS));
			assert_true(sum_of(&there, DIFF_COMPONENTS) == sum_of(&there, DIFF_SECTIONS));
		}
		diff_deinit(&there);
		diff_deinit(&back);
		diff_deinit(&diff);
		image_deinit(&old_image);
		image_deinit(&new_image);
	}
}

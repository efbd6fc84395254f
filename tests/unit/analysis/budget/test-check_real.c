/* Maps and ELFs of real builds: what a check finds is what map lists and what diff says. */

#include "budget/check_private.h"
#include "made_budget.h"
#include "memprof/analysis/diff.h"
#include "memprof/analysis/image_groups.h"
#include "sample.h"

enum { OF_A_KIND_MAX = 400 }; /* things that are held to limits, of each image and subject */

struct input {
	struct sample file;
	struct image image;
};

/* False: it is not there. Those of our own stand in tests/data too. */
static bool read_input(struct input *ret, const char *name)
{
	char path[300];
	struct diag diag = { 0 };

	snprintf(path, sizeof(path), "images/%s", name);
	if (!sample_read_shared(path, &ret->file))
		return false;
	if (image_read(&ret->image, ret->file.name, (const char *)ret->file.bytes, ret->file.n_bytes,
		       IMAGE_WANT_SYMBOLS, &diag) != 0)
		fail_msg("%s: %s", path, diag.text);
	return true;
}

static void input_deinit(struct input *input)
{
	image_deinit(&input->image);
	sample_free(&input->file);
	*input = (struct input){ 0 };
}

/* ---- a budget of many entries ---- */

struct many {
	struct budget budget;
	struct arena arena;
	VEC(struct budget_entry, entries);
};

/* Two limits: the most that passes, and what does not. */
static void want(struct many *m, enum figure_subject subject, struct image_slice name, const char *key, uint64_t amount)
{
	const char *pattern = arena_text(&m->arena, name.text, name.n_bytes);

	if (check_is_glob(pattern))
		return;
	struct budget_entry *entry = vec_add(m, entries);
	*entry = (struct budget_entry){ .subject = subject, .pattern = pattern, .each = subject == SUBJECT_REGION };
	made_limit(entry, key, WHOLE(amount));
	if (amount)
		made_limit(entry, key, WHOLE(amount - 1));
}

static void many_deinit(struct many *m)
{
	vec_deinit(m, entries);
	arena_deinit(&m->arena);
}

static void judge(struct check *c, struct many *m, const struct image *now, const struct image *base)
{
	struct check_build is = { now, NOT_KNOWN, NULL }, was = { base, NOT_KNOWN, NULL };

	m->budget = (struct budget){ .entries = m->entries, .n_entries = m->n_entries };
	assert_int_equal(check_begin(c, &m->budget), 0);
	c->given[CHECK_OF_BUILD] = true;
	c->given[CHECK_OF_BASELINE_BUILD] = base;
	assert_int_equal(check_image(c, &is, base ? &was : NULL, NULL), 0);
	check_judge(c);
}

/* ---- sizes are those of map ---- */

/* Things of one name count together: each name with its sum. */
struct sums {
	struct arena arena;
	struct names names;
	VEC(uint64_t, sizes);
};

static void sum(struct sums *s, struct image_slice name, uint64_t size_bytes)
{
	s->names.arena = &s->arena;
	uint32_t i = names_add(&s->names, name.text, name.n_bytes);

	if (i == s->n_sizes)
		vec_add(s, sizes);
	s->sizes[i] += size_bytes;
}

static void want_sums(struct many *m, enum figure_subject subject, struct sums *s)
{
	for (size_t i = 0; i < s->n_sizes && i < OF_A_KIND_MAX; i++)
		want(m, subject, (struct image_slice){ s->names.entries[i].text, s->names.entries[i].n_bytes },
		     "max_size", s->sizes[i]);
	vec_deinit(s, sizes);
	names_deinit(&s->names);
	arena_deinit(&s->arena);
	*s = (struct sums){ 0 };
}

static struct image_slice slice(const char *text) { return (struct image_slice){ text, (uint32_t)strlen(text) }; }

static void want_groups(struct many *m, enum figure_subject subject, struct image_groups *groups)
{
	struct sums s = { 0 };

	for (size_t i = 0; i < groups->n_groups; i++)
		sum(&s, slice(groups->groups[i].name), groups->groups[i].size_bytes);
	want_sums(m, subject, &s);
	image_groups_deinit(groups);
}

static void want_all(struct many *m, const struct image *image)
{
	struct image_groups groups;
	struct sums s = { 0 };
	bool tells_owners = strcmp(image->format, "elf") != 0;

	for (uint32_t i = 0; i < image->n_regions; i++)
		if (!image_region_is_shared_out(image, i))
			want(m, SUBJECT_REGION, slice(image->regions[i].name), "max_used",
			     image->regions[i].used_bytes);
	for (size_t i = 0; i < image->n_sections; i++)
		if (image->sections[i].alloc && !image->sections[i].placeholder)
			sum(&s, slice(image->sections[i].name), image->sections[i].size_bytes);
	want_sums(m, SUBJECT_SECTION, &s);
	for (size_t i = 0; i < image->n_objects && tells_owners; i++)
		if (image->objects[i].size_bytes)
			sum(&s, slice(image->objects[i].key), image->objects[i].size_bytes);
	want_sums(m, SUBJECT_OBJECT, &s);
	for (size_t i = 0; i < image->n_symbols; i++) {
		const struct image_symbol *symbol = &image->symbols[i];
		const struct image_section *in = symbol->section == IMAGE_NONE ? NULL :
										 &image->sections[symbol->section];
		if (symbol->size_bytes && in && in->alloc && !in->reserved)
			sum(&s, symbol->name, symbol->size_bytes);
	}
	want_sums(m, SUBJECT_SYMBOL, &s);
	for (size_t i = 0; i < image->n_frozen; i++)
		sum(&s, slice(image->frozen[i].name), image->frozen[i].size_bytes);
	want_sums(m, SUBJECT_FROZEN, &s);
	if (!tells_owners)
		return;
	assert_int_equal(image_groups_by_component(image, NULL, &groups), 0);
	want_groups(m, SUBJECT_COMPONENT, &groups);
	assert_int_equal(image_groups_by_archive(image, &groups), 0);
	want_groups(m, SUBJECT_ARCHIVE, &groups);
}

static size_t n_limits, n_causes;

/* Of an entry's limits the first passes by nothing, the second fails by one. */
static void holds_exactly(const char *name, const struct check *c, bool tells_owners)
{
	size_t n_broken = 0;

	for (size_t i = 0; i < c->n_rows; i++) {
		const struct check_row *row = &c->rows[i];
		bool is_first = row->limit == &row->entry->limits[0];
		if (row->status != (is_first ? CHECK_PASS : CHECK_FAIL) || row->margin.amount != (is_first ? 0 : -1)) {
			struct strbuf line CLEANUP(strbuf_deinit) = STRBUF_INIT;
			row_line(&line, row);
			fail_msg("%s: %s: %s", name, row->entry->pattern, strbuf_text(&line));
		}
		bool has_parts = tells_owners && row->entry->subject != SUBJECT_SYMBOL &&
				 row->entry->subject != SUBJECT_FROZEN;
		n_broken += row->status == CHECK_FAIL;
		if (row->status == CHECK_FAIL && n_broken <= CHECK_CAUSED_MAX && has_parts && !row->n_causes)
			fail_msg("%s: %s has no causes", name, row->entry->pattern);
		for (size_t k = 1; k < row->n_causes; k++)
			assert_true(row->causes[k - 1].size_bytes >= row->causes[k].size_bytes);
		n_limits++;
		n_causes += row->n_causes;
	}
}

static const char *const names[] = {
	"arm-bfd-a.map",          "arm-bfd-a.elf",         "arm-lld-a.map",           "arm-lto-a.map",
	"avr-bfd-a.map",          "lua-bfd-a.map",         "lua-bfd-lto-a.map",       "lua-gold-a.map",
	"lua-lld-a.map",          "lua-mold-a.map",        "micropython-qemu-a.map",  "micropython-qemu-a.elf",
	"micropython-rp2-a.map",  "micropython-rp2-a.elf", "micropython-rp2-b.map",   "micropython-rp2-b.elf",
	"micropython-unix-a.map", "minigzip-bfd-b.map",    "minigzip-gold-lto-b.map", "riscv-bfd-a.map",
	"riscv64-bfd-a.map",      "riscv64-bfd-b.map",     "riscv64-bfd-b.elf",       "xtensa-bfd-a.map",
};

static void end_of_real(size_t n_absent)
{
	if (!n_absent)
		return;
	print_message("# %zu of the images are not there\n", n_absent);
	if (n_absent == ARRAY_SIZE(names))
		skip();
}

UNIT_TEST(every_name_has_the_size_that_map_lists)
{
	size_t n_absent = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct input input = { 0 };
		struct many m = { 0 };
		struct check c = { 0 };
		if (!read_input(&input, names[i])) {
			n_absent++;
			continue;
		}
		want_all(&m, &input.image);
		judge(&c, &m, &input.image, NULL);
		holds_exactly(names[i], &c, strcmp(input.image.format, "elf") != 0);
		check_deinit(&c);
		many_deinit(&m);
		input_deinit(&input);
	}
	print_message("# %zu limits, %zu causes\n", n_limits, n_causes);
	end_of_real(n_absent);
}

/* ---- growth is that of diff ---- */

static const struct {
	enum figure_subject subject;
	enum diff_table table;
} tables[] = {
	{ SUBJECT_REGION, DIFF_REGIONS },   { SUBJECT_SECTION, DIFF_SECTIONS }, { SUBJECT_COMPONENT, DIFF_COMPONENTS },
	{ SUBJECT_ARCHIVE, DIFF_ARCHIVES }, { SUBJECT_OBJECT, DIFF_OBJECTS },   { SUBJECT_SYMBOL, DIFF_SYMBOLS },
	{ SUBJECT_FROZEN, DIFF_FROZEN },
};

/* A limit for each name of the new build that diff has once; what it must come to is left in ret_deltas. */
static void want_growth(struct many *m, const struct diff *diff, int64_t *ret_deltas)
{
	for (size_t t = 0; t < ARRAY_SIZE(tables); t++) {
		const struct diff_list *list = &diff->lists[tables[t].table];
		for (size_t i = 0; i < list->n_rows && i < OF_A_KIND_MAX; i++) {
			size_t n = m->n_entries, n_alike = 0;
			const struct diff_row *row = &list->rows[i];
			for (size_t k = 0; k < list->n_rows; k++)
				n_alike += strcmp(list->rows[k].name, row->name) == 0 ||
					   (list->rows[k].from && strcmp(list->rows[k].from, row->name) == 0);
			if (n_alike != 1 || row->new_bytes == NOT_KNOWN || !row->new_bytes)
				continue;
			want(m, tables[t].subject, slice(row->name), "max_growth", 0);
			if (m->n_entries > n)
				ret_deltas[n] = row->delta_bytes;
		}
	}
}

static void grows_as_diff_says(const char *name, const struct image *old, const struct image *new)
{
	const struct diff_options options = { .all = true };
	struct diff diff = { 0 };
	struct diag diag = { 0 };
	struct many m = { 0 };
	struct check c = { 0 };

	if (diff_images(&diff, old, new, NULL, &options, &diag) < 0)
		fail_msg("%s: %s", name, diag.text);
	int64_t *deltas = calloc(DIFF_POOLS * OF_A_KIND_MAX, sizeof(*deltas));
	want_growth(&m, &diff, deltas);
	judge(&c, &m, new, old);
	for (size_t i = 0; i < c.n_rows; i++) {
		const struct check_row *row = &c.rows[i];
		bool cannot = row->status == CHECK_ERROR && strstr(row->fault, "shared out");
		if (!cannot && (!row->value.known || row->value.amount != deltas[i]))
			fail_msg("%s: %s is %lld, not %lld: %s", name, row->entry->pattern,
				 (long long)row->value.amount, (long long)deltas[i], row->fault ? row->fault : "");
		for (size_t k = 0; k < row->n_causes; k++)
			assert_true(row->causes[k].delta_bytes > 0 || row->causes[k].delta_bytes == FIGURE_NO_DELTA);
		n_limits++;
		n_causes += row->n_causes;
	}
	check_deinit(&c);
	many_deinit(&m);
	free(deltas);
	diff_deinit(&diff);
}

static const struct {
	const char *old, *new;
} pairs[] = {
	{ "micropython-rp2-a.map", "micropython-rp2-b.map" },
	{ "micropython-rp2-b.map", "micropython-rp2-a.map" },
	{ "micropython-rp2-a.elf", "micropython-rp2-b.elf" },
	{ "micropython-rp2-a.map", "micropython-rp2-a.elf" },
	{ "micropython-rp2-a.elf", "micropython-rp2-b.map" },
	{ "micropython-qemu-a.map", "micropython-rp2-a.map" },
	{ "riscv64-bfd-a.map", "riscv64-bfd-b.map" },
	{ "lua-bfd-a.map", "lua-gold-a.map" },
	{ "lua-bfd-a.map", "lua-bfd-lto-a.map" },
	{ "lua-lld-a.map", "lua-mold-a.map" },
	{ "arm-bfd-a.map", "arm-lto-a.map" },
	{ "minigzip-bfd-b.map", "minigzip-gold-lto-b.map" },
	{ "lua-mold-a.map", "lua-mold-a.map" },
};

UNIT_TEST(growth_between_builds_agrees_with_diff)
{
	size_t n_absent = 0;

	n_limits = n_causes = 0;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		struct input old = { 0 }, new = { 0 };
		if (read_input(&old, pairs[i].old) && read_input(&new, pairs[i].new))
			grows_as_diff_says(pairs[i].new, &old.image, &new.image);
		else
			n_absent++;
		input_deinit(&old);
		input_deinit(&new);
	}
	print_message("# %zu limits, %zu causes\n", n_limits, n_causes);
	if (n_absent == ARRAY_SIZE(pairs))
		skip();
}

/* ---- what somebody would write ---- */

/* The rp2 port with framebuf, against the one without: what a pull request's budget says. */
UNIT_TEST(a_budget_of_the_rp2_port)
{
	static const struct {
		enum figure_subject subject;
		const char *pattern, *key;
		uint64_t amount;
		const char *row;
	} cases[] = {
		{ SUBJECT_REGION, "FLASH", "max_used", 324168, "pass 324168 of 324168, 0 left" },
		{ SUBJECT_IMAGE, "*", "max_size", 324168, "pass 324168 of 324168, 0 left (micropython-rp2-a.map)" },
		{ SUBJECT_REGION, "FLASH", "max_growth", 4096,
		  "fail 4604 of 4096, -508 left because modframebuf.c.o +5164 5164, qstr.c.o +281 13280,"
		  " emitinlinethumb.c.o +12 2574" },
		{ SUBJECT_OBJECT, "*/py/gc.c.o*", "max_size", 2048,
		  "fail 2959 of 2048, -911 left (CMakeFiles/firmware.dir/build/fw/src/micropython/py/gc.c.o) because"
		  " gc_alloc 472, gc_realloc 404, gc_dump_alloc_table 356" },
		{ SUBJECT_FROZEN, "sensors.py", "max_size", 4096,
		  "error: no frozen module named 'sensors.py' any more; the baseline has 566 B of it" },
		{ SUBJECT_SYMBOL, "gc_aloc", "max_size", 512,
		  "error: no symbol named 'gc_aloc'; did you mean gc_alloc or gc_lock?" },
	};
	struct input old = { 0 }, new = { 0 };
	struct made_budget b = { 0 };
	struct check c = { 0 };

	if (!read_input(&old, "micropython-rp2-b.map") || !read_input(&new, "micropython-rp2-a.map")) {
		input_deinit(&old);
		skip();
	}
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		made(&b, cases[i].subject, cases[i].pattern, cases[i].key, WHOLE(cases[i].amount));
	struct check_build now = { &new.image, NOT_KNOWN, NULL }, base = { &old.image, NOT_KNOWN, NULL };
	assert_int_equal(check_begin(&c, &b.budget), 0);
	c.given[CHECK_OF_BUILD] = c.given[CHECK_OF_BASELINE_BUILD] = true;
	assert_int_equal(check_image(&c, &now, &base, NULL), 0);
	check_judge(&c);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_row(&c, i, cases[i].row);
	check_deinit(&c);
	input_deinit(&old);
	input_deinit(&new);
}

/* A link that failed, of our own. */
UNIT_TEST(an_overflow_that_a_linker_made)
{
	struct input input = { 0 };
	struct made_budget b = { 0 };
	struct check c = { 0 };
	struct diag diag = { 0 };

	sample_read("images/arm-overflow.map", &input.file);
	if (image_read(&input.image, input.file.name, (const char *)input.file.bytes, input.file.n_bytes, 0, &diag) !=
	    0)
		fail_msg("%s", diag.text);
	made(&b, SUBJECT_REGION, "*", "min_free", WHOLE(0));
	made(&b, SUBJECT_REGION, "*", "max_used", PERCENT(1));
	struct check_build now = { &input.image, NOT_KNOWN, NULL };
	assert_int_equal(check_begin(&c, &b.budget), 0);
	c.given[CHECK_OF_BUILD] = true;
	assert_int_equal(check_image(&c, &now, NULL, NULL), 0);
	check_judge(&c);
	assert_int_equal(c.rows[0].status, CHECK_FAIL);
	assert_true(c.rows[0].value.amount < 0 && c.rows[1].margin.amount < 0);
	assert_int_equal(c.rows[1].status, CHECK_FAIL);
	assert_non_null(c.rows[1].found);
	assert_true(c.rows[1].n_causes > 0);
	check_deinit(&c);
	input_deinit(&input);
}

/* Profiles: the tree and its sums, what follows from them, and what is known of any profile whatever its samples. */
#include "memprof/analysis/sites.h"

#include "made_sites.h"

static struct sites sites;

UNIT_AFTER(tear_down) { sites_deinit(&sites); }

static const struct sites_sum *total_of(const struct sites *s) { return &s->nodes[0].total; }

static const struct sites_line *find_line(const struct sites *s, const struct sites_lines *lines, const char *function,
					  uint32_t line)
{
	for (size_t i = 0; i < lines->n_lines; i++) {
		uint32_t frame = lines->lines[i].frame;
		if (frame != SITES_NONE && s->frames[frame].line == line &&
		    strcmp(s->frames[frame].function, function) == 0)
			return &lines->lines[i];
	}
	fail_msg("no line %s:%u", function, line);
	return NULL;
}

/* "main.py:3 > main.py:30 > …" of the nodes in order. */
static void assert_order(const struct sites *s, const char *const expected[], size_t n_expected)
{
	size_t n = 0;

	for (uint32_t i = sites_next(s, 0); i != SITES_NONE; i = sites_next(s, i)) {
		const struct sites_frame *f = &s->frames[s->nodes[i].frame];
		char text[64];
		snprintf(text, sizeof(text), "%s:%u", f->file, f->line);
		assert_true(n < n_expected);
		assert_string_equal(text, expected[n++]);
	}
	assert_int_equal(n, n_expected);
}

UNIT_TEST(a_tree)
{
	static const char *const order[] = { "main.py:3",     "main.py:30",    "net.py:14",  "net.py:16",
					     "main.py:41",    "net.py:14",     "main.py:31", "lib/json.py:9",
					     "lib/json.py:9", "lib/json.py:7", "main.py:32", ":0" };

	made_program(&sites, 0);
	assert_order(&sites, order, ARRAY_SIZE(order));
	assert_u64_equal(total_of(&sites)->n_samples, 85);
	assert_u64_equal(total_of(&sites)->bytes, 85 * 512);
	assert_u64_equal(total_of(&sites)->count, 85 * 16);
	assert_u64_equal(total_of(&sites)->alive_bytes, 13 * 512);
	assert_u64_equal(sites.nodes[0].own.n_samples, 1);
	assert_int_equal(sites_end(&sites), 0); /* again: nothing changes */
	assert_order(&sites, order, ARRAY_SIZE(order));
	assert_u64_equal(total_of(&sites)->n_samples, 85);
}

UNIT_TEST(lines_of_a_program)
{
	struct sites_lines lines;

	made_program(&sites, 0);
	assert_int_equal(sites_lines(&sites, &lines), 0);
	assert_int_equal(lines.n_lines, 11);
	const struct sites_line *first = find_line(&sites, &lines, "connect", 14);
	assert_ptr_equal(first, &lines.lines[0]);
	assert_u64_equal(first->own.n_samples, 50);
	assert_u64_equal(first->total.n_samples, 50);
	const struct sites_line *module = find_line(&sites, &lines, "<module>", 3);
	assert_u64_equal(module->own.n_samples, 2);
	assert_u64_equal(module->total.n_samples, 84);
	const struct sites_line *again = find_line(&sites, &lines, "parse", 9); /* twice in its chain */
	assert_u64_equal(again->own.n_samples, 0);
	assert_u64_equal(again->total.n_samples, 8);
	sites_lines_deinit(&lines);
	sites_lines_deinit(&lines);
}

UNIT_TEST(files_of_a_program)
{
	struct sites_lines lines;
	struct sites_files files;
	struct sites_sum sums[16];

	made_program(&sites, 0);
	assert_int_equal(sites_lines(&sites, &lines), 0);
	assert_int_equal(sites_files(&sites, &files), 0);
	assert_int_equal(files.n_files, 3);
	assert_string_equal(files.files[0].name, "net.py");
	assert_u64_equal(files.files[0].own.n_samples, 70);
	assert_string_equal(files.files[1].name, "lib/json.py");
	assert_string_equal(files.files[2].name, "main.py");
	sites_of_file(&sites, &lines, "net.py", sums, ARRAY_SIZE(sums));
	assert_u64_equal(sums[13].n_samples, 50);
	assert_u64_equal(sums[15].n_samples, 20);
	assert_u64_equal(sums[0].n_samples, 0);
	sites_files_deinit(&files);
	sites_lines_deinit(&lines);
}

UNIT_TEST(from_the_ends)
{
	static const char *const order[] = {
		"net.py:14",  "main.py:30", "main.py:3",     "main.py:41",    "main.py:3",     "net.py:16",
		"main.py:30", "main.py:3",  "lib/json.py:7", "lib/json.py:9", "lib/json.py:9", "main.py:31",
		"main.py:3",  ":0",         "main.py:32",    "main.py:3",     "main.py:3"
	};
	struct sites s, inverted, back;

	made_program(&s, 0);
	assert_int_equal(sites_invert(&s, &inverted), 0);
	assert_order(&inverted, order, ARRAY_SIZE(order));
	assert_u64_equal(total_of(&inverted)->bytes, total_of(&s)->bytes);
	assert_u64_equal(inverted.nodes[inverted.nodes[0].child].total.n_samples, 50);
	assert_int_equal(inverted.n_frames, s.n_frames);
	assert_int_equal(sites_invert(&inverted, &back), 0);
	assert_int_equal(back.n_nodes, s.n_nodes);
	sites_deinit(&back);
	sites_deinit(&inverted);
	sites_deinit(&s);
}

UNIT_TEST(what_is_alive)
{
	struct sites s, alive;

	made_program(&s, 0);
	assert_int_equal(sites_alive(&s, &alive), 0);
	assert_u64_equal(total_of(&alive)->bytes, 13 * 512);
	assert_u64_equal(total_of(&alive)->count, 13 * 16);
	assert_u64_equal(total_of(&alive)->alive_bytes, 0);
	assert_false(alive.has_alive);
	assert_true(alive.has_counts);
	assert_int_equal(alive.nodes[sites_next(&alive, 0)].frame, s.nodes[sites_next(&s, 0)].frame);
	sites_deinit(&alive);
	sites_deinit(&s);
}

UNIT_TEST(chains)
{
	struct sites_ends ends;
	struct sites_chain chain;

	made_program(&sites, 0);
	assert_int_equal(sites_ends(&sites, &ends), 0);
	assert_int_equal(ends.n_nodes, 7);
	sites_chain(&sites, ends.nodes[0], &chain);
	assert_int_equal(chain.n_frames, 3);
	assert_int_equal(sites.frames[chain.frames[0]].line, 14);
	assert_int_equal(sites.frames[chain.frames[2]].line, 3);
	assert_int_equal(ends.nodes[6], 0); /* the least is the chain that is not known */
	sites_chain(&sites, 0, &chain);
	assert_int_equal(chain.n_frames, 0);
	sites_ends_deinit(&ends);
}

/* Of a longer chain the innermost frames are kept; sums stop before they overflow. */
UNIT_TEST(limits)
{
	uint32_t frames[100];
	struct sites_sum huge = { 1, UINT64_MAX, UINT64_MAX, SITES_SUM_MAX, 0 };

	assert_int_equal(sites_init(&sites, SITES_TIMER, SITES_TIME), 0);
	for (uint32_t i = 0; i < ARRAY_SIZE(frames); i++)
		frames[i] = sites_frame(&sites, "deep.py", "f", i + 1);
	assert_int_equal(sites_add(&sites, frames, ARRAY_SIZE(frames), &huge), 0);
	assert_int_equal(sites_add(&sites, frames, ARRAY_SIZE(frames), &huge), 0);
	frames[1] = SITES_NONE;
	assert_int_equal(sites_add(&sites, frames, 2, &huge), -ENOMEM);
	assert_int_equal(sites_end(&sites), 0);
	assert_int_equal(sites.n_nodes, 1 + SITES_DEPTH_MAX);
	assert_int_equal(sites.nodes[1].frame, SITES_DEPTH_MAX - 1);
	assert_u64_equal(total_of(&sites)->bytes, SITES_SUM_MAX);
	assert_u64_equal(total_of(&sites)->alive_bytes, SITES_SUM_MAX);
	assert_int_equal(sites_frame(&sites, "deep.py", "f", 7), 6);
}

UNIT_TEST(names_are_cleaned)
{
	made_hostile(&sites);
	assert_string_equal(sites.frames[0].file,
			    "a;b \"c\"\\x0a</script><script>alert(1)</script>\\x1b[31m\\xff=1.py");
}

/* Whatever the samples are: sums add up, each way round. */
UNIT_TEST(any_samples)
{
	uint32_t seed = 7;

	for (int round = 0; round < 30; round++) {
		struct sites s, inverted;
		struct sites_lines lines;
		uint32_t frames[20];
		uint64_t own = 0, all = 0;
		assert_int_equal(sites_init(&s, SITES_PROBE, SITES_BYTES), 0);
		for (uint32_t i = 0; i < ARRAY_SIZE(frames); i++)
			frames[i] = sites_frame(&s, i % 3 ? "a.py" : "b.py", i % 2 ? "f" : "g", i);
		for (int i = 0; i < 300; i++) {
			uint32_t chain[12], n = next_random(&seed) % 12;
			for (uint32_t k = 0; k < n; k++)
				chain[k] = frames[next_random(&seed) % (2 + n)];
			struct sites_sum sum = made_sum(1 + next_random(&seed) % 9, 0);
			assert_int_equal(sites_add(&s, chain, n, &sum), 0);
			all += sum.bytes;
		}
		assert_int_equal(sites_end(&s), 0);
		assert_int_equal(sites_invert(&s, &inverted), 0);
		assert_int_equal(sites_lines(&s, &lines), 0);
		for (size_t i = 0; i < lines.n_lines; i++) {
			own += lines.lines[i].own.bytes;
			assert_true(lines.lines[i].own.bytes <= lines.lines[i].total.bytes);
			assert_true(i == 0 || lines.lines[i].own.bytes <= lines.lines[i - 1].own.bytes);
		}
		assert_u64_equal(own, all);
		assert_u64_equal(total_of(&s)->bytes, all);
		assert_u64_equal(total_of(&inverted)->bytes, all);
		for (uint32_t i = 0; i != SITES_NONE; i = sites_next(&s, i))
			if (s.nodes[i].sibling != SITES_NONE)
				assert_true(s.nodes[i].total.bytes >= s.nodes[s.nodes[i].sibling].total.bytes);
		sites_lines_deinit(&lines);
		sites_deinit(&inverted);
		sites_deinit(&s);
	}
}

/* Where samples are few, and none was lost. */
UNIT_TEST(a_better_step)
{
	static const struct {
		enum sites_how how;
		uint64_t n_samples, step_bytes, n_lost, better;
	} cases[] = {
		{ SITES_HOOK, 25, 4096, 0, 256 },   { SITES_HOOK, 99, 4096, 0, 1024 },
		{ SITES_HOOK, 100, 4096, 0, 0 },    { SITES_HOOK, 0, 4096, 0, 0 },
		{ SITES_HOOK, 25, 4096, 1, 0 },     { SITES_HOOK, 1, 8, 0, 1 },
		{ SITES_HOOK, 25, 1, 0, 0 },        { SITES_HOOK, 25, 0, 0, 0 },
		{ SITES_SENTINEL, 1, 4096, 0, 64 }, { SITES_SENTINEL, 25, 100, 0, 64 },
		{ SITES_SENTINEL, 25, 64, 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(sites_init(&sites, cases[i].how, SITES_BYTES), 0);
		sites.step_bytes = cases[i].step_bytes;
		sites.n_lost = cases[i].n_lost;
		if (cases[i].n_samples)
			MADE_ADD(&sites, made_sum(cases[i].n_samples, 0), MADE_MAIN);
		assert_int_equal(sites_end(&sites), 0);
		assert_u64_equal(sites_better_step(&sites), cases[i].better);
		sites.unit = SITES_TIME;
		assert_u64_equal(sites_better_step(&sites), 0);
		sites_deinit(&sites);
	}
}

/* Two profiles, line by line: what is the same, what moved with an edit, what came and went. */

#include "made_sites.h"

static struct sites before, after;
static struct sites_changes changes;

/* Twice, which is once too often. */
UNIT_AFTER(end)
{
	for (int i = 0; i < 2; i++) {
		sites_changes_deinit(&changes);
		sites_deinit(&before);
		sites_deinit(&after);
	}
}

static void two_of(enum sites_how how)
{
	end();
	assert_int_equal(sites_init(&before, how, SITES_BYTES), 0);
	assert_int_equal(sites_init(&after, how, SITES_BYTES), 0);
}

static void compare(void)
{
	assert_int_equal(sites_end(&before), 0);
	assert_int_equal(sites_end(&after), 0);
	assert_int_equal(sites_diff(&before, &after, &changes), 0);
}

static const struct sites_change *find(uint32_t line)
{
	for (size_t i = 0; i < changes.n_changes; i++)
		if (changes.changes[i].after != SITES_NONE && after.frames[changes.changes[i].after].line == line)
			return &changes.changes[i];
	fail_msg("no change of line %u", line);
	return NULL;
}

UNIT_TEST(the_same_twice)
{
	made_program(&before, 0);
	made_program(&after, 0);
	compare();
	assert_int_equal(changes.n_changes, 6);
	for (size_t i = 0; i < changes.n_changes; i++) {
		assert_u64_equal(changes.changes[i].old.bytes, changes.changes[i].new.bytes);
		assert_int_equal(changes.changes[i].before == SITES_NONE, changes.changes[i].after == SITES_NONE);
	}
}

/* Two lines above connect: 14 and 16 are 16 and 18, and 16 is not 16. */
UNIT_TEST(moved_lines)
{
	made_program(&before, 0);
	made_program(&after, 2);
	compare();
	const struct sites_change *moved = find(16);
	assert_int_equal(before.frames[moved->before].line, 14);
	assert_u64_equal(moved->old.n_samples, 50);
	assert_u64_equal(moved->new.n_samples, 50);
	assert_int_equal(before.frames[find(18)->before].line, 16);
}

UNIT_TEST(lines_that_came_and_went)
{
	made_program(&before, 0);
	assert_int_equal(sites_init(&after, SITES_HOOK, SITES_BYTES), 0);
	MADE_ADD(&after, made_sum(60, 0), { "new.py", "f", 5 });
	compare();
	assert_int_equal(changes.n_changes, 7);
	assert_int_equal(changes.changes[0].before, SITES_NONE);
	assert_u64_equal(changes.changes[0].new.n_samples, 60);
	assert_u64_equal(changes.changes[0].old.n_samples, 0);
	assert_int_equal(changes.changes[1].after, SITES_NONE);
	assert_u64_equal(changes.changes[1].old.n_samples, 50);
	sites_changes_deinit(&changes);
	sites_deinit(&after);
	assert_int_equal(sites_init(&after, SITES_TIMER, SITES_TIME), 0);
	assert_int_equal(sites_end(&after), 0);
	assert_int_equal(sites_diff(&before, &after, &changes), -EINVAL);
}

/* By chance one profile has a sample of one line, and the other of another; of lines with many samples it is an edit.
 */
UNIT_TEST(lines_of_few_samples_stay_where_they_are)
{
	for (unsigned n_samples = 1; n_samples < 5; n_samples++) {
		two_of(SITES_HOOK);
		MADE_ADD(&before, made_sum(n_samples, 0), { "main.py", "<module>", 7 });
		MADE_ADD(&after, made_sum(n_samples, 0), { "main.py", "<module>", 17 });
		compare();
		assert_int_equal(changes.n_changes, n_samples < 4 ? 2 : 1);
	}
}

UNIT_TEST(programs_of_other_files)
{
	for (unsigned is_same = 0; is_same < 2; is_same++) {
		two_of(SITES_HOOK);
		MADE_ADD(&before, made_sum(9, 0), { "old.py", "f", 1 });
		MADE_ADD(&after, made_sum(9, 0), { is_same ? "old.py" : "new.py", "f", 1 });
		/* both have samples whose chain is not known */
		assert_int_equal(sites_add(&before, NULL, 0, &(struct sites_sum){ 1, 512, 16, 0, 0 }), 0);
		assert_int_equal(sites_add(&after, NULL, 0, &(struct sites_sum){ 1, 512, 16, 0, 0 }), 0);
		compare();
		assert_int_equal(changes.shares_no_line, !is_same);
	}
}

/* More lines than distances are tried for: they are paired where they are. */
UNIT_TEST(a_long_function)
{
	two_of(SITES_HOOK);
	for (uint32_t i = 1; i <= 100; i++) {
		MADE_ADD(&before, made_sum(i, 0), { "a.py", "f", i });
		MADE_ADD(&after, made_sum(i, 0), { "a.py", "f", i + 1 });
	}
	compare();
	assert_int_equal(changes.n_changes, 101);
}

/* 100 and 150 of 1000 samples are no chance. Of 20 bursts they are: their samples are not independent. */
UNIT_TEST(what_may_be_chance)
{
	two_of(SITES_SENTINEL);
	MADE_ADD(&before, made_sum(100, 0), { "a.py", "f", 1 });
	MADE_ADD(&before, made_sum(900, 0), { "a.py", "f", 2 });
	MADE_ADD(&after, made_sum(150, 0), { "a.py", "f", 1 });
	MADE_ADD(&after, made_sum(850, 0), { "a.py", "f", 2 });
	compare();
	const struct sites_change *change = find(1);
	assert_false(sites_change_is_chance(&before, &after, change));
	before.n_bursts = after.n_bursts = 20;
	assert_true(sites_change_is_chance(&before, &after, change));
	before.n_bursts = after.n_bursts = 1000;
	assert_false(sites_change_is_chance(&before, &after, change));
}

/* A line that one profile lacks. Of the older one, a sample stands for old_step bytes; the newer one has n samples of
 * the line, for new_step bytes each. */
static bool new_line_is_chance(uint64_t old_step, uint64_t new_step, uint64_t n)
{
	struct sites_sum rest = { .n_samples = 1000, .bytes = 1000 * old_step },
			 line = { .n_samples = n, .bytes = n * new_step };

	two_of(SITES_HOOK);
	before.step_bytes = old_step;
	after.step_bytes = new_step;
	MADE_ADD(&before, rest, { "a.py", "f", 2 });
	rest.bytes = 1000 * new_step;
	MADE_ADD(&after, rest, { "a.py", "f", 2 });
	MADE_ADD(&after, line, { "a.py", "f", 1 });
	compare();
	return sites_change_is_chance(&before, &after, find(1));
}

UNIT_TEST(a_new_line)
{
	assert_true(new_line_is_chance(1024, 1024, 9));
	assert_false(new_line_is_chance(1024, 1024, 10));
	assert_true(new_line_is_chance(4096, 256, 100)); /* six samples of the older one */
	assert_false(new_line_is_chance(4096, 256, 200));
	assert_true(new_line_is_chance(1, 1024, 9));
	assert_false(new_line_is_chance(1, 1, 1)); /* all allocations are there */
}

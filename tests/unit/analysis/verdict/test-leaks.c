#include <string.h>

#include "memprof/analysis/leaks.h"
#include "unit.h"

enum { FLOORS = 60, STEP_BYTES = 1000 };

/* A heap that grows with each of its collections. */
static void grow(struct boots *boots)
{
	for (unsigned i = 0; i < FLOORS; i++) {
		struct pool_state state = POOL_STATE_NOT_KNOWN;
		state.used_bytes = 20000 + i * STEP_BYTES;
		state.free_bytes = 200000 - state.used_bytes;
		state.total_bytes = 200000;
		boots_add_figures(boots, &state, (uint64_t)i * 1000000, true);
	}
}

/* Allocated in the nth quarter, from 0. */
static void add_in(struct sites *s, uint64_t quarter, const char *holder, uint32_t line, uint32_t caller,
		   uint64_t bytes)
{
	const uint32_t chain[] = { sites_frame(s, "app.py", "connect", line),
				   sites_frame(s, "app.py", "main", caller) };
	const struct sites_sum sum = { .n_samples = 1, .bytes = bytes, .alive_bytes = bytes };
	const struct sites_moment when = { 0, 0, quarter, SITES_QUARTERS };

	assert_int_equal(sites_add(s, chain, 2, &sum), 0);
	assert_int_equal(sites_keep_sample(s, holder, chain[0], bytes, false, &when), 0);
}

static void add(struct sites *s, const char *holder, uint32_t line, uint32_t caller, uint64_t bytes)
{
	add_in(s, 1, holder, line, caller, bytes);
}

struct made {
	struct boots boots;
	struct run_info run;
	struct sites sites;
	struct leaks_subject subject;
};

static void make(struct made *m)
{
	*m = (struct made){ .run = { .has_holder = true, .owners = { { .path = "handlers" } }, .n_owners = 1 } };
	grow(&m->boots);
	assert_int_equal(sites_init(&m->sites, SITES_SENTINEL, SITES_BYTES), 0);
	m->subject = (struct leaks_subject){ .name = "app.py", .boots = &m->boots, .run = &m->run, .sites = &m->sites };
}

static void deinit(struct made *m)
{
	leaks_deinit(&m->subject);
	leaks_deinit(&m->subject);
	sites_deinit(&m->sites);
	boots_deinit(&m->boots);
}

UNIT_TEST(the_lines_are_those_of_the_holder)
{
	struct made m;

	make(&m);
	add(&m.sites, "handlers", 3, 20, 4000);
	add(&m.sites, "handlers", 3, 30, 5000);
	add(&m.sites, "handlers", 4, 20, 6000);
	add(&m.sites, "handlers", 5, 20, 100); /* next to nothing */
	add(&m.sites, "cache", 6, 20, 90000);
	add_in(&m.sites, 0, "handlers", 7, 20, 8000); /* what it was made with */
	assert_int_equal(sites_end(&m.sites), 0);
	assert_int_equal(leaks_work_out(&m.subject), 0);
	assert_int_equal(m.subject.verdict.state, VERDICT_LEAKING);
	assert_string_equal(m.subject.verdict.holder, "handlers");
	assert_string_equal(m.subject.verdict.line, "app.py:3");
	assert_int_equal(m.subject.n_lines, 2);
	assert_u64_equal(m.subject.lines[0].alive_bytes, 9000);
	assert_u64_equal(m.subject.lines[1].alive_bytes, 6000);
	struct sites_chain chain;
	sites_chain(&m.sites, m.subject.lines[0].node, &chain);
	assert_int_equal(chain.n_frames, 2);
	assert_int_equal(sites_frame_at(&m.sites, chain.frames[1])->line, 30); /* most of it came by this call */
	deinit(&m);
}

/* In the places of what is freed again, the holder's memory may stand at the end. */
UNIT_TEST(a_line_whose_memory_is_freed_again_yields)
{
	struct made m;

	make(&m);
	add(&m.sites, "handlers", 3, 20, 4000);
	add(&m.sites, "handlers", 4, 20, 9000);
	const uint32_t chain[] = { sites_frame(&m.sites, "app.py", "connect", 4) };
	assert_int_equal(sites_add(&m.sites, chain, 1, &(struct sites_sum){ .n_samples = 9, .bytes = 900000 }), 0);
	assert_int_equal(sites_end(&m.sites), 0);
	assert_int_equal(leaks_work_out(&m.subject), 0);
	assert_string_equal(m.subject.verdict.line, "app.py:3");
	assert_int_equal(m.subject.n_lines, 1);
	deinit(&m);
}

/* Which line of a function it was is not always known. */
UNIT_TEST(a_line_that_is_not_known_is_not_named)
{
	struct made m;

	make(&m);
	add(&m.sites, "handlers", 0, 20, 4000);
	assert_int_equal(sites_end(&m.sites), 0);
	assert_int_equal(leaks_work_out(&m.subject), 0);
	assert_int_equal(m.subject.n_lines, 1);
	assert_string_equal(m.subject.verdict.line, "");
	deinit(&m);
}

UNIT_TEST(without_samples_there_are_no_lines)
{
	struct made m;

	make(&m);
	m.subject.sites = NULL;
	assert_int_equal(leaks_work_out(&m.subject), 0);
	assert_int_equal(m.subject.n_lines, 0);
	assert_string_equal(m.subject.verdict.holder, "handlers");
	deinit(&m);
}

UNIT_TEST(the_worst_comes_first)
{
	static const struct {
		const char *name;
		enum verdict_state state;
		enum severity severity;
	} rows[] = {
		{ "e", VERDICT_OK, SEVERITY_FINE },        { "c", VERDICT_WATCHING, SEVERITY_LOOK },
		{ "b", VERDICT_SUSPECTED, SEVERITY_LOOK }, { "a", VERDICT_LEAKING, SEVERITY_ACT },
		{ "d", VERDICT_WATCHING, SEVERITY_LOOK },
	};
	struct leaks_subject all[ARRAY_SIZE(rows)];
	char order[ARRAY_SIZE(rows) + 1] = "";

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		all[i] = (struct leaks_subject){ .name = rows[i].name,
						 .verdict = { .state = rows[i].state, .severity = rows[i].severity } };
	leaks_sort(all, ARRAY_SIZE(rows));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		strcat(order, all[i].name);
	assert_string_equal(order, "abcde");
}

/* The simulated boards, watched for ten minutes of their time as attach watches a board: what is said of their heaps.
 */
#define _POSIX_C_SOURCE 200809L /* mkstemp */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "board.h"
#include "memprof/analysis/boots.h"
#include "memprof/feed/feed.h"
#include "unit.h"

enum { MINUTES = 10, SEEDS = 2, LOOKS_EACH = 20, SAID_BY = 40 }; /* collections, of which a look may see 14 more */

static struct boots boots;
static uint64_t n_looks, n_boots, n_said; /* collections, when a leak was said; 0: it was not */
static bool is_suspected, is_withdrawn;

/* Each twentieth snapshot. */
static void on_moment(void *ctx, struct moment *m)
{
	struct trend_result result;
	struct boot_info boot;

	(void)ctx;
	(void)m;
	if (n_looks++ % LOOKS_EACH || boots_n_samples(&boots) == 0)
		return;
	assert_int_equal(boots_work_out(&boots, &result, &boot), 0);
	const struct trend_pool_result *pool = &result.pools[0];
	is_suspected |= pool->is_suspected;
	if (pool->leaks && !n_said)
		n_said = pool->n_collections;
	n_boots = boot.n_boots;
	is_withdrawn |= n_said && !pool->leaks;
	trend_result_deinit(&result);
}

static void on_notice(void *ctx, const struct notice *notice)
{
	(void)ctx;
	fail_msg("%s", notice->text);
}

static bool write_out(void *file, const void *bytes, size_t n_bytes, bool is_frame)
{
	(void)is_frame;
	return fwrite(bytes, 1, n_bytes, file) == n_bytes;
}

static void run_board(const struct sim_profile *profile, uint32_t seed, const char *path)
{
	static struct sim_board board;
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(sim_board_init(&board, profile, seed, 0, write_out, file), 0);
	sim_board_run(&board, MINUTES * UINT64_C(60000000));
	sim_board_deinit(&board);
	assert_int_equal(fclose(file), 0);
}

static void watch(const char *name, uint32_t seed)
{
	char path[] = "/tmp/memprof-watched-XXXXXX";
	const char *const names[] = { path };
	const struct log_format any = { .decoder = NULL };
	const struct sink sinks[] = { boots_sink(&boots), { .on_moment = on_moment } };
	struct feed feed = { .notices.report = on_notice };
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	close(fd);
	boots = (struct boots){ .live = true };
	n_looks = n_said = 0;
	is_suspected = is_withdrawn = false;
	run_board(sim_profile_find(name, strlen(name)), seed, path);
	assert_int_equal(feed_open(&feed, &(struct capture_options){ .live = false }, sinks, 2), 0);
	assert_int_equal(feed_logs(&feed, names, 1, &any), 0);
	feed_close(&feed);
	boots_deinit(&boots);
	unlink(path);
}

UNIT_TEST(healthy_boards_are_never_suspected)
{
	static const char *const names[] = { "pico", "badgeware", "openmv", "grow" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		for (uint32_t seed = 1; seed <= SEEDS; seed++) {
			watch(names[i], seed);
			if (is_suspected || n_said)
				fail_msg("%s, seed %u: after %u looks", names[i], (unsigned)seed, (unsigned)n_looks);
			assert_true(n_looks > 500);
		}
}

/* Though it dies of it, and begins anew, four times. */
UNIT_TEST(a_leak_is_said_and_stays)
{
	for (uint32_t seed = 1; seed <= SEEDS; seed++) {
		watch("leak", seed);
		assert_true(n_said > 0 && n_said <= SAID_BY && n_boots == 4);
		assert_false(is_withdrawn);
	}
}

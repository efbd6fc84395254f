#include "diff/private.h"

#include <string.h>

#include "memprof/base/number.h"
#include "unit.h"

static void list(struct match_side *side, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		match_add(side, NULL, slice_of(names[i]), 0)->path_bytes = (uint32_t)strlen(names[i]);
}

static void match_sources(struct diff_pairs *ret, const char *const *old, const char *const *new, size_t n)
{
	static const struct match_round rounds[] = { { .text = MATCH_NAME, .how = MATCH_IN_ORDER },
						     { .text = MATCH_ENDS, .how = MATCH_SINGLE } };

	assert_int_equal(diff_pairs_init(ret, n, n), 0);
	list(&ret->old, old, n);
	list(&ret->new, new, n);
	assert_int_equal(diff_match(ret, rounds, 2), 0);
}

static void match_folders(struct diff_pairs *ret, const char *const *old, size_t n_old, const char *const *new,
			  size_t n_new, const struct diff_pairs *sources)
{
	assert_int_equal(diff_pairs_init(ret, n_old, n_new), 0);
	list(&ret->old, old, n_old);
	list(&ret->new, new, n_new);
	assert_int_equal(diff_match_folders(ret, sources), 0);
}

/* Two of five sources went to one folder, three to another: that is the folder now, whichever comes first by name. */
UNIT_TEST(most_sources_decide)
{
	static const char *const old_folders[] = { "/a/src/net" }, *const new_folders[] = { "/b/early", "/b/late" };
	static const char *const old_sources[] = { "/a/src/net/1.c", "/a/src/net/2.c", "/a/src/net/3.c",
						   "/a/src/net/4.c", "/a/src/net/5.c" };
	static const char *const new_sources[] = { "/b/early/1.c", "/b/early/2.c", "/b/late/3.c", "/b/late/4.c",
						   "/b/late/5.c" };
	struct diff_pairs sources, folders;

	match_sources(&sources, old_sources, new_sources, 5);
	match_folders(&folders, old_folders, 1, new_folders, 2, &sources);
	assert_int_equal(folders.old.partner[0], 1);
	assert_int_equal(folders.new.partner[0], MATCH_NONE);
	diff_pairs_deinit(&folders);
	diff_pairs_deinit(&sources);
}

/* The folders around them count as far as their names are the same, and no further. */
UNIT_TEST(folders_around_them)
{
	static const char *const old_folders[] = { "/build", "/build/fw", "/build/fw/py" };
	static const char *const new_folders[] = { "/home", "/home/build", "/home/source-7", "/home/source-7/py" };
	static const char *const old_sources[] = { "/build/fw/py/gc.c" }, *const new_sources[] = {
		"/home/source-7/py/gc.c"
	};
	struct diff_pairs sources, folders;

	match_sources(&sources, old_sources, new_sources, 1);
	match_folders(&folders, old_folders, 3, new_folders, 4, &sources);
	assert_int_equal(folders.old.partner[2], 3);
	assert_int_equal(folders.old.partner[1], 2);
	assert_int_equal(folders.old.partner[0], MATCH_NONE); /* not /home/build, which is called alike */
	diff_pairs_deinit(&folders);
	diff_pairs_deinit(&sources);
}

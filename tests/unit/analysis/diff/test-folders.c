#include "diff/private.h"

#include "memprof/base/number.h"
#include "unit.h"

static struct image_groups groups(struct image_group *of, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		of[i] = (struct image_group){ .name = names[i] };
	return (struct image_groups){ .groups = of, .n_groups = n };
}

/* Two of five sources went to one folder, three to another: that is the folder now, whichever comes first by name. */
UNIT_TEST(most_sources_decide)
{
	static const char *const old_folders[] = { "/a/src/net" }, *const new_folders[] = { "/b/early", "/b/late" };
	static const char *const old_sources[] = { "/a/src/net/1.c", "/a/src/net/2.c", "/a/src/net/3.c",
						   "/a/src/net/4.c", "/a/src/net/5.c" };
	static const char *const new_sources[] = { "/b/early/1.c", "/b/early/2.c", "/b/late/3.c", "/b/late/4.c",
						   "/b/late/5.c" };
	struct image_group of[4][5];
	struct image_groups old = groups(of[0], old_folders, 1), new = groups(of[1], new_folders, 2);
	struct image_groups was = groups(of[2], old_sources, 5), is = groups(of[3], new_sources, 5);
	struct diff_pairs sources = { 0 }, folders = { 0 };

	assert_int_equal(diff_match_groups(&sources, &was, &is, true), 0);
	assert_int_equal(diff_match_folders(&folders, &old, &new, &was, &is, &sources), 0);
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
	struct image_group of[4][4];
	struct image_groups old = groups(of[0], old_folders, 3), new = groups(of[1], new_folders, 4);
	struct image_groups was = groups(of[2], old_sources, 1), is = groups(of[3], new_sources, 1);
	struct diff_pairs sources = { 0 }, folders = { 0 };

	assert_int_equal(diff_match_groups(&sources, &was, &is, true), 0);
	assert_int_equal(diff_match_folders(&folders, &old, &new, &was, &is, &sources), 0);
	assert_int_equal(folders.old.partner[2], 3);
	assert_int_equal(folders.old.partner[1], 2);
	assert_int_equal(folders.old.partner[0], MATCH_NONE); /* not /home/build, which is called alike */
	diff_pairs_deinit(&folders);
	diff_pairs_deinit(&sources);
}

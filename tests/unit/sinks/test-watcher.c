/* Lines about a heap whose use after collections rises, and then does not any more. */
#define _POSIX_C_SOURCE 200809L /* open_memstream */
#include "memprof/sinks/watcher.h"

#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "unit.h"

enum { TURNS = 225, EACH = 5, RISING_TURNS = 90, TURN_US = 1000000 };

static const char *only(const char *text, const char *words)
{
	const char *ret = strstr(text, words);

	assert_non_null(ret);
	assert_null(strstr(ret + 1, words));
	return ret;
}

UNIT_TEST(a_line_when_the_verdict_changes)
{
	struct boots boots = { .live = true };
	struct output out = { .style = { .columns = 80 } };
	struct watcher w = { &out, &boots };
	char *text = NULL;
	size_t n_bytes;

	out.file = open_memstream(&text, &n_bytes);
	for (unsigned i = 0; i < TURNS; i++) {
		struct pool_state sample = POOL_STATE_NOT_KNOWN;
		sample.total_bytes = 192064;
		sample.used_bytes = 20000 + 400 * (uint64_t)(MIN(i, (unsigned)RISING_TURNS) / EACH) +
				    3000 * (uint64_t)(i % EACH);
		sample.free_bytes = sample.total_bytes - sample.used_bytes;
		boots_add_figures(&boots, &sample, (uint64_t)i * TURN_US, false);
		watcher_moment(&w, (uint64_t)(i + 1) * TURN_US);
	}
	assert_int_equal(fclose(out.file), 0);
	assert_true(only(text, " per collection, full ") <
		    only(text, "no leak after all: memory in use in gc stopped growing"));
	free(text);
	strbuf_deinit(&out.text);
	boots_deinit(&boots);
}

/* Of a fast log, not each moment is judged. */
UNIT_TEST(once_a_second)
{
	struct boots boots = { .live = true };
	struct output out = { .style = { .columns = 80 } };
	struct watcher w = { &out, &boots };

	watcher_moment(&w, TURN_US);
	watcher_moment(&w, TURN_US + TURN_US / 2);
	assert_u64_equal(w.judged_us, TURN_US);
	watcher_moment(&w, 2 * TURN_US);
	assert_u64_equal(w.judged_us, 2 * TURN_US);
	boots_deinit(&boots);
}

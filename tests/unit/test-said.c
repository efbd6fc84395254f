/* What a log says outside of dumps, in the forms that test-mem_info.c does not have. */
#include "said.h"

#include "cuts.h"
#include "events.h"
#include "unit.h"

static void assert_events(const char *log, const char *expected)
{
	CLEANUP(strbuf_deinit) struct strbuf events = STRBUF_INIT;

	assert_int_equal(events_of_text(&decoder_mem_info, log, &events), 0);
	assert_string_equal(strbuf_text(&events), expected);
	cuts_split(&decoder_mem_info, "this log", (const uint8_t *)log, strlen(log));
	cuts_end(&decoder_mem_info, (const uint8_t *)log, strlen(log));
}

static void qstr_in_lines_of_their_own(void **state)
{
	(void)state;
	assert_events("qstr:\n  n_pool=1\n  n_qstr=2\n\n  n_str_data_bytes=12\n  n_total_bytes=60\n",
		      "qstr line 6 1 2 12 60 at -\n");
	assert_events("qstr:\n  n_pool=1\n  n_qstr=x\n  n_str_data_bytes=12\n  n_total_bytes=60\n"
		      "n_pool=1\nn_qstr=2\nn_str_data_bytes=12\nn_total_bytes=60\n"
		      "qstr:\nn_pool=1\n>>> \nn_qstr=2\nn_str_data_bytes=12\nn_total_bytes=60\n"
		      "qstr:\nn_pool=1\nn_qstr=2\nn_str_data_bytes=12\nn_total_bytes=6", "");
}

static void figures_in_programs(void **state)
{
	(void)state;
	assert_events("[boot] gc_free=134544 gc_alloc=30704\n"
		      "gc_alloc=1 gc_free=2\n"
		      "gc_free=5\n"
		      "gc_free=x gc_alloc=1\n"
		      "     uPY heap: 3073664/5664/3068000 bytes (in SPIRAM using malloc)\n"
		      "uPY heap: 3073664/5664\n"
		      "gc_free=134544 gc_alloc=307",
		      "sample line 1 used 30704 free 134544 at -\n"
		      "sample line 2 used 1 free 2 at -\n"
		      "sample line 5 used 5664 free 3068000 at -\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(qstr_in_lines_of_their_own),
		cmocka_unit_test(figures_in_programs),
	};

	return RUN(tests);
}

/* What a log says outside of dumps, in the forms that test-mem_info.c does not have. */
#include "console/facts.h"

#include "cuts.h"
#include "unit.h"

static void assert_events(const char *log, const char *expected)
{
	cuts_assert_events(&decoder_mem_info, log, expected);
}

UNIT_TEST(qstr_in_lines_of_their_own)
{
	assert_events("qstr:\n  n_pool=1\n  n_qstr=2\n\n  n_str_data_bytes=12\n  n_total_bytes=60\n",
		      "qstr line 6 1 2 12 60 at -\n");
	assert_events(
		"qstr:\n  n_pool=1\n  n_qstr=x\n  n_str_data_bytes=12\n  n_total_bytes=60\n"
		"n_pool=1\nn_qstr=2\nn_str_data_bytes=12\nn_total_bytes=60\n"
		"qstr:\nn_pool=1\n>>> \nn_qstr=2\nn_str_data_bytes=12\nn_total_bytes=60\n"
		"qstr:\nn_pool=1\nn_qstr=2\nn_str_data_bytes=12\nn_total_bytes=6",
		"");
}

UNIT_TEST(figures_in_programs)
{
	assert_events(
		"[boot] gc_free=134544 gc_alloc=30704\n"
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

/* What is free, as people label it, and nothing else in the line. */
UNIT_TEST(free_alone)
{
	assert_events(
		"free: 134544\nFree memory: 2000 bytes\ngc.mem_free() = 3000\nmem_free=4000\n"
		"free: 71 456\nfree: 5 kB\nfree: 5 blocks\nLittleFS free: 9\nfree: \nfree: 5, used: 6\n",
		"sample line 1 used - free 134544 at -\n"
		"sample line 2 used - free 2000 at -\n"
		"sample line 3 used - free 3000 at -\n"
		"sample line 4 used - free 4000 at -\n");
}

/* Figures of other units, of other memory, or of nothing. */
UNIT_TEST(what_looks_like_figures)
{
	assert_events(
		"gc_free=134.5kB gc_alloc=30.7kB\n"
		"gc_free=134 gc_alloc=30K\n"
		"gc_free=134 kB gc_alloc=30 kB\n"
		"free: 108 allocated: 2 KB\n"
		"free: 108 allocated: 2 KiB, so far\n"
		"LittleFS free: 512000, allocated: 24000\n"
		"PSRAM free: 512000 allocated: 24000\n",
		"");
	assert_events(
		"Func run free: 108592 allocated: 2000\n"
		"INFO:main: free: 108592, allocated: 2000 bytes\n"
		"gc_free=134, gc_alloc=30, Kelvin 293\n",
		"sample line 1 used 2000 free 108592 at -\n"
		"sample line 2 used 2000 free 108592 at -\n"
		"sample line 3 used 30 free 134 at -\n");
}

/* What a program calls the heap at hand; not what memprof says itself, not what is typed. */
UNIT_TEST(marks)
{
	assert_events(
		"memprof: after boot\n\x1fmemprof: in a frame\nmemprof: \nmemprof: note: nothing\nmemprof:x\n"
		"memprof: error: no board\nmemprof: warning: x\n>>> memprof: typed\n a memprof: within\n",
		"mark 'after boot' at -\nmark 'in a frame' at -\n");
}

/* A number answers what was typed only if nothing else was done to it. */
UNIT_TEST(what_was_typed)
{
	assert_events(
		">>> start - gc.mem_free()\n320\n"
		">>> gc.mem_alloc() + gc.mem_free()\n64000\n"
		">>> len(str(gc.mem_free()))\n5\n",
		"");
	assert_events(
		">>> import gc; gc.mem_free()\n320\n"
		">>> print(gc.mem_alloc())\n64\n",
		"sample line 2 used - free 320 at -\n"
		"sample line 4 used 64 free - at -\n");
}

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
		"sample line 3 used - free 5 at -\n"
		"sample line 4 used 1 free - at -\n"
		"sample line 5 used 5664 free 3068000 at -\n");
}

/* What is free, as people label it. */
UNIT_TEST(free_alone)
{
	assert_events(
		"Free memory: 2000 bytes\ngc.mem_free() = 3000\nmem_free=4000\nmem_free =  5000\n"
		"free memory: 71 456\nfree memory: 5 blocks\nLittleFS free: 900\nLittleFS free: 900\nfree: \n"
		"free: 5, used: 6\n",
		"sample line 1 used - free 2000 at -\n"
		"sample line 2 used - free 3000 at -\n"
		"sample line 3 used - free 4000 at -\n"
		"sample line 4 used - free 5000 at -\n");
}

/* A word alone may be of anything, until it comes again; both count then. */
UNIT_TEST(words_that_come_again)
{
	assert_events("free: 134544\nhello\n", "");
	assert_events("free: 134544\nhello\nfree: 134000\n",
		      "sample line 1 used - free 134544 at -\nsample line 3 used - free 134000 at -\n");
	assert_events("free: 5\nfree: 5\nMemory : 12\nmem: 173536\nmem: 173536\nH=5000\nH=5000\n", "");
	assert_events("0: Memory : 62752\n1: Memory : 41376\n",
		      "sample line 1 used - free 62752 at -\nsample line 2 used - free 41376 at -\n");
}

/* Figures of other units, of other memory, or of nothing. */
UNIT_TEST(what_looks_like_figures)
{
	assert_events(
		"gc_free=134.5 gc_alloc=30.7\n"
		"gc_free=12:30 gc_free=1,234 gc_free=95% gc_free=0x1234\n"
		"LittleFS free: 512000, allocated: 24000\n"
		"PSRAM free: 512000 allocated: 24000\n",
		"");
	assert_events(
		"Func run free: 108592 allocated: 2000\n"
		"INFO:main: free: 108592, allocated: 2000 bytes\n"
		"gc_free=134, gc_alloc=30, Kelvin 293\n"
		"gc_free=134.5kB gc_alloc=30.5kB\n"
		"free: 10 kB allocated: 2 KiB, so far\n",
		"sample line 1 used 2000 free 108592 at -\n"
		"sample line 2 used 2000 free 108592 at -\n"
		"sample line 3 used 30 free 134 at -\n"
		"sample line 4 used 31232 free 137728 at -\n"
		"sample line 5 used 2048 free 10240 at -\n");
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

/* A number at the end of a log may be the beginning of one; what Python asked for stands before it. */
UNIT_TEST(size_before_a_cut_end)
{
	assert_events(
		"MemoryError: memory allocation failed, allocating 600 bytes in task 7",
		"failed line 1 asked 600 'MemoryError: memory allocation failed, allocating 600 bytes in task 7' at -\n");
	assert_events("Data buffer (590) allocation failed 39",
		      "failed line 1 of C - 'Data buffer (590) allocation failed 39' at -\n");
}

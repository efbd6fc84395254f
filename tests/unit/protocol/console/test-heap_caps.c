/* Other heaps than Python's, through the decoder that has them. */
#include "console/heap_caps.h"

#include "cuts.h"
#include "unit.h"

static void assert_events(const char *log, const char *expected)
{
	cuts_assert_events(&decoder_mem_info, log, expected);
}

UNIT_TEST(a_summary)
{
	assert_events(
		"Heap summary for capabilities 0x00000004:\n"
		"  At 0x3ffae6e0 len 6432 free 196 allocated 6080 min_free 188\n"
		"    largest_free_block 112 alloc_blocks 23 free_blocks 1 total_blocks 24\n"
		"  At 0x3ffe4350 len 113840 free 23256 allocated 90348 min_free 20396\n"
		"    largest_free_block 22580 alloc_blocks 46 free_blocks 5 total_blocks 51\n"
		"  Totals:\n"
		"    free 23452 allocated 96428 min_free 20584 largest_free_block 22580\n"
		"Heap summary for capabilities 0x00000008:\n"
		"  At 0x3ffae6e0 len 6432 free 96 allocated 6180 min_free 88\n"
		"    largest_free_block 12 alloc_blocks 23 free_blocks 1 total_blocks 24\n",
		"pool line 3 caps caps.0 1073407712 6432/6080/196 112 188 at -\n"
		"pool line 5 caps caps.1 1073627984 113840/90348/23256 22580 20396 at -\n"
		"pool line 10 caps caps-8.0 1073407712 6432/6180/96 12 88 at -\n");
}

/* A region takes two lines. */
UNIT_TEST(half_of_a_region)
{
	assert_events(
		"  At 0x3ffae6e0 len 6432 free 196 allocated 6080 min_free 188\n"
		"I (1234) wifi: other words\n"
		"    largest_free_block 112 alloc_blocks 23 free_blocks 1 total_blocks 24\n"
		"  At 0x3ffae6e0 len 6432 free 196 allocated 60",
		"");
}

/* micropython-lib's utop draws the same lines again and again; the line after "MicroPython " is mem_info's. */
UNIT_TEST(sums_of_utop)
{
	assert_events(
		"INFO: esp32.idf_task_info() is not available, cannot list active tasks.\x1b[K\n"
		"\x1b[K\n"
		"MicroPython stack: 720 out of 15360\n"
		"GC: total: 64000, used: 16, free: 63984\n"
		" No. of 1-blocks: 1, 2-blocks: 0, max blk sz: 1, max free sz: 3999\n"
		"\x1b[K\n"
		"IDF heap (data): 6 regions, 233008 total, 50756 free, 35512 largest contiguous, 50148 min free watermark\x1b[K\n"
		"IDF heap (exec): 3 regions, 139760 total, 78636 free, 53248 largest contiguous, 60868 min free watermark\x1b[K\n"
		"\x1b[8A",
		"snapshot line 3 +3 lines, whole 0, stack 720/15360, said 64000/16/63984 1 0 1 3999 -\n"
		"    gc 16 B, 0 blocks, missing 0 at -\n"
		"pool line 7 caps idf-data - 233008/-/50756 35512 50148 at -\n"
		"pool line 8 caps idf-exec - 139760/-/78636 53248 60868 at -\n");
	assert_events(
		"IDF heap (data): 6 regions, 100 total, 200 free, 35 largest contiguous, 50 min free watermark\n"
		"IDF heap (data): 6 regions, 300 total, 200 free, 201 largest contiguous, 50 min free watermark\n"
		"IDF heap (data): 6 regions, 300 total, 200 free, 20 largest contiguous, 50 min free watermark or so\n"
		"IDF heap (dram): 6 regions, 300 total, 200 free, 20 largest contiguous, 50 min free watermark\n",
		"");
}

/* What was least free, and nothing else. */
UNIT_TEST(least_free)
{
	assert_events(
		"Minimum free heap size: 299228 bytes\n"
		"min heap size: 212332\n"
		"I (4050) cmd_system: min heap size: 212300\n"
		"I (4060) main: Minimum free heap size: 212299 bytes\n",
		"pool line 1 caps idf - -/-/- - 299228 at -\n"
		"pool line 2 caps idf - -/-/- - 212332 at -\n"
		"pool line 3 caps idf - -/-/- - 212300 at 0\n"
		"pool line 4 caps idf - -/-/- - 212299 at 10000\n");
	assert_events("Minimum free heap size: many bytes\nmin heap size: 21233", ""); /* it may be cut */
}

UNIT_TEST(a_list)
{
	assert_events(
		">>> esp32.idf_heap_info(esp32.HEAP_DATA)\n"
		"[(240, 0, 0, 0), (79912, 35712, 35512, 35108)]\n",
		"pool line 2 caps idf.0 - 240/-/0 0 0 at -\n"
		"pool line 2 caps idf.1 - 79912/-/35712 35512 35108 at -\n");
	assert_events(
		"[07:09:40] idf_heap_info(DATA):\r\n"
		"[07:09:41] [(240, 0, 0, 0),\r\n"
		"[07:09:42]  (79912, 35712, 35512, 35108)]\r\n"
		"(240, 0, 0, 0)\r\n",
		"pool line 2 caps idf.0 - 240/-/0 0 0 at 1000000 [07:09:41]\n"
		"pool line 3 caps idf.1 - 79912/-/35712 35512 35108 at 2000000 [07:09:42]\n");
	assert_events("idf_heap_info [(240, 0, 0, 0), (79912, 35712, 35512, 35108)]\n", /* the survey's */
		      "pool line 1 caps idf.0 - 240/-/0 0 0 at -\n"
		      "pool line 1 caps idf.1 - 79912/-/35712 35512 35108 at -\n");
}

/* Nothing marks these as heaps. */
UNIT_TEST(a_list_of_something_else)
{
	assert_events(
		"[(320, 240, 120, 80), (64, 32, 16, 8)]\n"
		">>> rectangles\n[(320, 240, 120, 80)]\n"
		">>> esp32.idf_heap_info(4)\nNameError: name 'esp32' isn't defined\n"
		">>> rectangles\n[(320, 240, 120, 80)]\n"
		"idf_heap_info\nother words\n[(320, 240, 120, 80)]\n",
		"");
}

/* Other lists of numbers are no heaps. */
#define ASK ">>> esp32.idf_heap_info(4)\n"
UNIT_TEST(what_looks_like_a_list)
{
	assert_events(ASK "[(1, 2, 3, 4)]\n"                             /* more free than there is */
		      ASK "[(240, 4, 8, 4)]\n"                           /* largest is more than free */
		      ASK "[(240, 8, 8, 12)]\n" ASK "[(241, 8, 8, 8)]\n" /* no multiple of four */
		      ASK "[(0, 0, 0, 0)]\n" ASK "[(240, 8, 8)]\n" ASK "[(240, 8, 8, 8, 8)]\n" ASK
			  "[(240, 8, 8, 8) (240, 8, 8, 8)]\n" ASK "[(240, 8, 8, 8), (240, 8, 8, 8)\n" ASK
			  "[(240, 8, 8, 8)] # four\n" ASK "[]\n" ASK "[(\n" ASK "[(240, 8, 8, 8),",
		      "pool line 8 caps idf.0 - 241/-/8 8 8 at -\n"
		      "pool line 26 caps idf.0 - 240/-/8 8 8 at -\n");
}

/* umalloc.print_stats() of OpenMV; what persists is a figure of its own. */
UNIT_TEST(pools_of_umalloc)
{
	assert_events(
		">>> umalloc.print_stats()\n"
		"pool 0: base=0x60000000 size=8385420 used=1228800(2) free=7156604(1) persist=614400(1) peak=1843200 flags=\n"
		"pool 1: base=0x20400000 size=600972 used=0(0) free=600964(1) persist=0(0) peak=0 flags=FAST|DTCM|\n"
		"pool 2: base=0x20400000 size=6 used=7(0) free=6(1) persist=0(0) peak=0 flags=\n"
		"pool 3: base=0x20400000 size=60 used=7(0) free=6(1) persist=\n"
		"pool 0: base=0x60000000 size=8385420 used=0(0) free=8385412(1) persist=0(0) peak=1843200 flags=\n",
		"pool line 2 uma uma.0 1610612736 8385420/1228800/7156604 - - at -\n"
		"pool line 2 fixed uma.0 persist - -/614400/- - - at -\n"
		"pool line 3 uma uma.1 541065216 600972/0/600964 - - at -\n"
		"pool line 6 uma uma.0 1610612736 8385420/0/8385412 - - at -\n"
		"pool line 6 fixed uma.0 persist - -/0/- - - at -\n");
}

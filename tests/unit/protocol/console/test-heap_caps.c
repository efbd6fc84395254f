/* Other heaps than Python's, through the decoder that has them. */
#include "console/heap_caps.h"

#include "cuts.h"
#include "unit.h"

static void assert_events(const char *log, const char *expected)
{
	cuts_assert_events(&decoder_mem_info, log, expected);
}

static void a_summary(void **state)
{
	(void)state;
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
		"pool line 10 caps caps.0 1073407712 6432/6180/96 12 88 at -\n");
}

/* A region takes two lines. */
static void half_of_a_region(void **state)
{
	(void)state;
	assert_events(
		"  At 0x3ffae6e0 len 6432 free 196 allocated 6080 min_free 188\n"
		"I (1234) wifi: other words\n"
		"    largest_free_block 112 alloc_blocks 23 free_blocks 1 total_blocks 24\n"
		"  At 0x3ffae6e0 len 6432 free 196 allocated 60",
		"");
}

static void a_list(void **state)
{
	(void)state;
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
static void a_list_of_something_else(void **state)
{
	(void)state;
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
static void what_looks_like_a_list(void **state)
{
	(void)state;
	assert_events(ASK "[(1, 2, 3, 4)]\n"                             /* more free than there is */
		      ASK "[(240, 4, 8, 4)]\n"                           /* largest is more than free */
		      ASK "[(240, 8, 8, 12)]\n" ASK "[(241, 8, 8, 8)]\n" /* no multiple of four */
		      ASK "[(0, 0, 0, 0)]\n" ASK "[(240, 8, 8)]\n" ASK "[(240, 8, 8, 8, 8)]\n" ASK
			  "[(240, 8, 8, 8) (240, 8, 8, 8)]\n" ASK "[(240, 8, 8, 8), (240, 8, 8, 8)\n" ASK
			  "[(240, 8, 8, 8)] # four\n" ASK "[]\n" ASK "[(\n" ASK "[(240, 8, 8, 8),",
		      "pool line 26 caps idf.0 - 240/-/8 8 8 at -\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_summary),
		cmocka_unit_test(half_of_a_region),
		cmocka_unit_test(a_list),
		cmocka_unit_test(a_list_of_something_else),
		cmocka_unit_test(what_looks_like_a_list),
	};

	return RUN(tests);
}

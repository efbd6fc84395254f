/* Other heaps than Python's, through the decoder that has them. */
#include "regions.h"

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

static void a_summary(void **state)
{
	(void)state;
	assert_events("Heap summary for capabilities 0x00000004:\n"
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
	assert_events("  At 0x3ffae6e0 len 6432 free 196 allocated 6080 min_free 188\n"
		      "I (1234) wifi: other words\n"
		      "    largest_free_block 112 alloc_blocks 23 free_blocks 1 total_blocks 24\n"
		      "  At 0x3ffae6e0 len 6432 free 196 allocated 60", "");
}

static void a_list(void **state)
{
	(void)state;
	assert_events(">>> esp32.idf_heap_info(esp32.HEAP_DATA)\n"
		      "[(240, 0, 0, 0), (79912, 35712, 35512, 35108)]\n",
		      "pool line 2 caps idf.0 - 240/-/0 0 0 at -\n"
		      "pool line 2 caps idf.1 - 79912/-/35712 35512 35108 at -\n");
	assert_events("[07:09:41] [(240, 0, 0, 0),\r\n"
		      "[07:09:42]  (79912, 35712, 35512, 35108)]\r\n"
		      "(240, 0, 0, 0)\r\n",
		      "pool line 1 caps idf.0 - 240/-/0 0 0 at 0 [07:09:41]\n"
		      "pool line 2 caps idf.1 - 79912/-/35712 35512 35108 at 1000000 [07:09:42]\n");
}

/* Other lists of numbers are no heaps. */
static void what_looks_like_a_list(void **state)
{
	(void)state;
	assert_events("[(1, 2, 3, 4)]\n"                /* more free than there is */
		      "[(240, 4, 8, 4)]\n"              /* largest is more than free */
		      "[(240, 8, 8, 12)]\n"
		      "[(241, 8, 8, 8)]\n"              /* no multiple of four */
		      "[(0, 0, 0, 0)]\n"
		      "[(240, 8, 8)]\n"
		      "[(240, 8, 8, 8, 8)]\n"
		      "[(240, 8, 8, 8) (240, 8, 8, 8)]\n"
		      "[(240, 8, 8, 8), (240, 8, 8, 8)\n"
		      "[(240, 8, 8, 8)] # four\n"
		      "[]\n[(\n[(240, 8, 8, 8),", "pool line 13 caps idf.0 - 240/-/8 8 8 at -\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_summary),
		cmocka_unit_test(half_of_a_region),
		cmocka_unit_test(a_list),
		cmocka_unit_test(what_looks_like_a_list),
	};

	return RUN(tests);
}

/* What lines say of a heap in common words. Their forms are those of published outputs. */
#include "figures/words.h"

#include "memprof/base/number.h"
#include "memprof/base/strbuf.h"
#include "unit.h"

static struct words_table table;

static void write_reading(const struct figures_reading *r, struct strbuf *out)
{
	static const char *const names[N_FIGURE_BYTES] = {
		"free", "used", "size", "least", "most", "largest", "block"
	};

	if (r->pool[0])
		strbuf_printf(out, "%s: ", r->pool);
	for (int i = 0; i < N_FIGURE_BYTES; i++)
		if (r->value[i] != NOT_KNOWN)
			strbuf_printf(out, "%s %" PRIu64 " ", names[i], r->value[i]);
}

/* "sure free 5 ", "weak …", "" for none. */
static void write_line(const char *text, struct strbuf *out)
{
	struct words_line line;
	enum words_certainty is = words_read(&table, text, strlen(text), &line);

	if (is == WORDS_NONE)
		return;
	strbuf_puts(out, is == WORDS_SURE ? "sure " : "weak ");
	for (size_t i = 0; i < line.n; i++)
		write_reading(&line.readings[i], out);
}

static const struct {
	const char *line, *expected;
} rows[] = {
	/* a word before the number, behind any prefix */
	{ "Free heap:6288", "sure free 6288 " },
	{ "FreeHeap: 34504", "sure free 34504 " },
	{ "mem_free =  72144", "sure free 72144 " },
	{ "gc.mem_free() = 3000", "sure free 3000 " },
	{ "Available heap: 20032", "sure free 20032 " },
	{ "MQTT_EXAMPLE: Free memory after recieving: 22340 bytes", "sure free 22340 " },
	{ "[mqtt, 193]: System information, channel: 11, layer: 1, node num: 1, free heap: 27280", "sure free 27280 " },
	{ "Free heap size=6656, K=0", "sure free 6656 " },
	{ "free mem: **44416**", "sure free 44416 " },
	{ "----Free Heap after: client.setInsecure(): 25736  ----", "sure free 25736 " },
	{ "Heap before Mqtt: 186536 bytes", "sure free 186536 " },
	{ "free internal 234 biggest block 128", "" }, /* without a colon numbers are large */
	{ "Free internal 63687 biggest block 31744", "sure free 63687 largest 31744 " },
	/* several figures */
	{ "Free Heap before postRequest malloc: 2920 Fragmentation: 34% MaxBlock: 1768",
	  "sure free 2920 largest 1768 " },
	{ "Before: free_heap 18536, max_alloc_heap 14264, heap_fragmentation  21", "sure free 18536 largest 14264 " },
	{ "Free: 34128 | Max Block: 33112 | Frag: 1%", "sure free 34128 largest 33112 " },
	{ "[MEM] free: 269896 | max: 45044 | frag: 84%", "sure free 269896 largest 45044 " },
	{ "used: 82808 ( 92 %), frag:   1 %, biggest free: 8064", "sure used 82808 largest 8064 " },
	{ "Heap: 118432/294912 bytes free (-2144 since last), min 96204, largest block 65524",
	  "sure free 118432 size 294912 least 96204 largest 65524 " },
	{ "RAM: 52912 total, 48748 free", "sure free 48748 size 52912 " },
	{ "Free: heap 66700, block: 40948, min: 24940, pSRAM 1488895", "sure free 66700 least 24940 largest 40948 " },
	{ "GC: Allocated: 35488  Free: 173536", "sure free 173536 used 35488 " },
	{ "Initial free: 108592 allocated: 2000", "sure free 108592 used 2000 " },
	{ "free heap size = 195624 min_free_heap_size = 190000", "sure free 195624 least 190000 " },
	{ "alloc 272 bytes (33800 free)", "weak free 33800 used 272 " },
	/* pairs, whose unit is of both */
	{ "Heap: 200000 free of 294912, largest 60000", "sure free 200000 size 294912 largest 60000 " },
	{ "Heap: 94912 used of 294912", "sure used 94912 size 294912 " },
	{ "179 KB free out of 288 KB heap", "weak free 183296 size 294912 " },
	{ "Heap: 60000 of 65536 bytes used", "sure used 60000 size 65536 " },
	{ "heap used: 95/100 KB", "sure used 97280 size 102400 " },
	{ "Heap: 110712/294912 (38%) used", "sure used 110712 size 294912 " },
	{ "HEAP FREE: 103508 / 369256 bytes. MAX FREE 213564 LARGEST FREE BLOCK: 65536",
	  "sure free 103508 size 369256 largest 65536 " },
	{ "FREE mem: Total [ 208356 ] Max block [ 65536 ]", "sure free 208356 largest 65536 " },
	/* the memory that was named before */
	{ "mem: SPIRAM free=4000000 largest=3900000", "sure psram: free 4000000 largest 3900000 " },
	{ "PSRAM: free 4000000, largest 3900000", "sure psram: free 4000000 largest 3900000 " },
	{ "Total PSRAM: 4194304, Free PSRAM: 4000000, Free heap: 200000",
	  "sure free 200000 psram: free 4000000 size 4194304 " },
	{ "Free PSRAM :       0 bytes", "" },
	/* other marks, units in brackets, other languages */
	{ "gc.mem_free() -> 3000", "sure free 3000 " },
	{ "free heap => 3000", "sure free 3000 " },
	{ "Free heap (bytes): 3000", "sure free 3000 " },
	{ "Free Heap (KB): 179", "sure free 183296 " },
	{ "Free Heap (KB): 179 KB", "sure free 183296 " },
	{ "Heap used (KB): 95/100", "sure used 97280 size 102400 " },
	{ "PSRAM: 0 free of 4194304", "sure psram: free 0 size 4194304 " },
	{ "node.heap() = 41720", "sure free 41720 " },
	{ "Free Heap | 65.80 KiB", "sure free 67379 " },
	{ "FreeHeap: 39840b", "sure free 39840 " },
	{ "memory in use: 3000", "sure used 3000 " },
	{ "Heap libre: 115 480 bytes", "sure free 115480 " },
	{ "freier Speicher: 3000", "sure free 3000 " },
	{ "Free Heap: 23928 bytes initially | 4080 bytes used (17%) | 19848 bytes free (82%)",
	  "sure free 19848 used 4080 " },
	{ "Not enough free heap: 50000 needed", "" },
	{ "Allocated 2048 bytes, free heap now 53191", "sure free 53191 " },
	{ "heap free/min/max block: 184200/150000/90000", "" },
	/* units, and numbers that are none */
	{ "Free Heap: 103 KB", "sure free 105472 " },
	{ "Free Heap Size: 10.304KB", "sure free 10551 " },
	{ "heap: 8kb -> 4kb | used: 66kb | free: 13kb->177kb (largest 108kb)",
	  "sure free 181248 used 67584 largest 110592 " },
	{ "free heap: 1,234", "" },
	{ "free heap: 71 456", "" },
	{ "free heap: 12:30", "" },
	{ "free heap: 1.5", "" },
	{ "free heap: 95%", "" },
	{ "free heap: 5 blocks", "" },
	{ "free heap: 0x3ffb1000", "" },
	{ "free heap: -1234", "" },
	{ "free heap: 12abc", "" },
	/* a heap alone, and words that may be of anything */
	{ "heap:   20032", "sure free 20032 " },
	{ "Heap: \t34768\tInitializing", "sure free 34768 " },
	{ "heap: 65536", "weak free 65536 " },
	{ "Memory : 62752", "weak free 62752 " },
	{ "free: 5000", "weak free 5000 " },
	{ "Free size: 23648", "weak free 23648 " },
	{ "Largest Free Block: 41 KB", "weak largest 41984 " },
	{ "free: 5", "" },
	{ "H=188008 MB=113792", "" },
	{ "mem:  173536", "" },
	{ "Alloc 35488", "" },
	{ "slots free: 5000", "" },
	/* of something else */
	{ "/: size 233681, used: 121233, free: 112448", "weak free 112448 used 121233 size 233681 " },
	{ "LittleFS free: 512000, allocated: 24000", "" },
	{ "Flash: total 4096, free 1024", "" },
	{ "MPTask stack water mark: 4848", "" },
	{ "[Ping] Used/Tot: 232/1024 (23%)", "" },
	{ "Heap leaked: 1234 bytes", "" },
	{ "heap.min_largest_free: 32768", "" },
	{ "RAM:   [=         ]  15.4% (used 50396 bytes from 327680 bytes)", "" },
	{ "Global variables use 1234 bytes of dynamic memory, leaving 789 bytes", "" },
	{ "assert failed: insert_free_block heap_tlsf.c:239 (current)", "" },
	{ "printf(\"free heap: %d\", 500)", "" },
	{ "The free heap is 20000 there. More is better.", "" },
	{ "free heap: 900, heap size: 800", "" }, /* they do not add up */
	{ "Free PSRAM: 4192139", "sure psram: free 4192139 " },
};

UNIT_TEST(lines)
{
	struct strbuf out = STRBUF_INIT;
	size_t n_wrong = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		strbuf_reset(&out);
		write_line(rows[i].line, &out);
		if (strcmp(strbuf_text(&out), rows[i].expected) == 0)
			continue;
		n_wrong++;
		print_error("'%s': '%s', not '%s'\n", rows[i].line, strbuf_text(&out), rows[i].expected);
	}
	assert_u64_equal(n_wrong, 0);
	strbuf_deinit(&out);
}

/* Lines that differ in their numbers alone have one form. */
UNIT_TEST(forms)
{
	struct words_line a, b, c;

	words_read(&table, "free: 5000", 10, &a);
	words_read(&table, "free: 7001", 10, &b);
	words_read(&table, "Free size: 7001", 15, &c);
	assert_int_equal(a.form, b.form);
	assert_int_not_equal(a.form, c.form);
}

#include "console/memory_error.h"

#include "unit.h"

static const struct {
	const char *text;
	enum failure failure;
	uint64_t asked_bytes;
} failures[] = {
	/* py/runtime.c, m_malloc_fail */
	{ "MemoryError: memory allocation failed, allocating 4096 bytes", FAILURE_ASKED, 4096 },
	{ "MemoryError: memory allocation failed, allocating 1 byte", FAILURE_ASKED, 1 },
	{ "MemoryError: memory allocation failed, heap is locked", FAILURE_LOCKED, NOT_KNOWN },
	/* raised inside something that prints it its own way */
	{ "MemoryError('memory allocation failed, allocating 600 bytes',)", FAILURE_ASKED, 600 },
	{ "caught: memory allocation failed, allocating 600 bytes", FAILURE_ASKED, 600 },
	/* no room for the message, or not even for the exception */
	{ "MemoryError: memory allocation failed, allocating %u bytes", FAILURE_UNSIZED, NOT_KNOWN },
	{ "MemoryError:", FAILURE_UNSIZED, NOT_KNOWN },
	{ "MemoryError: ", FAILURE_UNSIZED, NOT_KNOWN },
	{ "MemoryError", FAILURE_UNSIZED, NOT_KNOWN },
	{ "MemoryError()", FAILURE_UNSIZED, NOT_KNOWN },
	{ "MemoryError: camera", FAILURE_UNSIZED, NOT_KNOWN },
	/* esp8266, instruction RAM */
	{ "MemoryError: memory allocation failed, allocating 512 bytes for native code", FAILURE_OTHER_POOL, 512 },
	/* OpenMV's unified memory */
	{ "MemoryError: Out of memory", FAILURE_OTHER_POOL, NOT_KNOWN },
	{ "MemoryError: Transient pool in use", FAILURE_OTHER_POOL, NOT_KNOWN },
	/* ESP-IDF and lwIP */
	{ "OSError: WiFi Out of Memory", FAILURE_OTHER_POOL, NOT_KNOWN },
	{ "OSError: Wifi Unknown Error 0x0101", FAILURE_OTHER_POOL, NOT_KNOWN },
	{ "OSError: (-257, 'ESP_ERR_NO_MEM')", FAILURE_OTHER_POOL, NOT_KNOWN },
	{ "OSError: [Errno 105] ENOBUFS", FAILURE_OTHER_POOL, NOT_KNOWN },
	{ "OSError: [Errno 12] ENOMEM", FAILURE_OTHER_POOL, NOT_KNOWN },
	{ "OSError: 12", FAILURE_OTHER_POOL, NOT_KNOWN },
	{ "espidf.MemoryError: ", FAILURE_OTHER_POOL, NOT_KNOWN },
	{ "<class 'MemoryError'>", FAILURE_UNSIZED, NOT_KNOWN },
	/* other firmwares */
	{ "E (1) app: Failed to allocate memory, size: 1500 bytes, caps: 0x800", FAILURE_OF_C, 1500 },
	{ "heap_caps_malloc was called but failed to allocate 1024 bytes with 0x1800 capabilities.", FAILURE_OF_C,
	  1024 },
	{ "Mem alloc fail. size 0x00000c00 caps 0x00001800", FAILURE_OF_C, 3072 },
	{ "W (65250911) wifi:alloc eb len=76 type=2 fail, heap:2872652", FAILURE_OF_C, 76 },
	{ "last failed alloc call: 40208F58(1460)", FAILURE_OF_C, 1460 },
	{ ":oom(4096)@core_esp8266.cpp:67", FAILURE_OF_C, 4096 },
	{ "E:M 1584", FAILURE_OF_C, 1584 },
	{ "lv_malloc: couldn't allocate memory (283911 bytes) lv_mem.c:73", FAILURE_OF_C, 283911 },
	{ "lv_draw_buf_create_ex: No memory: 270x22, cf: 16, stride: 1088, 23936Byte,", FAILURE_OF_C, 23936 },
	{ "ssl/tls1.c:1425 malloc 17408 failed, left 29720", FAILURE_OF_C, 17408 },
	{ "camera: Allocating 375 KB frame buffer Failed", FAILURE_OF_C, 384000 },
	{ "net_pkt: Data buffer (590) allocation failed (eth_rx:391)", FAILURE_OF_C, 590 },
	{ "mm_malloc: Allocation failed, size 537058704", FAILURE_OF_C, 537058704 },
	{ "New interpreter error: LOW_MEMORY,MEMORY", FAILURE_OF_C, NOT_KNOWN },
	{ "lua: init.lua:15: not enough memory", FAILURE_OF_C, NOT_KNOWN },
	{ "E (619) esp-tls: Out of memory", FAILURE_OF_C, NOT_KNOWN },
	{ "malloc failed", FAILURE_OF_C, NOT_KNOWN },
	{ "malloc failed: 12000 bytes", FAILURE_OF_C, 12000 },
	{ "malloc failed (12000 bytes)", FAILURE_OF_C, 12000 },
	{ "malloc(12000) failed", FAILURE_OF_C, 12000 },
	{ "pvPortMalloc(10240) failed", FAILURE_OF_C, 10240 },
	{ "calloc failed, size 10240", FAILURE_OF_C, 10240 },
	{ "tls: could not allocate 10240 bytes for TLS", FAILURE_OF_C, 10240 },
	{ "allocation of 12090 bytes failed. Biggest block in heap: 1524", FAILURE_OF_C, 12090 },
	{ "Could not allocate memory for JSON document! Requested 5120 bytes", FAILURE_OF_C, 5120 },
	{ "allocateation failed for 8192 bytes", FAILURE_OF_C, 8192 },
	{ "E (45258) esp_adapter: wifi_malloc: no memory", FAILURE_OF_C, NOT_KNOWN },
	{ "load error:2006, ERR_NO_MEM: memory not enough", FAILURE_OF_C, NOT_KNOWN },
	{ "E: Out of memory: 4096 bytes", FAILURE_OF_C, 4096 },
	{ "MicroWebSrv2Exception: Not enough memory to start 1 parallel", FAILURE_OF_C, NOT_KNOWN },
	/* a line that is cut inside the number must not become a smaller number */
	{ "MemoryError: memory allocation failed, allocating 40", FAILURE_UNSIZED, NOT_KNOWN },
	{ "MemoryError: memory allocation failed, allocating ", FAILURE_UNSIZED, NOT_KNOWN },
	{ "MemoryError: memory allocation failed, alloc", FAILURE_UNSIZED, NOT_KNOWN },
	{ "MemoryError: memory allocation failed, allocating 99999999999999999999 bytes", FAILURE_UNSIZED, NOT_KNOWN },
};

static const char *const others[] = {
	"",
	"I (3000) m: Free heap: 91000, alloc failed: 0",
	"heap stats: alloc failed: 3",
	"0 malloc failed",
	"gpio: failed to allocate pin 5",
	"Unable to allocate IP address",
	"BLE: Failed to allocate 2 advertising slots",
	"test_out_of_memory passed",
	"How to avoid out of memory errors",
	"diag_set(diag, -ENOMEM, \"out of memory\");",
	"0x420012 typeinfo for std::bad_alloc",
	"OSError: [Errno 2] ENOENT",
	"OSError",
	"RuntimeError: memory",
	"MemoryErrors are rare",
	"except MemoryError:",
	"raise MemoryError",
	"ENOMEM",
	"GC: total: 1, used: 1, free: 0",
	"memory allocation",
	"Out of memory",
	"# It runs out of memory",
	"MEM E:M 5",
	"malloc 500 is enough",
};

static bool scan(const char *text, size_t n, enum failure *failure, uint64_t *asked)
{
	char *copy = exact_copy(text, n);

	bool found = memory_error_scan(copy, n, failure, asked);
	free(copy);
	return found;
}

UNIT_TEST(all_the_words_that_boards_have)
{
	for (size_t i = 0; i < ARRAY_SIZE(failures); i++) {
		enum failure failure;
		uint64_t asked_bytes;
		if (!scan(failures[i].text, strlen(failures[i].text), &failure, &asked_bytes))
			fail_msg("'%s' is not seen", failures[i].text);
		if (failure != failures[i].failure)
			fail_msg("'%s' is taken for %d", failures[i].text, (int)failure);
		assert_u64_equal(asked_bytes, failures[i].asked_bytes);
	}
}

UNIT_TEST(other_lines_are_no_failures)
{
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		enum failure failure;
		uint64_t asked_bytes;
		if (scan(others[i], strlen(others[i]), &failure, &asked_bytes))
			fail_msg("'%s' is taken for a failure", others[i]);
	}
}

/* A cut message of MicroPython never tells of another number of bytes; of others the reader of lines knows. */
UNIT_TEST(cut_anywhere)
{
	for (size_t i = 0; i < ARRAY_SIZE(failures); i++) {
		for (size_t n = 0; n < strlen(failures[i].text); n++) {
			enum failure failure;
			uint64_t asked_bytes;
			if (scan(failures[i].text, n, &failure, &asked_bytes) && failure != FAILURE_OF_C)
				assert_true(asked_bytes == NOT_KNOWN || asked_bytes == failures[i].asked_bytes);
		}
	}
}

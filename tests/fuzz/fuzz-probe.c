/* What a board sends when its block tables are read: the first line of the probe, replies with CRs in them, and a
 * memory in which areas are looked for. The first byte says how large words are and how many CRs come, then the heap's
 * total, a line up to its LF, and memory from id(sys.modules) on. Nothing that memory holds may lead out of what was
 * allowed. */
#include "fuzz.h"
#include "memprof/base/number.h"
#include "memprof/model/block_letters.h"
#include "memprof/model/gc_areas.h"
#include "memprof/protocol/probe.h"

enum { BASE = 0x20000000 };

struct image {
	const uint8_t *bytes;
	size_t n_bytes;
	const struct memory_reader *reader;
};

/* Beyond the image everything is 0. */
static int read_image(void *ctx, uint64_t address, size_t n_bytes, uint8_t *ret)
{
	const struct image *image = ctx;

	MUST(n_bytes > 0 && n_bytes <= READER_BYTES_MAX && reader_may(image->reader, address, n_bytes));
	memset(ret, 0, n_bytes);
	if (address < BASE || address - BASE >= image->n_bytes)
		return 0;
	memcpy(ret, image->bytes + (address - BASE), MIN(n_bytes, image->n_bytes - (size_t)(address - BASE)));
	return 0;
}

static void uncook(const uint8_t *data, size_t size, unsigned n_crs)
{
	struct probe_cooked state = { .n_crs = n_crs };
	char out[512];
	size_t n_out = 0;

	for (size_t i = 0, n_cut = 1; i < size && n_out < sizeof(out); n_cut = n_cut % 13 + 1) {
		size_t n, n_in = MIN(n_cut, size - i);
		size_t n_taken = probe_uncook(&state, (const char *)data + i, n_in, out + n_out, sizeof(out) - n_out,
					      &n);
		MUST(n_taken <= n_in && n <= sizeof(out) - n_out && n_taken + n > 0 && state.n_held <= n_crs);
		i += n_taken;
		n_out += n;
	}
}

static void read_table(struct memory_reader *r, const struct gc_area *area)
{
	uint8_t *table = malloc(area->n_table_bytes), *kinds = malloc(area->n_blocks), *shown = malloc(area->n_blocks);
	uint32_t n_used;

	MUST(table && kinds && shown && area->n_blocks == area->n_table_bytes * 4);
	MUST(reader_read(r, area->table, (size_t)area->n_table_bytes, table) == 0);
	if (block_table_read(table, (size_t)area->n_table_bytes / 2 + 1, kinds, area->n_blocks, &n_used) == 0) {
		memset(shown, 'T', area->n_blocks);
		MUST(n_used <= area->n_blocks);
		MUST(block_letters_carry(kinds, shown, area->n_blocks) <= n_used);
		block_letters_show(shown, kinds, area->n_blocks);
		for (uint32_t i = 0; i < area->n_blocks; i++)
			MUST(shown[i] != BLOCK_ASK);
	}
	free(table);
	free(kinds);
	free(shown);
}

static void find_areas(const uint8_t *memory, size_t size, unsigned word_bytes, uint64_t total_bytes)
{
	struct image image = { memory, size, NULL };
	struct memory_reader r = { .word_bytes = word_bytes, .read = read_image, .ctx = &image };
	struct gc_areas areas = { .n_areas = 0 };
	struct diag diag = { 0 };
	uint64_t sum_bytes = 0;

	image.reader = &r;
	const struct gc_areas_extent extent = { .total_bytes = total_bytes ? total_bytes : NOT_KNOWN };
	int error = gc_areas_find(&r, BASE, BASE + 4u * word_bytes, &extent, &areas, &diag);
	MUST(error == 0 || (error == -ENOENT && diag.text[0] && areas.n_areas == 0));
	MUST(error < 0 || (areas.n_areas > 0 && areas.n_areas <= GC_AREAS_MAX));
	for (size_t i = 0; i < areas.n_areas; i++) {
		const struct gc_area *area = &areas.areas[i];
		MUST(heap_block_bytes_ok(area->block_bytes) && area->n_blocks > 0 && area->n_blocks <= HEAP_BLOCKS_MAX);
		MUST(area->pool_end - area->pool == (uint64_t)area->n_blocks * area->block_bytes);
		sum_bytes += area->pool_end - area->pool;
		read_table(&r, area);
	}
	MUST(error < 0 || (sum_bytes <= extent.total_bytes && sum_bytes == areas.total_bytes));
}

FUZZ(data, size)
{
	struct probe_hello hello;
	struct diag diag = { 0 };

	if (size < 5)
		return;
	uint64_t total_bytes = (uint64_t)data[1] << 4 | (uint64_t)data[2] << 12 | (uint64_t)data[3] << 20;
	unsigned word_bytes = data[0] & 1 ? 8 : 4, n_crs = data[0] >> 1 & 3;
	const uint8_t *line = data + 4, *end = memchr(line, '\n', size - 4);
	size_t n_line = end ? (size_t)(end - line) : 0;
	int r = probe_read_hello((const char *)line, n_line, &hello, &diag);
	MUST(r == 0 || (r == -ENOENT && !diag.text[0]) || (r == -EINVAL && diag.text[0]));
	if (r == 0) {
		char command[PROBE_COMMAND_MAX_BYTES];
		MUST(hello.id_type % hello.word_bytes == 0 && hello.used_bytes > 0);
		MUST(probe_read_command(&hello, hello.id_type, 4, command) == 4u * hello.word_bytes + 1);
	}
	uncook(data, size, n_crs);
	if (end)
		find_areas(end + 1, size - 4 - n_line - 1, word_bytes, total_bytes);
}

/* An ELF, and behind it the memory of its firmware, which begins at 0x20000000: structures by its debug information,
 * heaps and tasks as that memory has them. Whatever it is, all reads are of that memory, and pools are sound. */
#include "fuzz.h"

#include "memprof/allocators/c_heaps.h"
#include "memprof/base/number.h"

enum { RAM = 0x20000000, RAM_MAX_BYTES = 0x40ec };

struct ram {
	const uint8_t *bytes;
	size_t n_bytes;
	uint64_t n_read;
};

static int read_ram(void *ctx, uint64_t address, size_t n_bytes, uint8_t *ret)
{
	struct ram *ram = ctx;

	if (address < RAM || address - RAM > ram->n_bytes || n_bytes > ram->n_bytes - (address - RAM))
		return -EFAULT;
	memcpy(ret, ram->bytes + (address - RAM), n_bytes);
	ram->n_read += n_bytes;
	return 0;
}

static void ask_types(const struct image_types *types)
{
	static const char *const paths[] = {
		"blocks", "heap.init_mem", "stack_info.size", "xListEnd.pxNext", "..", ""
	};
	size_t n;
	const struct image_variable *all = image_types_variables(types, &n);
	uint64_t offset, n_bytes;

	for (size_t i = 0; i < n; i++) {
		MUST(all[i].name && all[i].type && all[i].unit > 0 && (i == 0 || all[i - 1].address <= all[i].address));
		image_types_bytes(types, all[i].type, &n_bytes);
		for (size_t k = 0; k < ARRAY_SIZE(paths); k++)
			image_types_member(types, all[i].type, paths[k], &offset, &n_bytes);
	}
}

static void read_heaps(const struct c_program *program, const uint8_t *data, size_t size)
{
	struct ram ram = { .n_bytes = MIN(size, (size_t)RAM_MAX_BYTES) };
	struct memory_reader r = { .word_bytes = 4, .read = read_ram, .ctx = &ram };
	struct heap heap;

	ram.bytes = data + (size - ram.n_bytes);
	heap_init(&heap);
	int error = c_heaps_read(program, &r, &heap);
	heap_seal(&heap);
	MUST(error == 0);
	MUST(heap_check(&heap) == 0);
	MUST(ram.n_read <= UINT64_C(4) * RAM_MAX_BYTES * 64);
	for (uint32_t i = 0; i < heap.n_pools; i++)
		MUST(heap.pools[i].damaged || heap.pools[i].reported.free_bytes <= heap.pools[i].reported.total_bytes);
	heap_deinit(&heap);
}

FUZZ(data, size)
{
	struct image image;
	struct image_types *types = NULL;
	struct diag diag = { 0 };

	if (size < 4 || memcmp(data, "\177ELF", 4) != 0)
		return;
	if (image_read(&image, "input", (const char *)data, size, IMAGE_WANT_SYMBOLS, &diag) == 0 &&
	    image_types_read(&types, "input", (const char *)data, size, &diag) == 0) {
		const struct c_program program = { .image = &image, .types = types };
		ask_types(types);
		read_heaps(&program, data, size);
	}
	image_types_free(types);
	image_deinit(&image);
}

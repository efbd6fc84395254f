#include "memprof/analysis/image_headroom.h"

#include <string.h>

#include "memprof/base/number.h"

/* Bytes that the image keeps in a region for good, and that it has there at run time only. */
struct kept {
	uint64_t load_bytes, run_bytes;
	bool copied_to; /* from flash at start, as .data is */
};

static struct kept kept_in(const struct image *image, uint32_t region)
{
	struct kept kept = { 0 };

	for (size_t i = 0; i < image->n_sections && image->sections[i].alloc; i++) {
		const struct image_section *s = &image->sections[i];
		uint64_t load_bytes = image_section_load_bytes(s);
		if (s->load_region == region || (s->region == region && s->load_region == IMAGE_NONE))
			kept.load_bytes += load_bytes;
		if (s->region != region || s->reserved || s->placeholder ||
		    (s->load_region == IMAGE_NONE && load_bytes))
			continue;
		kept.run_bytes += s->size_bytes;
		kept.copied_to |= s->load_region != IMAGE_NONE;
	}
	return kept;
}

static void find_load_region(const struct image *image, struct image_rooms *ret)
{
	uint64_t load_bytes = 0;
	bool read_only = false;

	for (uint32_t i = 0; i < image->n_regions; i++) {
		bool is_read_only = image_access_of(image->regions[i].attributes) != IMAGE_ACCESS_WRITE;
		struct kept kept = kept_in(image, i);
		if (kept.load_bytes && is_read_only >= read_only &&
		    (is_read_only > read_only || kept.load_bytes > load_bytes)) {
			load_bytes = kept.load_bytes;
			read_only = is_read_only;
			ret->load_region = i;
		}
	}
}

/* Where memory to write to is known, the heap is in it: ESP32s load code into RAM too. */
static void find_run_region(const struct image *image, struct image_rooms *ret)
{
	uint64_t run_bytes = 0;
	unsigned rank = 0;

	for (uint32_t i = 0; i < image->n_regions; i++) {
		struct kept kept = kept_in(image, i);
		bool writable = image_access_of(image->regions[i].attributes) != IMAGE_ACCESS_READ;
		unsigned is_rank = (writable ? 2u : 0u) + (kept.copied_to ? 1u : 0u);
		if (image->regions[i].window || !kept.run_bytes || is_rank < rank)
			continue;
		if (is_rank > rank || kept.run_bytes > run_bytes) {
			run_bytes = kept.run_bytes;
			rank = is_rank;
			ret->run_region = i;
		}
	}
}

/* An ELF has no regions: from the first to the last byte that is stored. */
static void find_loaded(const struct image *image, struct image_rooms *ret)
{
	uint64_t first = UINT64_MAX, end = 0;

	for (size_t i = 0; i < image->n_sections && image->sections[i].alloc; i++) {
		const struct image_section *s = &image->sections[i];
		uint64_t start = s->lma == NOT_KNOWN ? s->vma : s->lma, n_bytes = image_section_load_bytes(s);
		if (!n_bytes)
			continue;
		first = MIN(first, start);
		end = MAX(end, n_bytes > UINT64_MAX - start ? UINT64_MAX : start + n_bytes);
	}
	ret->load_start = MIN(first, end);
	ret->load_end = end;
}

/* rp2: the file system ends with the chip, and since MicroPython 1.29 the script has a region for it. */
static bool is_storage_unknown(const struct image *image)
{
	uint64_t value;

	return image_value(image, "__flash_binary_end", &value) && !image_find_region(image, "FLASH_FS");
}

/* ---- heap and stack ---- */

/* The first byte of a heap that takes what is left: MicroPython's ports, Teensy, CMSIS, newlib and avr-libc. */
static const char *const heap_starts[] = { "__GcHeapStart",  "_gc_heap_start", "_heap_start", "__heap_start",
					   "__heap_start__", "heap_start",     "_sheap",      "__HeapBase",
					   "_ld_heap_start", "__end__",        "end",         "_end" };
/* The byte behind a stack that grows down. */
static const char *const stack_tops[] = { "_estack",     "__StackTop", "_ld_stack_top",
					  "__stack_top", "_stack_top", "__stack" };

static bool takes_heap(const struct image_region *r)
{
	return !r->window && r->length_bytes != NOT_KNOWN && image_access_of(r->attributes) != IMAGE_ACCESS_READ;
}

/* The smallest region that has this byte. */
static uint32_t region_with(const struct image *image, uint64_t address)
{
	uint32_t best = IMAGE_NONE;

	for (uint32_t i = 0; i < image->n_regions; i++) {
		const struct image_region *r = &image->regions[i];
		if (takes_heap(r) && address >= r->origin && address - r->origin < r->length_bytes &&
		    (best == IMAGE_NONE || r->length_bytes < image->regions[best].length_bytes))
			best = i;
	}
	return best;
}

static uint32_t region_by_symbol(const struct image *image, const char *const *names, size_t n, unsigned back_bytes)
{
	uint32_t region = IMAGE_NONE;
	uint64_t value;

	for (size_t i = 0; i < n && region == IMAGE_NONE; i++)
		if (image_value(image, names[i], &value) && value >= back_bytes)
			region = region_with(image, value - back_bytes);
	return region;
}

/* "._user_heap_stack" is both. */
static uint32_t region_by_reservation(const struct image *image, const char *word, const char *capitals)
{
	for (size_t i = 0; i < image->n_sections; i++) {
		const struct image_section *s = &image->sections[i];
		if (!s->reserved || !s->size_bytes || s->region == IMAGE_NONE ||
		    !(strstr(s->name, word) || strstr(s->name, capitals)))
			continue;
		/* armlink's ARM_LIB_HEAP is a region of its own, within the memory that it takes room from. */
		const struct image_region *r = &image->regions[s->region];
		bool is_whole = r->reserved_bytes == r->length_bytes && r->inside != IMAGE_NONE;
		uint32_t region = is_whole ? r->inside : s->region;
		if (takes_heap(&image->regions[region]))
			return region;
	}
	return IMAGE_NONE;
}

static unsigned count_memories(const struct image *image)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < image->n_regions; i++)
		n += takes_heap(&image->regions[i]) && kept_in(image, i).run_bytes > 0;
	return n;
}

/* All stacks are arrays, and so is the heap that its kernel has. */
static bool is_zephyr(const struct image *image)
{
	uint64_t value;

	return image_value(image, "_image_ram_start", &value) && image_value(image, "_image_ram_end", &value);
}

static void find_heap_and_stack(const struct image *image, struct image_rooms *ret)
{
	if (is_zephyr(image))
		return;
	ret->heap_region = region_by_reservation(image, "heap", "HEAP");
	if (ret->heap_region == IMAGE_NONE)
		ret->heap_region = region_by_symbol(image, heap_starts, ARRAY_SIZE(heap_starts), 0);
	ret->stack_region = region_by_reservation(image, "stack", "STACK");
	if (ret->stack_region == IMAGE_NONE)
		ret->stack_region = region_by_symbol(image, stack_tops, ARRAY_SIZE(stack_tops), 1);
	/* One of them is told, and there is one memory for both. */
	if ((ret->heap_region == IMAGE_NONE || ret->stack_region == IMAGE_NONE) && count_memories(image) == 1)
		ret->heap_region = ret->stack_region = MIN(ret->heap_region, ret->stack_region);
}

uint64_t image_room_for_heap(const struct image_region *region)
{
	return region->length_bytes == NOT_KNOWN || region->used_bytes > region->length_bytes ?
		       NOT_KNOWN :
		       region->length_bytes - region->content_bytes + region->reserved_bytes;
}

void image_rooms(const struct image *image, struct image_rooms *ret)
{
	*ret = (struct image_rooms){ IMAGE_NONE, IMAGE_NONE, .heap_region = IMAGE_NONE, .stack_region = IMAGE_NONE };
	find_load_region(image, ret);
	find_run_region(image, ret);
	if (image->n_regions == 0)
		find_loaded(image, ret);
	if (ret->load_region != IMAGE_NONE) {
		const struct image_region *r = &image->regions[ret->load_region];
		ret->load_start = r->origin;
		ret->load_end = r->origin + r->used_bytes;
		ret->storage_unknown = is_storage_unknown(image);
	}
	find_heap_and_stack(image, ret);
}

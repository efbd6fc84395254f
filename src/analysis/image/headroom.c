#include "memprof/analysis/image_headroom.h"

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

void image_rooms(const struct image *image, struct image_rooms *ret)
{
	*ret = (struct image_rooms){ .load_region = IMAGE_NONE, .run_region = IMAGE_NONE, .heap_bytes = NOT_KNOWN };
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
	if (ret->run_region != IMAGE_NONE) {
		const struct image_region *r = &image->regions[ret->run_region];
		if (r->length_bytes != NOT_KNOWN && r->used_bytes <= r->length_bytes)
			ret->heap_bytes = r->length_bytes - r->used_bytes + r->reserved_bytes;
	}
}

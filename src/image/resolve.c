/* Computed when everything is read: sections by address, the regions of sections, the use of regions, and the bytes of
 * each object in each region. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "elf/frozen.h"
#include "memprof/base/vec.h"
#include "memprof/image/esp_memory.h"
#include "memprof/image/image.h"
#include "resolve.h"
#include "section_names.h"

/* ---- kinds of sections ---- */

static bool has_no_content(const struct image *image, const struct image_section *s)
{
	for (size_t i = s->i_piece; i < s->i_piece + s->n_pieces; i++) {
		const struct image_piece *p = &image->pieces[i];
		bool tells_nothing = p->object == OBJECT_FILL || (p->object == OBJECT_LINKER && s->n_pieces == 1);
		if (p->object == OBJECT_SCRIPT || (!tells_nothing && !section_name_is_zeroed(p->name)))
			return false;
	}
	return s->n_pieces && (s->n_pieces > 1 || image->pieces[s->i_piece].object != OBJECT_LINKER ||
			       section_name_is_zeroed((struct image_slice){ s->name, (uint32_t)strlen(s->name) }));
}

static void guess_kind(const struct image *image, struct image_section *s)
{
	bool overlay = section_name_is_overlay(s->name);

	if (s->by_elf) {
		s->alloc = s->alloc && !overlay;
		s->nobits = s->nobits && s->alloc;
		return;
	}
	s->alloc = s->alloc && !overlay && !section_name_is_debug(s->name);
	s->nobits = s->alloc && (s->nobits || s->reserved || s->placeholder || has_no_content(image, s));
	s->tls = s->alloc && (strcmp(s->name, ".tbss") == 0 || strcmp(s->name, "tbss") == 0);
}

/* ---- order ---- */

static int by_place(const void *a, const void *b)
{
	const struct image_section *x = a, *y = b;

	if (x->alloc != y->alloc)
		return x->alloc ? -1 : 1;
	if (x->vma != y->vma)
		return x->vma < y->vma ? -1 : 1;
	if (x->i_piece != y->i_piece) /* in file order */
		return x->i_piece < y->i_piece ? -1 : 1;
	return x->size_bytes < y->size_bytes ? -1 : x->size_bytes > y->size_bytes;
}

/* Renumbers the sections of symbols too. */
static int sort_sections(struct image *image)
{
	size_t n = image->n_sections;
	uint32_t *now = malloc(n * sizeof(*now) + 1);

	if (!now)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		image->sections[i].region = (uint32_t)i; /* its old number */
	if (n)
		qsort(image->sections, n, sizeof(*image->sections), by_place);
	for (size_t i = 0; i < n; i++) {
		now[image->sections[i].region] = (uint32_t)i;
		image->sections[i].region = IMAGE_NONE;
	}
	for (size_t i = 0; i < image->n_symbols; i++)
		if (image->symbols[i].section != IMAGE_NONE)
			image->symbols[i].section = now[image->symbols[i].section];
	free(now);
	return 0;
}

/* ---- regions ---- */

static uint64_t end_of(const struct image_region *r)
{
	return r->length_bytes == NOT_KNOWN || r->length_bytes > UINT64_MAX - r->origin ? UINT64_MAX :
											  r->origin + r->length_bytes;
}

static bool holds(const struct image_region *r, uint64_t address)
{
	return address >= r->origin && address < end_of(r);
}

static bool is_nearer(const struct image *image, uint32_t i, uint32_t than)
{
	const struct image_region *r = &image->regions[i], *other = &image->regions[than];

	if (r->length_bytes != other->length_bytes)
		return r->length_bytes < other->length_bytes;
	return r->length_bytes == NOT_KNOWN && r->origin > other->origin;
}

/* The smallest region that holds the address, or IMAGE_NONE; among those without an end the one that begins last. */
static uint32_t region_at(const struct image *image, uint64_t address)
{
	uint32_t best = IMAGE_NONE;

	for (uint32_t i = 0; i < image->n_regions; i++)
		if (holds(&image->regions[i], address) && (best == IMAGE_NONE || is_nearer(image, i, best)))
			best = i;
	return best;
}

static void find_parents(struct image *image)
{
	for (uint32_t i = 0; i < image->n_regions; i++) {
		struct image_region *r = &image->regions[i];
		r->inside = IMAGE_NONE;
		for (uint32_t k = 0; k < image->n_regions && r->origin != NOT_KNOWN; k++) {
			const struct image_region *outer = &image->regions[k];
			if (outer->length_bytes != NOT_KNOWN && outer->origin <= r->origin &&
			    end_of(outer) >= end_of(r) &&
			    (outer->length_bytes > r->length_bytes ||
			     (outer->length_bytes == r->length_bytes && k < i)) &&
			    (r->inside == IMAGE_NONE || outer->length_bytes < image->regions[r->inside].length_bytes))
				r->inside = k;
		}
	}
}

static void find_windows(struct image *image)
{
	const struct esp_memory *memory = NULL;

	for (size_t i = 0; i < image->n_regions && !memory; i++)
		memory = esp_memory_of_ram(image->regions[i].origin, image->regions[i].length_bytes);
	for (size_t i = 0; i < image->n_regions; i++) {
		struct image_region *r = &image->regions[i];
		bool writable = image_access_of(r->attributes) == IMAGE_ACCESS_WRITE;
		r->window = esp_memory_is_window(memory, r->origin, r->length_bytes, writable);
	}
}

/* GNU ld's own script for the AVR (scripttempl/avr.sc) is for all of its chips: data goes on to where EEPROM begins,
 * or has as many bytes with another origin. */
static void find_nominal(struct image *image)
{
	static const uint64_t eeprom_origin = 0x810000, eeprom_bytes = 0x10000, data_bytes = 0xffa0;
	const struct image_region *eeprom = image_find_region(image, "eeprom"),
				  *data = image_find_region(image, "data");

	if (!eeprom || !data || eeprom->origin != eeprom_origin || eeprom->length_bytes != eeprom_bytes ||
	    (data->length_bytes != data_bytes && data->length_bytes != eeprom_origin - data->origin))
		return;
	for (size_t i = 0; i < image->n_regions; i++)
		image->regions[i].nominal = true;
	image_note(image,
		   "the regions have the lengths of GNU ld's own script for every AVR, not of this chip; link with"
		   " -Wl,--defsym=__TEXT_REGION_LENGTH__=32K,--defsym=__DATA_REGION_LENGTH__=2K, its sizes");
}

/* A section this close behind a full region belongs to it: a link that overflows still writes its map. */
enum { OVERFLOW_STEP_BYTES = 4096 };

/* The distance from the end of the used part of a region; NOT_KNOWN: before that end. */
static uint64_t distance_behind(const struct image_region *r, uint64_t filled_to, uint64_t address)
{
	uint64_t last = MAX(filled_to, r->origin);

	return address >= last ? address - last : NOT_KNOWN;
}

static uint32_t overflowed_region(const struct image *image, const uint64_t *ends, uint64_t address, uint64_t less_than)
{
	for (uint32_t i = 0; i < image->n_regions; i++)
		if (ends[i] >= end_of(&image->regions[i]) &&
		    distance_behind(&image->regions[i], ends[i], address) < less_than)
			return i;
	return IMAGE_NONE;
}

/* How far each region is filled, while sections are placed in it. */
struct filling {
	uint64_t ends[IMAGE_REGIONS_MAX];  /* the end of its used part */
	uint64_t bytes[IMAGE_REGIONS_MAX]; /* of the sections in it */
};

/* The chips of Espressif show flash in pages, so what is in a window begins where its page does, in flash too. */
enum { PAGE_BYTES = 65536 };

/* Wider than alignment explains. */
static bool is_gap(const struct image *image, const struct image_section *s, uint64_t size_bytes, uint64_t next)
{
	uint64_t explained = image_padding_max(next, s->align_bytes) + 1;

	if (next % PAGE_BYTES == s->vma % PAGE_BYTES && is_in_window(image, s->vma))
		explained = MAX(explained, (uint64_t)PAGE_BYTES);
	return size_bytes > explained;
}

/* A section with an address of its own, as PIC32's debug exception has, may lie across the end of a region that has
 * room for it, and is none of it: its linker did not refuse it. */
static bool lies_across(const struct image *image, const struct filling *f, size_t i, const struct image_section *s,
			uint64_t start, uint64_t size_bytes)
{
	const struct image_region *r = &image->regions[i];
	uint64_t filled_to = MAX(f->ends[i], r->origin), end = end_of(r);

	return start < end && size_bytes > end - start && start > filled_to &&
	       is_gap(image, s, start - filled_to, start) && f->bytes[i] <= r->length_bytes &&
	       size_bytes <= r->length_bytes - f->bytes[i];
}

/* Where one region begins at the end of another (RAM and SCRATCH_X of the RP2040), bytes belong to the one whose used
 * part is closer. */
static uint32_t place(struct image *image, struct filling *f, const struct image_section *s, uint64_t start,
		      uint64_t size_bytes)
{
	uint32_t region = region_at(image, start), other;
	uint64_t less_than = OVERFLOW_STEP_BYTES;

	if (region != IMAGE_NONE)
		less_than = MIN(less_than, distance_behind(&image->regions[region], f->ends[region], start));
	other = overflowed_region(image, f->ends, start, less_than);
	if (other != IMAGE_NONE && (region == IMAGE_NONE || f->ends[other] > end_of(&image->regions[other])))
		region = other;
	if (region == IMAGE_NONE)
		return region;
	if (lies_across(image, f, region, s, start, size_bytes)) {
		image_note(image,
			   "section %.80s begins in region %.80s and ends behind it: it has an address of its own, and"
			   " does not count there",
			   s->name, image->regions[region].name);
		return IMAGE_NONE;
	}
	f->ends[region] = MAX(f->ends[region], start + size_bytes);
	f->bytes[region] += MIN(size_bytes, NOT_KNOWN - f->bytes[region]);
	return region;
}

static void find_regions(struct image *image)
{
	struct filling filling = { 0 };

	for (size_t i = 0; i < image->n_sections && image->sections[i].alloc; i++) {
		struct image_section *s = &image->sections[i];
		s->region = place(image, &filling, s, s->vma, s->tls ? 0 : s->size_bytes);
	}
	for (size_t i = 0; i < image->n_sections && image->sections[i].alloc; i++) {
		struct image_section *s = &image->sections[i];
		s->load_region = IMAGE_NONE;
		if (s->lma == NOT_KNOWN || s->lma == s->vma || s->nobits)
			continue;
		s->load_region = place(image, &filling, s, s->lma, s->size_bytes);
		if (s->load_region == s->region)
			s->load_region = IMAGE_NONE;
	}
}

/* Used bytes of a region, load copies included. */
struct extent {
	uint32_t region, section;
	uint64_t start, end;
};

/* A region is used from its origin to the end of these bytes. */
static struct extent add_use(struct image *image, uint32_t region, size_t i_section, uint64_t start,
			     uint64_t size_bytes)
{
	struct image_region *r = &image->regions[region];

	r->used_bytes = MAX(r->used_bytes, start - r->origin + size_bytes);
	if (image->sections[i_section].reserved)
		r->reserved_bytes += size_bytes;
	return (struct extent){ region, (uint32_t)i_section, start, start + size_bytes };
}

static int by_start(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;

	if (x->region != y->region)
		return x->region < y->region ? -1 : 1;
	return x->start < y->start ? -1 : x->start > y->start;
}

/* From the end of the last bytes to those of the next section. */
static int add_gap(struct image *image, uint64_t end, const struct extent *next, uint64_t *widest)
{
	struct image_region *r = &image->regions[next->region];
	uint64_t size_bytes = next->start > end ? next->start - end : 0;

	if (!size_bytes)
		return 0;
	r->gaps_bytes += size_bytes;
	r->largest_gap_bytes = MAX(r->largest_gap_bytes, size_bytes);
	if (is_gap(image, &image->sections[next->section], size_bytes, next->start)) {
		r->content_bytes -= size_bytes;
		if (size_bytes > *widest) {
			*widest = size_bytes;
			r->behind_gap = next->section;
		}
	}
	return vec_push(image, gaps, (struct image_gap){ next->region, end, size_bytes });
}

/* Before its gaps are known. */
static void begin_room(struct image_region *r)
{
	bool is_known = r->length_bytes != NOT_KNOWN && r->used_bytes <= r->length_bytes;

	r->content_bytes = r->used_bytes;
	r->largest_gap_bytes = is_known ? r->length_bytes - r->used_bytes : 0;
	r->behind_gap = IMAGE_NONE;
}

static int find_gaps(struct image *image, struct extent *extents, size_t n)
{
	int r = 0;

	if (n)
		qsort(extents, n, sizeof(*extents), by_start);
	for (size_t i = 0; i < n && r == 0;) {
		uint32_t region = extents[i].region;
		uint64_t end = image->regions[region].origin, widest = 0;
		for (; i < n && extents[i].region == region && r == 0; i++) {
			r = add_gap(image, end, &extents[i], &widest);
			end = MAX(end, extents[i].end);
		}
	}
	return r;
}

/* Of a window: they keep addresses free whose flash another window shows, up to the end of a page of 64 KiB. */
static void leave_placeholders_out(struct image *image)
{
	for (size_t i = 0; i < image->n_sections && image->sections[i].alloc; i++) {
		const struct image_section *s = &image->sections[i];
		if (s->placeholder && s->region != IMAGE_NONE && image->regions[s->region].window)
			image->regions[s->region].content_bytes -= s->size_bytes;
	}
}

static int fill_regions(struct image *image)
{
	struct extent *extents = malloc((2 * image->n_sections + 1) * sizeof(*extents));
	size_t n = 0;

	if (!extents)
		return -ENOMEM;
	for (size_t i = 0; i < image->n_sections && image->sections[i].alloc; i++) {
		const struct image_section *s = &image->sections[i];
		if (s->region != IMAGE_NONE && !s->tls)
			extents[n++] = add_use(image, s->region, i, s->vma, s->size_bytes);
		if (s->load_region != IMAGE_NONE)
			extents[n++] = add_use(image, s->load_region, i, s->lma, MIN(s->size_bytes, s->stored_bytes));
	}
	for (size_t i = 0; i < image->n_regions; i++)
		begin_room(&image->regions[i]);
	int r = find_gaps(image, extents, n);
	free(extents);
	for (size_t i = 0; i < image->n_regions; i++) {
		struct image_region *region = &image->regions[i];
		region->sections_bytes = region->used_bytes - region->gaps_bytes; /* overlays count once */
	}
	leave_placeholders_out(image);
	return r;
}

/* ---- objects ---- */

static int fill_objects(struct image *image)
{
	size_t n_regions = image->n_regions;
	uint64_t *by_region = arena_zeroed(&image->arena, image->n_objects, n_regions * sizeof(*by_region) + 1);

	if (!by_region)
		return -ENOMEM;
	for (size_t i = 0; i < image->n_objects; i++)
		image->objects[i].by_region = by_region + i * n_regions;
	for (size_t i = 0; i < image->n_sections; i++) {
		struct image_section *s = &image->sections[i];
		uint64_t pieces_bytes = 0;
		for (size_t k = s->i_piece; k < s->i_piece + s->n_pieces; k++) {
			const struct image_piece *p = &image->pieces[k];
			uint64_t *of_object = by_region + p->object * n_regions;
			pieces_bytes += p->size_bytes;
			if (p->object == OBJECT_FILL)
				s->fill_bytes += p->size_bytes;
			if (!s->alloc || s->reserved || s->placeholder)
				continue;
			image->objects[p->object].size_bytes += p->size_bytes;
			if (s->region != IMAGE_NONE)
				of_object[s->region] += p->size_bytes;
			if (s->load_region != IMAGE_NONE && s->stored_bytes == NOT_KNOWN)
				of_object[s->load_region] += p->size_bytes;
		}
		/* The shares of objects in a compressed copy are not known. */
		if (s->load_region != IMAGE_NONE && s->stored_bytes != NOT_KNOWN)
			by_region[OBJECT_LINKER * n_regions + s->load_region] += s->stored_bytes;
		s->unattributed_bytes = s->size_bytes - pieces_bytes;
	}
	return 0;
}

/* ---- frozen modules ---- */

static int by_size(const void *a, const void *b)
{
	const struct image_frozen *x = a, *y = b;

	if (x->size_bytes != y->size_bytes)
		return x->size_bytes > y->size_bytes ? -1 : 1;
	return strcmp(x->name, y->name);
}

static int resolve_frozen(struct image *image)
{
	int r = image->n_frozen || image->qstr.n_pools ? 0 : frozen_of_map(image);

	if (image->n_frozen)
		qsort(image->frozen, image->n_frozen, sizeof(*image->frozen), by_size);
	return r;
}

/* image_resolve may run again, after a join. */
static void reset_results(struct image *image)
{
	image->n_gaps = 0;
	for (size_t i = 0; i < image->n_regions; i++) {
		struct image_region *r = &image->regions[i];
		if (image->n_sections) /* otherwise the input has the figures */
			r->used_bytes = r->sections_bytes = r->gaps_bytes = r->reserved_bytes = 0;
	}
	for (size_t i = 0; i < image->n_sections; i++) {
		image->sections[i].load_region = IMAGE_NONE;
		image->sections[i].fill_bytes = 0;
	}
	for (size_t i = 0; i < image->n_objects; i++)
		image->objects[i].size_bytes = 0;
}

int image_resolve(struct image *image, struct diag *diag)
{
	if (arena_error(&image->arena) < 0)
		return -ENOMEM;
	if (image->n_regions > IMAGE_REGIONS_MAX)
		return diag_at(diag, (struct place){ .file = image->name }, -EINVAL,
			       "%zu memory regions; memprof supports %d, more than any linker script has",
			       image->n_regions, IMAGE_REGIONS_MAX);
	if (image->n_sections >= IMAGE_NONE || image->n_pieces >= IMAGE_NONE)
		return diag_at(diag, (struct place){ .file = image->name }, -EFBIG,
			       "more sections than memprof supports");
	reset_results(image);
	find_parents(image);
	find_windows(image);
	find_nominal(image);
	find_purposes(image);
	for (size_t i = 0; i < image->n_sections; i++)
		guess_kind(image, &image->sections[i]);
	int r = sort_sections(image);
	if (r == 0) {
		find_regions(image);
		r = find_stored(image);
	}
	if (r == 0)
		r = fill_regions(image);
	if (r == 0)
		r = fill_objects(image);
	if (r == 0)
		r = resolve_symbols(image);
	if (r == 0)
		r = resolve_frozen(image);
	if (r == 0)
		r = arena_error(&image->arena);
	return r < 0 ? diag_at(diag, (struct place){ .file = image->name }, r, "out of memory") : 0;
}

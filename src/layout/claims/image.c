/* Claims from what was built. */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "bounds.h"
#include "memprof/image/image.h"
#include "memprof/layout/layout.h"

/* One image, while it is gone through. */
struct going {
	struct layout *l;
	const struct image *image;
	const char *space; /* of what is claimed next */
};

static void claim(const struct going *g, enum span_kind kind, const char *name, uint64_t start, uint64_t size_bytes)
{
	layout_claim(g->l, &(struct layout_claim){ .space = g->space,
						   .start = start,
						   .size_bytes = size_bytes,
						   .name = name,
						   .kind = kind,
						   .used_bytes = NOT_KNOWN,
						   .free_bytes = NOT_KNOWN,
						   .from = g->image->name });
}

static bool overlap(uint64_t a, uint64_t a_bytes, uint64_t b, uint64_t b_bytes)
{
	return a < b ? b - a < a_bytes : a - b < b_bytes;
}

/* ---- regions ---- */

static bool is_room(const struct image_region *r)
{
	return !r->window && r->length_bytes > 0 && r->length_bytes != NOT_KNOWN &&
	       r->length_bytes - 1 <= UINT64_MAX - r->origin;
}

static void claim_region(const struct going *g, uint32_t i)
{
	const struct image_region *r = &g->image->regions[i];
	int64_t free_bytes = image_region_free(r);

	if (r->window)
		layout_note(g->l, "%s is a window of addresses, not a room: it is not in the table", r->name);
	if (!is_room(r))
		return;
	if (free_bytes < 0)
		layout_conflict(
			g->l, &(struct layout_conflict){
				      .space = LAYOUT_CPU,
				      .start = r->origin + r->length_bytes,
				      .size_bytes = (uint64_t)-free_bytes,
				      .between = { r->name },
				      .what = arena_printf(&g->l->arena, "region %s holds %" PRIu64 " B more than fit",
							   r->name, (uint64_t)-free_bytes) });
	if (image_region_is_shared_out(g->image, i)) {
		claim(g, SPAN_REGION, r->name, r->origin, r->length_bytes);
		return;
	}
	layout_claim(g->l, &(struct layout_claim){ LAYOUT_CPU, r->origin, r->length_bytes, r->name, SPAN_REGION,
						   MIN(r->used_bytes, r->length_bytes),
						   free_bytes < 0 ? 0 : (uint64_t)free_bytes, g->image->name });
}

/* The region there that goes on farthest, or NULL. */
static const struct image_region *region_at(const struct image *image, uint64_t address)
{
	const struct image_region *found = NULL;

	for (size_t i = 0; i < image->n_regions; i++) {
		const struct image_region *r = &image->regions[i];
		if (is_room(r) && address >= r->origin && address - r->origin < r->length_bytes &&
		    (!found ||
		     r->length_bytes - (address - r->origin) > found->length_bytes - (address - found->origin)))
			found = r;
	}
	return found;
}

/* ---- what symbols bound ---- */

/* ESP-IDF's maps tell the chip among their assignments (IDF_TARGET_ESP32S3); ELFs do not. */
bool layout_image_is_esp_idf(const struct image *image)
{
	if (image->target && strncasecmp(image->target, "esp32", 5) == 0)
		return true;
	for (size_t i = 0; i < image->n_sections; i++)
		if (strcmp(image->sections[i].name, ".flash.appdesc") == 0)
			return true;
	return false;
}

static bool is_for(enum bounds_of of, bool esp_idf)
{
	return of == BOUNDS_OF_ALL || (of == BOUNDS_OF_ESP_IDF) == esp_idf;
}

static const struct image_symbol *object_called(const struct image *image, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < image->n_symbols; i++) {
		const struct image_symbol *s = &image->symbols[i];
		if (s->name.n_bytes == n && memcmp(s->name.text, name, n) == 0 && s->size_bytes > 0 && s->kind != 'f' &&
		    s->size_bytes != NOT_KNOWN)
			return s;
	}
	return NULL;
}

static bool find_bounds(const struct image *image, const struct layout_bounds *b, uint64_t *ret_start,
			uint64_t *ret_bytes)
{
	uint64_t start, end;

	if (!b->end) {
		const struct image_symbol *object = object_called(image, b->start);
		if (!object)
			return false;
		*ret_start = object->address;
		*ret_bytes = object->size_bytes;
		return true;
	}
	if (!image_value(image, b->start, &start) || !image_value(image, b->end, &end) ||
	    (b->end_is_size ? end == 0 || end - 1 > UINT64_MAX - start : end <= start))
		return false;
	*ret_start = start;
	*ret_bytes = b->end_is_size ? end : end - start;
	return true;
}

/* ---- flash that is seen through a window of addresses ---- */

struct window {
	const char *value;          /* that lies in it, or */
	const char *region;         /* that does */
	uint64_t start, size_bytes; /* of the addresses; start shows offset 0 */
};

static const struct window windows[] = {
	{ "__flash_binary_end", NULL, 0x10000000, 0x1000000 }, /* RP2040, RP2350: XIP */
	{ NULL, "irom0_0_seg", 0x40200000, 0x100000 },         /* ESP8266 */
	{ NULL, "m_flash_config", 0x60000000, 0x1000000 },     /* i.MX RT: FlexSPI */
};

static bool in_window(const struct window *w, uint64_t address)
{
	return w && address >= w->start && address - w->start < w->size_bytes;
}

static const struct window *find_window(const struct image *image)
{
	uint64_t value;

	for (size_t i = 0; i < ARRAY_SIZE(windows); i++) {
		const struct window *w = &windows[i];
		if (w->value && image_value(image, w->value, &value) && in_window(w, value))
			return w;
		for (size_t k = 0; w->region && k < image->n_regions; k++)
			if (strcmp(image->regions[k].name, w->region) == 0 && in_window(w, image->regions[k].origin))
				return w;
	}
	return NULL;
}

/* SRAM of an ESP32 that is seen twice, by data and by instructions (technical reference manuals, "Internal SRAM"). */
static const struct {
	uint64_t code, data, size_bytes;
} twins[] = {
	{ 0x40378000, 0x3fc88000, 0x68000 }, /* S3: SRAM1 */
	{ 0x40380000, 0x3fc80000, 0x60000 }, /* C3, C2: SRAM1 */
};

/* By the region of instructions: its origin tells which chip it is. */
static void claim_twins(const struct going *g)
{
	const struct image *image = g->image;

	for (size_t i = 0; i < image->n_regions; i++) {
		const struct image_region *r = &image->regions[i];
		if (strcmp(r->name, "iram0_0_seg") != 0 || !is_room(r))
			continue;
		for (size_t k = 0; k < ARRAY_SIZE(twins); k++) {
			uint64_t first = MAX(r->origin, twins[k].code);
			uint64_t end = MIN(r->origin + r->length_bytes, twins[k].code + twins[k].size_bytes);
			bool this_chip = r->origin == twins[k].code || r->origin + 0x4000 == twins[k].code;
			if (this_chip && first < end)
				layout_map(g->l, &(struct layout_mapping){ LAYOUT_CPU, LAYOUT_CPU, first, end - first,
									   twins[k].data + (first - twins[k].code) });
		}
	}
}

/* Where the bytes of a section are when the board is off. */
static uint64_t load_address(const struct image_section *s) { return s->lma == NOT_KNOWN ? s->vma : s->lma; }

static bool is_loaded_in(const struct image_section *s, const struct window *w)
{
	return image_section_load_bytes(s) > 0 && in_window(w, load_address(s));
}

/* How much of the window is the firmware's, and how much is flash at all: as far as any region there goes. */
static void claim_window(struct going *g, const struct window *w)
{
	const struct image *image = g->image;
	uint64_t first = UINT64_MAX, end = 0, window_end = 0, value;

	for (size_t i = 0; i < image->n_sections; i++) {
		const struct image_section *s = &image->sections[i];
		if (!is_loaded_in(s, w))
			continue;
		first = MIN(first, load_address(s));
		end = MAX(end, load_address(s) + s->size_bytes);
	}
	if (w->value && image_value(image, w->value, &value) && value > end)
		end = value;
	for (size_t i = 0; i < image->n_regions; i++)
		if (is_room(&image->regions[i]) && in_window(w, image->regions[i].origin))
			window_end = MAX(window_end, image->regions[i].origin + image->regions[i].length_bytes);
	window_end = MIN(MAX(window_end, end), w->start + w->size_bytes);
	layout_map(g->l, &(struct layout_mapping){ LAYOUT_CPU, LAYOUT_FLASH, w->start, window_end - w->start, 0 });
	g->space = LAYOUT_FLASH;
	if (first < end)
		claim(g, SPAN_FIRMWARE, "firmware", first - w->start, end - first);
	g->space = LAYOUT_CPU;
}

/* A file system that a region of the linker script keeps room for (rp2 since MicroPython 1.29, mimxrt). */
static void claim_storage_region(struct going *g, const struct image_region *r, const struct window *w)
{
	static const struct {
		const char *region, *name;
	} rooms[] = {
		{ "FLASH_FS", "file system" },
		{ "FLASH_ROMFS", "ROMFS" },
		{ "m_vfs", "file system" },
		{ "FLASH_FATFS", "file system" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rooms); i++) {
		if (strcmp(r->name, rooms[i].region) != 0 || !is_room(r))
			continue;
		g->space = in_window(w, r->origin) ? LAYOUT_FLASH : LAYOUT_CPU;
		claim(g, SPAN_FILESYSTEM, rooms[i].name, r->origin - (in_window(w, r->origin) ? w->start : 0),
		      r->length_bytes);
		g->space = LAYOUT_CPU;
	}
}

/* ---- what lies where ---- */

struct found_room {
	uint64_t start, size_bytes;
};

/* In as many pieces as there are regions: a stack may go on from one bank into the next. */
static void claim_in_regions(const struct going *g, const struct layout_bounds *b, uint64_t start, uint64_t size_bytes)
{
	uint64_t first = start;

	while (size_bytes > 0) {
		const struct image_region *r = region_at(g->image, start);
		uint64_t part_bytes = r ? MIN(size_bytes, r->length_bytes - (start - r->origin)) : size_bytes;
		if (!r && g->image->n_regions > 0) {
			if (start == first)
				layout_note(g->l,
					    "%s, by %s, lies in no region (0x%" PRIx64 ", %" PRIu64 " B): left out",
					    b->name, b->start, start, size_bytes);
			return; /* an end such as the window's, not the bank's */
		}
		claim(g, b->kind, b->name, start, part_bytes);
		start += part_bytes;
		size_bytes -= part_bytes;
	}
}

/* Answers how many rooms there are. */
static size_t claim_bounds(struct going *g, const struct window *w, struct found_room *ret)
{
	bool have[N_BOUNDS_GROUPS] = { false };
	bool esp_idf = layout_image_is_esp_idf(g->image);
	size_t n = 0;

	for (size_t i = 0; i < N_LAYOUT_BOUNDS; i++) {
		const struct layout_bounds *b = &layout_bounds[i];
		uint64_t start, size_bytes;
		if ((b->group && have[b->group]) || !is_for(b->of, esp_idf) ||
		    !find_bounds(g->image, b, &start, &size_bytes))
			continue;
		have[b->group] = true;
		if (b->kind == SPAN_FILESYSTEM && in_window(w, start)) {
			g->space = LAYOUT_FLASH;
			claim(g, b->kind, b->name, start - w->start, size_bytes);
			g->space = LAYOUT_CPU;
			continue;
		}
		claim_in_regions(g, b, start, size_bytes);
		ret[n++] = (struct found_room){ start, size_bytes };
	}
	return n;
}

static bool lies_in(const struct image_section *s, const struct found_room *room)
{
	return s->vma >= room->start && s->size_bytes < room->size_bytes &&
	       s->vma - room->start <= room->size_bytes - s->size_bytes;
}

/* .heap and .stack only keep room: where symbols tell what is there, that counts, and what it keeps is a part of it. */
static void claim_reservation(const struct going *g, const struct image_section *s, const struct found_room *rooms,
			      size_t n_rooms)
{
	for (size_t i = 0; i < n_rooms; i++)
		if (overlap(s->vma, s->size_bytes, rooms[i].start, rooms[i].size_bytes) && !lies_in(s, &rooms[i]))
			return;
	claim(g, SPAN_RESERVED, s->name, s->vma, s->size_bytes);
}

/* What lies beyond the end of a region that overflowed is in its conflict. The rest stays in the region. */
static uint64_t bytes_in_region(const struct image *image, uint32_t region, uint64_t start, uint64_t size_bytes)
{
	const struct image_region *r = region == IMAGE_NONE ? NULL : &image->regions[region];

	if (!r || !is_room(r) || image_region_free(r) >= 0 || start < r->origin)
		return size_bytes;
	uint64_t before_bytes = start - r->origin;
	return before_bytes < r->length_bytes ? MIN(size_bytes, r->length_bytes - before_bytes) : 0;
}

static void claim_section(const struct going *g, const struct image_section *s, const struct found_room *rooms,
			  size_t n_rooms)
{
	if (!s->alloc || s->tls || s->size_bytes == 0)
		return;
	if (s->placeholder) { /* the same bytes are seen at other addresses */
		claim(g, SPAN_RESERVED, s->name, s->vma, s->size_bytes);
		return;
	}
	if (s->reserved) {
		claim_reservation(g, s, rooms, n_rooms);
		return;
	}
	claim(g, SPAN_SECTION, s->name, s->vma, bytes_in_region(g->image, s->region, s->vma, s->size_bytes));
	if (s->lma != NOT_KNOWN && s->lma != s->vma && image_section_load_bytes(s) > 0)
		claim(g, SPAN_SECTION, arena_printf(&g->l->arena, "%s, to load", s->name), s->lma,
		      bytes_in_region(g->image, s->load_region == IMAGE_NONE ? s->region : s->load_region, s->lma,
				      s->size_bytes));
}

/* ---- for which chip ---- */

/* Of those whose addresses are alike the sources tell: pico-sdk has a folder for each. */
static const char *chip_of_sources(const struct image *image)
{
	static const struct {
		const char *folder, *chip;
	} chips[] = {
		{ "/src/rp2040/", "RP2040" },
		{ "/src/rp2350/", "RP2350" },
	};

	for (size_t i = 0; i < image->n_objects; i++)
		for (size_t k = 0; k < ARRAY_SIZE(chips); k++)
			if (strstr(image->objects[i].path, chips[k].folder) && image->objects[i].size_bytes > 0)
				return chips[k].chip;
	return NULL;
}

static void tell_chip(struct layout *l, const struct image *image)
{
	const char *chip = chip_of_sources(image);

	if (chip)
		layout_chip(l, chip, image->name);
}

void layout_image(struct layout *l, const struct image *image)
{
	struct going g = { l, image, LAYOUT_CPU };
	struct found_room rooms[N_LAYOUT_BOUNDS];
	const struct window *w = find_window(image);

	for (uint32_t i = 0; i < image->n_regions; i++)
		claim_region(&g, i);
	if (w)
		claim_window(&g, w);
	claim_twins(&g);
	tell_chip(l, image);
	for (size_t i = 0; i < image->n_regions; i++)
		claim_storage_region(&g, &image->regions[i], w);
	size_t n_rooms = claim_bounds(&g, w, rooms);
	for (size_t i = 0; i < image->n_sections; i++)
		claim_section(&g, &image->sections[i], rooms, n_rooms);
}

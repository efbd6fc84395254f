/* Claims of a firmware image. */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "bounds.h"
#include "memprof/image/esp_chip.h"
#include "memprof/image/image.h"
#include "memprof/layout/layout.h"
#include "resolve_parts.h"

static void claim(struct layout *l, const struct image *image, enum span_kind kind, const char *name, uint64_t start,
		  uint64_t size_bytes)
{
	layout_claim_range(l, LAYOUT_CPU, kind, name, start, size_bytes, image->name);
}

/* ---- regions ---- */

static bool is_memory(const struct image_region *r)
{
	return !r->window && r->length_bytes > 0 && r->length_bytes != NOT_KNOWN &&
	       r->length_bytes - 1 <= UINT64_MAX - r->origin;
}

static void claim_region(struct layout *l, const struct image *image, uint32_t i)
{
	const struct image_region *r = &image->regions[i];
	int64_t free_bytes = image_region_free(r);

	if (r->window)
		layout_note(l, "%s is an address window, not memory: not in the table", r->name);
	if (!is_memory(r))
		return;
	if (free_bytes < 0)
		layout_conflict(
			l, &(struct layout_range){ LAYOUT_CPU, r->origin + r->length_bytes, (uint64_t)-free_bytes },
			r->name, NULL, "region %s overflows by %" PRIu64 " B", r->name, (uint64_t)-free_bytes);
	if (image_region_is_shared_out(image, i)) {
		claim(l, image, SPAN_REGION, r->name, r->origin, r->length_bytes);
		return;
	}
	layout_claim(l, &(struct layout_claim){ LAYOUT_CPU, r->origin, r->length_bytes, r->name, SPAN_REGION,
						MIN(r->used_bytes, r->length_bytes),
						free_bytes < 0 ? 0 : (uint64_t)free_bytes, image->name });
}

/* The region that holds an address, or NULL; of several the one that ends last. */
static const struct image_region *region_at(const struct image *image, uint64_t address)
{
	const struct image_region *found = NULL;

	for (size_t i = 0; i < image->n_regions; i++) {
		const struct image_region *r = &image->regions[i];
		if (is_memory(r) && address >= r->origin && address - r->origin < r->length_bytes &&
		    (!found ||
		     r->length_bytes - (address - r->origin) > found->length_bytes - (address - found->origin)))
			found = r;
	}
	return found;
}

/* ---- spans between symbols ---- */

/* ESP-IDF's maps have the chip among their assignments (IDF_TARGET_ESP32S3); ELFs do not. */
bool layout_image_is_esp_idf(const struct image *image)
{
	if (image->target && strncasecmp(image->target, "esp32", 5) == 0)
		return true;
	for (size_t i = 0; i < image->n_sections; i++)
		if (strcmp(image->sections[i].name, ".flash.appdesc") == 0)
			return true;
	return false;
}

bool layout_image_is_micropython(const struct image *image)
{
	static const char *const names[] = { "gc_alloc", "mp_state_ctx", "mp_module_sys" };
	uint64_t value;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (image_value(image, names[i], &value))
			return true;
	for (size_t i = 0; i < image->n_objects; i++)
		if (strstr(image->objects[i].path, "micropython") || strstr(image->objects[i].path, "circuitpython"))
			return true;
	return image->n_frozen > 0 || image->n_symbols == 0;
}

static bool applies_to(enum bounds_firmware firmware, bool esp_idf)
{
	return firmware == BOUNDS_OF_ALL || (firmware == BOUNDS_OF_ESP_IDF) == esp_idf;
}

static const struct image_symbol *find_object(const struct image *image, const char *name)
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
		const struct image_symbol *object = find_object(image, b->start);
		const struct image_section *section = object && object->section != IMAGE_NONE ?
							      &image->sections[object->section] :
							      NULL;
		if (!object || (section && section->by_elf && !section->write)) /* a table of a firmware in C */
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

/* ---- address windows onto flash ---- */

struct window {
	const char *value;          /* present if the value of this symbol lies in the window, */
	const char *region;         /* or the origin of this region, */
	const char *section;        /* or the address of this section, */
	uint64_t start, size_bytes; /* start maps to offset 0 */
};

static const struct window windows[] = {
	{ "__flash_binary_end", NULL, NULL, 0x10000000, 0x1000000 },                          /* RP2040, RP2350: XIP */
	{ NULL, LAYOUT_ESP8266_REGION, ".irom0.text", ESP8266_WINDOW, ESP8266_WINDOW_BYTES }, /* ESP8266 */
	{ NULL, "m_flash_config", NULL, 0x60000000, 0x1000000 },                              /* i.MX RT: FlexSPI */
};

static bool in_window(const struct window *w, uint64_t address)
{
	return w && address >= w->start && address - w->start < w->size_bytes;
}

static bool has_section_in(const struct image *image, const struct window *w)
{
	for (size_t i = 0; w->section && i < image->n_sections; i++)
		if (strcmp(image->sections[i].name, w->section) == 0 && in_window(w, image->sections[i].vma))
			return true;
	return false;
}

static const struct window *find_window(const struct image *image)
{
	uint64_t value;

	for (size_t i = 0; i < ARRAY_SIZE(windows); i++) {
		const struct window *w = &windows[i];
		if (w->value && image_value(image, w->value, &value) && in_window(w, value))
			return w;
		const struct image_region *r = w->region ? image_find_region(image, w->region) : NULL;
		if ((r && in_window(w, r->origin)) || has_section_in(image, w))
			return w;
	}
	return NULL;
}

/* SRAM of ESP32s is mapped twice, on the data bus and on the instruction bus (technical reference manuals, "Internal
 * SRAM"). */
static const struct {
	uint64_t code, data, size_bytes;
} sram_aliases[] = {
	{ 0x40378000, 0x3fc88000, 0x68000 }, /* S3: SRAM1 */
	{ 0x40380000, 0x3fc80000, 0x60000 }, /* C3, C2: SRAM1 */
};

/* The origin of the instruction region identifies the chip. */
static void claim_sram_aliases(struct layout *l, const struct image *image)
{
	const struct image_region *r = image_find_region(image, "iram0_0_seg");

	for (size_t i = 0; r && is_memory(r) && i < ARRAY_SIZE(sram_aliases); i++) {
		uint64_t code = sram_aliases[i].code, first = MAX(r->origin, code);
		uint64_t end = MIN(r->origin + r->length_bytes, code + sram_aliases[i].size_bytes);
		bool is_this_chip = r->origin == code || r->origin + 0x4000 == code;
		if (is_this_chip && first < end)
			layout_map(l, &(struct layout_mapping){ LAYOUT_CPU, LAYOUT_CPU, first, end - first,
								sram_aliases[i].data + (first - code) });
	}
}

static uint64_t load_address(const struct image_section *s) { return s->lma == NOT_KNOWN ? s->vma : s->lma; }

static bool is_loaded_in(const struct image_section *s, const struct window *w)
{
	return image_section_load_bytes(s) > 0 && in_window(w, load_address(s));
}

/* The window, up to the end of the last region in it, and the part that the firmware occupies. */
static void claim_window(struct layout *l, const struct image *image, const struct window *w)
{
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
		if (is_memory(&image->regions[i]) && in_window(w, image->regions[i].origin))
			window_end = MAX(window_end, image->regions[i].origin + image->regions[i].length_bytes);
	window_end = MIN(MAX(window_end, end), w->start + w->size_bytes);
	layout_map(l, &(struct layout_mapping){ LAYOUT_CPU, LAYOUT_FLASH, w->start, window_end - w->start, 0 });
	if (first < end)
		layout_claim_range(l, LAYOUT_FLASH, SPAN_FIRMWARE, "firmware", first - w->start, end - first,
				   image->name);
}

/* Addresses in the window are claimed as flash offsets. */
static void claim_storage(struct layout *l, const struct image *image, const char *name, uint64_t start,
			  uint64_t size_bytes, const struct window *w)
{
	bool in_flash = in_window(w, start);

	layout_claim_range(l, in_flash ? LAYOUT_FLASH : LAYOUT_CPU, SPAN_FILESYSTEM, name,
			   in_flash ? start - w->start : start, size_bytes, image->name);
}

/* File systems with a region of their own (rp2 since MicroPython 1.29, mimxrt). */
static void claim_storage_regions(struct layout *l, const struct image *image, const struct window *w)
{
	static const struct {
		const char *region, *name;
	} storages[] = {
		{ "FLASH_FS", "file system" },
		{ "FLASH_ROMFS", "ROMFS" },
		{ "m_vfs", "file system" },
		{ "FLASH_FATFS", "file system" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(storages); i++) {
		const struct image_region *r = image_find_region(image, storages[i].region);
		if (r && is_memory(r))
			claim_storage(l, image, storages[i].name, r->origin, r->length_bytes, w);
	}
}

/* ---- sections ---- */

struct symbol_span {
	uint64_t start, size_bytes;
};

/* One claim for each region: a stack may extend from one bank into the next. */
static void claim_in_regions(struct layout *l, const struct image *image, const struct layout_bounds *b, uint64_t start,
			     uint64_t size_bytes)
{
	/* Scripts of other firmware have these symbols too, for the heap of the C library. */
	const char *name = b->kind == SPAN_HEAP && !layout_image_is_micropython(image) ? "heap" : b->name;
	uint64_t first = start;

	while (size_bytes > 0) {
		const struct image_region *r = region_at(image, start);
		uint64_t part_bytes = r ? MIN(size_bytes, r->length_bytes - (start - r->origin)) : size_bytes;
		if (!r && image->n_regions > 0) {
			if (start == first)
				layout_note(l,
					    "%s at 0x%" PRIx64 ", %" PRIu64
					    " B, by symbol %s, lies in no region: left out",
					    name, start, size_bytes, b->start);
			return; /* the end symbol is that of the address window, not of the bank */
		}
		claim(l, image, b->kind, name, start, part_bytes);
		start += part_bytes;
		size_bytes -= part_bytes;
	}
}

/* Returns the number of spans in RAM. */
static size_t claim_bounds(struct layout *l, const struct image *image, const struct window *w, struct symbol_span *ret)
{
	bool have[N_BOUNDS_GROUPS] = { false };
	bool esp_idf = layout_image_is_esp_idf(image);
	size_t n = 0;

	for (size_t i = 0; i < N_LAYOUT_BOUNDS; i++) {
		const struct layout_bounds *b = &layout_bounds[i];
		uint64_t start, size_bytes;
		if ((b->group && have[b->group]) || !applies_to(b->firmware, esp_idf) ||
		    !find_bounds(image, b, &start, &size_bytes))
			continue;
		have[b->group] = true;
		if (b->kind == SPAN_FILESYSTEM && in_window(w, start)) {
			claim_storage(l, image, b->name, start, size_bytes, w);
			continue;
		}
		claim_in_regions(l, image, b, start, size_bytes);
		ret[n++] = (struct symbol_span){ start, size_bytes };
	}
	return n;
}

static bool lies_in(const struct image_section *s, const struct symbol_span *span)
{
	return s->vma >= span->start && s->size_bytes < span->size_bytes &&
	       s->vma - span->start <= span->size_bytes - s->size_bytes;
}

/* .heap and .stack only reserve space: spans bounded by symbols take precedence, unless they contain the section. */
static void claim_reservation(struct layout *l, const struct image *image, const struct image_section *s,
			      const struct symbol_span *spans, size_t n_spans)
{
	for (size_t i = 0; i < n_spans; i++)
		if (layout_overlap(s->vma, s->size_bytes, spans[i].start, spans[i].size_bytes) &&
		    !lies_in(s, &spans[i]))
			return;
	claim(l, image, SPAN_RESERVED, s->name, s->vma, s->size_bytes);
}

/* Without the bytes beyond the end of an overflowing region: its conflict covers them. */
static uint64_t bytes_in_region(const struct image *image, uint32_t region, uint64_t start, uint64_t size_bytes)
{
	const struct image_region *r = region == IMAGE_NONE ? NULL : &image->regions[region];

	if (!r || !is_memory(r) || image_region_free(r) >= 0 || start < r->origin)
		return size_bytes;
	uint64_t before_bytes = start - r->origin;
	return before_bytes < r->length_bytes ? MIN(size_bytes, r->length_bytes - before_bytes) : 0;
}

static void claim_section(struct layout *l, const struct image *image, const struct image_section *s,
			  const struct symbol_span *spans, size_t n_spans)
{
	if (!s->alloc || s->tls || s->size_bytes == 0)
		return;
	if (s->placeholder) { /* reserves addresses; its bytes belong to another section */
		claim(l, image, SPAN_RESERVED, s->name, s->vma, s->size_bytes);
		return;
	}
	if (s->reserved) {
		claim_reservation(l, image, s, spans, n_spans);
		return;
	}
	claim(l, image, SPAN_SECTION, s->name, s->vma, bytes_in_region(image, s->region, s->vma, s->size_bytes));
	if (s->lma != NOT_KNOWN && s->lma != s->vma && image_section_load_bytes(s) > 0)
		claim(l, image, SPAN_SECTION, arena_printf(&l->arena, "%s, to load", s->name), s->lma,
		      bytes_in_region(image, s->load_region == IMAGE_NONE ? s->region : s->load_region, s->lma,
				      s->size_bytes));
}

/* ---- the chip ---- */

/* RP2040 and RP2350 have the same memory map; the pico-sdk has a source folder for each. */
static void claim_chip(struct layout *l, const struct image *image)
{
	static const struct {
		const char *folder, *chip;
	} chips[] = {
		{ "/src/rp2040/", "RP2040" },
		{ "/src/rp2350/", "RP2350" },
	};

	for (size_t i = 0; i < image->n_objects; i++)
		for (size_t k = 0; k < ARRAY_SIZE(chips); k++)
			if (strstr(image->objects[i].path, chips[k].folder) && image->objects[i].size_bytes > 0) {
				layout_chip(l, chips[k].chip, image->name);
				return;
			}
}

static void claim_esp8266(struct layout *l, const struct image *image, uint64_t flash_bytes)
{
	const struct image_region *r = image_find_region(image, LAYOUT_ESP8266_REGION);
	const struct image_region *romfs = image_find_region(image, LAYOUT_ESP8266_ROMFS);
	struct layout_esp8266 e = { .flash_bytes = flash_bytes, .from = image->name };

	if (!r || !is_memory(r))
		return;
	e.romfs_bytes = romfs ? romfs->length_bytes : 0;
	e.start = r->origin;
	e.size_bytes = r->length_bytes;
	layout_esp8266(l, &e);
}

void layout_image(struct layout *l, const struct image *image, uint64_t flash_bytes)
{
	struct symbol_span spans[N_LAYOUT_BOUNDS];
	const struct window *w = find_window(image);

	for (uint32_t i = 0; i < image->n_regions; i++)
		claim_region(l, image, i);
	if (w)
		claim_window(l, image, w);
	claim_esp8266(l, image, flash_bytes);
	claim_sram_aliases(l, image);
	claim_chip(l, image);
	claim_storage_regions(l, image, w);
	size_t n_spans = claim_bounds(l, image, w, spans);
	for (size_t i = 0; i < image->n_sections; i++)
		claim_section(l, image, &image->sections[i], spans, n_spans);
}

/* The first lines of a map: how much room is left, for what; or what has run over. */
#include "image_answer.h"

#include <inttypes.h>
#include <string.h>

#include "cut.h"
#include "memprof/text.h"

enum { REGION_COLUMNS = 14 };

static void add_region(struct strbuf *out, const struct image_region *r)
{
	text_cut(out, r->name, strlen(r->name), REGION_COLUMNS, CUT_END);
}

/* Bytes that the image keeps in a region for good, and that it has there at run time only. */
struct kept {
	uint64_t load_bytes, run_bytes;
	bool     copied_to;             /* from flash at start, as .data is */
};

static struct kept kept_in(const struct image *image, uint32_t region)
{
	struct kept kept = { 0 };

	for (size_t i = 0; i < image->n_sections && image->sections[i].alloc; i++) {
		const struct image_section *s = &image->sections[i];
		uint64_t load_bytes = image_section_load_bytes(s);
		if (s->load_region == region || (s->region == region && s->load_region == IMAGE_NONE))
			kept.load_bytes += load_bytes;
		if (s->region != region || s->reserved || s->placeholder || (s->load_region == IMAGE_NONE && load_bytes))
			continue;
		kept.run_bytes += s->size_bytes;
		kept.copied_to |= s->load_region != IMAGE_NONE;
	}
	return kept;
}

/* "xr!w" and "rx" are no memory to write to; "" may be. */
static bool is_writable(const struct image_region *r)
{
	for (const char *p = r->attributes; *p && *p != '!'; p++)
		if (*p == 'w' || *p == 'W')
			return true;
	return false;
}

/* Where most of the firmware lies, if possible in what is no RAM; and where most of what it needs at run time does. */
static void largest_regions(const struct image *image, uint32_t *ret_load, uint32_t *ret_run)
{
	uint64_t load_bytes = 0, run_bytes = 0;
	bool read_only = false, copied_to = false;

	*ret_load = *ret_run = IMAGE_NONE;
	for (uint32_t i = 0; i < image->n_regions; i++) {
		bool is_read_only = !is_writable(&image->regions[i]);
		struct kept kept = kept_in(image, i);
		if (kept.load_bytes && is_read_only >= read_only
		    && (is_read_only > read_only || kept.load_bytes > load_bytes)) {
			load_bytes = kept.load_bytes;
			read_only = is_read_only;
			*ret_load = i;
		}
		if (kept.copied_to >= copied_to && (kept.copied_to > copied_to || kept.run_bytes > run_bytes)) {
			run_bytes = kept.run_bytes;
			copied_to = kept.copied_to;
			*ret_run = i;
		}
	}
}

static void left(struct strbuf *out, const struct image *image, uint32_t region, uint64_t more_bytes, const char *what_for)
{
	const struct image_region *r = region == IMAGE_NONE ? NULL : &image->regions[region];

	if (!r || r->length_bytes == NOT_KNOWN || r->used_bytes > r->length_bytes)
		return;
	uint64_t left_bytes = r->length_bytes - r->used_bytes + more_bytes;
	strbuf_printf(out, "%" PRIu64 " bytes are left in ", left_bytes);
	add_region(out, r);
	strbuf_printf(out, "%s (%.1f %%).\n", what_for,
		      100.0 * (double)left_bytes / (double)MAX(r->length_bytes, UINT64_C(1)));
}

/* Where the linker knows all of the flash's uses, what it says is free is. */
static void left_for_firmware(struct strbuf *out, const struct image_view *v, uint32_t region)
{
	const struct image *image = v->image;
	bool python = v->tree && text_find(v->tree, strlen(v->tree), "python");
	uint64_t value;

	if (region == IMAGE_NONE)
		return;
	if (image->regions[region].window) {
		if (!v->bin_name)
			strbuf_puts(out, "Its partition tells how much room is left for firmware: --bin,"
				    " --partitions.\n");
		return;
	}
	left(out, image, region, 0, python ? " for firmware and frozen modules" : " for firmware");
	if (python && image_value(image, "__flash_binary_end", &value) && !image_find_region(image, "FLASH_FS"))
		strbuf_puts(out, "But MicroPython keeps its file system at the end of that, and this link knows\nnothing of"
			    " it: memprof layout --board NAME --map FILE tells what is really left.\n");
}

static void overflow(struct strbuf *out, const struct image_view *v, uint32_t region, const struct text_style *style)
{
	const struct image_region *r = &v->image->regions[region];
	const struct image_group *best[3] = { NULL };
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;

	text_role(out, style, ROLE_WARNING);
	add_region(out, r);
	strbuf_printf(out, " overflowed: %" PRIu64 " bytes more than its %" PRIu64 ".", r->used_bytes - r->length_bytes,
		      r->length_bytes);
	text_role(out, style, ROLE_PLAIN);
	strbuf_puts(out, " The largest in it:\n");
	for (size_t i = 0; i < v->objects->n_groups; i++) {
		const struct image_group *g = &v->objects->groups[i];
		for (size_t k = 0; k < ARRAY_SIZE(best) && g; k++) {
			if (g->by_region[region] && (!best[k] || g->by_region[region] > best[k]->by_region[region])) {
				const struct image_group *down = best[k];
				best[k] = g;
				g = down;
			}
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(best) && best[i]; i++) {
		strbuf_printf(out, "  %10" PRIu64 "  ", best[i]->by_region[region]);
		strbuf_reset(&name);
		strbuf_puts(&name, best[i]->name);
		if (best[i]->member)
			strbuf_printf(&name, "(%s)", best[i]->member);
		text_cut(out, strbuf_text(&name), name.n_bytes, style->columns - 14, CUT_BEGINNING);
		strbuf_putc(out, '\n');
	}
}

/* What flash and memory it takes where no region tells how much there is. */
static void totals(struct strbuf *out, const struct image *image)
{
	uint64_t load_bytes = 0, run_bytes = 0;

	for (size_t i = 0; i < image->n_sections && image->sections[i].alloc; i++) {
		const struct image_section *s = &image->sections[i];
		uint64_t n_bytes = image_section_load_bytes(s);
		load_bytes += n_bytes;
		if (!n_bytes && !s->reserved && !s->placeholder)
			run_bytes += s->size_bytes;
	}
	strbuf_printf(out, "%" PRIu64 " bytes are loaded, %" PRIu64 " more are zeroed at start.", load_bytes, run_bytes);
	strbuf_puts(out, strcmp(image->format, "size-a") == 0 || image->n_sections == 0 ? "\n" :
		    " It names no memory\nregions: a linker script does (--ld), or a map of GNU ld.\n");
}

/* The firmware as it is flashed, against each partition that may hold it. */
static void fit(struct strbuf *out, const struct image_view *v, const struct text_style *style)
{
	if (!v->bin_name)
		return;
	text_cut(out, v->bin_name, strlen(v->bin_name), style->columns - 40, CUT_BEGINNING);
	strbuf_printf(out, " takes %" PRIu64 " bytes of flash.\n", v->bin_bytes);
	for (size_t i = 0; v->fit && i < v->fit->n_slots; i++) {
		const struct partition_slot *slot = &v->fit->slots[i];
		text_role(out, style, slot->over_bytes ? ROLE_WARNING : ROLE_PLAIN);
		strbuf_puts(out, "  ");
		size_t n = text_cut(out, slot->row->name, strlen(slot->row->name), 16, CUT_END);
		strbuf_repeat(out, " ", 16 - n);
		strbuf_printf(out, " has %10" PRIu64 ": ", slot->row->size_bytes);
		if (slot->over_bytes)
			strbuf_printf(out, "%" PRIu64 " too few", slot->over_bytes);
		else
			strbuf_printf(out, "%" PRIu64 " are left (%.1f %%)", slot->free_bytes,
				      100.0 * (double)slot->free_bytes / (double)MAX(slot->row->size_bytes, UINT64_C(1)));
		text_role(out, style, ROLE_PLAIN);
		strbuf_putc(out, '\n');
	}
	if (v->fit && v->fit->n_slots == 0)
		strbuf_puts(out, "The partition table has no app partition.\n");
}

void text_image_answer(struct strbuf *out, const struct image_view *v, const struct text_style *style)
{
	const struct image *image = v->image;
	uint32_t load_region, run_region, region;

	largest_regions(image, &load_region, &run_region);
	for (region = 0; region < image->n_regions; region++)
		if (image->regions[region].length_bytes != NOT_KNOWN
		    && image->regions[region].used_bytes > image->regions[region].length_bytes)
			overflow(out, v, region, style);
	if (image->n_regions == 0)
		totals(out, image);
	fit(out, v, style);
	left_for_firmware(out, v, load_region);
	/* What the link reserves for heap and stack is theirs too. */
	if (run_region != load_region && run_region != IMAGE_NONE && !image->regions[run_region].window)
		left(out, image, run_region, image->regions[run_region].reserved_bytes, " for heap and stack");
}


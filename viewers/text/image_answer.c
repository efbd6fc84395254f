/* The first lines of an image: how much room is left, or by how much it overflowed. */
#include "image_answer.h"

#include <inttypes.h>
#include <string.h>

#include "memprof/text.h"

static void name_of(struct strbuf *out, const char *text)
{
	text_visible(out, text, strlen(text), false);
}

/* ---- a link that overflowed ---- */

enum { LINE_COLUMNS = 80, LARGEST_SHOWN = 3, LARGEST_COLUMNS = 66 };

static void largest(struct strbuf *out, const struct image *image, uint32_t region)
{
	const struct image_object *best[LARGEST_SHOWN] = { NULL };

	for (size_t i = N_PSEUDO_OBJECTS; i < image->n_objects; i++) {
		const struct image_object *o = &image->objects[i];
		for (size_t k = 0; k < ARRAY_SIZE(best) && o; k++) {
			if (o->by_region[region] && (!best[k] || o->by_region[region] > best[k]->by_region[region])) {
				const struct image_object *down = best[k];
				best[k] = o;
				o = down;
			}
		}
	}
	strbuf_puts(out, best[0] ? " The largest in it:\n" : "\n");
	for (size_t i = 0; i < ARRAY_SIZE(best) && best[i]; i++) {
		struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;
		strbuf_puts(&name, best[i]->path);
		if (best[i]->member)
			strbuf_printf(&name, "(%s)", best[i]->member);
		strbuf_printf(out, "  %10" PRIu64 "  ", best[i]->by_region[region]);
		text_image_name(out, strbuf_text(&name), name.n_bytes, LARGEST_COLUMNS, false);
		strbuf_putc(out, '\n');
	}
}

static void overflow(struct strbuf *out, const struct image *image, uint32_t region, const struct text_style *style)
{
	const struct image_region *r = &image->regions[region];

	text_role(out, style, ROLE_WARNING);
	name_of(out, r->name);
	strbuf_printf(out, " overflowed: %" PRIu64 " bytes more than its %" PRIu64 ".", r->used_bytes - r->length_bytes,
		      r->length_bytes);
	text_role(out, style, ROLE_PLAIN);
	largest(out, image, region);
}

/* ---- what is left ---- */

static void left(struct strbuf *out, const struct image_region *r, uint64_t left_bytes, const char *what_for)
{
	strbuf_printf(out, "%" PRIu64 " bytes are left in ", left_bytes);
	name_of(out, r->name);
	strbuf_printf(out, "%s (%.1f %% of it).\n", what_for,
		      100.0 * (double)left_bytes / (double)MAX(r->length_bytes, UINT64_C(1)));
}

static bool is_python(const struct image_view *v)
{
	return v->tree && text_find(v->tree, strlen(v->tree), "python");
}

/* By the board's data: up to whatever comes next on the chip. */
static void left_on_board(struct strbuf *out, const struct image_view *v, const struct text_style *style)
{
	struct strbuf first CLEANUP(strbuf_deinit) = STRBUF_INIT, second CLEANUP(strbuf_deinit) = STRBUF_INIT;
	bool over = v->room->bytes < 0;

	if (over)
		strbuf_printf(&first, "The firmware goes on %" PRId64 " bytes too far,", -v->room->bytes);
	else
		strbuf_printf(&first, "%" PRId64 " bytes are left for %s,", v->room->bytes,
			      is_python(v) ? "firmware and frozen modules" : "firmware");
	strbuf_printf(&second, "%s ", over ? v->room->at_end ? "beyond" : "into" : "up to");
	name_of(&second, v->room->called);
	text_role(out, style, over ? ROLE_WARNING : ROLE_PLAIN);
	strbuf_printf(out, "%s%c%s.", strbuf_text(&first), first.n_bytes + second.n_bytes + 2 > LINE_COLUMNS ? '\n' : ' ',
		      strbuf_text(&second));
	text_role(out, style, ROLE_PLAIN);
	strbuf_putc(out, '\n');
}

/* Where the linker knows all of the flash's uses, what it says is free is. */
static void left_for_firmware(struct strbuf *out, const struct image_view *v, const struct text_style *style)
{
	const struct image *image = v->image;
	const struct image_region *r = v->rooms->load_region == IMAGE_NONE ? NULL : &image->regions[v->rooms->load_region];

	if (v->room) {
		if (!(v->room->at_end && r && image_region_free(r) < 0))        /* said already */
			left_on_board(out, v, style);
		return;
	}
	if (!r)
		return;
	if (r->window) {
		if (!v->bin_name)
			strbuf_puts(out, "How much room is left for firmware, the .bin and its partition tell: --bin,\n"
				    "--partitions.\n");
		return;
	}
	if (r->length_bytes == NOT_KNOWN || r->used_bytes > r->length_bytes)
		return;
	if (!v->rooms->storage_unknown || !is_python(v)) {
		left(out, r, (uint64_t)image_region_free(r), is_python(v) ? " for firmware and frozen modules" :
		     " for firmware");
		return;
	}
	strbuf_printf(out, "%" PRIu64 " bytes of ", r->used_bytes);
	name_of(out, r->name);
	strbuf_puts(out, " are used. The rest is not all for firmware and frozen\nmodules: MicroPython's file system"
		    " lies at its end, which this link does not know.\n--board BOARD tells how much is left before it.\n");
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
	name_of(out, v->bin_name);
	strbuf_printf(out, " takes %" PRIu64 " bytes of flash.\n", v->bin_bytes);
	for (size_t i = 0; v->fit && i < v->fit->n_slots; i++) {
		const struct partition_slot *slot = &v->fit->slots[i];
		text_role(out, style, slot->over_bytes ? ROLE_WARNING : ROLE_PLAIN);
		strbuf_puts(out, "  ");
		text_image_name(out, slot->row->name, strlen(slot->row->name), 16, true);
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
	const struct image_rooms *rooms = v->rooms;

	for (uint32_t i = 0; i < image->n_regions; i++)
		if (image->regions[i].length_bytes != NOT_KNOWN
		    && image->regions[i].used_bytes > image->regions[i].length_bytes)
			overflow(out, image, i, style);
	if (image->n_regions == 0)
		totals(out, image);
	fit(out, v, style);
	left_for_firmware(out, v, style);
	if (rooms->run_region != rooms->load_region && rooms->heap_bytes != NOT_KNOWN
	    && !image->regions[rooms->run_region].window)
		left(out, &image->regions[rooms->run_region], rooms->heap_bytes, " for heap and stack");
}

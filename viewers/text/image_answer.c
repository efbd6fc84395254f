/* The first lines of an image: how much room is left, or by how much it overflowed. */
#include "text/parts.h"

#include <string.h>

#include "memprof/analysis/image_figures.h"
#include "memprof/base/text.h"
#include "text/column.h"
#include "text/cut.h"

enum { REGION_COLUMNS = 14, LARGEST_SHOWN = 3 };

static void add_region(struct strbuf *out, const struct image_region *r)
{
	text_cut(out, r->name, strlen(r->name), REGION_COLUMNS, CUT_END);
}

/* ---- a link that overflowed ---- */

static void largest(struct strbuf *out, const struct image *image, uint32_t region, const struct text_style *style)
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
		text_size(out, 12, best[i]->by_region[region], style);
		strbuf_puts(out, "  ");
		text_cut(out, strbuf_text(&name), name.n_bytes, style->columns - 14, CUT_BEGINNING);
		strbuf_putc(out, '\n');
	}
}

static void overflow(struct strbuf *out, const struct image *image, uint32_t region, const struct text_style *style)
{
	const struct image_region *r = &image->regions[region];

	text_role(out, style, ROLE_WARNING);
	add_region(out, r);
	strbuf_printf(out, " overflowed: %s more than its %s.",
		      bytes_words(r->used_bytes - r->length_bytes, style).text,
		      figure_words(r->length_bytes, style).text);
	text_role(out, style, ROLE_PLAIN);
	largest(out, image, region, style);
}

/* ---- what is left ---- */

static void left(struct strbuf *out, const struct image_region *r, uint64_t left_bytes, const char *what_for,
		 const struct text_style *style)
{
	if (r->nominal) {
		strbuf_printf(out, "%s are used in ", bytes_words(r->content_bytes, style).text);
		add_region(out, r);
		strbuf_puts(out, ".\n");
		return;
	}
	strbuf_printf(out, "%s are %s in ", bytes_words(left_bytes, style).text, what_for[0] ? "left" : "free");
	add_region(out, r);
	strbuf_printf(out, "%s (%.1f %%).\n", what_for,
		      100.0 * (double)left_bytes / (double)MAX(r->length_bytes, UINT64_C(1)));
}

static bool is_python(const struct image_view *v) { return v->tree && text_find(v->tree, strlen(v->tree), "python"); }

/* By the board's data: up to whatever comes next on the chip. */
static void left_on_board(struct strbuf *out, const struct image_view *v, const struct text_style *style)
{
	struct strbuf first CLEANUP(strbuf_deinit) = STRBUF_INIT, second CLEANUP(strbuf_deinit) = STRBUF_INIT;
	bool over = v->room->bytes < 0;

	if (over)
		strbuf_printf(&first, "The firmware goes on %s too far,",
			      bytes_words((uint64_t)-v->room->bytes, style).text);
	else
		strbuf_printf(&first, "%s are left for %s,", bytes_words((uint64_t)v->room->bytes, style).text,
			      is_python(v) ? "firmware and frozen modules" : "firmware");
	strbuf_printf(&second, "%s ", over ? v->room->at_end ? "beyond" : "into" : "up to");
	text_cut(&second, v->room->called, strlen(v->room->called), style->columns - 10, CUT_END);
	text_role(out, style, over ? ROLE_WARNING : ROLE_PLAIN);
	strbuf_printf(out, "%s%c%s.", strbuf_text(&first),
		      text_columns_of(strbuf_text(&first)) + second.n_bytes + 2 > style->columns ? '\n' : ' ',
		      strbuf_text(&second));
	text_role(out, style, ROLE_PLAIN);
	strbuf_putc(out, '\n');
}

/* Where the linker knows all of the flash's uses, what it says is free is. */
static void left_for_firmware(struct strbuf *out, const struct image_view *v, const struct text_style *style)
{
	const struct image *image = v->image;
	const struct image_region *r = v->rooms->load_region == IMAGE_NONE ? NULL :
									     &image->regions[v->rooms->load_region];

	if (v->room) {
		if (!(v->room->at_end && r && image_region_free(r) < 0)) /* said already */
			left_on_board(out, v, style);
		return;
	}
	if (!r)
		return;
	if (r->window) {
		if (!v->bin_name)
			strbuf_printf(out,
				      "The image takes %s of flash.\n"
				      "Its partition tells how much room is left for firmware: --bin, --partitions.\n",
				      bytes_words(image_stored_bytes(image), style).text);
		return;
	}
	if (r->length_bytes == NOT_KNOWN || r->used_bytes > r->length_bytes)
		return;
	if (!v->rooms->storage_unknown || !is_python(v)) {
		left(out, r, (uint64_t)image_region_room(r),
		     is_python(v) ? " for firmware and frozen modules" : " for firmware", style);
		return;
	}
	strbuf_printf(out, "%s of ", bytes_words(r->content_bytes, style).text);
	add_region(out, r);
	strbuf_puts(
		out,
		" are used. The rest is not all for firmware and frozen\nmodules: MicroPython's file system"
		" lies at its end, and this link does not\nknow it. --board BOARD tells how much is left before it.\n");
}

/* What flash and memory it takes where no region tells how much there is. */
static void totals(struct strbuf *out, const struct image *image, const struct text_style *style)
{
	uint64_t load_bytes = 0, run_bytes = 0;

	for (size_t i = 0; i < image->n_sections && image->sections[i].alloc; i++) {
		const struct image_section *s = &image->sections[i];
		uint64_t n_bytes = image_section_load_bytes(s);
		load_bytes += n_bytes;
		if (!n_bytes && !s->reserved && !s->placeholder)
			run_bytes += s->size_bytes;
	}
	strbuf_printf(out, "%s are loaded, %s more are zeroed at start.", bytes_words(load_bytes, style).text,
		      figure_words(run_bytes, style).text);
	strbuf_puts(out, strcmp(image->format, "size-a") == 0 || image->n_sections == 0 ?
				 "\n" :
				 " It names no memory\nregions: a linker script does (--ld), or a map of GNU ld.\n");
}

/* The firmware as it is flashed, against each partition that may hold it. */
static void fit(struct strbuf *out, const struct image_view *v, const struct text_style *style)
{
	if (!v->bin_name)
		return;
	text_cut(out, v->bin_name, strlen(v->bin_name), style->columns - 40, CUT_BEGINNING);
	strbuf_printf(out, " takes %s of flash.\n", bytes_words(v->bin_bytes, style).text);
	for (size_t i = 0; v->fit && i < v->fit->n_slots; i++) {
		const struct partition_slot *slot = &v->fit->slots[i];
		text_role(out, style, slot->over_bytes ? ROLE_WARNING : ROLE_PLAIN);
		strbuf_puts(out, "  ");
		size_t n = text_cut(out, slot->row->name, strlen(slot->row->name), 16, CUT_END);
		strbuf_repeat(out, " ", 16 - n);
		strbuf_puts(out, " has");
		text_size(out, 11, slot->row->size_bytes, style);
		strbuf_puts(out, ": ");
		if (slot->over_bytes)
			strbuf_printf(out, "%s too few", figure_words(slot->over_bytes, style).text);
		else
			strbuf_printf(out, "%s are left (%.1f %%)", figure_words(slot->free_bytes, style).text,
				      100.0 * (double)slot->free_bytes /
					      (double)MAX(slot->row->size_bytes, UINT64_C(1)));
		text_role(out, style, ROLE_PLAIN);
		strbuf_putc(out, '\n');
	}
	if (v->fit && v->fit->n_slots == 0)
		strbuf_puts(out, "The partition table has no app partition.\n");
}

static void left_for_heap(struct strbuf *out, const struct image_view *v, uint32_t region, const char *what_for,
			  const struct text_style *style)
{
	uint64_t n_bytes = region == IMAGE_NONE ? NOT_KNOWN : image_room_for_heap(&v->image->regions[region]);

	if (n_bytes != NOT_KNOWN && region != v->rooms->load_region)
		left(out, &v->image->regions[region], n_bytes, what_for, style);
}

/* Memory for code beside that for data: of Espressif's chips. */
static void left_for_code(struct strbuf *out, const struct image_view *v, const struct text_style *style)
{
	const struct image *image = v->image;
	bool has_window = v->rooms->load_region != IMAGE_NONE && image->regions[v->rooms->load_region].window;

	for (uint32_t i = 0; i < image->n_regions && has_window; i++)
		if (strncmp(image->regions[i].name, "iram", 4) == 0 && !image->regions[i].window &&
		    image->regions[i].used_bytes && i != v->rooms->heap_region)
			left_for_heap(out, v, i, "", style);
}

/* Where the link tells neither, what is free where most of the variables lie. */
static void left_for_heap_and_stack(struct strbuf *out, const struct image_view *v, const struct text_style *style)
{
	const struct image_rooms *rooms = v->rooms;
	bool is_one = rooms->heap_region == rooms->stack_region, is_none = is_one && rooms->heap_region == IMAGE_NONE;

	if (is_none)
		left_for_heap(out, v, rooms->run_region, "", style);
	else
		left_for_heap(out, v, rooms->heap_region, is_one ? " for heap and stack" : " for the heap", style);
	if (!is_one)
		left_for_heap(out, v, rooms->stack_region, " for the stack", style);
}

void text_image_answer(struct strbuf *out, const struct image_view *v, const struct text_style *style)
{
	const struct image *image = v->image;

	for (uint32_t i = 0; i < image->n_regions; i++)
		if (image->regions[i].length_bytes != NOT_KNOWN &&
		    image->regions[i].used_bytes > image->regions[i].length_bytes)
			overflow(out, image, i, style);
	if (image->n_regions == 0)
		totals(out, image, style);
	fit(out, v, style);
	left_for_firmware(out, v, style);
	left_for_heap_and_stack(out, v, style);
	left_for_code(out, v, style);
}

/* How much room is left, or by how much it overflowed. */
#include <string.h>

#include "document/image.h"
#include "memprof/analysis/image_figures.h"
#include "memprof/base/text.h"
#include "text/cut.h"

enum { LARGEST_SHOWN = 3 };

/* "; " before all but the first, which has the name before it. */
static void begin_clause(struct document *d)
{
	if (d->answer.n_spans > 2)
		doc_answer(d, DOC_FINE, DOC_T("; "));
}

static bool is_over(const struct image_region *r)
{
	return r->length_bytes != NOT_KNOWN && r->used_bytes > r->length_bytes;
}

/* ---- a link that overflowed ---- */

static void add_overflow(struct document *d, const struct image_view *v, uint32_t region)
{
	const struct image_region *r = &v->image->regions[region];

	begin_clause(d);
	doc_answer(d, DOC_ACT, DOC_T(r->name), DOC_T(" overflowed by "), DOC_BYTES(r->used_bytes - r->length_bytes),
		   DOC_T(", "), DOC_BYTES(r->used_bytes), DOC_T(" of "), DOC_BYTES(r->length_bytes));
}

static void say_largest(struct document *d, const struct image *image, uint32_t region)
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
	if (best[0])
		doc_say(d, DOC_T("The largest in "), DOC_T(image->regions[region].name), DOC_T(":"));
	for (size_t i = 0; i < ARRAY_SIZE(best) && best[i]; i++)
		doc_item(d, DOC_BYTES(best[i]->by_region[region]), DOC_T("  "), DOC_T(best[i]->path),
			 DOC_T(best[i]->member ? "(" : ""), DOC_T(best[i]->member), DOC_T(best[i]->member ? ")" : ""));
}

/* ---- what is left ---- */

static bool is_python(const struct image_view *v) { return v->tree && text_find(v->tree, strlen(v->tree), "python"); }

/* "FLASH 312.2 KiB used"; "FLASH 312.2 KiB of 2.0 MiB used, 1.7 MiB left for firmware" */
static void add_used(struct document *d, const struct image_region *r, uint64_t left_bytes, const char *what_for)
{
	bool of_length = left_bytes != NOT_KNOWN && !r->nominal;
	uint64_t used_bytes = of_length ? r->length_bytes - left_bytes : r->content_bytes - r->reserved_bytes;

	begin_clause(d);
	doc_answer(d, DOC_FINE, DOC_T(r->name), DOC_T(" "), DOC_BYTES(used_bytes), DOC_T(of_length ? " of " : ""),
		   DOC_BYTES(of_length ? r->length_bytes : NOT_KNOWN), DOC_T(" used"), DOC_T(of_length ? ", " : ""),
		   DOC_BYTES(of_length ? left_bytes : NOT_KNOWN),
		   DOC_T(!of_length ? "" :
			 *what_for  ? " left" :
				      " free"),
		   DOC_T(of_length ? what_for : ""));
	if (of_length && r->reserved_bytes) /* else the table below, where these are used, contradicts */
		doc_answer(d, DOC_FINE, DOC_T(" ("), DOC_BYTES(r->reserved_bytes), DOC_T(" of it reserved)"));
}

/* By the board's data: up to whatever comes next on the chip. */
static void add_left_on_board(struct document *d, const struct image_view *v, const struct image_region *r)
{
	const struct layout_room_after *room = v->room;

	if (r)
		add_used(d, r, NOT_KNOWN, "");
	else
		begin_clause(d);
	doc_answer(d, DOC_FINE, DOC_T(r ? ", " : ""));
	if (room->bytes >= 0) {
		doc_answer(d, DOC_FINE, DOC_BYTES((uint64_t)room->bytes), DOC_T(" left before "), DOC_T(room->called));
		return;
	}
	doc_answer(d, DOC_ACT, DOC_T("the firmware goes on "), DOC_BYTES((uint64_t)-room->bytes),
		   DOC_T(room->at_end ? " beyond " : " into "), DOC_T(room->called));
}

/* Where the linker knows all of the flash's uses, what it says is free is. */
static void add_left_for_firmware(struct document *d, const struct image_view *v)
{
	const struct image *image = v->image;
	const struct image_region *r = v->rooms->load_region == IMAGE_NONE ? NULL :
									     &image->regions[v->rooms->load_region];

	if (v->room) {
		if (!(v->room->at_end && r && image_region_free(r) < 0)) /* said already */
			add_left_on_board(d, v, r);
	} else if (r && r->window) {
		if (v->bin_name)
			return;
		begin_clause(d);
		doc_answer(d, DOC_FINE, DOC_BYTES(image_stored_bytes(image)), DOC_T(" of flash"));
	} else if (r && r->length_bytes != NOT_KNOWN && !is_over(r)) {
		if (v->rooms->storage_unknown && is_python(v))
			add_used(d, r, NOT_KNOWN, "");
		else
			add_used(d, r, (uint64_t)image_region_room(r),
				 is_python(v) ? " for firmware and frozen modules" : " for firmware");
	}
}

/* What flash and memory it takes where no region tells how much there is. */
static void add_totals(struct document *d, const struct image_view *v)
{
	const struct image *image = v->image;
	uint64_t load_bytes = 0, run_bytes = 0;

	for (size_t i = 0; i < image->n_sections && image->sections[i].alloc; i++) {
		const struct image_section *s = &image->sections[i];
		uint64_t n_bytes = image_section_load_bytes(s);
		load_bytes += n_bytes;
		if (!n_bytes && !s->reserved && !s->placeholder)
			run_bytes += s->size_bytes;
	}
	doc_answer(d, DOC_FINE, DOC_BYTES(load_bytes), DOC_T(" loaded, "), DOC_BYTES(run_bytes),
		   DOC_T(" zeroed at start"));
}

static void add_left_for_heap(struct document *d, const struct image_view *v, uint32_t region, const char *what_for)
{
	uint64_t n_bytes = region == IMAGE_NONE ? NOT_KNOWN : image_room_for_heap(&v->image->regions[region]);

	if (n_bytes != NOT_KNOWN && region != v->rooms->load_region)
		add_used(d, &v->image->regions[region], n_bytes, what_for);
}

/* Memory for code beside that for data: of Espressif's chips. */
static void add_left_for_code(struct document *d, const struct image_view *v)
{
	const struct image *image = v->image;
	bool has_window = v->rooms->load_region != IMAGE_NONE && image->regions[v->rooms->load_region].window;

	for (uint32_t i = 0; i < image->n_regions && has_window; i++)
		if (strncmp(image->regions[i].name, "iram", 4) == 0 && !image->regions[i].window &&
		    image->regions[i].used_bytes && i != v->rooms->heap_region)
			add_left_for_heap(d, v, i, "");
}

/* Where the link tells neither, what is free where most of the variables lie. */
static void add_left_for_heap_and_stack(struct document *d, const struct image_view *v)
{
	const struct image_rooms *rooms = v->rooms;
	bool is_one = rooms->heap_region == rooms->stack_region, is_none = is_one && rooms->heap_region == IMAGE_NONE;

	if (is_none)
		add_left_for_heap(d, v, rooms->run_region, "");
	else
		add_left_for_heap(d, v, rooms->heap_region, is_one ? " for heap and stack" : " for the heap");
	if (!is_one && rooms->stack_region != IMAGE_NONE && v->image->regions[rooms->stack_region].used_bytes)
		add_left_for_heap(d, v, rooms->stack_region, " for the stack");
}

/* ---- the firmware as it is flashed ---- */

static void add_flashed(struct document *d, const struct image_view *v)
{

	if (!v->bin_name)
		return;
	begin_clause(d);
	doc_answer(d, DOC_FINE, DOC_T(text_file_of(v->bin_name)), DOC_T(" "), DOC_BYTES(v->bin_bytes),
		   DOC_T(" of flash"));
	for (size_t i = 0; v->fit && i < v->fit->n_slots; i++)
		if (v->fit->slots[i].over_bytes)
			d->severity = DOC_ACT;
}

/* Against each partition that may hold it. */
static void say_fit(struct document *d, const struct image_view *v)
{
	for (size_t i = 0; v->bin_name && v->fit && i < v->fit->n_slots; i++) {
		const struct partition_slot *slot = &v->fit->slots[i];
		if (slot->over_bytes)
			doc_item(d, DOC_T(slot->row->name), DOC_T(" has "), DOC_BYTES(slot->row->size_bytes),
				 DOC_T(", "), doc_warning(DOC_BYTES(slot->over_bytes)), DOC_T(" too few"));
		else
			doc_item(d, DOC_T(slot->row->name), DOC_T(" has "), DOC_BYTES(slot->row->size_bytes),
				 DOC_T(", "), DOC_BYTES(slot->free_bytes), DOC_T(" left ("),
				 doc_share(slot->free_bytes, slot->row->size_bytes), DOC_T(")"));
	}
	if (v->bin_name && v->fit && v->fit->n_slots == 0)
		doc_item(d, DOC_T("The partition table has no app partition."));
}

/* What would make the answer a better one. */
static void say_what_to_do(struct document *d, const struct image_view *v)
{
	const struct image *image = v->image;
	const struct image_region *r = v->rooms->load_region == IMAGE_NONE ? NULL :
									     &image->regions[v->rooms->load_region];

	if (image->n_regions == 0 && image->n_sections && strcmp(image->format, "size-a") != 0)
		doc_say(d, DOC_T("Add --ld SCRIPT, or a map of GNU ld, to see how much is left in each region."));
	else if (r && r->window && !v->room && !v->bin_name)
		doc_say(d, DOC_T("Add --bin and --partitions to see how much of its partition is left."));
	else if (r && !r->window && !v->room && v->rooms->storage_unknown && is_python(v) && !is_over(r) &&
		 r->length_bytes != NOT_KNOWN)
		doc_say(d, DOC_T("Add --board BOARD to see how much is left before the file system."));
}

void document_image_answer(struct document *d, const struct image_view *v)
{
	const struct image *image = v->image;

	doc_init(d, "firmware image");
	doc_title(d, text_file_of(image->name));
	doc_source(d, DOC_T(d->title), DOC_T(" ("), DOC_T(image->format), DOC_T(v->elf_name ? " with its ELF" : ""),
		   DOC_T(v->tree ? ", " : ""), DOC_T(v->tree), DOC_T(")"));
	doc_answer(d, DOC_FINE, DOC_T(d->title), DOC_T(": "));
	for (uint32_t i = 0; i < image->n_regions; i++)
		if (is_over(&image->regions[i]))
			add_overflow(d, v, i);
	if (image->n_regions == 0)
		add_totals(d, v);
	add_flashed(d, v);
	add_left_for_firmware(d, v);
	add_left_for_heap_and_stack(d, v);
	add_left_for_code(d, v);
	if (v->lists & (v->lists - 1) || image_shows(v, IMAGE_REGIONS))
		say_what_to_do(d, v);
	for (uint32_t i = 0; i < image->n_regions; i++)
		if (is_over(&image->regions[i]))
			say_largest(d, image, i);
	say_fit(d, v);
}

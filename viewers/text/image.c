/* What a firmware puts where. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "memprof/glob.h"
#include "memprof/image_view.h"
#include "memprof/text.h"

enum { NAME_COLUMNS = 34, MANY_REGIONS = 12 };

/* ---- words ---- */

static void name_of(struct strbuf *out, const char *text, size_t n_bytes)
{
	text_visible(out, text, n_bytes, false);
}

/* The end of a long name tells more than its beginning: folders come first. */
static void add_name(struct strbuf *out, const char *text, size_t n_bytes, size_t columns)
{
	struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *p;

	name_of(&clean, text, n_bytes);
	p = strbuf_text(&clean);
	size_t n = strlen(p);
	if (n > columns) {
		p += n - columns + 2;
		while ((*p & 0xc0) == 0x80)
			p++;
		strbuf_puts(out, "..");
		columns -= 2;
	}
	strbuf_puts(out, p);
	strbuf_repeat(out, " ", columns > strlen(p) ? columns - strlen(p) : 0);
}

static void heading(struct strbuf *out, const struct text_style *style, const char *text)
{
	strbuf_putc(out, '\n');
	text_role(out, style, ROLE_HEAD);
	strbuf_puts(out, text);
	text_role(out, style, ROLE_PLAIN);
	strbuf_putc(out, '\n');
}

static bool wanted(const struct image_view *v, const char *name)
{
	return !v->filter || glob_match(v->filter, name);
}

static bool shows(const struct image_view *v, enum image_list list)
{
	return v->lists >> list & 1;
}

static bool shows_only(const struct image_view *v, enum image_list list)
{
	return v->lists == 1u << list;
}

static void more(struct strbuf *out, size_t n_left_out, uint64_t n_bytes)
{
	if (n_left_out)
		strbuf_printf(out, "  %10" PRIu64 "  in %zu more; --by and -n show them\n", n_bytes, n_left_out);
}

/* ---- the answer ---- */

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
		if (s->region != region || s->reserved || (s->load_region == IMAGE_NONE && load_bytes))
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

static void left(struct strbuf *out, const struct image *image, uint32_t region, const char *what_for)
{
	const struct image_region *r = region == IMAGE_NONE ? NULL : &image->regions[region];

	if (!r || r->length_bytes == NOT_KNOWN || r->used_bytes > r->length_bytes)
		return;
	strbuf_printf(out, "%" PRIu64 " bytes are left in ", (uint64_t)image_region_free(r));
	name_of(out, r->name, strlen(r->name));
	strbuf_printf(out, "%s (%.1f %% of it).\n", what_for,
		      100.0 * (double)image_region_free(r) / (double)MAX(r->length_bytes, UINT64_C(1)));
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
			strbuf_puts(out, "How much room is left for firmware, the .bin and its partition tell: --bin,"
				    " --partitions.\n");
		return;
	}
	left(out, image, region, python ? " for firmware and frozen modules" : " for firmware");
	if (python && image_value(image, "__flash_binary_end", &value) && !image_find_region(image, "FLASH_FS"))
		strbuf_puts(out, "But MicroPython keeps its file system at the end of that, and this link knows nothing"
			    " of it:\nmemprof layout --board NAME --map FILE tells what is really left.\n");
}

static void overflow(struct strbuf *out, const struct image_view *v, uint32_t region, const struct text_style *style)
{
	const struct image_region *r = &v->image->regions[region];
	const struct image_group *best[3] = { NULL };

	text_role(out, style, ROLE_WARNING);
	name_of(out, r->name, strlen(r->name));
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
		name_of(out, best[i]->name, strlen(best[i]->name));
		if (best[i]->member) {
			strbuf_putc(out, '(');
			name_of(out, best[i]->member, strlen(best[i]->member));
			strbuf_putc(out, ')');
		}
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
	name_of(out, v->bin_name, strlen(v->bin_name));
	strbuf_printf(out, " takes %" PRIu64 " bytes of flash.\n", v->bin_bytes);
	for (size_t i = 0; v->fit && i < v->fit->n_slots; i++) {
		const struct partition_slot *slot = &v->fit->slots[i];
		text_role(out, style, slot->over_bytes ? ROLE_WARNING : ROLE_PLAIN);
		strbuf_puts(out, "  ");
		add_name(out, slot->row->name, strlen(slot->row->name), 16);
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

static void answer(struct strbuf *out, const struct image_view *v, const struct text_style *style)
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
	if (run_region != load_region && run_region != IMAGE_NONE && !image->regions[run_region].window)
		left(out, image, run_region, " for heap and stack");
}

/* ---- tables ---- */

static void regions(struct strbuf *out, const struct image_view *v, const struct text_style *style)
{
	const struct image *image = v->image;

	size_t n_unused = 0;

	if (image->n_regions == 0)
		return;
	heading(out, style, "REGION                    origin      length        used             free");
	for (uint32_t i = 0; i < image->n_regions; i++) {
		const struct image_region *r = &image->regions[i];
		if (!wanted(v, r->name))
			continue;
		if (!r->used_bytes && image->n_regions > MANY_REGIONS && !shows_only(v, IMAGE_REGIONS)) {
			n_unused++;
			continue;
		}
		strbuf_puts(out, "  ");
		add_name(out, r->name, strlen(r->name), 18);
		if (r->origin == NOT_KNOWN)
			strbuf_puts(out, "            -");
		else
			strbuf_printf(out, " %#12" PRIx64, r->origin);
		if (r->length_bytes == NOT_KNOWN) {
			strbuf_printf(out, "           - %11" PRIu64 "       -           -\n", r->used_bytes);
			continue;
		}
		if (image_region_is_shared_out(image, i)) {
			strbuf_printf(out, " %11" PRIu64 "  shared out among others\n", r->length_bytes);
			continue;
		}
		strbuf_printf(out, " %11" PRIu64 " %11" PRIu64, r->length_bytes, r->used_bytes);
		if (r->length_bytes)
			strbuf_printf(out, " %5.1f%%", 100.0 * (double)r->used_bytes / (double)r->length_bytes);
		else
			strbuf_puts(out, "       ");
		text_role(out, style, image_region_free(r) < 0 ? ROLE_WARNING : ROLE_PLAIN);
		strbuf_printf(out, " %10" PRId64, image_region_free(r));
		text_role(out, style, ROLE_PLAIN);
		strbuf_putc(out, '\n');
		if (r->reserved_bytes)
			strbuf_printf(out, "    of that reserved for heap and stack %25" PRIu64 "\n", r->reserved_bytes);
		if (r->gaps_bytes)
			strbuf_printf(out, "    of that gaps between sections %31" PRIu64 "\n", r->gaps_bytes);
		if (r->inside != IMAGE_NONE)
			strbuf_printf(out, "    lies in %s\n", image->regions[r->inside].name);
	}
	if (n_unused)
		strbuf_printf(out, "  and %zu more, of which nothing is used; --by region shows them\n", n_unused);
}

static const char *kind_of(const struct image_section *s)
{
	if (s->reserved)
		return "reserved";
	if (s->placeholder)
		return "placeholder";
	if (s->tls)
		return "per thread";
	return s->nobits ? "zeroed" : s->load_region != IMAGE_NONE ? "copied" : "";
}

static void sections(struct strbuf *out, const struct image_view *v, const struct text_style *style)
{
	const struct image *image = v->image;
	bool by_rule = false;

	if (image->n_sections == 0)
		return;
	heading(out, style, "SECTION                  address        size      fill  where");
	for (size_t i = 0; i < image->n_sections; i++) {
		const struct image_section *s = &image->sections[i];
		if (!s->alloc || !s->size_bytes || !wanted(v, s->name))
			continue;
		by_rule |= !s->by_elf;
		strbuf_puts(out, "  ");
		add_name(out, s->name, strlen(s->name), 18);
		strbuf_printf(out, " %#12" PRIx64 " %11" PRIu64 " %9" PRIu64 "  ", s->vma, s->size_bytes, s->fill_bytes);
		strbuf_puts(out, s->region == IMAGE_NONE ? image->n_regions ? "outside every region" : "" :
			    image->regions[s->region].name);
		if (s->load_region != IMAGE_NONE)
			strbuf_printf(out, ", from %s", image->regions[s->load_region].name);
		if (s->load_region == IMAGE_NONE && *kind_of(s))
			strbuf_printf(out, "%s%s", s->region == IMAGE_NONE && !image->n_regions ? "" : ", ", kind_of(s));
		strbuf_putc(out, '\n');
	}
	if (by_rule) {
		text_role(out, style, ROLE_FAINT);
		strbuf_puts(out, "  Which of them are zeroed, their names tell; --elf FILE tells for certain.\n");
		text_role(out, style, ROLE_PLAIN);
	}
}

/* The regions that a group is in, with what it has there. */
static void where(struct strbuf *out, const struct image *image, const uint64_t *by_region)
{
	unsigned n = 0;

	for (size_t i = 0; i < image->n_regions && n < 3; i++) {
		if (!by_region[i])
			continue;
		struct strbuf clean CLEANUP(strbuf_deinit) = STRBUF_INIT;
		name_of(&clean, image->regions[i].name, strlen(image->regions[i].name));
		strbuf_printf(out, "%s%.14s %" PRIu64, n++ ? ", " : "", strbuf_text(&clean), by_region[i]);
	}
}

static void groups(struct strbuf *out, const struct image_view *v, const struct image_groups *g, const char *title,
		   const struct text_style *style)
{
	size_t n = 0, n_left_out = 0;
	uint64_t left_out_bytes = 0;

	if (g->n_groups == 0)
		return;
	heading(out, style, title);
	for (size_t i = 0; i < g->n_groups; i++) {
		const struct image_group *row = &g->groups[i];
		struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;
		if (!wanted(v, row->name) && !(row->member && wanted(v, row->member)))
			continue;
		if (n++ >= v->n_top) {
			n_left_out++;
			left_out_bytes += row->size_bytes;
			continue;
		}
		strbuf_puts(&name, row->name);
		if (row->member)
			strbuf_printf(&name, "(%s)", row->member);
		strbuf_printf(out, "  %10" PRIu64 "  ", row->size_bytes);
		add_name(out, strbuf_text(&name), name.n_bytes, NAME_COLUMNS);
		strbuf_puts(out, "  ");
		where(out, v->image, row->by_region);
		strbuf_putc(out, '\n');
	}
	more(out, n_left_out, left_out_bytes);
}

static void symbols(struct strbuf *out, const struct image_view *v, const struct text_style *style)
{
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t n = 0, n_left_out = 0;
	uint64_t left_out_bytes = 0;

	heading(out, style, "      SIZE       ADDRESS  SYMBOL");
	for (size_t i = 0; i < v->n_symbols; i++) {
		const struct image_symbol *s = v->symbols[i];
		if (v->filter) {
			strbuf_reset(&name);
			strbuf_add(&name, s->name.text, s->name.n_bytes);
			if (!wanted(v, strbuf_text(&name)))
				continue;
		}
		if (n++ >= v->n_top) {
			n_left_out++;
			left_out_bytes += s->size_bytes;
			continue;
		}
		strbuf_printf(out, "%c %8" PRIu64 " %#13" PRIx64 "  ", s->estimated ? '~' : ' ', s->size_bytes, s->address);
		name_of(out, s->name.text, s->name.n_bytes);
		if (s->file) {
			strbuf_puts(out, "  ");
			name_of(out, s->file, strlen(s->file));
			strbuf_printf(out, ":%" PRIu32, s->line);
		} else if (s->object != IMAGE_NONE) {
			const struct image_object *o = &v->image->objects[s->object];
			const char *base = strrchr(o->path, '/');
			strbuf_puts(out, "  ");
			name_of(out, base ? base + 1 : o->path, strlen(base ? base + 1 : o->path));
			if (o->member) {
				strbuf_putc(out, '(');
				name_of(out, o->member, strlen(o->member));
				strbuf_putc(out, ')');
			}
		}
		strbuf_putc(out, '\n');
	}
	more(out, n_left_out, left_out_bytes);
}

static void frozen(struct strbuf *out, const struct image_view *v, const struct text_style *style)
{
	const struct image *image = v->image;
	uint64_t all_bytes = 0, left_out_bytes = 0;
	size_t n = 0, n_left_out = 0;

	for (size_t i = 0; i < image->n_frozen; i++)
		all_bytes += image->frozen[i].size_bytes;
	if (image->n_frozen) {
		heading(out, style, "FROZEN MODULES");
		for (size_t i = 0; i < image->n_frozen; i++) {
			const struct image_frozen *f = &image->frozen[i];
			if (!wanted(v, f->name))
				continue;
			if (n++ >= v->n_top) {
				n_left_out++;
				left_out_bytes += f->size_bytes;
				continue;
			}
			strbuf_printf(out, "  %10" PRIu64 "  ", f->size_bytes);
			name_of(out, f->name, strlen(f->name));
			strbuf_puts(out, f->source ? "  (source text)\n" : "\n");
		}
		more(out, n_left_out, left_out_bytes);
		strbuf_printf(out, "  %10" PRIu64 "  in all\n", all_bytes);
	}
	if (image->qstr.n_pools)
		strbuf_printf(out, "\nInterned strings in flash: %" PRIu64 " in %" PRIu64 " pools, %" PRIu64 " bytes.\n",
			      image->qstr.n_strings, image->qstr.n_pools, image->qstr.total_bytes);
}

void text_image(struct strbuf *out, const struct image_view *v, const struct text_style *style)
{
	const struct image *image = v->image;

	text_role(out, style, ROLE_HEAD);
	name_of(out, image->name, strlen(image->name));
	text_role(out, style, ROLE_PLAIN);
	strbuf_printf(out, " (%s%s%s%s)\n", image->format, v->elf_name ? " with its ELF" : "", v->tree ? ", " : "",
		      v->tree ? v->tree : "");
	answer(out, v, style);
	if (shows(v, IMAGE_REGIONS))
		regions(out, v, style);
	if (shows(v, IMAGE_SECTIONS))
		sections(out, v, style);
	if (shows(v, IMAGE_COMPONENTS))
		groups(out, v, v->components, "COMPONENTS", style);
	if (shows(v, IMAGE_ARCHIVES))
		groups(out, v, v->archives, "ARCHIVES", style);
	if (shows(v, IMAGE_OBJECTS))
		groups(out, v, v->objects, "OBJECTS", style);
	if (shows(v, IMAGE_SYMBOLS))
		symbols(out, v, style);
	if (shows(v, IMAGE_FROZEN))
		frozen(out, v, style);
}

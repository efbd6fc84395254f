/* memprof.image/1 (docs/schema). */
#include <inttypes.h>
#include <string.h>

#include "memprof/base/text.h"
#include "shared/image_words.h"

static size_t top(const struct image_view *v) { return v->by_chance ? SIZE_MAX : v->n_top; }

static void regions(struct json *j, const struct image_view *v)
{
	const struct image *image = v->image;

	json_array(j, "regions");
	for (size_t i = 0; i < image->n_regions; i++) {
		const struct image_region *r = &image->regions[i];
		if (!image_wanted(v, r->name, r->used_bytes))
			continue;
		json_row(j, NULL);
		json_text(j, "name", r->name);
		json_address(j, "origin", r->origin);
		json_u64(j, "length", r->length_bytes);
		json_u64(j, "used", r->used_bytes);
		json_u64(j, "reserved", r->reserved_bytes);
		if (r->length_bytes == NOT_KNOWN)
			json_null(j, "free");
		else
			json_i64(j, "free", image_region_free(r));
		bool has_room = r->length_bytes != NOT_KNOWN && !r->window;
		json_u64(j, "content", r->content_bytes);
		json_u64(j, "largest_gap", has_room ? r->largest_gap_bytes : NOT_KNOWN);
		if (has_room)
			json_i64(j, "room", image_region_room(r) - (int64_t)r->reserved_bytes);
		else
			json_null(j, "room");
		json_u64(j, "sections", r->sections_bytes);
		json_name(j, "attributes", r->attributes);
		json_text(j, "inside", image_region_name(image, r->inside));
		json_bool(j, "window", r->window);
		json_object_end(j);
	}
	json_array_end(j);
}

static void sections(struct json *j, const struct image_view *v)
{
	const struct image *image = v->image;

	json_array(j, "sections");
	for (size_t i = 0; i < image->n_sections; i++) {
		const struct image_section *s = &image->sections[i];
		if (!s->size_bytes || !image_wanted(v, s->name, s->size_bytes))
			continue;
		json_row(j, NULL);
		json_text(j, "name", s->name);
		json_address(j, "vma", s->vma);
		json_address(j, "lma", s->lma == NOT_KNOWN ? s->vma : s->lma);
		json_u64(j, "size", s->size_bytes);
		json_u64(j, "fill", s->fill_bytes);
		json_u64(j, "unattributed", s->unattributed_bytes);
		json_text(j, "region", image_region_name(image, s->region));
		json_text(j, "load_region", image_region_name(image, s->load_region));
		json_bool(j, "alloc", s->alloc);
		json_bool(j, "nobits", s->nobits);
		json_bool(j, "reserved", s->reserved);
		json_bool(j, "placeholder", s->placeholder);
		json_text(j, "by", s->by_elf ? "elf" : "rule");
		json_object_end(j);
	}
	json_array_end(j);
}

/* ---- what is where ---- */

/* A code point as JSON gets it: what is no UTF-8 becomes U+FFFD. 0: the end. */
static uint32_t next_code(const char **p)
{
	const uint8_t *at = (const uint8_t *)*p;
	uint32_t code = 0xfffd;

	if (!*at)
		return 0;
	*p += MAX(text_utf8(at, at + strlen(*p), &code), (size_t)1);
	return code;
}

static bool same_in_json(const char *a, const char *b)
{
	uint32_t code;

	do {
		code = next_code(&a);
		if (code != next_code(&b))
			return false;
	} while (code);
	return true;
}

/* For each region the first of its name: regions may be called alike, members of an object may not. */
static void find_namesakes(const struct image *image, uint32_t *ret)
{
	for (uint32_t i = 0; i < image->n_regions; i++) {
		ret[i] = i;
		for (uint32_t k = 0; k < i && ret[i] == i; k++)
			if (same_in_json(image->regions[k].name, image->regions[i].name))
				ret[i] = k;
	}
}

static void by_region(struct json *j, const struct image *image, const uint32_t *namesakes, const uint64_t *bytes)
{
	uint64_t sums[IMAGE_REGIONS_MAX] = { 0 };

	for (size_t i = 0; i < image->n_regions; i++)
		sums[namesakes[i]] += bytes[i];
	json_row(j, "by_region");
	for (size_t i = 0; i < image->n_regions; i++)
		if (sums[i])
			json_u64(j, image->regions[i].name, sums[i]);
	json_object_end(j);
}

static size_t groups(struct json *j, const char *key, const struct image_view *v, const struct image_groups *g,
		     bool objects)
{
	uint32_t namesakes[IMAGE_REGIONS_MAX];
	size_t n = 0, n_left_out = 0;

	find_namesakes(v->image, namesakes);
	json_array(j, key);
	for (size_t i = 0; i < g->n_groups; i++) {
		const struct image_group *row = &g->groups[i];
		if (!image_wanted_group(v, row))
			continue;
		if (n++ >= top(v)) {
			n_left_out++;
			continue;
		}
		json_row(j, NULL);
		json_text(j, objects ? "path" : "name", row->name);
		if (objects)
			json_text(j, "member", row->member);
		json_u64(j, "size", row->size_bytes);
		if (row->depth)
			json_u64(j, "depth", row->depth);
		if (row->is_rest)
			json_bool(j, "rest", true);
		by_region(j, v->image, namesakes, row->by_region);
		json_object_end(j);
	}
	json_array_end(j);
	return n_left_out;
}

/* What DWARF tells of, if somebody asked. */
static size_t sources(struct json *j, const struct image_view *v)
{
	static const struct {
		enum image_list list;
		const char *key;
	} lists[] = { { IMAGE_SOURCES, "sources" },
		      { IMAGE_UNITS, "units" },
		      { IMAGE_FOLDERS, "folders" },
		      { IMAGE_NESTED, "nested" } };
	size_t n_left_out = 0;

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		if (v->lists >> lists[i].list & 1)
			n_left_out += groups(j, lists[i].key, v, v->sources, false);
	return n_left_out;
}

static void stack_row(struct json *j, const struct image_view *v, const struct stack_row *row)
{
	const struct image_function *f = row->function;
	struct image_slice name = row->symbol ? row->symbol->name : f->linkage;

	json_row(j, NULL);
	json_bytes(j, "name", name.text, name.n_bytes);
	if (row->symbol && row->symbol->linkage.n_bytes)
		json_bytes(j, "linkage", f->linkage.text, f->linkage.n_bytes);
	json_address(j, "address", f->address);
	json_text(j, "file", row->symbol ? row->symbol->file : NULL);
	json_u64(j, "line", row->symbol && row->symbol->line ? row->symbol->line : NOT_KNOWN);
	json_u64(j, "frame", f->frame_bytes);
	json_u64(j, "deepest", row->deepest_bytes);
	json_array(j, "at_least");
	for (unsigned i = 0; i < N_STACK_WHY; i++)
		if (row->why >> i & 1)
			json_text(j, NULL, stack_why_names[i]);
	json_array_end(j);
	json_bool(j, "called", row->is_called);
	if (row->tail)
		json_bool(j, "tail", true);
	if (v->filter || v->min_bytes || v->n_top != SIZE_MAX) { /* rows that it leads to may be left out */
		struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
		stack_row_frames(&path, v, row, NULL);
		json_text(j, "path", strbuf_text(&path));
	}
	json_address(j, "next", row->next == IMAGE_NONE ? NOT_KNOWN : v->stack->rows[row->next].function->address);
	json_object_end(j);
}

/* The deepest first. */
static size_t stack(struct json *j, const struct image_view *v)
{
	size_t n = 0, n_left_out = 0;

	if (!(v->lists >> IMAGE_STACK & 1))
		return 0;
	json_array(j, "stack");
	for (size_t i = 0; i < v->stack->n_rows; i++) {
		const struct stack_row *row = &v->stack->rows[v->stack->by_depth[i]];
		if (!stack_row_wanted(v, row))
			continue;
		if (n++ < top(v))
			stack_row(j, v, row);
		else
			n_left_out++;
	}
	json_array_end(j);
	return n_left_out;
}

static size_t symbols(struct json *j, const struct image_view *v)
{
	const struct image *image = v->image;
	size_t n = 0, n_left_out = 0;

	json_array(j, "symbols");
	for (size_t i = 0; i < v->n_symbols; i++) {
		const struct image_symbol *s = v->symbols[i];
		if (!image_wanted_symbol(v, s))
			continue;
		if (n++ >= top(v)) {
			n_left_out++;
			continue;
		}
		json_row(j, NULL);
		json_bytes(j, "name", s->name.text, s->name.n_bytes);
		if (s->linkage.n_bytes)
			json_bytes(j, "linkage", s->linkage.text, s->linkage.n_bytes);
		json_address(j, "address", s->address);
		json_u64(j, "size", s->size_bytes);
		json_text(j, "section", s->section == IMAGE_NONE ? NULL : image->sections[s->section].name);
		json_text(j, "object", s->object == IMAGE_NONE ? NULL : image->objects[s->object].path);
		json_text(j, "member", s->object == IMAGE_NONE ? NULL : image->objects[s->object].member);
		json_text(j, "kind", s->kind == 'f' ? "function" : s->kind == 'o' ? "object" : NULL);
		json_bool(j, "estimated", s->estimated);
		if (image->has_lines) {
			json_text(j, "file", s->file);
			json_u64(j, "line", s->line ? s->line : NOT_KNOWN);
		}
		json_object_end(j);
	}
	json_array_end(j);
	return n_left_out;
}

/* Linker scripts write it small, IAR and armlink large; what is both is told as the heap. */
static bool is_stack(const char *name)
{
	return (strstr(name, "stack") && !strstr(name, "heap")) || (strstr(name, "STACK") && !strstr(name, "HEAP"));
}

static void reserved(struct json *j, const struct image *image)
{
	json_array(j, "reserved");
	for (size_t i = 0; i < image->n_sections; i++) {
		const struct image_section *s = &image->sections[i];
		if (!s->reserved || !s->size_bytes)
			continue;
		json_row(j, NULL);
		json_text(j, "name", s->name);
		json_address(j, "start", s->vma);
		json_u64(j, "size", s->size_bytes);
		json_text(j, "what", is_stack(s->name) ? "stack" : "heap");
		json_object_end(j);
	}
	json_array_end(j);
}

static void gaps(struct json *j, const struct image *image)
{
	for (size_t i = 0; json_rows(j, "gaps", i, image->n_gaps); i++) {
		json_text(j, "region", image->regions[image->gaps[i].region].name);
		json_address(j, "start", image->gaps[i].start);
		json_u64(j, "size", image->gaps[i].size_bytes);
	}
}

static void frozen(struct json *j, const struct image_view *v)
{
	const struct image *image = v->image;

	json_array(j, "frozen");
	for (size_t i = 0; i < image->n_frozen; i++) {
		const struct image_frozen *f = &image->frozen[i];
		char hash[IMAGE_SHA256_CHARS + 1];
		if (!image_wanted(v, f->name, f->size_bytes))
			continue;
		json_row(j, NULL);
		json_text(j, "name", f->name);
		json_u64(j, "size", f->size_bytes);
		json_u64(j, "strings", f->strings_bytes);
		json_text(j, "sha256", image_sha256_text(f, hash));
		json_bool(j, "source", f->source);
		json_object_end(j);
	}
	json_array_end(j);
	if (!json_row_if(j, "qstr", image->qstr.n_pools != 0))
		return;
	json_u64(j, "pools", image->qstr.n_pools);
	json_u64(j, "strings", image->qstr.n_strings);
	json_u64(j, "total_bytes",
		 image->qstr.texts_bytes == NOT_KNOWN ? NOT_KNOWN : image->qstr.tables_bytes + image->qstr.texts_bytes);
	json_object_end(j);
}

/* What the board leaves behind the firmware. */
static void room(struct json *j, const struct image_view *v)
{
	if (!v->board_name)
		return;
	json_text(j, "board", v->board_name);
	if (!json_row_if(j, "room", v->room != NULL))
		return;
	json_i64(j, "bytes", v->room->bytes);
	json_text(j, "before", v->room->before);
	json_bool(j, "at_end", v->room->at_end);
	json_object_end(j);
}

/* The .bin, and the app partitions that it is for. */
static void firmware(struct json *j, const struct image_view *v)
{
	if (!v->bin_name)
		return;
	json_row(j, "firmware");
	json_text(j, "name", v->bin_name);
	json_text(j, "format", v->bin_format);
	json_u64(j, "size", v->bin_bytes);
	json_object_end(j);
	if (!v->fit)
		return;
	for (size_t i = 0; json_rows(j, "slots", i, v->fit->n_slots); i++) {
		const struct partition *row = v->fit->slots[i].row;
		json_text(j, "name", row->name);
		json_address(j, "offset", row->offset);
		json_u64(j, "size", row->size_bytes);
		json_i64(j, "free", (int64_t)(row->size_bytes - v->bin_bytes));
	}
}

static void notes(struct json *j, const struct image *image)
{
	json_array(j, "notes");
	for (size_t i = 0; i < MIN(image->n_notes, (uint64_t)IMAGE_NOTES_MAX); i++)
		json_text(j, NULL, image->notes[i]);
	json_array_end(j);
}

void json_image(struct json *j, const struct image_view *v)
{
	const struct image *image = v->image;
	size_t n_left_out = 0;

	json_object(j, NULL);
	json_text(j, "schema", "memprof.image/1");
	json_row(j, "input");
	json_text(j, "name", image->name);
	json_text(j, "format", image->format);
	json_text(j, "elf", v->elf_name);
	json_text(j, "target", image->target);
	json_text(j, "build_id", image->build_id);
	json_text(j, "tree", v->tree);
	json_object_end(j);
	regions(j, v);
	sections(j, v);
	n_left_out += groups(j, "components", v, v->components, false);
	n_left_out += groups(j, "archives", v, v->archives, false);
	n_left_out += groups(j, "objects", v, v->objects, true);
	n_left_out += sources(j, v);
	n_left_out += stack(j, v);
	n_left_out += symbols(j, v);
	reserved(j, image);
	gaps(j, image);
	frozen(j, v);
	json_row(j, "discarded");
	json_u64(j, "count", image->n_discarded);
	json_u64(j, "bytes", image->discarded_bytes);
	json_object_end(j);
	room(j, v);
	firmware(j, v);
	notes(j, image);
	if (n_left_out)
		json_bool(j, "truncated", true);
	json_object_end(j);
}

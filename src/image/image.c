#include "memprof/image/image.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "memprof/base/search.h"
#include "memprof/base/vec.h"
#include "slice.h"

/* ---- objects ---- */

/* "cc1x2y3z.ltrans0.ltrans.o" has six random letters: its key is "ltrans0", the same in every build. */
static const char *key_of(struct image *image, const char *printed, size_t n_bytes)
{
	const char *at = text_find(printed, n_bytes, ".ltrans");
	size_t n = 0;

	if (!at)
		return arena_text(&image->arena, printed, n_bytes);
	at++;
	while (at + n < printed + n_bytes && at[n] != '.')
		n++;
	return arena_text(&image->arena, at, n);
}

size_t image_member_index(const char *printed, size_t n_bytes)
{
	size_t at = 0;

	if (n_bytes < 3 || printed[n_bytes - 1] != ')')
		return 0;
	for (size_t i = n_bytes - 2; i > 0 && printed[i] != '/' && printed[i] != '\\'; i--)
		if (printed[i] == '(')
			at = i;
	return at;
}

static int add_object(struct image *image, const char *printed, size_t n_bytes)
{
	size_t i_member = image_member_index(printed, n_bytes);
	struct image_object *o = vec_add(image, objects);

	if (!o)
		return -ENOMEM;
	o->path = arena_text(&image->arena, printed, i_member ? i_member : n_bytes);
	if (i_member)
		o->member = arena_text(&image->arena, printed + i_member + 1, n_bytes - i_member - 2);
	o->key = key_of(image, printed, n_bytes);
	return arena_error(&image->arena);
}

uint32_t image_object(struct image *image, const char *printed, size_t n_bytes)
{
	uint32_t number = names_add(&image->object_names, printed, n_bytes);

	if (number == image->n_objects && add_object(image, printed, n_bytes) < 0)
		return IMAGE_NONE;
	return number;
}

/* ---- the image ---- */

void image_init(struct image *image, const char *name)
{
	static const char *const pseudo[N_PSEUDO_OBJECTS] = {
		[OBJECT_MERGED] = "*merged strings*",
		[OBJECT_FILL] = "*fill*",
		[OBJECT_SCRIPT] = "*linker script*",
		[OBJECT_LINKER] = "*linker*",
	};

	*image = (struct image){ .name = name };
	image->object_names.arena = &image->arena;
	for (size_t i = 0; i < N_PSEUDO_OBJECTS; i++)
		if (image_object(image, pseudo[i], strlen(pseudo[i])) == IMAGE_NONE)
			image->arena.error = -ENOMEM; /* image_resolve() refuses it */
}

void image_deinit(struct image *image)
{
	vec_deinit(image, regions);
	vec_deinit(image, sections);
	vec_deinit(image, pieces);
	vec_deinit(image, objects);
	vec_deinit(image, gaps);
	vec_deinit(image, symbols);
	vec_deinit(image, values);
	vec_deinit(image, pulls);
	vec_deinit(image, references);
	vec_deinit(image, segments);
	vec_deinit(image, frozen);
	vec_deinit(image, sources);
	vec_deinit(image, inlines);
	vec_deinit(image, functions);
	vec_deinit(image, calls);
	vec_deinit(image, lines);
	names_deinit(&image->object_names);
	arena_deinit(&image->arena);
	*image = (struct image){ 0 };
}

void image_note(struct image *image, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	const char *note = image->n_notes < IMAGE_NOTES_MAX ? arena_vprintf(&image->arena, format, ap) : NULL;
	va_end(ap);
	for (size_t i = 0; note && i < image->n_notes; i++)
		if (strcmp(image->notes[i], note) == 0) /* a map is resolved again once an ELF joins it */
			return;
	if (note)
		image->notes[image->n_notes] = note;
	image->n_notes++;
}

/* ---- for readers ---- */

struct image_region *image_add_region(struct image *image) { return vec_add(image, regions); }

struct image_section *image_begin_section(struct image *image, const char *name, size_t n_bytes)
{
	struct image_section *s = vec_add(image, sections);

	if (!s)
		return NULL;
	s->name = arena_text(&image->arena, name, n_bytes);
	s->lma = s->stored_bytes = NOT_KNOWN;
	s->region = s->load_region = IMAGE_NONE;
	s->alloc = true;
	image->section_open = true;
	image->n_lines = 0;
	return s;
}

struct image_piece *image_add_piece(struct image *image, uint32_t object, uint64_t address, uint64_t size_bytes)
{
	struct image_piece *line = vec_add(image, lines);

	if (line)
		*line = (struct image_piece){
			.object = object, .address = address, .size_bytes = size_bytes, .before_bytes = NOT_KNOWN
		};
	return line;
}

int image_add_symbol(struct image *image, struct image_slice name, uint64_t address, uint64_t size_bytes)
{
	bool open = image->section_open;

	return vec_push(image, symbols,
			(struct image_symbol){
				.name = name,
				.address = address,
				.size_bytes = size_bytes,
				.section = open ? (uint32_t)(image->n_sections - 1) : IMAGE_NONE,
				.object = open && image->n_lines ? image->lines[image->n_lines - 1].object : IMAGE_NONE,
			});
}

int image_add_value(struct image *image, struct image_slice name, uint64_t value)
{
	return vec_push(image, values, (struct image_value){ name, value });
}

/* ---- questions ---- */

bool image_value(const struct image *image, const char *name, uint64_t *ret)
{
	struct image_slice wanted = { name, (uint32_t)strlen(name) };

	for (size_t i = image->n_values; i-- > 0;) {
		if (!slice_same(image->values[i].name, wanted))
			continue;
		*ret = image->values[i].value;
		return true;
	}
	for (size_t i = 0; i < image->n_symbols; i++) {
		if (!slice_same(image->symbols[i].name, wanted))
			continue;
		*ret = image->symbols[i].address;
		return true;
	}
	return false;
}

const struct image_region *image_find_region(const struct image *image, const char *name)
{
	for (size_t i = 0; i < image->n_regions; i++)
		if (strcmp(image->regions[i].name, name) == 0)
			return &image->regions[i];
	return NULL;
}

const struct image_section *image_section_at(const struct image *image, uint64_t address)
{
	size_t low = search_while(image->n_sections, i, image->sections[i].alloc && image->sections[i].vma <= address);

	for (; low > 0; low--) { /* thread-local sections overlap the next one */
		const struct image_section *s = &image->sections[low - 1];
		if (address - s->vma < s->size_bytes && !s->tls)
			return s;
		if (!s->tls && s->size_bytes)
			break;
	}
	return NULL;
}

const struct image_piece *image_piece_in(const struct image *image, const struct image_section *section,
					 uint64_t address)
{
	const struct image_piece *pieces = image->pieces + section->i_piece;
	size_t n = search_while(section->n_pieces, i, pieces[i].address <= address);

	return n && address - pieces[n - 1].address < pieces[n - 1].size_bytes ? &pieces[n - 1] : NULL;
}

const struct image_piece *image_piece_at(const struct image *image, uint64_t address)
{
	const struct image_section *s = image_section_at(image, address);

	return s ? image_piece_in(image, s, address) : NULL;
}

enum image_access image_access_of(const char *attributes)
{
	for (const char *p = attributes; *p && *p != '!'; p++)
		if (*p == 'w' || *p == 'W')
			return IMAGE_ACCESS_WRITE;
	return *attributes ? IMAGE_ACCESS_READ : IMAGE_ACCESS_NOT_KNOWN;
}

uint32_t image_function_at(const struct image *image, uint64_t address)
{
	size_t i = search_while(image->n_functions, k, image->functions[k].address < address);

	return i < image->n_functions && image->functions[i].address == address ? (uint32_t)i : IMAGE_NONE;
}

const struct image_symbol *image_function_symbol(const struct image *image, const struct image_function *function)
{
	size_t i = search_while(image->n_symbols, k, image->symbols[k].address < function->address);

	for (; i < image->n_symbols && image->symbols[i].address == function->address; i++) {
		const struct image_symbol *s = &image->symbols[i];
		if (slice_same(s->linkage.n_bytes ? s->linkage : s->name, function->linkage))
			return s;
	}
	return NULL;
}

int64_t image_region_free(const struct image_region *region)
{
	return (int64_t)(region->length_bytes - region->used_bytes);
}

int64_t image_region_room(const struct image_region *region)
{
	bool is_over = region->used_bytes > region->length_bytes;

	return is_over ? image_region_free(region) : (int64_t)(region->length_bytes - region->content_bytes);
}

uint64_t image_padding_max(uint64_t address, uint64_t align_bytes)
{
	enum { ALIGN_MAX_BYTES = 4096 };

	if (!align_bytes)
		align_bytes = address ? MIN(address & (~address + 1), (uint64_t)ALIGN_MAX_BYTES) : ALIGN_MAX_BYTES;
	return align_bytes - 1;
}

bool image_region_is_shared_out(const struct image *image, uint32_t i_region)
{
	for (size_t i = 0; image->regions[i_region].used_bytes == 0 && i < image->n_regions; i++)
		if (image->regions[i].inside == i_region)
			return true;
	return false;
}

uint64_t image_section_load_bytes(const struct image_section *section)
{
	bool loaded = section->alloc && !section->nobits && !section->reserved && !section->placeholder;

	return loaded ? MIN(section->size_bytes, section->stored_bytes) : 0;
}

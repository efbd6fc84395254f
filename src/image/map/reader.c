#include "map/reader.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

void map_reader_init(struct map_reader *m, struct image *image, const char *bytes, size_t n_bytes, unsigned want,
		     struct diag *diag)
{
	*m = (struct map_reader){ .image = image, .diag = diag, .want_symbols = want & IMAGE_WANT_SYMBOLS };
	map_lines_init(&m->in, image->name, bytes, n_bytes);
}

int map_truncated(struct map_reader *m, const char *where)
{
	return diag_at(
		m->diag, map_lines_place(&m->in), -EINVAL,
		"the map is truncated: it ends %s; the link failed, or the disk was full: see the output of the link",
		where);
}

/* ---- regions ---- */

struct image_region *map_add_region(struct map_reader *m, struct image_slice name, uint64_t origin,
				    uint64_t length_bytes)
{
	struct image_region *r = image_add_region(m->image);

	if (!r)
		return NULL;
	r->name = arena_text(&m->image->arena, name.text, name.n_bytes);
	r->attributes = "";
	r->origin = origin;
	r->length_bytes = length_bytes;
	return r;
}

/* The bound keeps a hostile map from costing n * n; more regions are refused later. */
bool map_has_region(const struct map_reader *m, uint64_t origin, uint64_t length_bytes)
{
	for (size_t i = 0; i < m->image->n_regions && i <= IMAGE_REGIONS_MAX; i++)
		if (m->image->regions[i].origin == origin && m->image->regions[i].length_bytes == length_bytes)
			return true;
	return false;
}

/* ---- sections ---- */

int map_check_range(struct map_reader *m, struct image_slice name, uint64_t address, uint64_t size_bytes)
{
	if (address != UINT64_MAX && size_bytes <= UINT64_MAX - 1 - address)
		return 0;
	return diag_at(m->diag, map_lines_place(&m->in), -EINVAL,
		       "%.*s of 0x%" PRIx64 " bytes does not fit behind address 0x%" PRIx64,
		       (int)MIN(name.n_bytes, 80u), name.text, size_bytes, address);
}

int map_end_section(struct map_reader *m) { return m->image->section_open ? image_end_section(m->image) : 0; }

int map_begin_section(struct map_reader *m, struct image_slice name, uint64_t vma, uint64_t size_bytes,
		      struct image_section **ret)
{
	int r = map_end_section(m);

	if (r == 0)
		r = map_check_range(m, name, vma, size_bytes);
	if (r < 0)
		return r;
	struct image_section *s = image_begin_section(m->image, name.text, name.n_bytes);
	if (!s)
		return -ENOMEM;
	s->vma = vma;
	s->size_bytes = size_bytes;
	if (ret)
		*ret = s;
	return 0;
}

/* ---- contents of sections ---- */

int map_add_line(struct map_reader *m, struct image_slice name, uint32_t object, uint64_t address, uint64_t size_bytes)
{
	if (!m->image->section_open)
		return 0;
	struct image_piece *line = object == IMAGE_NONE ? NULL : image_add_piece(m->image, object, address, size_bytes);
	if (!line)
		return -ENOMEM;
	line->name = name;
	return 0;
}

int map_add_file_line(struct map_reader *m, struct image_slice name, struct image_slice file, uint64_t address,
		      uint64_t size_bytes)
{
	if (!m->image->section_open)
		return 0;
	if (file.n_bytes != m->last_file.n_bytes || !file.n_bytes ||
	    memcmp(file.text, m->last_file.text, file.n_bytes) != 0) {
		m->last_object = image_object(m->image, file.text, file.n_bytes);
		m->last_file = file;
	}
	return map_add_line(m, name, m->last_object, address, size_bytes);
}

int map_add_symbol(struct map_reader *m, struct image_slice name, uint64_t address, uint64_t size_bytes)
{
	return m->want_symbols ? image_add_symbol(m->image, name, address, size_bytes) : 0;
}

bool map_is_script_data(struct image_slice line)
{
	static const char *const words[] = { "BYTE ", "SHORT ", "LONG ", "QUAD ", "SQUAD " };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (slice_starts(line, words[i]))
			return true;
	return false;
}

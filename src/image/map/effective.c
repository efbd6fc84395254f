/* Effective sizes. In GNU ld's maps the sizes of contributions do not add up to the section: a merged
 * string is stored once, but every line that has it keeps its size, or one leading line shows the whole pool. So a line
 * counts at most up to the address of the next line. On the 28 maps that memprof was developed with this gives the
 * printed size of every section, to the byte (docs/maps.md). */
#include <assert.h>

#include "memprof/base/vec.h"
#include "memprof/image/image.h"
#include "sort.h"

/* Lines without a byte of the section. */
static void drop_empty(struct image *image, const struct image_section *s)
{
	size_t n = 0;

	for (size_t i = 0; i < image->n_lines; i++) {
		const struct image_piece *line = &image->lines[i];
		if (line->size_bytes && line->address >= s->vma && line->address - s->vma < s->size_bytes)
			image->lines[n++] = *line;
	}
	image->n_lines = n;
}

static uint64_t address_of(const void *item) { return ((const struct image_piece *)item)->address; }

static int add_piece(struct image *image, const struct image_piece *line, uint32_t object, uint64_t address,
		     uint64_t size_bytes)
{
	if (!size_bytes)
		return 0;
	return vec_push(image, pieces,
			(struct image_piece){ .name = line ? line->name : (struct image_slice){ 0 },
					      .object = object,
					      .address = address,
					      .size_bytes = size_bytes,
					      .before_bytes = NOT_KNOWN });
}

/* A hole up to next is padding if the address there allows such an alignment; few maps have the alignment itself. */
static int add_hole(struct image *image, uint64_t address, uint64_t next)
{
	uint64_t size_bytes = next - address;

	return add_piece(image, NULL, size_bytes <= image_padding_max(next, 0) ? OBJECT_FILL : OBJECT_LINKER, address,
			 size_bytes);
}

/* A line, and the hole after it. */
static int add_line(struct image *image, const struct image_piece *line, uint64_t next)
{
	uint64_t size_bytes = MIN(line->size_bytes, next - line->address);
	uint64_t own_bytes = MIN(size_bytes, line->before_bytes);
	uint64_t end = line->address + size_bytes;
	int r = add_piece(image, line, line->object, line->address, own_bytes);

	if (r == 0)
		r = add_piece(image, line, OBJECT_MERGED, line->address + own_bytes, size_bytes - own_bytes);
	if (r == 0)
		r = add_hole(image, end, next);
	return r;
}

int image_end_section(struct image *image)
{
	struct image_section *s = &image->sections[image->n_sections - 1];
	uint64_t end = s->vma + s->size_bytes;
	int r;

	assert(s->size_bytes <= UINT64_MAX - s->vma);
	image->section_open = false;
	drop_empty(image, s);
	r = image_sort(image->lines, image->n_lines, sizeof(*image->lines), address_of); /* gold, IAR: by object */
	s->i_piece = image->n_pieces;
	if (r == 0 && !image->n_lines)
		r = add_piece(image, NULL, OBJECT_LINKER, s->vma, s->size_bytes);
	else if (r == 0)
		r = add_hole(image, s->vma, image->lines[0].address);
	for (size_t i = 0; r == 0 && i < image->n_lines; i++)
		r = add_line(image, &image->lines[i], i + 1 < image->n_lines ? image->lines[i + 1].address : end);
	s->n_pieces = image->n_pieces - s->i_piece;
	image->n_lines = 0;
	return r;
}

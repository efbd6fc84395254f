#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/search.h"
#include "private.h"

/* ---- symbols ---- */

bool symbol_at(const struct reading *reading, const char *name, uint64_t *ret_address, uint64_t *ret_bytes)
{
	const struct image *image = reading->program->image;
	size_t n_name = strlen(name);

	for (size_t i = 0; i < image->n_symbols; i++) {
		const struct image_symbol *s = &image->symbols[i];
		if (s->name.n_bytes != n_name || memcmp(s->name.text, name, n_name) != 0)
			continue;
		*ret_address = s->address + reading->program->moved_by;
		if (ret_bytes)
			*ret_bytes = s->size_bytes == NOT_KNOWN ? 0 : s->size_bytes;
		return true;
	}
	if (ret_bytes || !image_value(image, name, ret_address))
		return false;
	*ret_address += reading->program->moved_by;
	return true;
}

const struct image_variable *c_variables(const struct reading *reading, size_t *ret_n)
{
	*ret_n = 0;
	return reading->program->types ? image_types_variables(reading->program->types, ret_n) : NULL;
}

bool slice_begins(struct image_slice name, const char *begin)
{
	size_t n = strlen(begin);

	return name.n_bytes >= n && memcmp(name.text, begin, n) == 0;
}

/* ---- words ---- */

static struct line *find_line(struct reading *reading, uint64_t address, size_t *ret_i)
{
	size_t i = search_while(reading->n_lines, k, reading->lines[k]->address < address);

	*ret_i = i;
	return i < reading->n_lines && reading->lines[i]->address == address ? reading->lines[i] : NULL;
}

/* What the reader refuses stays 0. */
static void fill_line(struct reading *reading, struct line *line)
{
	int error = reader_allow(reading->r, line->address, LINE_BYTES) < 0 ? -EFAULT : 0;

	if (error == 0)
		error = reader_read(reading->r, line->address, LINE_BYTES, line->bytes);
	line->is_whole = error == 0;
	if (error < 0 && error != -EFAULT)
		reading->error = error;
}

/* The line of an address, read once; NULL: there is no memory for it, or the reader failed. */
static const struct line *line_at(struct reading *reading, uint64_t address)
{
	size_t i;
	struct line *line = find_line(reading, address / LINE_BYTES * LINE_BYTES, &i);

	if (line || reading->error < 0)
		return reading->error < 0 ? NULL : line;
	line = calloc(1, sizeof(*line));
	if (!line || vec_push(reading, lines, line) < 0) {
		free(line);
		reading->error = -ENOMEM;
		return NULL;
	}
	memmove(&reading->lines[i + 1], &reading->lines[i], (reading->n_lines - 1 - i) * sizeof(*reading->lines));
	reading->lines[i] = line;
	line->address = address / LINE_BYTES * LINE_BYTES;
	fill_line(reading, line);
	return reading->error < 0 ? NULL : line;
}

/* At the edge of what can be read no line is whole. */
static bool read_exactly(struct reading *reading, uint64_t address, size_t n_bytes, uint8_t *ret)
{
	int error = reader_allow(reading->r, address, n_bytes) < 0 ? -EFAULT : 0;

	if (error == 0)
		error = reader_read(reading->r, address, n_bytes, ret);
	if (error < 0 && error != -EFAULT)
		reading->error = error;
	return error == 0;
}

bool read_bytes(struct reading *reading, uint64_t address, size_t n_bytes, uint8_t *ret)
{
	for (size_t n; n_bytes > 0; address += n, ret += n, n_bytes -= n) {
		const struct line *line = address <= UINT32_MAX - n_bytes ? line_at(reading, address) : NULL;
		if (!line)
			return false;
		n = (size_t)MIN(line->address + LINE_BYTES - address, (uint64_t)n_bytes);
		if (line->is_whole)
			memcpy(ret, line->bytes + (address - line->address), n);
		else if (!read_exactly(reading, address, n, ret))
			return false;
	}
	return true;
}

void reading_deinit(struct reading *reading)
{
	for (size_t i = 0; i < reading->n_lines; i++)
		free(reading->lines[i]);
	vec_deinit(reading, lines);
}

bool read_word(struct reading *reading, uint64_t address, uint64_t *ret)
{
	uint8_t bytes[WORD_BYTES];

	if (!read_bytes(reading, address, sizeof(bytes), bytes))
		return false;
	reader_words(WORD_BYTES, bytes, 1, ret);
	return true;
}

bool read_value(struct reading *reading, const char *name, uint64_t *ret)
{
	uint64_t address;

	return symbol_at(reading, name, &address, NULL) && read_word(reading, address, ret);
}

bool read_member(struct reading *reading, uint64_t address, const char *type, const char *path, uint64_t *ret)
{
	uint64_t offset;

	return reading->program->types && image_types_member(reading->program->types, type, path, &offset, NULL) &&
	       read_word(reading, address + offset, ret);
}

/* ---- what is walked ---- */

/* The agent's walkers are given addresses alone, so it is here, from window_open to window_close. */
static struct window *walked;

void window_open(struct window *w, struct reading *reading, uint64_t start, uint64_t n_bytes)
{
	*w = (struct window){ .reading = reading, .start = start, .n_bytes = n_bytes };
	walked = w;
}

void window_close(void) { walked = NULL; }

const void *allocators_at(uintptr_t address)
{
	static uint8_t bytes[2 * WORD_BYTES]; /* copied by the walker at once */
	struct window *w = walked;
	bool is_in = w && !w->failed && address >= w->start && address - w->start < w->n_bytes;
	size_t n = is_in ? (size_t)MIN(w->n_bytes - (address - w->start), (uint64_t)sizeof(bytes)) : 0;

	memset(bytes, 0, sizeof(bytes));
	if (w && (!is_in || !read_bytes(w->reading, address, n, bytes)))
		w->failed = true;
	if (w && w->failed) /* no size can be that: the walk ends */
		memset(bytes, 0xff, sizeof(bytes));
	return bytes;
}

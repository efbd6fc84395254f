/* Output of size -A (System V format) for one ELF (binutils/size.c; the same of llvm-size -A): sections with sizes and
 * addresses, decimal, hexadecimal with -x, or octal with -o. */
#include <errno.h>
#include <inttypes.h>

#include "map/reader.h"
#include "map/words.h"

struct size_a {
	struct map_reader m;
	bool began, ended;
	uint64_t n_tables;
	uint64_t sum_bytes;
};

/* "64", "0x40", "0100". */
static bool number(struct image_slice word, uint64_t *ret)
{
	const char *p = word.text, *end = p + word.n_bytes;
	uint64_t value = 0;

	if (slice_starts(word, "0x"))
		return number_scan_hex(p + 2, end, ret) == end;
	if (word.n_bytes < 2 || *p != '0')
		return number_scan(p, end, ret) == end;
	for (; p < end; p++) {
		if (*p < '0' || *p > '7' || value >> 61)
			return false;
		value = value << 3 | (unsigned)(*p - '0');
	}
	*ret = value;
	return true;
}

/* Removes the last word of a line. */
static struct image_slice last_word(const char *p, const char **end)
{
	const char *word = *end, *word_ends = *end;

	while (word > p && word[-1] != ' ')
		word--;
	*end = word;
	while (*end > p && (*end)[-1] == ' ')
		--*end;
	return slice(word, word_ends);
}

static bool is_heading(const char *p, const char *end)
{
	struct image_slice addr = last_word(p, &end), size = last_word(p, &end);

	return slice_is(addr, "addr") && slice_is(size, "size") && slice_is(slice(p, end), "section");
}

static int total(struct size_a *s, const char *p, const char *end)
{
	uint64_t total_bytes;

	s->ended = true;
	if (number(last_word(p, &end), &total_bytes) && total_bytes != s->sum_bytes)
		image_note(s->m.image, "the sections add up to %" PRIu64 " bytes, the total of size is %" PRIu64,
			   s->sum_bytes, total_bytes);
	return map_end_section(&s->m);
}

static int row(struct size_a *s, const char *p, const char *end)
{
	const char *line_end = end;
	uint64_t vma, size_bytes;

	if (starts(p, end, "Total "))
		return total(s, p, line_end);
	struct image_slice vma_word = last_word(p, &end), size_word = last_word(p, &end);
	if (p == end || !number(vma_word, &vma) || !number(size_word, &size_bytes))
		return diag_at(s->m.diag, map_lines_place(&s->m.in), -EINVAL,
			       "expected a section's name, size and address, as size -A prints them");
	s->sum_bytes += size_bytes;
	return size_bytes ? map_begin_section(&s->m, slice(p, end), vma, size_bytes, NULL) : 0;
}

/* The last of several tables counts: a log may have one for each step of the build. */
static int begin_table(struct size_a *s)
{
	struct image *image = s->m.image;
	int r = map_end_section(&s->m);

	image->n_sections = image->n_pieces = 0;
	image->n_notes = 0;
	s->sum_bytes = 0;
	s->began = true;
	s->ended = false;
	s->n_tables++;
	return r;
}

static int size_a_read(struct image *image, const char *bytes, size_t n_bytes, unsigned want, struct diag *diag)
{
	struct size_a s = { 0 };
	char line[LOG_LINE_MAX_BYTES];
	const char *p, *end;
	int r = 0;

	map_reader_init(&s.m, image, bytes, n_bytes, want, diag);
	while (r == 0 && log_lines_next(&s.m.in, line, &p, &end)) {
		if (p == end)
			continue;
		if (is_heading(p, end))
			r = begin_table(&s);
		else if (s.began && !s.ended)
			r = row(&s, p, end);
	}
	if (r == 0)
		r = map_end_section(&s.m);
	if (r == 0 && !s.ended)
		r = map_truncated(&s.m, "without the line of the total");
	if (r == 0 && s.n_tables > 1)
		image_note(image, "%" PRIu64 " tables of size -A; this is the last one", s.n_tables);
	return r;
}

static int size_a_probe(const char *head, size_t n_bytes)
{
	struct map_lines in;
	char line[LOG_LINE_MAX_BYTES];
	const char *p, *end;

	map_lines_init(&in, NULL, head, n_bytes);
	while (log_lines_next(&in, line, &p, &end))
		if (is_heading(p, end))
			return in.n_lines <= 8 ? 90 : 80; /* in a longer text a table of regions is better */
	return 0;
}

const struct image_format image_size_a = {
	.name = "size-a",
	.summary = "output of size -A for an ELF: sections only",
	.in_logs = true,
	.probe = size_a_probe,
	.read = size_a_read,
};

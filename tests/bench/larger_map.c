#define _GNU_SOURCE /* memmem */
#include "larger_map.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROWN_BYTES = 16 };

struct maker {
	FILE *out;
	struct map_change change;
	uint64_t shift_bytes; /* of the addresses that are written */
	unsigned i_copy;      /* of the rows; 0: as they are */
	uint64_t n_pieces, n_symbols;
};

static char *read_file(const char *path, size_t *ret_n)
{
	FILE *in = fopen(path, "rb");
	char *text = NULL;

	if (!in || fseek(in, 0, SEEK_END) != 0)
		exit(2);
	*ret_n = (size_t)ftell(in);
	text = malloc(*ret_n + 1);
	rewind(in);
	if (!text || fread(text, 1, *ret_n, in) != *ret_n)
		exit(2);
	text[*ret_n] = '\0';
	fclose(in);
	return text;
}

static bool comes_now(uint64_t n, unsigned every) { return every && n % every == 0; }

/* What stands behind the address: "  0x1c main.o" of a piece, "   main" of a symbol; and what else there is. */
static void write_rest(struct maker *m, const char *rest, const char *end)
{
	const char *word = rest + strspn(rest, " ");

	if (strncmp(word, "0x", 2) == 0) {
		char *behind;
		uint64_t size_bytes = strtoull(word, &behind, 16);
		bool grown = size_bytes && comes_now(++m->n_pieces, m->change.grow_every);
		m->shift_bytes += grown ? GROWN_BYTES : 0;
		fprintf(m->out, " %#10" PRIx64, size_bytes + (grown ? GROWN_BYTES : 0));
		rest = behind;
	} else if ((isalpha((unsigned char)*word) || *word == '_') && word + strcspn(word, " (\n") == end - 1) {
		fwrite(rest, 1, (size_t)(end - 1 - rest), m->out);
		if (m->i_copy)
			fprintf(m->out, "_%u", m->i_copy);
		fputs(comes_now(++m->n_symbols, m->change.rename_every) ? "_renamed" : "", m->out);
		rest = end - 1;
	}
	fwrite(rest, 1, (size_t)(end - rest), m->out);
}

/* An address is the first number of 8 digits of a row. */
static void write_rows(struct maker *m, const char *rows, const char *end)
{
	for (const char *line = rows, *next; line < end; line = next) {
		next = (const char *)memchr(line, '\n', (size_t)(end - line)) + 1;
		const char *digits = memmem(line, (size_t)(next - line), " 0x", 3);
		if (!digits || strspn(digits + 3, "0123456789abcdef") != 8) {
			fwrite(line, 1, (size_t)(next - line), m->out);
			continue;
		}
		digits += 3;
		fwrite(line, 1, (size_t)(digits - line), m->out);
		fprintf(m->out, "%08" PRIx64, (uint64_t)strtoull(digits, NULL, 16) + m->shift_bytes);
		write_rest(m, digits + 8, next);
	}
}

/* Twice: how large .text becomes is known when its rows are written, and stands before them. */
static uint64_t write_map(FILE *out, const char *map, size_t n_map, uint64_t n_bytes, struct map_change change,
			  uint64_t text_bytes)
{
	const char *header = strstr(map, "\n.text "), *rows = header ? strstr(header, "\n .text.") + 1 : NULL;
	const char *end = rows ? strstr(rows, "\n\n.") + 1 : NULL;
	struct maker m = { .out = out, .change = change };
	unsigned long vma, size_bytes;

	if (!end || sscanf(header, " .text %lx %lx", &vma, &size_bytes) != 2)
		exit(2);
	uint64_t n_copies = (n_bytes - n_map) / (uint64_t)(end - rows) + 1;
	rewind(out);
	fwrite(map, 1, (size_t)(header + 1 - map), out);
	fprintf(out, ".text           0x%08lx 0x%08" PRIx64 "\n", vma, text_bytes);
	const char *first = strchr(header + 1, '\n') + 1;
	fwrite(first, 1, (size_t)(rows - first), out);
	for (; m.i_copy < n_copies; m.i_copy++) {
		write_rows(&m, rows, end);
		m.shift_bytes += size_bytes;
	}
	fwrite(end, 1, (size_t)(map + n_map - end), out);
	return m.shift_bytes;
}

void larger_map_write(const char *path, const char *sample, uint64_t n_bytes, struct map_change change)
{
	size_t n_map;
	char *map = read_file(sample, &n_map);
	FILE *out = fopen(path, "w");

	if (!out)
		exit(2);
	uint64_t text_bytes = write_map(out, map, n_map, n_bytes, change, 0);
	write_map(out, map, n_map, n_bytes, change, text_bytes);
	if (fclose(out) != 0)
		exit(2);
	free(map);
}
